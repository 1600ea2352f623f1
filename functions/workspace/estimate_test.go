package workspace_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// closed stores a day of the account on which an event was off for some orders.
func (r *rig) closed(day, event string, orders int64) {
	r.t.Helper()
	if err := r.store.PutClosedDay(r.t.Context(), neem, store.ClosedDay{Day: billing.Day(day), ClosedAt: start, Closings: 1, Off: map[string]int64{event: orders}}); err != nil {
		r.t.Fatal(err)
	}
	if err := r.store.PutClosing(r.t.Context(), neem, store.Closing{ClosedTo: "2026-11-20", LookedAt: start}); err != nil {
		r.t.Fatal(err)
	}
}

// TestCostEstimate says what events would cost, at the route for it and on the page where a person agrees to charges: the figures are the same.
func TestCostEstimate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	ask := func(status int, events string) string {
		t.Helper()
		return r.want(status, request{
			method: http.MethodPost, path: "/v1/accounts/" + neem + "/cost-estimate", token: r.token("viewer", neem), body: `{"notifications":[` + events + `]}`,
		}).Body
	}
	const packed = `{"resource":"shipment","eventSubType":"packed"}`

	ask(http.StatusConflict, packed)
	r.install(account.App{
		ID: "bot", Provider: "businessonbot", Ownership: message.Platform, InstalledAt: start.Add(-time.Hour), ProviderIDs: map[string]string{"baseUrl": "https://bot.example.com/p"},
	})

	const price = `"category":"utility","price":{"micros":117875,"currency":"INR"}`
	if got, want := ask(http.StatusOK, packed), `{"days":0,"charged":true,"messages":0,"cost":null,"notifications":[{"resource":"shipment","eventSubType":"packed","messages":0,`+
		price+`,"cost":null}],"cardVersion":"meta-inr-in-2026q4"}`; strings.TrimSpace(got) != want {
		t.Errorf("without history: got %s, want %s", got, want)
	}

	r.closed("2026-11-18", "shipment/packed", 40)
	if got, want := ask(http.StatusOK, packed), `{"days":2,"from":"2026-11-18","to":"2026-11-20","charged":true,"messages":40,"cost":{"micros":4715000,"currency":"INR"},"notifications":`+
		`[{"resource":"shipment","eventSubType":"packed","messages":40,`+price+`,"cost":{"micros":4715000,"currency":"INR"}}],"cardVersion":"meta-inr-in-2026q4"}`; strings.TrimSpace(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}

	for _, path := range []string{"/notifications", "/notifications/shipment/packed"} {
		body := r.get(http.StatusOK, path)
		for _, want := range []string{`"estimatesFrom":{"days":2,"from":"2026-11-18","to":"2026-11-20"}`, `"estimate":{"messages":40,"cost":{"micros":4715000,"currency":"INR"}}`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: got %s, want %s", path, body, want)
			}
		}
	}

	for events, field := range map[string]string{
		``: "notifications", packed + `,{"resource":"shipment","eventSubType":"exploded"}`: "notifications[1]", packed + "," + packed: "notifications[1]",
		`{"resource":"shipment"}`: "notifications[0].eventSubType",
	} {
		if body := ask(http.StatusBadRequest, events); !strings.Contains(body, fmt.Sprintf(`"field":%q`, field)) {
			t.Errorf("%s: got %s, want an error about %s", events, body, field)
		}
	}

	// At an app of the brand's own nothing is charged, and the page says nothing of money.
	r.install(account.App{ID: "own", Provider: "gupshup", Ownership: message.Client, InstalledAt: start})
	own := r.want(http.StatusOK, request{
		method: http.MethodPost, path: "/v1/accounts/" + neem + "/cost-estimate?app=own", token: r.token("viewer", neem), body: `{"notifications":[` + packed + `]}`,
	}).Body
	if !strings.Contains(own, `"charged":false,"messages":40,"cost":{"micros":0,"currency":"INR"}`) || !strings.Contains(own, `"cardVersion":null`) {
		t.Errorf("own app: got %s", own)
	}
	if body := r.get(http.StatusOK, "/notifications?app=own"); strings.Contains(body, "estimate") {
		t.Errorf("own app: got %s, want no estimate", body)
	}
}

// TestCostEstimateRefuses refuses what is no question, and an account that there is not.
func TestCostEstimateRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	q := request{
		method: http.MethodPost, path: "/v1/accounts/999/cost-estimate", token: r.operator(), body: `{"notifications":[{"resource":"shipment","eventSubType":"packed"}]}`,
	}
	r.want(http.StatusNotFound, q)
	typed, long := q, q
	typed.header = map[string]string{"Content-Type": "text/plain"}
	r.want(http.StatusUnsupportedMediaType, typed)
	long.body = `{"notifications":"` + strings.Repeat("a", 1<<20) + `"}`
	r.want(http.StatusRequestEntityTooLarge, long)
}

// TestPageReadsWithEstimates holds what a page of all events costs: an estimate is one more read a day, and one for how far days are closed.
func TestPageReadsWithEstimates(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	r.install(account.App{
		ID: "bot", Provider: "businessonbot", Ownership: message.Platform, InstalledAt: start.Add(-time.Hour), ProviderIDs: map[string]string{"baseUrl": "https://bot.example.com/p"},
	})
	r.install(account.App{ID: "own", Provider: "gupshup", Ownership: message.Client, InstalledAt: start})
	r.closed("2026-11-18", "shipment/packed", 40)

	reads := func(path string) int64 {
		before := r.cloud.Firestore().Counts().Reads
		r.get(http.StatusOK, path)

		return r.cloud.Firestore().Counts().Reads - before
	}

	// The rate cards are a query that finds none, which counts as one.
	if own, charged := reads("/notifications?app=own"), reads("/notifications?app=bot"); charged != own+1+1+1 {
		t.Errorf("got %d reads where messages are charged and %d where not, want a card, the closing and one day more", charged, own)
	}
}
