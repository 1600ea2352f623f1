package simulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestRequestsAreKeptWithoutCredentials has each system asked in each way that credentials and addresses of webhooks pass by:
// what is kept shows the message, and none of them.
func TestRequestsAreKeptWithoutCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(p provider, method, path, contentType, body string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set(p.keyHeader, p.key)
		w.Handler().ServeHTTP(httptest.NewRecorder(), r)
	}
	for _, p := range providers {
		w.send(p)
	}
	const hook = "https://hook.example.com/" + secret
	gupshup, meta, kaleyra := providers[0], providers[1], providers[2]
	ask(gupshup, http.MethodPost, "/gupshup/wa/app/"+gupshupID+"/subscription", gupshup.contentType, url.Values{
		"url": {hook}, "tag": {"t"}, "modes": {"ALL"}, "version": {"2"}, "doCheck": {"false"}, "meta": {`{"headers":{"X-Secret":"` + secret + `"}}`},
	}.Encode())
	ask(gupshup, http.MethodGet, "/gupshup/wa/app/"+gupshupID+"/subscription", "", "")
	ask(meta, http.MethodPost, "/meta/v26.0/204411990088/subscribed_apps", meta.contentType, `{"override_callback_uri":"`+hook+`","verify_token":"`+secret+`"}`)
	ask(meta, http.MethodGet, "/meta/v26.0/204411990088/subscribed_apps", "", "")
	ask(meta, http.MethodPost, "/meta/v26.0/"+metaID, meta.contentType, `{"webhook_configuration":{"override_callback_uri":"`+hook+`","verify_token":"`+secret+`"}}`)
	ask(kaleyra, http.MethodGet, "/kaleyra/v2/HXIN1700000001IN/whatsapp/100000000000201/message_templates", "", "")
	all := w.Log().Requests()
	for i, r := range all {
		if kept := fmt.Sprintf("%+v", r); strings.Contains(kept, secret) {
			t.Errorf("got %s: a credential is kept", kept)
		}
		if i < len(providers) && (r.System != providers[i].system || !strings.Contains(r.Body, "Asha") || r.Answer == "") {
			t.Errorf("got %+v, want the message as it was sent, and its answer", r)
		}
	}
	if len(all) != 9 || all[3].Status >= http.StatusMultipleChoices || all[4].Answer == "" {
		t.Errorf("got %d requests, %+v", len(all), all)
	}
}
