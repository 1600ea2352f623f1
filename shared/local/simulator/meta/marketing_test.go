package meta_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Each route takes the templates of its category, by the category that they are in now. From a date on, or where that is switched off, the
// route of all messages takes no marketing templates.
func TestRoutesOfCategories(t *testing.T) {
	t.Parallel()
	const all, marketing = "/v26.0/" + numberID + "/messages", "/v26.0/" + numberID + "/marketing_messages"
	reclassed := func(w *world) {
		if err := w.SetTemplateCategory(numberID, ndr, "MARKETING"); err != nil {
			w.t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		path, body string
		before     func(*world)
		code       int
	}{
		"utility":               {path: all},
		"utility_as_marketing":  {path: marketing, code: 134100},
		"marketing":             {path: marketing, before: reclassed},
		"marketing_by_messages": {path: all, before: reclassed},
		"marketing_by_messages_switched_off": {path: all, code: 131063, before: func(w *world) {
			reclassed(w)
			b := w.behaviour(w.t)
			b.NoMarketing = true
			if err := w.SetBehaviour(numberID, b); err != nil {
				w.t.Fatal(err)
			}
		}},
		"marketing_by_messages_later": {path: all, code: 131063, before: func(w *world) {
			reclassed(w)
			w.clock.Advance(time.Date(2027, time.October, 13, 0, 0, 0, 0, time.UTC).Sub(w.clock.Now()))
		}},
		"announced": {path: marketing, code: 134100, before: func(w *world) {
			if err := w.AnnounceCategory(numberID, ndr, "MARKETING"); err != nil {
				w.t.Fatal(err)
			}
		}},
		"text": {path: marketing, code: 100, body: `{"messaging_product":"whatsapp","to":"+919000000007","type":"text","text":{"body":"Hello"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.before != nil {
				c.before(w)
			}
			if c.body == "" {
				c.body = good()
			}
			status, body := w.call(http.MethodPost, c.path, c.body)
			if codeOf(body) != c.code || (status == http.StatusOK) != (c.code == 0) {
				t.Errorf("got %d %s, want the code %d", status, body, c.code)
			}
			for _, m := range w.log.Accepted() {
				if m.ByMarketing != (c.path == marketing) || m.Category != map[bool]string{true: "MARKETING", false: "UTILITY"}[c.before != nil] {
					t.Errorf("got %+v in the record", m)
				}
			}
		})
	}
}

// News of a template say what has happened to it, and a category that is only announced changes nothing.
func TestNewsOfTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if status, body := w.call(http.MethodPost, "/v26.0/"+accountID+"/subscribed_apps", `{"override_callback_uri":"`+w.hook+`","verify_token":"right"}`); status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	for _, change := range []func() error{
		func() error { return w.AnnounceCategory(numberID, ndr, "marketing") },
		func() error { return w.SetTemplateCategory(numberID, ndr, "marketing") },
		func() error { return w.EditBody(numberID, ndr, "Other words, {{1}}") },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
	}
	told := strings.Join(w.settle(time.Minute), "\n")
	for _, want := range []string{
		`"correct_category":"MARKETING"`, `"new_category":"UTILITY"`, `"previous_category":"UTILITY"`, `"new_category":"MARKETING"`,
		`"field":"message_template_components_update"`, `Other words, {{1}}`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("nothing told of %s: %s", want, told)
		}
	}
	if _, body := w.call(http.MethodGet, "/v26.0/"+ndr+"?fields=category,components", ""); !strings.Contains(body, "Other words") || !strings.Contains(body, "MARKETING") {
		t.Errorf("the template: got %s", body)
	}
	if err := w.SetTemplateCategory(numberID, "1", "MARKETING"); err == nil {
		t.Error("no error of a template that there is not")
	}
}
