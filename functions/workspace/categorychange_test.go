package workspace_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestCategoryChanges sets, reads and reverts what becomes of news of orders whose template is marketing.
func TestCategoryChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	path, editor, viewer := "/v1/accounts/"+neem+"/category-changes", r.token("editor", neem), r.token("viewer", neem)
	read := request{method: http.MethodGet, path: path, token: viewer}
	put := func(body string, version int64) request {
		return request{method: http.MethodPut, path: path, token: editor, body: body, header: ifMatch(version)}
	}

	r.same(r.want(http.StatusOK, read), `{"reclassed":"hold","version":1}`)

	const send = `{"reclassed":"send"}`
	unconditional := put(send, 1)
	unconditional.header = nil
	r.want(http.StatusPreconditionRequired, unconditional)
	r.want(http.StatusPreconditionFailed, put(send, 7))
	saved := r.want(http.StatusOK, put(send, 1))
	r.same(saved, `{"reclassed":"send","version":2}`)
	if saved.Header.Get("Etag") != `"2"` {
		t.Errorf("ETag: got %q", saved.Header.Get("Etag"))
	}
	r.same(r.want(http.StatusOK, read), saved.Body)
	r.same(r.want(http.StatusOK, put(`{"reclassed":"hold"}`, 2)), `{"reclassed":"hold","version":3}`)

	for body, field := range map[string]string{`{}`: "reclassed", `{"reclassed":"drop"}`: "reclassed", `{"reclassed":"send","also":1}`: "also"} {
		r.named(http.StatusBadRequest, field, put(body, 3))
	}
	typed := put(send, 3)
	typed.header["Content-Type"] = "text/plain"
	r.want(http.StatusUnsupportedMediaType, typed)
	r.want(http.StatusRequestEntityTooLarge, put(`{"reclassed":"`+string(make([]byte, 1<<20))+`"}`, 3))
	for _, q := range []request{{method: http.MethodGet}, put(send, 1)} {
		q.path, q.token = "/v1/accounts/812/category-changes", r.operator()
		r.want(http.StatusNotFound, q)
	}

	revert := request{method: http.MethodPost, path: "/v1/accounts/" + neem + "/versions/2/revert", token: editor, header: ifMatch(3)}
	r.want(http.StatusOK, revert)
	r.same(r.want(http.StatusOK, read), `{"reclassed":"send","version":4}`)
	a, err := r.store.Account(t.Context(), neem)
	if err != nil || !a.SendsReclassed() {
		t.Errorf("stored: %+v, %v", a.Reclassed, err)
	}
}

// TestHeldNotification shows an event whose template was edited and moved to another category: why it is held and since when, what it says
// otherwise, and what is announced. Once the account lets such events go on it is not held, and the difference is still shown.
func TestHeldNotification(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const one = "/notifications/shipment/created"
	s.want(http.StatusOK, s.at(http.MethodPut, one, `{"enabled":true,"content":`+fitting+`}`, 1))

	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.store.ChangeTemplate(ctx, "gs-1", confirmation, store.SeenTemplate{}, func(kept *store.Template) bool {
		kept.Body += " Thank you!"
		kept.Category, kept.CheckedAt = "MARKETING", start
		kept.Announced, kept.AnnouncedAt = "AUTHENTICATION", start

		return true
	}))
	hold := func(why account.HeldBy) {
		must(s.store.ChangeCondition(ctx, neem, func(c *account.Condition) bool { return c.HoldTemplate(confirmation, why, start) }))
	}
	has := func(want map[string]any, not ...string) {
		t.Helper()
		var body map[string]any
		must(json.Unmarshal([]byte(s.want(http.StatusOK, s.at(http.MethodGet, one, "", 0)).Body), &body))
		for key, value := range want {
			if body[key] != value {
				t.Errorf("%s: got %v, want %v", key, body[key], value)
			}
		}
		for _, key := range not {
			if _, there := body[key]; there {
				t.Errorf("%s: got %v, want none", key, body[key])
			}
		}
		parts, _ := body["difference"].([]any)
		if len(parts) != 1 {
			t.Fatalf("difference: got %v", parts)
		}
		if part, _ := parts[0].(map[string]any); part["part"] != "body" || part["after"] != fmt.Sprint(part["before"])+" Thank you!" {
			t.Errorf("difference: got %v", parts)
		}
		if announced, _ := body["announced"].(map[string]any); announced["category"] != "authentication" {
			t.Errorf("announced: got %v", announced)
		}
	}
	has(map[string]any{"held": false}, "state", "stateReason", "stateSince")

	hold(account.HeldBy{Reason: account.CategoryHeld, Detail: "It is marketing."})
	has(map[string]any{"held": true, "state": "category_held", "stateReason": "It is marketing."})
	s.want(http.StatusOK, s.at(http.MethodPut, "/category-changes", `{"reclassed":"send"}`, 2))
	has(map[string]any{"held": false}, "state", "stateReason", "stateSince")

	hold(account.HeldBy{Reason: account.TemplateHeld})
	has(map[string]any{"held": true, "state": "template_held", "stateReason": "The provider does not let the template be sent."})
}
