package settings_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// TestProposeAsksWhoMay refuses a viewer and another brand's editor, and names what is wrong for whoever may.
func TestProposeAsksWhoMay(t *testing.T) {
	t.Parallel()
	r := newRotating(t, "app-own-1/versions/1")

	for _, c := range []access.Caller{{Role: access.Viewer, Accounts: []string{neem}}, {Role: access.Editor, Accounts: []string{"812"}}} {
		if _, err := r.ProposeApp(t.Context(), c, neem, settings.AppInput{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("as %+v: got %v", c, err)
		}
	}

	for _, in := range []settings.AppInput{{}, {Ownership: "nobody"}, {Ownership: message.Platform, AppID: "nowhere"}} {
		if p, err := r.ProposeApp(t.Context(), editor, neem, in); err == nil || p.Installed {
			t.Errorf("%+v: got %+v, %v", in, p, err)
		}
	}
}
