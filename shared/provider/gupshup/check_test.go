package gupshup

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

const getProfile = "GET " + appRoot + "/business/profile"

func TestCheck(t *testing.T) {
	t.Parallel()
	templates := []reply{{200, list(sample)}}
	profile := func(status int, body string) map[string][]reply {
		return map[string][]reply{getList + "0": templates, getProfile: {{status, body}}}
	}
	refused := func(status int, body string) map[string][]reply {
		return map[string][]reply{getList + "0": {{status, body}}}
	}
	tests := []struct {
		name    string
		replies map[string][]reply
		want    provider.CheckState
	}{
		{"number_fits", profile(200, `{"status":"success","phoneNumber":"+91 90000-00100"}`), provider.CheckVerified},
		{"number_fits_deep_down", profile(200, `{"profile":[{"x":{"phoneNumber":919000000100}}]}`), provider.CheckVerified},
		{"one_of_several_fits", profile(200, `[{"phoneNumber":"919000000101"},{"phoneNumber":"919000000100"}]`), provider.CheckVerified},
		{"other_number", profile(200, `{"phoneNumber":"919000000101"}`), provider.CheckNumberMismatch},
		{"no_number", profile(200, `{"profile":{"address":"1, Invented Road"}}`), provider.CheckNumberUnconfirmed},
		{"empty_number", profile(200, `{"phoneNumber":""}`), provider.CheckNumberUnconfirmed},
		{"odd_number", profile(200, `{"phoneNumber":{"is":null}}`), provider.CheckNumberUnconfirmed},
		{"profile_refused", profile(400, ownError("x")), provider.CheckNumberUnconfirmed},
		{"profile_throttled", profile(429, ownError("Too Many Requests")), provider.CheckNumberUnconfirmed},
		{"profile_not_json", profile(200, "<html>"), provider.CheckNumberUnconfirmed},
		{"no_templates_yet", map[string][]reply{
			getList + "0": {{200, list()}}, getProfile: {{200, `{"phoneNumber":"919000000100"}`}},
		}, provider.CheckVerified},
		{"bad_key", refused(401, ownError("Authentication Failed")), provider.CheckInvalidKey},
		{"bad_key_in_plain_text", refused(401, "Portal User Not Found With APIKey"), provider.CheckInvalidKey},
		{"bad_key_with_other_status", refused(400, ownError("Authentication Failed")), provider.CheckInvalidKey},
		{"bad_app", refused(400, ownError("Invalid app id provided")), provider.CheckUnknownApp},
		{"refused_otherwise", refused(404, ownError("App Not Found")), provider.CheckUnknownApp},
		{"throttled", refused(429, ownError("Too Many Requests")), provider.CheckThrottled},
		{"own_fault", refused(500, ownError("Internal Server Error")), provider.CheckProviderDown},
		{"gateway", refused(502, "<html>"), provider.CheckProviderDown},
		{"firewall", refused(403, "<html>"), provider.CheckProviderDown},
		{"not_a_list", refused(200, "<html>sign in to the network</html>"), provider.CheckProviderDown},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, p, client := newFake(t, tc.replies)
			got := p.Check(t.Context(), client, testApp())
			if got.State != tc.want || got.Detail == "" {
				t.Errorf("got %s (%s), want %s", got.State, got.Detail, tc.want)
			}
		})
	}
}

func TestCheckWithoutAnswer(t *testing.T) {
	t.Parallel()
	p := New(Config{BaseURL: "http://127.0.0.1:1"})
	if got := p.Check(t.Context(), &http.Client{}, testApp()); got.State != provider.CheckProviderDown {
		t.Errorf("got %s, want %s", got.State, provider.CheckProviderDown)
	}
}

func TestCheckOfIncompleteApp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*provider.App)
		want   provider.CheckState
		says   string
	}{
		{"no_key", func(a *provider.App) { a.Secret = config.NewSecret(" \n") }, provider.CheckInvalidKey, "apiKey"},
		{"no_app_id", func(a *provider.App) { a.ProviderIDs = map[string]string{KeyAppName: "x"} }, provider.CheckUnknownApp, KeyAppID},
		{"number_with_plus", func(a *provider.App) { a.Number = "+919000000100" }, provider.CheckUnknownApp, "without plus"},
		{"nothing", func(a *provider.App) { *a = provider.App{} }, provider.CheckInvalidKey, "number"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, p, client := newFake(t, nil)
			app := testApp()
			tc.change(&app)
			got := p.Check(t.Context(), client, app)
			if got.State != tc.want || !strings.Contains(got.Detail, tc.says) {
				t.Errorf("got %s (%s), want %s and %q", got.State, got.Detail, tc.want, tc.says)
			}
			if n := len(f.requests()); n != 0 {
				t.Errorf("got %d requests, want none", n)
			}
		})
	}
}

// TestExplainNamesTheAppName explains the refusals that an app's name causes, which the check cannot foresee, and nothing else.
func TestExplainNamesTheAppName(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	for _, code := range []string{"request_bot_not_found", "invalid_app_details", "1001", "source_contains_xss"} {
		if got := p.Explain(code); !strings.Contains(got, "appName") || !strings.Contains(got, "install it again") {
			t.Errorf("%s: got %q", code, got)
		}
	}
	for _, state := range []provider.CheckState{provider.CheckVerified, provider.CheckNumberUnconfirmed} {
		if !strings.Contains(details[state], "appName") {
			t.Errorf("%s: %q says nothing of the name", state, details[state])
		}
	}
	if got := p.Explain("authentication_failed"); got != "" {
		t.Errorf("the key: got %q", got)
	}
}
