package kaleyra

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
)

func FuzzParseWebhook(f *testing.F) {
	for _, body := range conformance.Fixtures(f, testDir()) {
		f.Add(body)
	}
	for _, body := range []string{
		"", "{}", "null", `{"status":7}`, `{"messages":[null]}`, `{"statuses":[{"id":"a","status":"SENT","errors":[null]}]}`,
		`{"from":"919000000007","type":"text","message":"[[]]"}`, `{"id":":0","status":"sent"}`, `{"price":"NaN","id":"a","status":"read"}`,
	} {
		f.Add([]byte(body))
	}
	f.Add(CallbackProfile())
	p := New(Config{})
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := p.ParseWebhook(provider.App{}, body)
		conformance.CheckParsed(t, events, err)
	})
}

func FuzzParseQuery(f *testing.F) {
	for _, query := range queryFixtures(f) {
		f.Add(query)
	}
	f.Add("a=b")
	f.Add("id=%ff&status=SENT")
	p := New(Config{})
	f.Fuzz(func(t *testing.T, raw string) {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		events, err := p.ParseQuery(provider.App{}, query)
		conformance.CheckParsed(t, events, err)
	})
}

func FuzzReadReceipt(f *testing.F) {
	for _, body := range []string{
		success("WA202", "m1"), success("WA-200", ""), failure("WA-401", "{}", "phone_number", wordsVersion),
		failure("RBC001", "[]", "error", "x"), `{"code":1,"data":[{}],"error":[]}`, "<html>", "", "null",
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
		sampleTemplate, "{}", "null", `{"name":"a","components":[null]}`, `{"name":"a","language":{"code":"en"},"components":[{"type":"BUTTONS","buttons":[{"type":"URL","url":"https://a.example.com/{{1}}"}]}]}`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, ok := decodeTemplate(raw)
		conformance.CheckTemplate(t, got, ok)
	})
}
