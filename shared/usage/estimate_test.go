package usage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// marketing is the price of a marketing message by the card that the product brings along, with the brand's mark-up of ten percent.
const marketing = 949_410

var (
	missed = order.Kind{Resource: order.Shipment, SubType: "failed_delivery"}
	packed = order.Kind{Resource: order.Shipment, SubType: "packed"}
	cart   = order.Kind{Resource: order.Cart, SubType: "abandoned"}
	viewer = access.Caller{Role: access.Viewer, Accounts: []string{neem}}
	botApp = account.App{Provider: businessonbot.Name, Ownership: message.Platform, ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/p"}}
)

// sendsThrough makes an app the sender of the account.
func (r *rig) sendsThrough(id string, app account.App) {
	r.t.Helper()
	r.brand.Apps[id], r.brand.Sender = app, id
	r.must(r.store.PutAccount(r.t.Context(), r.brand))
}

// off notes that an event came now while it was off, on a number of orders.
func (r *rig) off(kind order.Kind, orders int) {
	r.t.Helper()
	for i := range orders {
		r.made++
		r.must(r.store.NoteOff(r.t.Context(), neem, kind.String(), r.brand.Day(r.clock.Now()), store.StatusTimes{
			OrderID: store.OrderID(neem, fmt.Sprint(1000*r.made+i)), Subject: "s", Times: map[string]int64{kind.SubType: r.clock.Now().Unix()}, ExpireAt: r.clock.Now().Add(10_000 * time.Hour),
		}))
	}
}

// notifications are those of the account at its sender.
func (r *rig) notifications() settings.Notifications {
	r.t.Helper()
	w := settings.NewWorkspace(settings.WorkspaceDeps{Store: r.store, Providers: catalog.New(catalog.Config{}), Clock: r.clock})
	n, err := w.Notifications(r.t.Context(), viewer, neem, "")
	r.must(err)

	return n
}

func (r *rig) estimate(events ...order.Kind) usage.Estimate {
	r.t.Helper()
	e, err := r.Estimate(r.t.Context(), viewer, r.notifications(), events)
	r.must(err)

	return e
}

func inr(micros int64) *billing.Money { return &billing.Money{Micros: micros, Currency: "INR"} }

// TestEstimate counts what was sent of an event, through whichever app, and what came while it was off; a brand without history sees the
// price of a message and no sum.
func TestEstimate(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	r.sendsThrough("bot", botApp)

	want := usage.Estimate{Charged: true, Card: "meta-inr-in-2026q4", Events: []usage.EventEstimate{
		{Kind: missed, Category: billing.Utility, Price: inr(price)}, {Kind: cart, Category: billing.Marketing, Price: inr(marketing)},
	}}
	if diff := cmp.Diff(want, r.estimate(missed, cart)); diff != "" {
		t.Errorf("without history (-want +got):\n%s", diff)
	}

	r.closeUp() // as sweep does within the hour in which an account is made
	r.off(packed, 3)
	r.off(missed, 2)
	r.clock.Advance(24 * time.Hour)
	r.apply(reports(r.claim("gs"), r.clock.Now())...)
	r.apply(reports(r.claim("own"), r.clock.Now())...)
	r.must(r.store.RecordNotTaken(t.Context(), r.stored(r.claim("gs").ID), message.Failure{Class: message.ClassRecipient}, r.clock.Now()))
	r.off(packed, 1)
	r.clock.Advance(24 * time.Hour) // a day without anything counts
	r.clock.Advance(24 * time.Hour)
	r.off(packed, 7) // on a day that is open
	r.closeUp()

	want = usage.Estimate{
		From: "2026-11-20", To: "2026-11-23", Days: 3, Charged: true, Messages: 8, Cost: inr(8 * price), Card: "meta-inr-in-2026q4",
		Events: []usage.EventEstimate{
			{Kind: packed, Messages: 4, Category: billing.Utility, Price: inr(price), Cost: inr(4 * price)},
			{Kind: missed, Messages: 4, Category: billing.Utility, Price: inr(price), Cost: inr(4 * price)},
			{Kind: cart, Category: billing.Marketing, Price: inr(marketing), Cost: inr(0)},
		},
	}
	if diff := cmp.Diff(want, r.estimate(packed, missed, cart)); diff != "" {
		t.Errorf("of three days (-want +got):\n%s", diff)
	}
	if all := r.estimate(); len(all.Events) != len(order.Catalog()) || all.Messages != 8 {
		t.Errorf("got %d events and %d messages of all, want %d and 8", len(all.Events), all.Messages, len(order.Catalog()))
	}

	r.clock.Advance(40 * 24 * time.Hour)
	r.closeUp()
	r.closeUp() // more than one call closes
	if old := r.estimate(packed); old.Days != 0 || old.Cost != nil || old.Events[0].Price == nil {
		t.Errorf("got %+v, want no sum by days that are long over", old)
	}
}

// TestEstimateKeepsWhatWasOff closes a day again once an order that told of it has expired.
func TestEstimateKeepsWhatWasOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	r.sendsThrough("bot", botApp)
	m := r.claim("gs")
	r.off(packed, 2)
	r.clock.Advance(24 * time.Hour)
	r.closeUp()
	r.apply(reports(m, r.clock.Now())...)
	r.off(packed, 1)
	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	if e := r.estimate(packed, missed); e.Messages != 4 || e.Events[0].Messages != 3 || e.Events[1].Messages != 1 {
		t.Errorf("got %+v, want three orders and the message that was sent late", e)
	}
}

// TestEstimateIsFreeThroughAnOwnApp says that nothing is charged.
func TestEstimateIsFreeThroughAnOwnApp(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	r.sendsThrough("own", account.App{Provider: "meta", Ownership: message.Client})
	r.apply(reports(r.claim("own"), start)...)
	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	want := usage.Estimate{
		From: "2026-11-20", To: "2026-11-21", Days: 1, Messages: 1, Cost: inr(0),
		Events: []usage.EventEstimate{{Kind: missed, Messages: 1, Price: inr(0), Cost: inr(0)}},
	}
	if diff := cmp.Diff(want, r.estimate(missed)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEstimateWithoutAPrice has no sum that lacks a part: the platform has no template for the events.
func TestEstimateWithoutAPrice(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	r.sendsThrough("gs", r.brand.Apps["gs"])
	r.apply(reports(r.claim("gs"), start)...)
	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	if e := r.estimate(missed, packed); e.Days != 1 || e.Messages != 1 || e.Cost != nil || e.Events[0].Price != nil || e.Events[0].Cost != nil {
		t.Errorf("got %+v, want messages and neither price nor cost", e)
	}
}

// TestEstimateReads holds that an estimate of all events costs a read a day, whatever there were of messages, and that to close a day without
// anything costs two reads more than without estimates.
func TestEstimateReads(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	r.sendsThrough("bot", botApp)
	for range 40 {
		r.off(packed, 2)
		r.claim("gs")
		r.clock.Advance(24 * time.Hour)
	}
	r.closeUp()
	r.closeUp()

	page := r.notifications()
	reads := func(do func()) int64 {
		before := r.cloud.Firestore().Counts().Reads
		do()

		return r.cloud.Firestore().Counts().Reads - before
	}

	// How far the days are closed, and the days.
	got := reads(func() {
		if e, err := r.Estimate(t.Context(), viewer, page, nil); err != nil || e.Days != 30 || e.Messages != 60 {
			t.Errorf("got %+v, %v, want sixty messages of thirty days", e, err)
		}
	})
	if got != 31 {
		t.Errorf("got %d reads, want 31", got)
	}

	r.clock.Advance(24 * time.Hour)
	r.closeUp()
	r.clock.Advance(24 * time.Hour)
	// The account with its three apps of the platform's, the rate cards, how far the days are closed, the messages of the day, the day, what
	// changed, the rate cards that were put since, and a count for each half of the catalogue.
	if got := reads(r.closeUp); got != 4+1+1+1+1+1+1+2 {
		t.Errorf("got %d reads to close a day without anything, want 12", got)
	}
}

// TestEstimateRefuses names the place of what is no event, and who may not see it is told nothing.
func TestEstimateRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	none := r.notifications()
	r.sendsThrough("bot", botApp)
	there := r.notifications()

	for name, tt := range map[string]struct {
		n      settings.Notifications
		caller access.Caller
		events []order.Kind
		kind   fault.Kind
		field  string
	}{
		"unknown":  {there, viewer, []order.Kind{packed, {Resource: "shipment", SubType: "exploded"}}, fault.Invalid, "notifications[1]"},
		"twice":    {there, viewer, []order.Kind{packed, missed, packed}, fault.Invalid, "notifications[2]"},
		"empty":    {there, viewer, []order.Kind{}, fault.Invalid, "notifications"},
		"too_many": {there, viewer, make([]order.Kind, len(order.Catalog())+1), fault.Invalid, "notifications"},
		"no_app":   {none, viewer, []order.Kind{packed}, fault.Conflict, ""},
		"another":  {there, access.Caller{Role: access.Viewer, Accounts: []string{"812"}}, []order.Kind{packed}, fault.Forbidden, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := r.Estimate(t.Context(), tt.caller, tt.n, tt.events)
			if field, _ := fault.Public(err); !fault.Is(err, tt.kind) || field != tt.field {
				t.Errorf("got %v of %q, want %v of %q", err, field, tt.kind, tt.field)
			}
		})
	}
}
