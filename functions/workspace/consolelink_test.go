package workspace_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
)

// consoleLink is a request for a link into the console, of a caller with a role.
func (r *rig) consoleLink(role, body string) request {
	return request{method: http.MethodPost, path: "/v1/accounts/" + neem + "/console-link", token: r.token(role, neem), body: body}
}

// TestConsoleLink makes links, and follows each of them once.
func TestConsoleLink(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	links := signin.New(signin.Deps{Store: r.store, Clock: r.clock})
	for name, tc := range map[string]struct {
		role, body string
		want       access.Caller
		page       string
	}{
		"viewer": {"viewer", `{}`, access.Caller{Subject: "u-viewer", Name: "Asha Sample", Role: access.Viewer}, "/accounts/811"},
		"less":   {"editor", `{"role":"viewer","path":"/accounts/811/usage?from=2026-11-01"}`, access.Caller{Subject: "u-editor", Name: "Asha Sample", Role: access.Viewer}, "/accounts/811/usage?from=2026-11-01"},
		"portal": {"platform", `{"role":"editor","person":{"id":"u-4711","name":"Ravi Sample"}}`, access.Caller{Subject: "u-platform/u-4711", Name: "Ravi Sample", Role: access.Editor}, "/accounts/811"},
	} {
		var link struct {
			URL       string `json:"url"`
			ExpiresAt string `json:"expiresAt"`
		}
		a := r.want(http.StatusCreated, r.consoleLink(tc.role, tc.body))
		if err := json.Unmarshal([]byte(a.Body), &link); err != nil || link.ExpiresAt != "2026-11-20T04:51:12Z" || a.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: got %s, %v", name, a.Body, a.Header)
		}
		token, ok := strings.CutPrefix(link.URL, "https://console.example.com/enter/")
		if !ok || strings.Contains(r.logs.String(), token) || strings.Contains(r.logs.String(), "Ravi") || strings.Contains(r.logs.String(), "u-4711") {
			t.Errorf("%s: got %s, log %s", name, link.URL, r.logs)
		}
		tc.want.Accounts = []string{neem}
		got, page, err := links.Redeem(t.Context(), token)
		if diff := cmp.Diff(tc.want, got); diff != "" || page != tc.page || err != nil {
			t.Errorf("%s: %v at %q, caller (-want +got):\n%s", name, err, page, diff)
		}
		if _, _, err = links.Redeem(t.Context(), token); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: the second time: got %v", name, err)
		}
	}
}

func TestConsoleLinkRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	r.named(http.StatusBadRequest, "role", r.consoleLink("editor", `{"role":"owner"}`))
	r.named(http.StatusBadRequest, "path", r.consoleLink("editor", `{"path":"https://evil.example.com/"}`))
	r.named(http.StatusBadRequest, "path", r.consoleLink("editor", `{"path":"/accounts/812"}`))
	r.named(http.StatusBadRequest, "path", r.consoleLink("editor", `{"path":7}`))
	r.named(http.StatusBadRequest, "person.name", r.consoleLink("platform", `{"person":{"id":"u-1"}}`))
	r.named(http.StatusBadRequest, "person.id", r.consoleLink("platform", `{"person":{"id":"asha@example.com","name":"Asha"}}`))
	r.want(http.StatusForbidden, r.consoleLink("viewer", `{"role":"editor"}`))
	r.want(http.StatusForbidden, r.consoleLink("support", `{"role":"platform"}`))
	r.want(http.StatusForbidden, r.consoleLink("editor", `{"person":{"id":"u-1","name":"Omar"}}`))
	r.want(http.StatusNotFound, request{method: http.MethodPost, path: "/v1/accounts/899/console-link", token: r.operator(), body: `{}`})
	r.want(http.StatusRequestEntityTooLarge, r.consoleLink("editor", `{"path":"`+strings.Repeat("9", 2<<20)+`"}`))
	plain := r.consoleLink("editor", `{}`)
	plain.header = map[string]string{"Content-Type": "text/plain"}
	r.want(http.StatusUnsupportedMediaType, plain)

	without := newRig(t, map[string]string{"CONSOLE_URL": ""})
	without.put(neem, "Neem")
	if a := without.want(http.StatusNotFound, without.consoleLink("editor", `{}`)); !strings.Contains(a.Body, "CONSOLE_URL is not set") {
		t.Errorf("got %s", a.Body)
	}
}
