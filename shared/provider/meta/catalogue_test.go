package meta

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// serve answers all requests with h and gives a provider that asks it.
func serve(t *testing.T, h http.HandlerFunc) (*Provider, *http.Client) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return New(Config{BaseURL: server.URL}), server.Client()
}

func TestDecodeTemplate(t *testing.T) {
	t.Parallel()
	const raw = `{"id":"930041187712006","name":"order_shipped_v3","language":"en","status":"approved","category":"utility",
"parameter_format":"POSITIONAL","quality_score":{"score":"GREEN","date":1793500000},"components":[
{"type":"HEADER","format":"DOCUMENT","example":{"header_handle":["4::aW","https://scontent.example.com/handle"]}},
{"type":"BODY","text":"Hi {{1}}, order {{2}} is on its way. Thank you.","example":{"body_text":[["Asha","10021"]]}},
{"type":"FOOTER","text":"Automated update"}, 7,
{"type":"BUTTONS","buttons":[{"type":"URL","text":"Track","url":"https://t.example.com/o/{{1}}","example":["https://t.example.com/o/1"]},
{"type":"QUICK_REPLY","text":"Reschedule"},{"type":"PHONE_NUMBER","text":"Call","phone_number":"+919000000100"},{"type":"COPY_CODE","text":"Copy"}]}]}`
	got, ok := decodeTemplate([]byte(raw))
	want := template.Template{
		ID: testID, Name: "order_shipped_v3", Language: "en", Category: "UTILITY", Status: "APPROVED",
		Header: template.Header{Kind: template.HeaderDocument, MediaURL: "https://scontent.example.com/handle"},
		Body:   "Hi {{1}}, order {{2}} is on its way. Thank you.", Footer: "Automated update",
		Buttons: []template.Button{
			{Kind: template.ButtonURL, Text: "Track", URL: "https://t.example.com/o/{{1}}"},
			{Kind: template.ButtonQuickReply, Text: "Reschedule"},
			{Kind: template.ButtonPhone, Text: "Call", Phone: "+919000000100"},
			{Kind: "copy_code", Text: "Copy"},
		},
		Samples: []string{"Asha", "10021", "1"},
		Params:  3,
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for raw, kind := range map[string]template.HeaderKind{
		`[{"type":"HEADER","format":"GIF"},{"type":"BODY","text":"x"}]`:                "gif",
		`[{"type":"BODY","text":"x"},{"type":"CAROUSEL","cards":[]}]`:                  "carousel",
		`[{"type":"LIMITED_TIME_OFFER","limited_time_offer":{}},{"type":"BODY"}]`:      "limited_time_offer",
		`[{"type":"HEADER","format":"TEXT","text":"Order {{order_no}}"},{"type":"X"}]`: template.HeaderText,
	} {
		got, ok := decodeTemplate([]byte(`{"id":1,"name":"a","components":` + raw + `}`))
		if !ok || got.Header.Kind != kind {
			t.Errorf("%s: got %q, want %q", raw, got.Header.Kind, kind)
		}
	}
}

func TestTemplatesStopAndStartAgain(t *testing.T) {
	t.Parallel()
	page := func(id int, next string) string {
		return fmt.Sprintf(`{"data":[{"id":"%d","name":"a"},{"name":"no id"},7],"paging":{"cursors":{"after":"c%s"},"next":"https://graph.test/%s"}}`, id, next, next)
	}
	for name, c := range map[string]struct {
		answer func(n int, after string) (int, string)
		want   int
		err    string
	}{
		"cursor_repeats": {func(int, string) (int, string) { return 200, page(1, "1") }, 1, ""},
		"endless": {func(n int, _ string) (int, string) {
			return 200, page(n, fmt.Sprint(n))
		}, 0, errEndless.Error()},
		"no_next": {func(int, string) (int, string) {
			return 200, `{"data":[{"id":"1","name":"a"}],"paging":{"cursors":{"after":"c"}}}`
		}, 1, ""},
		"empty": {func(int, string) (int, string) { return 200, `{"data":[]}` }, 0, ""},
		"cursor_expired_once": {func(n int, after string) (int, string) {
			switch {
			case n == 2:
				return 400, ownError(codeCursor, "x", "")
			case after == "":
				return 200, page(1, "2")
			default:
				return 200, `{"data":[{"id":"2","name":"b"}]}`
			}
		}, 2, ""},
		"cursor_expires_always": {func(_ int, after string) (int, string) {
			if after != "" {
				return 400, ownError(codeCursor, "x", "")
			}
			return 200, page(1, "2")
		}, 0, codeCursor},
		"no_list":         {func(int, string) (int, string) { return 200, `{"id":"1"}` }, 0, "unknown"},
		"html":            {func(int, string) (int, string) { return 200, `<html>` }, 0, "unknown"},
		"error_in_200":    {func(int, string) (int, string) { return 200, ownError("190", "x", "") }, 0, "190"},
		"permission":      {func(int, string) (int, string) { return 403, ownError("200", "x", "") }, 0, "200"},
		"throttled":       {func(int, string) (int, string) { return 400, ownError("80007", "x", "") }, 0, "80007"},
		"gateway_trouble": {func(int, string) (int, string) { return 502, "" }, 0, "http_502"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			p, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				n++
				if r.Header.Get("Authorization") != "Bearer "+testToken || r.URL.Path != "/v26.0/"+testAccount+"/message_templates" {
					t.Errorf("got %s with %q", r.URL.Path, r.Header.Get("Authorization"))
				}
				status, body := c.answer(n, r.URL.Query().Get("after"))
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			})
			got, err := p.Templates(t.Context(), client, testApp())
			if len(got) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %d templates, %v, want %d, %q", len(got), err, c.want, c.err)
			}
		})
	}
}

func TestTemplateById(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id, body string
		status   int
		want     error
	}{
		"unknown":      {testID, ownError("100", "x", `"error_subcode":33,`), 400, provider.ErrNoTemplate},
		"not_an_id":    {"../me", "{}", 200, provider.ErrNoTemplate},
		"another":      {testID, `{"id":"1","name":"a"}`, 200, provider.ErrNoTemplate},
		"not_template": {testID, `{"id":"` + testID + `"}`, 200, provider.ErrNoTemplate},
		"found":        {testID, `{"id":"` + testID + `","name":"a","status":"PAUSED"}`, 200, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			got, err := p.Template(t.Context(), client, testApp(), c.id)
			if !errors.Is(err, c.want) || (c.want == nil) != (got.ID == testID) {
				t.Errorf("got %q, %v, want %v", got.ID, err, c.want)
			}
		})
	}
	p, client := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	if _, err := p.Template(t.Context(), client, testApp(), testID); provider.ClassOf(err) != message.ClassUnknown {
		t.Errorf("gateway trouble: got %v", err)
	}
}

// TestTemplateTellsWhatWasDecided reads what WhatsApp decided on a template.
func TestTemplateTellsWhatWasDecided(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]template.Template{
		`"status":"REJECTED","rejected_reason":"INCORRECT_CATEGORY"`:                          {Status: "REJECTED", RejectedReason: "INCORRECT_CATEGORY"},
		`"status":"APPROVED","rejected_reason":"NONE"`:                                        {Status: "APPROVED"},
		`"category":"MARKETING","previous_category":"UTILITY"`:                                {Category: "MARKETING", PreviousCategory: "UTILITY"},
		`"category":"UTILITY","correct_category":"marketing","previous_category":null`:        {Category: "UTILITY", CorrectCategory: "MARKETING"},
		`"status":"PENDING","rejected_reason":7,"previous_category":[],"correct_category":""`: {Status: "PENDING", RejectedReason: "7"},
	} {
		want.ID, want.Name = "1", "a"
		if got, ok := decodeTemplate([]byte(`{"id":1,"name":"a",` + raw + `}`)); !ok || cmp.Diff(want, got) != "" {
			t.Errorf("%s (-want +got):\n%s", raw, cmp.Diff(want, got))
		}
	}
	for _, field := range []string{"rejected_reason", "previous_category", "correct_category"} {
		if !slices.Contains(strings.Split(templateFields, ","), field) {
			t.Errorf("%s is not asked for", field)
		}
	}
}
