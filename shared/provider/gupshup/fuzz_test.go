package gupshup

import (
	"errors"
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
)

func FuzzParseWebhook(f *testing.F) {
	for _, body := range conformance.Fixtures(f, testDir()) {
		f.Add(body)
	}
	for _, body := range []string{"", "{}", "null", `{"type":7}`, `{"object":"whatsapp_business_account","entry":[{"changes":[null]}]}`} {
		f.Add([]byte(body))
	}
	p := New(Config{})
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := p.ParseWebhook(body)
		if err != nil {
			if !errors.Is(err, provider.ErrMalformed) || len(events) > 0 {
				t.Errorf("got %d events and %v", len(events), err)
			}
			return
		}
		if len(events) == 0 {
			t.Error("no events and no error: the body would be lost")
		}
		conformance.Sound(t, events)
	})
}

func FuzzReadReceipt(f *testing.F) {
	for _, body := range []string{
		`{"status":"submitted","messageId":"m1"}`, `{"status":"error","message":"Invalid Destination"}`,
		`{"status":"error","code":"1003"}`, `{"messageId":null}`, "<html>", "", "Portal User Not Found With APIKey",
	} {
		for _, status := range []int{200, 202, 400, 401, 429, 500, 502} {
			f.Add(status, body)
		}
	}
	p := New(Config{})
	f.Fuzz(func(t *testing.T, status int, body string) {
		got, err := p.ReadReceipt(status, http.Header{}, []byte(body))
		if err == nil {
			if got.ID == "" || status < 200 || status > 299 {
				t.Errorf("HTTP %d: got receipt %q", status, got.ID)
			}
			return
		}
		if _, ok := errors.AsType[*provider.SendError](err); !ok || got.ID != "" {
			t.Errorf("got %T and receipt %q", err, got.ID)
		}
	})
}

func FuzzDecodeTemplate(f *testing.F) {
	for _, raw := range []string{
		sample, "{}", "null", `{"id":"t","containerMeta":"{}"}`, `{"id":"t","containerMeta":{"data":"x"}}`,
		`{"id":"t","data":"a | [b,http://c] | [d"}`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, ok := decodeTemplate(raw)
		if ok && (got.ID == "" || got.Params != got.Count()) {
			t.Errorf("got %+v", got)
		}
		values := make([]string, got.Params)
		if _, err := got.Render(values); err != nil {
			t.Errorf("cannot be rendered: %v", err)
		}
	})
}
