package kaleyra

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

const sampleTemplate = `{"id":"1600000000000201","name":"failed_delivery_v1","language":"en","category":"utility","company_id":"77",
  "status":"Approved","components":[
  {"type":"HEADER","format":"TEXT","text":"Delivery missed"},
  {"type":"BODY","text":"Hi {{1}}, we could not deliver {{2}}."},
  {"type":"FOOTER","text":"Reply below"},
  {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Try again"},{"type":"URL","text":"Track","url":"https://shop.example.com/{{1}}"},
    {"type":"PHONE_NUMBER","text":"Call","phone_number":"+919000000299"}]}]}`

func wantTemplate() template.Template {
	return template.Template{
		ID: "1600000000000201", Name: "failed_delivery_v1", Language: "en", Category: "UTILITY", Status: "APPROVED",
		Header: template.Header{Kind: template.HeaderText, Text: "Delivery missed"},
		Body:   "Hi {{1}}, we could not deliver {{2}}.", Footer: "Reply below", Params: 3,
		Buttons: []template.Button{
			{Kind: template.ButtonQuickReply, Text: "Try again"},
			{Kind: template.ButtonURL, Text: "Track", URL: "https://shop.example.com/{{1}}"},
			{Kind: template.ButtonPhone, Text: "Call", Phone: "+919000000299"},
		},
	}
}

func list(items ...string) string {
	return `{"code":"WA200","message":"ok","data":[` + strings.Join(items, ",") + `],"error":{}}`
}

// serve is a Kaleyra that answers every request for templates the same.
func serve(t *testing.T, status int, body string) (*Provider, *http.Client) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := "GET /v2/" + testSID + "/whatsapp/" + testWABA + "/message_templates"
		if got := r.Method + " " + r.URL.RequestURI(); got != want || r.Header.Get("Api-Key") != testKey {
			t.Errorf("got %s with key %q, want %s", got, r.Header.Get("Api-Key"), want)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return New(Config{BaseURL: server.URL}), server.Client()
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	other := `{"template_name":"order_packed","language":{"code":"hi"},"status":"Submission Rejected","components":[{"type":"body","text":"x"}]}`
	p, client := serve(t, http.StatusOK, list(sampleTemplate, other, `{"name":""}`, "7", "null", `{"components":7}`))
	got, err := p.Templates(t.Context(), client, testApp())
	want := []template.Template{wantTemplate(), {
		ID: "order_packed:hi", Name: "order_packed", Language: "hi", Status: "REJECTED", Body: "x",
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, id := range []string{"1600000000000201", "failed_delivery_v1:en"} {
		one, err := p.Template(t.Context(), client, testApp(), id)
		want := wantTemplate()
		want.ID = id
		if diff := cmp.Diff(want, one); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", id, err, diff)
		}
	}
	for _, id := range []string{"", "failed_delivery_v1", "failed_delivery_v1:hi", "77"} {
		if _, err := p.Template(t.Context(), client, testApp(), id); !errors.Is(err, provider.ErrNoTemplate) {
			t.Errorf("%q: got %v, want %v", id, err, provider.ErrNoTemplate)
		}
	}
}

func TestTemplateStatuses(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"Approved": "APPROVED", "APPROVED": "APPROVED", "Pending": "PENDING", "Rejected": "REJECTED", "Paused": "PAUSED",
		"Submission Rejected": "REJECTED", "submission-rejected": "REJECTED", "Disabled": "DISABLED", "": "",
		"Pending Deletion": "PENDING_DELETION", " Deleted ": "DELETED",
	} {
		if got := templateStatus(word); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestTemplatesFail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   message.Class
	}{
		{"html", 502, "<html>", message.ClassUnknown},
		{"empty", 200, "", message.ClassUnknown},
		{"no_shape", 200, `{"data":[]}`, message.ClassUnknown},
		{"failure_under_200", 200, failure("RBC001", "[]", "error", "x"), message.ClassAccount},
		{"throttled", 429, failure("WA429", "{}", "error", "x"), message.ClassThrottled},
		{"fault", 500, failure("WA500", "{}", "error", "x"), message.ClassTransient},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, client := serve(t, tc.status, tc.body)
			for _, ask := range []func() error{
				func() error { _, err := p.Templates(t.Context(), client, testApp()); return err },
				func() error { _, err := p.Template(t.Context(), client, testApp(), "x"); return err },
			} {
				if err := ask(); provider.ClassOf(err) != tc.want || err == nil {
					t.Errorf("got %v, want %s", err, tc.want)
				}
			}
		})
	}
	for _, data := range []string{"[]", "{}"} {
		p, client := serve(t, http.StatusOK, `{"code":"WA200","message":"x","data":`+data+`,"error":{}}`)
		if got, err := p.Templates(t.Context(), client, testApp()); err != nil || len(got) != 0 {
			t.Errorf("no templates as %s: got %v, %v", data, got, err)
		}
	}
	if _, err := New(Config{}).Templates(t.Context(), &http.Client{}, provider.App{}); err == nil {
		t.Error("incomplete app: no error")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   provider.CheckState
		detail string
	}{
		{"good", 200, list(), provider.CheckNumberUnconfirmed, "first message"},
		{"wrong_key", 401, failure("RBC001", "[]", "error", "Incorrect SID or API key."), provider.CheckInvalidKey, "SID or API key"},
		{"somebodys_401", 401, "<html>", provider.CheckInvalidKey, "SID or API key"},
		{"other_version", 401, failure("WA-401", "{}", "phone_number", wordsVersion), provider.CheckWrongVersion, "version 1"},
		{"no_access", 401, failure("WA-401", "{}", "account", wordsAccess), provider.CheckUnknownApp, "not opened"},
		{"foreign", 401, failure("WA401", "{}", "phone_number", wordsForeign), provider.CheckUnknownApp, "not in this account"},
		{"unknown_account", 400, failure("WA400", "{}", "payload", "x"), provider.CheckUnknownApp, "business account"},
		{"no_money", 400, failure("E110", "{}", "balance", wordsBalance), provider.CheckNumberUnconfirmed, "first message"},
		{"throttled", 429, failure("WA429", "{}", "error", "x"), provider.CheckThrottled, "too often"},
		{"fault", 500, failure("WA500", "{}", "error", "x"), provider.CheckProviderDown, "cannot be reached"},
		{"gateway", 502, "<html>", provider.CheckProviderDown, "cannot be reached"},
		{"nonsense", 200, "{}", provider.CheckProviderDown, "cannot be reached"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, client := serve(t, tc.status, tc.body)
			got := p.Check(t.Context(), client, testApp())
			if got.State != tc.want || !strings.Contains(got.Detail, tc.detail) {
				t.Errorf("got %s %q, want %s with %q", got.State, got.Detail, tc.want, tc.detail)
			}
		})
	}
}

func TestCheckOfIncompleteApp(t *testing.T) {
	t.Parallel()
	p, client := New(Config{}), &http.Client{}
	keyless := testApp()
	keyless.Secret = provider.App{}.Secret
	if got := p.Check(t.Context(), client, keyless); got.State != provider.CheckInvalidKey || got.Detail == "" {
		t.Errorf("no key: got %+v", got)
	}
	old := testApp()
	old.ProviderIDs[KeyVersion] = "v1"
	if got := p.Check(t.Context(), client, old); got.State != provider.CheckUnknownApp || !strings.Contains(got.Detail, "version 2") {
		t.Errorf("version 1: got %+v", got)
	}
}
