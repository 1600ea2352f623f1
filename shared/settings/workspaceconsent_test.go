package settings_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// dearer puts a card that doubles all prices from the next quarter on.
func (o *office) dearer() {
	o.t.Helper()
	card := nextCard("2027-01-01")
	for i := range card.Rates {
		card.Rates[i].Micros *= 2
	}
	text, err := json.Marshal(card)
	o.must(err)
	_, _, err = o.PutRateCard(o.t.Context(), operator, card.Version, text, false)
	o.must(err)
}

// TestRevertTakesNoConsentToALowerPrice refuses to put back an event that was on, and was switched off, once its price is higher than the
// one that was agreed to, as a save that switches it on does. One that costs no more than that is put back.
func TestRevertTakesNoConsentToALowerPrice(t *testing.T) {
	t.Parallel()
	o := newCharged(t)
	out := order.Kind{Resource: order.Shipment, SubType: "out_for_delivery"}
	put := func(enabled bool) error {
		_, _, _, err := o.PutNotification(t.Context(), editor, neem, "", out, settings.NotificationInput{Enabled: enabled, Charges: agreed()}, o.seen())
		return err
	}
	revert := func(c access.Caller) error {
		_, err := o.Revert(t.Context(), c, neem, 2, o.seen())
		return err
	}
	sends := func() bool {
		_, n, err := o.Notification(t.Context(), viewer, neem, "", out)
		o.must(err)
		return n.Sends
	}

	o.must(put(true))
	o.must(put(false))
	o.must(revert(editor))
	if !sends() {
		t.Error("at the price that was agreed to the event is not put back")
	}
	o.must(put(false))

	o.dearer()
	o.clock.Advance(time.Date(2027, 1, 2, 12, 0, 0, 0, time.UTC).Sub(o.clock.Now()))
	o.refused(put(true), fault.Conflict, "charges.price")
	for _, c := range []access.Caller{editor, operator} {
		o.refused(revert(c), fault.Conflict, "notifications.shipment/out_for_delivery.charges")
	}
	if sends() {
		t.Error("the event is on at a price that nobody agreed to")
	}
}

// TestConsentIsToACurrency has the WhatsApp account of the platform's app become one in dollars: what was agreed to in rupees counts no more,
// however small the number of dollars is, until somebody agrees to that.
func TestConsentIsToACurrency(t *testing.T) {
	t.Parallel()
	o := newCharged(t)
	out := order.Kind{Resource: order.Shipment, SubType: "out_for_delivery"}
	put := func(price string) (settings.Notification, error) {
		in := agreed()
		in.Price = price
		_, n, _, err := o.PutNotification(t.Context(), editor, neem, "", out, settings.NotificationInput{Enabled: true, Charges: in}, o.seen())
		return n, err
	}
	_, err := put(price)
	o.must(err)

	dollars := billing.India()
	dollars.Version, dollars.Currency = "dollars", "USD"
	o.must(o.store.CreateRateCard(t.Context(), store.RateCard{Card: dollars}))
	a, err := o.store.Account(t.Context(), neem)
	o.must(err)
	app := a.Apps[botApp]
	app.Checked.Currency = "USD"
	a.Apps[botApp] = app
	o.must(o.store.PutAccount(t.Context(), a))

	_, n, err := o.Notification(t.Context(), viewer, neem, "", out)
	o.must(err)
	if n.Sends || n.Price.String() != "USD 0.117875" || len(n.Lacks) != 1 || n.Lacks[0] != account.LacksConsent {
		t.Errorf("in dollars: sends %t at %s, lacks %v", n.Sends, n.Price, n.Lacks)
	}
	_, err = put(price)
	o.refused(err, fault.Conflict, "charges.price")
	n, err = put("USD 0.117875")
	o.must(err)
	if !n.Sends || len(n.Lacks) != 0 {
		t.Errorf("agreed to in dollars: sends %t, lacks %v", n.Sends, n.Lacks)
	}
}
