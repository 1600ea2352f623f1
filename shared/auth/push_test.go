package auth_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
)

func TestPushConfigReads(t *testing.T) {
	t.Parallel()
	read, required := testkit.Variables(t, &auth.PushConfig{})
	want := []string{"K_SERVICE", "PUSH_AUDIENCE", "PUSH_ISSUER", "PUSH_KEYS_URL", "PUSH_SERVICE_ACCOUNT", "PUSH_SIGNATURE"}
	if diff := cmp.Diff(want, read); diff != "" || len(required) > 0 {
		t.Errorf("required %v, variables (-want +got):\n%s", required, diff)
	}
}

func TestPushConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	right := map[string]string{"PUSH_AUDIENCE": audience, "PUSH_SERVICE_ACCOUNT": account}
	local := map[string]string{"PUSH_KEYS_URL": "http://127.0.0.1:8613/", "PUSH_ISSUER": idtoken.Issuer}
	deployed := map[string]string{"K_SERVICE": "notify"}
	const only = " must not be set beside K_SERVICE: a deployed function takes Google's tokens only"
	for _, tc := range []struct {
		name string
		vars []map[string]string
		want []string
	}{
		{"nothing", nil, nil},
		{"google", []map[string]string{right}, nil},
		{"local_cloud", []map[string]string{right, local}, nil},
		{"deployed", []map[string]string{right, deployed}, nil},
		{"deployed_with_nothing", []map[string]string{deployed}, []string{"PUSH_AUDIENCE is required", "PUSH_SERVICE_ACCOUNT is required"}},
		{"deployed_without_audience", []map[string]string{right, deployed, {"PUSH_AUDIENCE": " "}}, []string{"PUSH_AUDIENCE is required"}},
		{"deployed_without_account", []map[string]string{right, deployed, {"PUSH_SERVICE_ACCOUNT": ""}}, []string{"PUSH_SERVICE_ACCOUNT is required"}},
		{"deployed_with_other_keys", []map[string]string{right, deployed, local}, []string{"PUSH_KEYS_URL" + only, "PUSH_ISSUER" + only}},
		{"deployed_behind_iam", []map[string]string{right, deployed, {"PUSH_SIGNATURE": "checked-by-platform"}}, nil},
		{"unsigned_on_a_machine_of_ones_own", []map[string]string{right, {"PUSH_SIGNATURE": "checked-by-platform"}}, []string{"PUSH_SIGNATURE must be required without K_SERVICE: no platform checks anything there"}},
		{"signature_by_another_word", []map[string]string{right, deployed, {"PUSH_SIGNATURE": "hunter2"}}, []string{"PUSH_SIGNATURE must be required or checked-by-platform"}},
		{"half", []map[string]string{{"PUSH_AUDIENCE": audience}}, []string{"PUSH_SERVICE_ACCOUNT is required"}},
		{"other_half", []map[string]string{{"PUSH_SERVICE_ACCOUNT": account}}, []string{"PUSH_AUDIENCE is required"}},
		{"keys_alone", []map[string]string{local}, []string{"PUSH_AUDIENCE is required", "PUSH_SERVICE_ACCOUNT is required"}},
		{"keys_nowhere", []map[string]string{right, {"PUSH_KEYS_URL": "hunter2"}}, []string{"PUSH_KEYS_URL is not an http or https address"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{}
			for _, some := range tc.vars {
				maps.Copy(vars, some)
			}
			if diff := cmp.Diff(tc.want, testkit.Problems(t, &auth.PushConfig{}, vars)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPushes(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(start)
	signer := idtoken.New(clk, idtoken.Shared)
	keys := newSource(t, signer.ServeHTTP)
	for name, tc := range map[string]struct {
		vars     map[string]string
		without  string // the reason for which a push without a token is refused
		warnings int
	}{
		"local_cloud": {map[string]string{
			"PUSH_AUDIENCE": audience, "PUSH_SERVICE_ACCOUNT": account, "PUSH_KEYS_URL": keys.URL, "PUSH_ISSUER": idtoken.Issuer,
		}, "no_token", 0},
		"nothing": {nil, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var cfg auth.PushConfig
			if err := config.Load(t.Context(), config.Map(tc.vars), &cfg); err != nil {
				t.Fatal(err)
			}
			logs := &testkit.Log{}
			verify := auth.Pushes(t.Context(), cfg, clk, logging.New(logs, logging.Options{}))
			for range 3 {
				check(t, verify(request(t, signer.Token(account, audience))), "")
				without := request(t, "")
				without.Header = http.Header{}
				check(t, verify(without), tc.without)
			}
			if got := strings.Count(logs.String(), `"severity":"WARNING"`); got != tc.warnings {
				t.Errorf("got log %s, want %d warnings", logs, tc.warnings)
			}
		})
	}
}

// TestPushesCheckedByPlatform takes tokens of which the platform has taken out the signature, and refuses all that are wrong in anything else.
func TestPushesCheckedByPlatform(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(start)
	signer := idtoken.New(clk, idtoken.Shared)
	keys := newSource(t, signer.ServeHTTP)
	c := auth.PushConfig{Audience: audience, ServiceAccount: account, KeysURL: keys.URL, Issuer: idtoken.Issuer, Signature: "checked-by-platform"}
	verify := auth.Pushes(t.Context(), c, clk, logging.New(&testkit.Log{}, logging.Options{}))
	claims := idtoken.Claims(account, audience, clk.Now())
	unsigned := func(token string) string {
		return token[:strings.LastIndex(token, ".")] + ".SIGNATURE_REMOVED_BY_GOOGLE"
	}

	check(t, verify(request(t, signer.Sign(claims))), "")
	check(t, verify(request(t, unsigned(signer.Sign(claims)))), "")
	for _, f := range forge.Of(t, signer, claims, clk.Now()) {
		if f.Name == "signature_taken_out" {
			continue
		}
		check(t, verify(request(t, f.Value)), f.Reason)
		switch f.Reason {
		case "audience", "issuer", "expired", "not_yet_valid":
			check(t, verify(request(t, unsigned(f.Value))), f.Reason)
		}
	}
	check(t, verify(request(t, unsigned(signer.Sign(idtoken.Claims("stranger@demo.test", audience, clk.Now()))))), "email")
	check(t, verify(request(t, "x.SIGNATURE_REMOVED_BY_GOOGLE")), "malformed")
}
