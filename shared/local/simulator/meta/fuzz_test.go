package meta_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzSend checks that a send is either taken, and then shown on a phone, or refused with a code, whatever it says.
func FuzzSend(f *testing.F) {
	f.Add(good())
	f.Add(filled("pictured_v1", "en", `{"type":"header","parameters":[{"type":"image","image":{"id":"1"}}]}`))
	f.Add(filled("named_v1", "hi", `{"type":"body","parameters":[null,{}]}`))
	f.Add(`{"messaging_product":"whatsapp","to":"+919000000007","type":"interactive","interactive":{"type":"button","body":{"text":"x"},` +
		`"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"1"}}]}}}`)
	f.Add(`{"type":"template","template":{"components":[{"type":"order_status"}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		w := newSilent(t)
		b := w.behaviour(t)
		b.Callbacks = false
		if err := w.SetBehaviour(numberID, b); err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest(http.MethodPost, "/v26.0/"+numberID+"/messages", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.Handler().ServeHTTP(rec, req)
		taken := w.log.AcceptedCount() == 1
		if taken != (rec.Code == http.StatusOK) || !taken && codeOf(rec.Body.String()) == 0 {
			t.Fatalf("got %d %s, taken %v", rec.Code, rec.Body, taken)
		}
		if taken && len(w.phones.Inbox(w.log.Accepted()[0].Destination)) != 1 {
			t.Error("taken and not on the phone")
		}
	})
}
