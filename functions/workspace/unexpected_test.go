package workspace_test

import (
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// install puts an app into the account behind the function's back, as its first.
func (r *rig) install(app account.App) {
	r.t.Helper()
	a, err := r.store.Account(r.t.Context(), neem)
	if err != nil {
		r.t.Fatal(err)
	}
	if a.Apps == nil {
		a.Apps = map[string]account.App{}
	}
	a.Apps[app.ID] = app
	if a.Sender == "" {
		a.Sender = app.ID
	}
	if err = r.store.PutAccount(r.t.Context(), a); err != nil {
		r.t.Fatal(err)
	}
}

// TestUnexpectedReplies sets and reads how shoppers are answered, without an app, with the platform's and with an own one.
func TestUnexpectedReplies(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"WORKSPACE_INSTALL_LINK": "https://portal.example.com/{accountId}/apps"})
	r.put(neem, "Neem")
	path, editor, viewer := "/v1/accounts/"+neem+"/unexpected-replies", r.token("editor", neem), r.token("viewer", neem)
	read := request{method: http.MethodGet, path: path, token: viewer}
	put := func(body string, version int64) request {
		return request{method: http.MethodPut, path: path, token: editor, body: body, header: ifMatch(version)}
	}
	const nothing = `"own":{"enabled":false,"text":"","hours":null}`

	r.same(r.want(http.StatusOK, read), `{"sender":null,"applies":"none",`+nothing+`,"reason":"no_app","installLink":"https://portal.example.com/811/apps","version":1}`)
	r.want(http.StatusConflict, put(`{"enabled":true,"text":"Call us"}`, 1))

	_, err := r.store.SavePlatformApp(t.Context(), "gs-p", store.Author{}, start, func(p account.PlatformApp) (account.PlatformApp, error) {
		p.Unexpected = account.UnexpectedReplies{Enabled: true, Text: "Call the brand"}
		return p, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.install(account.App{ID: "gs-p", Provider: "gupshup", Ownership: message.Platform, Name: "Platform"})
	r.same(r.want(http.StatusOK, read), `{"sender":{"appId":"gs-p","name":"Platform","provider":"gupshup","ownership":"platform"},"applies":"platform",`+nothing+`,"platform":{"enabled":true,"text":"Call the brand","hours":null},"version":1}`)
	r.want(http.StatusConflict, put(`{"enabled":true,"text":"Call us"}`, 1))

	r.install(account.App{ID: "gs-1", Provider: "gupshup", Ownership: message.Client, Name: "Own"})
	const hours = `{"enabled":true,"text":"Call us\non 90000 00100","hours":{"from":"09:30","to":"18:30","days":["monday","friday"]}}`
	unconditional := put(hours, 1)
	unconditional.header = nil
	r.want(http.StatusPreconditionRequired, unconditional)
	r.want(http.StatusPreconditionFailed, put(hours, 7))
	saved := r.want(http.StatusOK, put(hours, 1))
	r.same(saved, `{"sender":{"appId":"gs-p","name":"Platform","provider":"gupshup","ownership":"platform"},"applies":"platform","own":`+hours+`,"platform":{"enabled":true,"text":"Call the brand","hours":null},"version":2}`)
	if saved.Header.Get("Etag") != `"2"` {
		t.Errorf("ETag: got %q", saved.Header.Get("Etag"))
	}
	r.same(r.want(http.StatusOK, read), saved.Body)
	r.want(http.StatusOK, put(`{"enabled":false}`, 2))

	for body, field := range map[string]string{
		`{"enabled":true}`: "text",
		`{"enabled":true,"text":"Call us","hours":{"from":"18:30","to":"09:30","days":["monday"]}}`: "hours.to",
		`{"enabled":true,"text":"Call us","working":"always"}`:                                      "working",
	} {
		r.named(http.StatusBadRequest, field, put(body, 3))
	}
	typed := put(hours, 3)
	typed.header["Content-Type"] = "text/plain"
	r.want(http.StatusUnsupportedMediaType, typed)
	r.want(http.StatusRequestEntityTooLarge, put(`{"text":"`+string(make([]byte, 1<<20))+`"}`, 3))
	for _, q := range []request{{method: http.MethodGet}, put(hours, 1)} {
		q.path, q.token = "/v1/accounts/812/unexpected-replies", r.operator()
		r.want(http.StatusNotFound, q)
	}

	a, err := r.store.Account(t.Context(), neem)
	if err != nil || a.Version != 3 || a.Unexpected == nil || a.Unexpected.Enabled {
		t.Errorf("stored: version %d, %+v, %v", a.Version, a.Unexpected, err)
	}
	r.want(http.StatusOK, request{method: http.MethodPost, path: "/v1/accounts/" + neem + "/versions/2/revert", token: editor, header: ifMatch(3)})
	r.same(r.want(http.StatusOK, read), `{"sender":{"appId":"gs-p","name":"Platform","provider":"gupshup","ownership":"platform"},"applies":"platform","own":`+hours+`,"platform":{"enabled":true,"text":"Call the brand","hours":null},"version":4}`)
}
