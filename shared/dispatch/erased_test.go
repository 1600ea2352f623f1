package dispatch_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestErasedCustomer refuses what happens to a shopper who was erased, and keeps no personal data of it.
func TestErasedCustomer(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.SubscribeShopper(consent.Withdraw)
	person := store.Person{AccountID: rig.BrandID, PhoneKeys: []string{store.PhoneKeyOf(r.CustomerID())}}
	if n, err := r.Hooks.Parts.Store.EraseCustomers(t.Context(), person, r.Clock.Now(), false); err != nil || n != 1 {
		t.Fatalf("erased %d, %v", n, err)
	}

	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)

	m := r.Sole(t)
	if m.Reason != message.OptedOut || m.CustomerID != r.CustomerID() || !m.IsErased || m.Phone != "" || len(m.EventData) > 0 {
		t.Errorf("got %+v", m)
	}
	if a := m.Activity; a.CustomerName != "" || a.CustomerPhone != "" || a.CustomerEmail != "" || a.OrderNumber == "" {
		t.Errorf("got %+v", a)
	}
}

// TestReportsOfErasedShopper takes what is reported of a message after its shopper was erased, and keeps no personal data of it.
func TestReportsOfErasedShopper(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	m := r.Sole(t)
	if m.Status() != message.StatusAccepted {
		t.Fatalf("got %s", m.Status())
	}
	person := store.Person{AccountID: rig.BrandID, PhoneKeys: []string{store.PhoneKeyOf(r.CustomerID())}, Phones: []string{m.Phone}}
	if _, err := r.Hooks.Parts.Store.Erase(t.Context(), person, r.Clock.Now(), nil); err != nil {
		t.Fatal(err)
	}

	_ = r.Sim.Outbox().ReleaseAll(t.Context())
	r.Clock.Advance(time.Second)
	r.Deliver(world.ProviderEvents, r.Hooks.Receive)
	r.Settle(r.Hooks)

	m = r.Sole(t)
	if m.Status() != message.StatusRead || !m.IsErased || m.Phone != "" || m.UserID != "" || m.LearnedID != "" || m.Activity.CustomerName != "" {
		t.Errorf("got %s, %+v", m.Status(), m)
	}
	for _, key := range m.ProviderIDs {
		if !message.IsHashedKey(key) {
			t.Errorf("the id %q is back", key)
		}
	}
}
