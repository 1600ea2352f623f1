package workspace_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestFailedDeliveries tells what a failed delivery led to, as JSON that is held to the description and as a table, and refuses what is no
// query.
func TestFailedDeliveries(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	const path = "/failed-deliveries?from=2026-11-01&to=2026-12-01"

	if body := r.get(http.StatusOK, "/failed-deliveries"); !strings.Contains(body, `"from":"2026-11-01"`) || !strings.Contains(body, `"days":[],"totals":{"failed":0,`) {
		t.Errorf("got %s, want the month, without a failed delivery", body)
	}

	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	_, err := r.store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: readMessage, AccountID: neem, OrderID: storyOrder, Subject: "S-1", Event: "shipment/failed_delivery", AppID: "gs-1", Provider: "gupshup", CustomerID: "k",
		Ownership: message.Platform, Phone: "+919000000001", Phase: message.Claimed, Attempt: 1, Day: "2026-11-20", CreatedAt: at(0), OccurredAt: at(-3).Unix(), ExpireAt: at(9000),
		Attempts: map[string]message.Attempt{"1": {Rank: message.RankRead, At: map[string]int64{"accepted": at(0).UnixMilli(), "delivered": at(1).UnixMilli(), "read": at(2).UnixMilli()}}},
		Estimate: message.Estimate{Category: "utility", Micros: 115_000, Currency: "INR", Card: "meta-inr-in-2026q4"},
	}})
	if err == nil {
		_, err = r.store.SaveConversation(t.Context(), conversation.Conversation{ID: "k", AccountID: neem, ExpireAt: at(9000), Actions: []conversation.Action{
			{ID: "a", MessageID: readMessage, State: conversation.Accepted, At: at(5), DoneAt: at(7)},
		}})
	}
	if err == nil {
		err = r.store.MergeStatusTimes(t.Context(), store.StatusTimes{
			OrderID: store.OrderID(neem, storyOrder), Subject: "S-1", Times: map[string]int64{"delivered": at(600).Unix()}, ExpireAt: at(9000),
		})
	}
	if err != nil {
		t.Fatal(err)
	}

	const figures = `"failed":1,"asked":1,"delivered":1,"read":1,"answered":1,"actionAccepted":1,"deliveredAfterAll":1,"returned":0,"minutesToAsk":{"p50":3,"p95":3},` +
		`"minutesToAction":{"p50":10,"p95":10},"costMicros":115000,"costPerRescuedMicros":115000}`
	want := `{"from":"2026-11-01","to":"2026-12-01","zone":"Asia/Kolkata","currency":"INR","days":[{"day":"2026-11-20",` + figures + `],"totals":{` + figures + `,"otherCurrencies":[]}`
	if got := strings.TrimSpace(r.get(http.StatusOK, path)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}

	for name, q := range map[string]request{
		"format": {path: "/v1/accounts/" + neem + path + "&format=csv"},
		"accept": {path: "/v1/accounts/" + neem + path, header: map[string]string{"Accept": "text/csv"}},
	} {
		q.method, q.token = http.MethodGet, r.token("viewer", neem)
		a := r.want(http.StatusOK, q)
		if a.Header.Get("Content-Disposition") != `attachment; filename="failed-deliveries-2026-11-01-2026-12-01.csv"` || !strings.HasSuffix(a.Body, "\r\n2026-11-20,1,1,1,1,1,1,1,0,3,3,10,10,0.115,0.115,INR\r\n") {
			t.Errorf("%s: got %s %s", name, a.Header, a.Body)
		}
	}

	for _, query := range []string{"?from=2026-11-01", "?from=2026-10-01&to=2026-11-02", "?format=xml", "?currency=rupees", "?groupBy=day"} {
		r.get(http.StatusBadRequest, "/failed-deliveries"+query)
	}
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/999/failed-deliveries", token: r.operator()})
}
