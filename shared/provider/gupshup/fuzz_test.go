package gupshup

import (
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
		events, err := p.ParseWebhook(provider.App{}, body)
		conformance.CheckParsed(t, events, err)
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
		conformance.CheckReceipt(t, status, got, err)
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
		conformance.CheckTemplate(t, got, ok)
	})
}
