package workspace_test

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestEvidence gathers what shows whether an attempt was one: with all that there can be, and with little.
func TestEvidence(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.tell()
	m := r.charged()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	json, err := os.ReadFile("../../testdata/orders/51230077.json")
	must(err)
	// The courier's words are of the message's shipment, and couriers write anything into them.
	json = bytes.ReplaceAll(json, []byte(`"trackingID": "DL0099887766"`), []byte(`"trackingID": "S-1"`))
	json = bytes.ReplaceAll(json, []byte("customer not reachable"), []byte("cust Radha Rao refused, called 9876543210"))
	must(r.store.KeepOrder(t.Context(), store.OrderCopy{AccountID: neem, OrderID: storyOrder, JSON: json, At: start, ExpireAt: start.Add(time.Hour)}))

	reply := store.Reply{
		ID: store.ReplyID("gupshup", "gs-1", "w1"), AccountID: neem, AppID: "gs-1", CustomerID: m.CustomerID, MessageID: m.ID, RootID: m.ID, OrderID: storyOrder,
		Type: "button", Tap: true, Text: "Nobody came", At: start.Add(time.Minute), ExpireAt: start.Add(time.Hour),
	}
	typed := reply
	typed.ID, typed.Tap, typed.Type, typed.Text, typed.At = store.ReplyID("gupshup", "gs-1", "w2"), false, "text", "I was at home, SECRETWORDS", start.Add(2*time.Minute)
	must(r.store.AddReply(t.Context(), store.ReplyWrite{Reply: reply}))
	must(r.store.AddReply(t.Context(), store.ReplyWrite{Reply: typed}))
	c := conversation.Conversation{ID: m.CustomerID, AccountID: neem, CustomerID: m.CustomerID, ExpireAt: start.Add(time.Hour), Actions: []conversation.Action{{
		ID: reply.ID, Code: conversation.Dispute, State: conversation.Accepted, MessageID: m.ID, OrderID: storyOrder, Subject: m.Subject, At: reply.At, HeardAt: reply.At, DoneAt: reply.At,
	}}}
	_, err = r.store.SaveConversation(t.Context(), c)
	must(err)

	body := r.get(http.StatusOK, "/messages/"+m.ID+"/evidence")
	for _, want := range []string{
		`"orderId":"51230077"`, `"recipient":"+91******0001"`, `"customerKey":"r"`, `"deliveredAt":"2026-11-20T04:50:14Z"`,
		`"answers":[{"at":"2026-11-20T04:51:12Z",`, `"label":"Nobody came"`, `"tap":false`, `"actions":[{"code":"ACTF004","mode":"whatsapp","state":"accepted"`,
		`"sign":"disputed","against":true`, `"providerIds":["sha256:`, `"hash":"v2:`, `"receipt":{"messageId":"` + m.ID,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the sheet lacks %s: %s", want, body)
		}
	}

	page := r.get(http.StatusOK, "/messages/"+m.ID+"/evidence?format=html")
	for _, want := range []string{"<h1>Failed attempt", "tapped “Nobody came”", "(1m0s after the attempt)", "20 November 2026, 10:20:14 IST", "against", "The shopper says that the courier"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s: %s", want, page)
		}
	}

	all := r.get(http.StatusOK, "/orders/"+storyOrder+"/evidence")
	if !strings.HasPrefix(all, `{"sheets":[{`) || !strings.Contains(all, m.ID) {
		t.Errorf("got %s", all)
	}
	for _, answer := range []string{body, page, all, r.get(http.StatusOK, "/orders/"+storyOrder+"/evidence?format=html")} {
		for _, personal := range []string{"9000000001", "9876543210", "Radha", "Ira", "ee4a\"", "SECRETWORDS", "example.test"} {
			if strings.Contains(answer, personal) {
				t.Errorf("%s in %s", personal, answer)
			}
		}
	}

	_, err = r.store.EraseCustomers(t.Context(), store.Person{AccountID: neem, PhoneKeys: []string{"r"}}, start, false)
	must(err)
	if got := r.get(http.StatusOK, "/messages/"+m.ID+"/evidence"); !strings.Contains(got, "The shopper was erased since") {
		t.Errorf("the sheet of an erased shopper does not say so: %s", got)
	}

	// Of an erased shopper the ids are hashed already, and mean the same.
	erased := m.Erased()
	erased.ID = strings.Repeat("7", 32)
	_, err = r.store.Decide(t.Context(), store.Decision{Message: erased})
	must(err)
	if got := r.get(http.StatusOK, "/messages/"+erased.ID+"/evidence"); !strings.Contains(got, message.HashedID("ee4a")) {
		t.Errorf("the sheet has another hash of the provider's id: %s", got)
	}

	other := m
	other.ID, other.Event = strings.Repeat("6", 32), "shipment/delivered"
	_, err = r.store.Decide(t.Context(), store.Decision{Message: other})
	must(err)
	r.get(http.StatusNotFound, "/messages/"+other.ID+"/evidence")
	r.get(http.StatusNotFound, "/messages/"+strings.Repeat("0", 32)+"/evidence")
	r.get(http.StatusNotFound, "/orders/99/evidence")
	r.get(http.StatusBadRequest, "/messages/"+m.ID+"/evidence?format=pdf")
	r.get(http.StatusBadRequest, "/orders/"+storyOrder+"/evidence?format=pdf")
	r.put("812", "Basil")
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/812/messages/" + m.ID + "/evidence", token: r.token("viewer", "812")})
	r.want(http.StatusForbidden, request{method: http.MethodGet, path: "/v1/accounts/" + neem + "/messages/" + m.ID + "/evidence", token: r.token("viewer", "812")})
}
