package subscribe_test

import (
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// TestBlockedNumber subscribes nobody with a number that an authority has blocked, says so with the answer that every refusal has, and takes a
// withdrawal as ever.
func TestBlockedNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := customerID(t, accountID, shopper)
	c, err := w.store.Customer(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	entries, next, _ := consent.Record(c.Consent, consent.Entry{Action: consent.Block, Source: consent.Authority, OccurredAt: start, RecordedAt: start})
	if err := w.store.ChangeConsent(t.Context(), c, next, entries...); err != nil {
		t.Fatal(err)
	}

	if a := w.post(route+orderID, body()); a.Status != http.StatusNotFound || a.Body != failure {
		t.Errorf("POST ACTIVE: %d %s, want the documented failure", a.Status, a.Body)
	}
	if ledger, err := w.store.Ledger(t.Context(), id); err != nil || len(ledger) != 2 {
		t.Errorf("ledger: %d entries, %v, want 2", len(ledger), err)
	}
	if a := w.post(route+orderID, body("whatsAppStatus", `"INACTIVE"`)); a.Status != http.StatusOK {
		t.Errorf("POST INACTIVE: %d %s", a.Status, a.Body)
	}
}
