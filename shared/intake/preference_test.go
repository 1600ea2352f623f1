package intake_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// preference is one choice that a shopper made in WhatsApp, as Meta tells of it (shared/provider/cloudapi/CONTRACT.md section 7): its
// time is a number, unlike that of messages.
func preference(r *rig.Rig, digits, user, value string) rig.Fields {
	choice := rig.Fields{
		"detail": "User requested to " + value + " marketing messages", "category": "marketing_messages", "value": value,
		"timestamp": r.Clock.Now().Unix(),
	}
	contact := rig.Fields{"profile": rig.Fields{"name": "Shopper"}}
	for _, of := range []rig.Fields{choice, contact} {
		if digits != "" {
			of["wa_id"] = digits
		}
		if user != "" {
			of["user_id"] = user
		}
	}
	return rig.MetaNews("user_preferences", rig.Fields{"contacts": []rig.Fields{contact}, "user_preferences": []rig.Fields{choice}})
}

// agree has the rig's shopper agree to the brand's offers.
func agree(r *rig.Rig) {
	r.T.Helper()
	c, err := r.Parts.Store.Customer(r.T.Context(), r.CustomerID())
	r.Must(err)
	entry, next, _ := consent.Record(c.Consent, consent.Entry{
		Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.Marketing, Actor: "customer",
		OccurredAt: r.Clock.Now(), RecordedAt: r.Clock.Now(),
	})
	r.Must(r.Parts.Store.ChangeConsent(r.T.Context(), c, next, entry...))
}

// leaveCart has the rig's shopper leave the n-th cart behind, and returns the message about it.
func leaveCart(t *testing.T, r *rig.Rig, n byte) message.Message {
	t.Helper()
	data, err := testdata.Files.ReadFile("events/cart-abandoned.json")
	r.Must(err)
	data = bytes.ReplaceAll(data, []byte("CHK-90001"), []byte{'C', 'H', 'K', '-', n})
	event, err := order.ParseEvent(data, nil, nil)
	r.Must(err)
	r.Hand(r.Hooks, r.EventData(data))
	r.Settle(r.Hooks)
	keys, err := r.Parts.Keys(t.Context())
	r.Must(err)
	m, err := r.Parts.Store.Message(t.Context(), keys.Occurrence.Occurrence(rig.BrandID, event))
	if err != nil {
		t.Fatalf("cart %c: %v; %s", n, err, r.Logs)
	}
	return m
}

// newOffers is a rig of Meta's whose brand sends offers too.
func newOffers(t *testing.T, o rig.Options) *rig.Rig {
	t.Helper()
	o.Provider = meta.Name
	r := rig.New(t, o)
	r.ChangeAccount(func(a *account.Account) {
		a.Events["cart/abandoned"] = a.Events[rig.FailedDeliveryKind]
	})
	return r
}

// TestStoppedOffers has a shopper who agreed to offers stop and resume them in WhatsApp: it holds for offers alone, order
// updates go on, and each choice is in the ledger once however often it is told.
func TestStoppedOffers(t *testing.T) {
	t.Parallel()
	r := newOffers(t, rig.Options{})
	agree(r)
	entries := len(ledger(t, r))
	for n, step := range []struct {
		value   string
		entries int
		action  consent.Action
		offers  bool
	}{
		{"resume", 1, consent.Grant, true}, // it may overrule a stop that is told late
		{"stop", 2, consent.Withdraw, false},
		{"resume", 3, consent.Grant, true},
		{"stop", 4, consent.Withdraw, false},
		{"signup", 5, consent.Grant, true},
	} {
		r.Clock.Advance(time.Minute)
		r.Tell(t, preference(r, rig.Shopper, rig.ShopperUser, step.value))
		state, ledger := r.CheckChain(t)
		if state.Status != consent.Active || state.Marketing != step.offers || len(ledger) != entries+step.entries {
			t.Fatalf("after %s %d: got %s, offers %t, with %s; %s", step.value, n, state.Status, state.Marketing, rig.ActionsOf(ledger), r.Logs)
		}
		if e := ledger[len(ledger)-1]; step.entries > 0 && (e.Action != step.action || e.Source != consent.UserPreferences || e.Purpose != consent.Marketing) {
			t.Errorf("after %s %d: the ledger says %s of %s through %s", step.value, n, e.Action, e.Purpose, e.Source)
		}
		want, why := message.StatusRead, message.Reason("")
		if !step.offers {
			want, why = message.StatusRefused, message.OptedOut
		}
		if m := leaveCart(t, r, byte('a'+n)); m.Status() != want || m.Reason != why {
			t.Errorf("an offer after %s %d: got %s %s, want %s %s", step.value, n, m.Status(), m.Reason, want, why)
		}
		sendsUpdates(t, r, 600+n)
	}
}

// ledger is the shopper's.
func ledger(t *testing.T, r *rig.Rig) []consent.Entry {
	t.Helper()
	_, all := r.CheckChain(t)
	return all
}

// sendsUpdates asserts that an order update about the n-th shipment reaches the shopper.
func sendsUpdates(t *testing.T, r *rig.Rig, n int) {
	t.Helper()
	before := r.Sim.Log().AcceptedCount()
	r.Hand(r.Hooks, r.EventData(r.Another(n)))
	r.Settle(r.Hooks)
	if got := r.Sim.Log().AcceptedCount(); got != before+1 {
		t.Errorf("an order update is not sent; %s", r.Describe())
	}
}

// TestResumeIsNoOptIn has shoppers resume offers in WhatsApp who never agreed to the brand's, or told the brand to stop
// everything: neither gets offers by that.
func TestResumeIsNoOptIn(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(r *rig.Rig){
		"never agreed":    func(*rig.Rig) {},
		"stopped without": func(r *rig.Rig) { r.Tell(t, preference(r, rig.Shopper, "", "stop")) },
		"stopped with the brand": func(r *rig.Rig) {
			agree(r)
			r.Clock.Advance(time.Minute)
			r.SubscribeShopper(consent.Withdraw)
			r.Clock.Advance(time.Minute)
			r.SubscribeShopper(consent.Grant)
			r.Clock.Advance(time.Minute)
			r.Tell(t, preference(r, rig.Shopper, "", "stop"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newOffers(t, rig.Options{})
			r.Clock.Advance(time.Minute)
			before(r)
			r.Clock.Advance(time.Minute)
			r.Tell(t, preference(r, rig.Shopper, "", "resume"))
			if state, ledger := r.CheckChain(t); state.Status != consent.Active || state.Marketing {
				t.Errorf("got %s, offers %t, after %s", state.Status, state.Marketing, rig.ActionsOf(ledger))
			}
			if m := leaveCart(t, r, 'a'); m.Status() != message.StatusRefused {
				t.Errorf("an offer: got %s, want refused", m.Status())
			}
			sendsUpdates(t, r, 700)
		})
	}
}

// TestStoppedOffersOfAStranger has somebody stop offers whom the brand does not know: nothing is written, since the stop is
// not one of order updates, and those reach them as the brand's checkout declares.
func TestStoppedOffersOfAStranger(t *testing.T) {
	t.Parallel()
	r := newOffers(t, rig.Options{Unsubscribed: true})
	r.ChangeAccount(func(a *account.Account) { a.ConsentMode = account.BrandDeclared })
	r.Tell(t, preference(r, rig.Shopper, rig.ShopperUser, "stop"))
	r.Tell(t, preference(r, "", "IN.55", "stop"))
	if _, err := r.Parts.Store.Customer(t.Context(), r.CustomerID()); err == nil {
		t.Error("the stop made a customer, who is now thought to have been asked")
	}
	if got := r.QueuedAt(world.ProviderEvents); got != 0 {
		t.Errorf("%d callbacks are not acknowledged; %s", got, r.Logs)
	}
	r.Clock.Advance(time.Minute)
	sendsUpdates(t, r, 800)
	if m := leaveCart(t, r, 'a'); m.Status() != message.StatusRefused || m.Reason != message.NotOptedIn {
		t.Errorf("an offer: got %s %s, want refused as not opted in", m.Status(), m.Reason)
	}
}

// TestShopperWithoutANumber has a shopper hide the number: what is said and chosen under the user id alone counts, a STOP from
// before the brand has heard of both together too, as soon as it has. A stranger's id is nobody's.
func TestShopperWithoutANumber(t *testing.T) {
	t.Parallel()
	r := newOffers(t, rig.Options{})
	agree(r)
	text := func(s rig.Said) rig.Fields { return rig.Fields{"type": "text", "text": rig.Fields{"body": s.Word}} }
	say := func(word, from, user, id string) {
		t.Helper()
		r.Clock.Advance(time.Minute)
		m := rig.MetaMessage(rig.Said{Word: word, ID: id, At: r.Clock.Now()}, rig.Spelling{Unnumbered: true, Content: text})
		m["from_user_id"] = user
		if from != "" {
			m["from"] = from
		}
		contact := rig.Fields{"profile": rig.Fields{"name": "Shopper"}, "user_id": user}
		r.Tell(t, rig.MetaNews("messages", rig.Fields{"contacts": []rig.Fields{contact}, "messages": []rig.Fields{m}}))
	}
	expect := func(what string, status consent.Status, offers bool, entries int) {
		t.Helper()
		state, ledger := r.CheckChain(t)
		if state.Status != status || state.Marketing != offers || len(ledger) != entries {
			t.Fatalf("%s: got %s, offers %t, with %s; %s", what, state.Status, state.Marketing, rig.ActionsOf(ledger), r.Logs)
		}
	}
	say("STOP", "", rig.ShopperUser, "wamid.EARLY")
	expect("before the id is known", consent.Active, true, 2)
	say("thank you", rig.Shopper, rig.ShopperUser, "wamid.HELLO")
	expect("once the id is known", consent.Inactive, false, 3)
	say("START", rig.Shopper, rig.ShopperUser, "wamid.BACK")
	expect("START", consent.Active, false, 4)
	agree(r)
	r.Clock.Advance(time.Minute)
	r.Tell(t, preference(r, "", rig.ShopperUser, "stop"))
	expect("offers stopped", consent.Active, false, 6)
	say("STOP", "", "IN.55", "wamid.OTHER")
	expect("a stranger's STOP", consent.Active, false, 6)
	say("STOP", "", rig.ShopperUser, "wamid.STOP")
	expect("STOP", consent.Inactive, false, 7)
	before := r.Sim.Log().AcceptedCount()
	r.Hand(r.Hooks, r.EventData(r.Another(900)))
	r.Settle(r.Hooks)
	if got := r.Sim.Log().AcceptedCount(); got != before {
		t.Errorf("sent after the STOP; %s", r.Describe())
	}
	say("START", "", rig.ShopperUser, "wamid.START")
	expect("START under the id", consent.Active, false, 8)
	sendsUpdates(t, r, 901)
	reply, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(meta.Name, r.Vendor.AppID(), "wamid.STOP"))
	if err != nil || reply.UserID != rig.ShopperUser || reply.Keyword != "stop" {
		t.Errorf("stored: got %+v, %v", reply, err)
	}
}

// TestShopperWhoHidAfterASend has a shopper who never wrote hide the number: the answer to the message that the brand sent
// has told whose id it is, so that the STOP, which answers nothing and names no number, counts.
func TestShopperWhoHidAfterASend(t *testing.T) {
	t.Parallel()
	r := newOffers(t, rig.Options{})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	sent := r.Sole(t)
	if sent.UserID == "" {
		t.Fatal("the message does not say what Meta calls its shopper")
	}
	stop := func(user, id string) {
		t.Helper()
		r.Clock.Advance(time.Minute)
		m := rig.MetaMessage(rig.Said{Word: "STOP", ID: id, At: r.Clock.Now()}, rig.Spelling{
			Unnumbered: true, Content: func(s rig.Said) rig.Fields { return rig.Fields{"type": "text", "text": rig.Fields{"body": s.Word}} },
		})
		m["from_user_id"] = user
		contact := rig.Fields{"profile": rig.Fields{"name": "Shopper"}, "user_id": user}
		r.Tell(t, rig.MetaNews("messages", rig.Fields{"contacts": []rig.Fields{contact}, "messages": []rig.Fields{m}}))
	}
	stop("IN.55", "wamid.OTHER")
	if state, _ := r.CheckChain(t); state.Status != consent.Active {
		t.Fatalf("after a stranger's STOP: got %s, want %s", state.Status, consent.Active)
	}
	stop(sent.UserID, "wamid.STOP")
	if state, ledger := r.CheckChain(t); state.Status != consent.Inactive {
		t.Fatalf("after the STOP: got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), consent.Inactive)
	}
	before := r.Sim.Log().AcceptedCount()
	r.Hand(r.Hooks, r.EventData(r.Another(900)))
	r.Settle(r.Hooks)
	if got := r.Sim.Log().AcceptedCount(); got != before {
		t.Errorf("sent after the STOP; %s", r.Describe())
	}
}
