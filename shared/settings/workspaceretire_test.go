package settings_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// TestRetireAndCheckAskWhoMay refuses a viewer and another brand's editor, and at the platform's apps everybody but the platform.
func TestRetireAndCheckAskWhoMay(t *testing.T) {
	t.Parallel()
	r := newRotating(t, "app-own-1/versions/1")
	in := settings.CredentialInput{Credential: config.NewSecret(nextKey)}

	for _, tc := range []struct {
		caller  access.Caller
		account string
	}{
		{access.Caller{Role: access.Viewer, Accounts: []string{neem}}, neem},
		{access.Caller{Role: access.Editor, Accounts: []string{"812"}}, neem},
		{access.Caller{Role: access.Editor, Accounts: []string{neem}}, ""},
	} {
		if _, err := r.RetireReplaced(t.Context(), tc.caller, tc.account, "own", true); !fault.Is(err, fault.Forbidden) {
			t.Errorf("retire as %+v: got %v", tc.caller, err)
		}
		if _, err := r.CheckCredential(t.Context(), tc.caller, tc.account, "own", in); !fault.Is(err, fault.Forbidden) {
			t.Errorf("check as %+v: got %v", tc.caller, err)
		}
	}

	if said, err := r.CheckCredential(t.Context(), editor, neem, "own", in); err != nil || !said.Works() {
		t.Errorf("as the brand's editor: got %+v, %v", said, err)
	}
	if _, value := r.credential(); value != formerKey {
		t.Errorf("a check has changed the credential to %q", value)
	}
	if _, err := r.CheckCredential(t.Context(), access.Caller{Role: access.Platform, All: true}, "", "nowhere", in); !fault.Is(err, fault.NotFound) {
		t.Errorf("an app that the platform does not have: got %v", err)
	}
}

// TestRetireLeavesTheCredentialAlone replaces a credential and retires: what destroys the former one is not among it.
func TestRetireLeavesTheCredentialAlone(t *testing.T) {
	t.Parallel()
	r := newRotating(t, "app-own-1/versions/1")

	if _, err := r.RotateCredential(t.Context(), editor, neem, "own", settings.CredentialInput{Credential: config.NewSecret(nextKey)}, r.seen()); err != nil {
		t.Fatal(err)
	}

	out, err := r.RetireReplaced(t.Context(), editor, neem, "own", false)
	if err != nil || len(out.Tokens)+len(out.Secrets) != 0 || r.kept(formerKey) != 1 {
		t.Errorf("got %+v, %v, and %d of the former credential; want it left for sweep", out, err, r.kept(formerKey))
	}
}
