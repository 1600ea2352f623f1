package subscribe_test

import (
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
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

// TestErasedShopperComesBack gives who subscribes after an erasure the contact of the order again, and who only withdraws none.
func TestErasedShopperComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := customerID(t, accountID, shopper)
	before, err := w.store.Customer(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.store.EraseCustomers(t.Context(), store.Person{AccountID: accountID, PhoneKeys: []string{store.PhoneKeyOf(id)}}, start, false); err != nil || n != 1 {
		t.Fatalf("erased %d, %v", n, err)
	}

	for _, tc := range []struct {
		status string
		phone  string
	}{{"INACTIVE", ""}, {"ACTIVE", before.Phone}} {
		if a := w.post(route+orderID, body("whatsAppStatus", `"`+tc.status+`"`)); a.Status != http.StatusOK {
			t.Errorf("POST %s: %d %s", tc.status, a.Status, a.Body)
		}
		c, err := w.store.Customer(t.Context(), id)
		if err != nil || c.Phone != tc.phone || c.ErasedAt.IsZero() != (tc.phone != "") || (c.Name == "") != (tc.phone == "") {
			t.Errorf("after %s: got %+v, %v", tc.status, c, err)
		}
	}
}
