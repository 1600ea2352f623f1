package e2e_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// preference is one choice that a shopper made in WhatsApp, as Meta tells of it (contracts/meta.md 4.5): its time is a
// number, unlike that of messages.
func (r *rig) preference(digits, user, value string) fields {
	choice := fields{
		"detail": "User requested to " + value + " marketing messages", "category": "marketing_messages", "value": value,
		"timestamp": r.clock.Now().Unix(),
	}
	contact := fields{"profile": fields{"name": "Shopper"}}
	for _, of := range []fields{choice, contact} {
		if digits != "" {
			of["wa_id"] = digits
		}
		if user != "" {
			of["user_id"] = user
		}
	}
	return metaNews("user_preferences", fields{"contacts": []fields{contact}, "user_preferences": []fields{choice}})
}

// agree has the rig's shopper agree to the brand's offers.
func (r *rig) agree() {
	r.t.Helper()
	c, err := r.parts.Store.Customer(r.t.Context(), r.customerID())
	r.must(err)
	entry, next, _ := consent.Record(c.Consent, consent.Entry{
		Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.Marketing, Actor: "customer",
		OccurredAt: r.clock.Now(), RecordedAt: r.clock.Now(),
	})
	r.must(r.parts.Store.ChangeConsent(r.t.Context(), c, next, entry))
}

// leaveCart has the rig's shopper leave the n-th cart behind, and returns what became of the message about it.
func (r *rig) leaveCart(t *testing.T, n byte) message.Message {
	t.Helper()
	data, err := testdata.Files.ReadFile("events/cart-abandoned.json")
	r.must(err)
	data = bytes.ReplaceAll(data, []byte("CHK-90001"), []byte{'C', 'H', 'K', '-', n})
	event, err := order.ParseEvent(data, nil, nil)
	r.must(err)
	r.hand(r.hooks, r.eventData(data))
	r.settle(r.hooks)
	keys, err := r.parts.Keys(t.Context())
	r.must(err)
	m, err := r.parts.Store.Message(t.Context(), keys.Occurrence.Occurrence(brandID, event))
	if err != nil {
		t.Fatalf("cart %c: %v; %s", n, err, r.logs)
	}
	return m
}

// newOffers is a rig of Meta's whose brand sends offers too.
func newOffers(t *testing.T, o rigOptions) *rig {
	t.Helper()
	o.provider = meta.Name
	r := newRig(t, o)
	r.changeAccount(func(a *account.Account) {
		a.Events["cart/abandoned"] = a.Events[failedKind]
	})
	return r
}

// TestStoppedOffers has a shopper who agreed to offers stop and resume them in WhatsApp: it holds for offers alone, order
// updates go on, and each choice is in the ledger once however often it is told.
func TestStoppedOffers(t *testing.T) {
	t.Parallel()
	r := newOffers(t, rigOptions{})
	r.agree()
	entries := len(r.ledger(t))
	for n, step := range []struct {
		value   string
		entries int
		action  consent.Action
		offers  bool
	}{
		{"resume", 0, "", true}, // there is nothing to resume
		{"stop", 1, consent.Withdraw, false},
		{"resume", 2, consent.Grant, true},
		{"stop", 3, consent.Withdraw, false},
		{"signup", 4, consent.Grant, true},
	} {
		r.clock.Advance(time.Minute)
		r.tell(t, r.preference(shopper, shopperUser, step.value))
		state, ledger := r.checkChain(t)
		if state.Status != consent.Active || state.Marketing != step.offers || len(ledger) != entries+step.entries {
			t.Fatalf("after %s %d: got %s, offers %t, with %s; %s", step.value, n, state.Status, state.Marketing, actionsOf(ledger), r.logs)
		}
		if e := ledger[len(ledger)-1]; step.entries > 0 && (e.Action != step.action || e.Source != consent.UserPreferences || e.Purpose != consent.Marketing) {
			t.Errorf("after %s %d: the ledger says %s of %s through %s", step.value, n, e.Action, e.Purpose, e.Source)
		}
		want, why := message.StatusRead, message.Reason("")
		if !step.offers {
			want, why = message.StatusRefused, message.OptedOut
		}
		if m := r.leaveCart(t, byte('a'+n)); m.Status() != want || m.Reason != why {
			t.Errorf("an offer after %s %d: got %s %s, want %s %s", step.value, n, m.Status(), m.Reason, want, why)
		}
		r.sendsUpdates(t, 600+n)
	}
}

// ledger is the shopper's.
func (r *rig) ledger(t *testing.T) []consent.Entry {
	t.Helper()
	_, all := r.checkChain(t)
	return all
}

// sendsUpdates asserts that an order update about the n-th shipment reaches the shopper.
func (r *rig) sendsUpdates(t *testing.T, n int) {
	t.Helper()
	before := r.sim.Log().AcceptedCount()
	r.hand(r.hooks, r.eventData(r.another(n)))
	r.settle(r.hooks)
	if got := r.sim.Log().AcceptedCount(); got != before+1 {
		t.Errorf("an order update is not sent; %s", r.describe())
	}
}

// TestResumeIsNoOptIn has shoppers resume offers in WhatsApp who never agreed to the brand's, or told the brand to stop
// everything: neither gets offers by that.
func TestResumeIsNoOptIn(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(r *rig){
		"never agreed":    func(*rig) {},
		"stopped without": func(r *rig) { r.tell(t, r.preference(shopper, "", "stop")) },
		"stopped with the brand": func(r *rig) {
			r.agree()
			r.clock.Advance(time.Minute)
			r.subscribeShopper(consent.Withdraw)
			r.clock.Advance(time.Minute)
			r.subscribeShopper(consent.Grant)
			r.clock.Advance(time.Minute)
			r.tell(t, r.preference(shopper, "", "stop"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newOffers(t, rigOptions{})
			r.clock.Advance(time.Minute)
			before(r)
			r.clock.Advance(time.Minute)
			r.tell(t, r.preference(shopper, "", "resume"))
			if state, ledger := r.checkChain(t); state.Status != consent.Active || state.Marketing {
				t.Errorf("got %s, offers %t, after %s", state.Status, state.Marketing, actionsOf(ledger))
			}
			if m := r.leaveCart(t, 'a'); m.Status() != message.StatusRefused {
				t.Errorf("an offer: got %s, want refused", m.Status())
			}
			r.sendsUpdates(t, 700)
		})
	}
}

// TestStoppedOffersOfAStranger has somebody stop offers whom the brand does not know: nothing is written, since the stop is
// not one of order updates, and those reach them as the brand's checkout declares.
func TestStoppedOffersOfAStranger(t *testing.T) {
	t.Parallel()
	r := newOffers(t, rigOptions{unsubscribed: true})
	r.changeAccount(func(a *account.Account) { a.ConsentMode = account.BrandDeclared })
	r.tell(t, r.preference(shopper, shopperUser, "stop"))
	r.tell(t, r.preference("", "IN.55", "stop"))
	if _, err := r.parts.Store.Customer(t.Context(), r.customerID()); err == nil {
		t.Error("the stop made a customer, who is now thought to have been asked")
	}
	if got := r.queuedAt(world.ProviderEvents); got != 0 {
		t.Errorf("%d callbacks are not acknowledged; %s", got, r.logs)
	}
	r.clock.Advance(time.Minute)
	r.sendsUpdates(t, 800)
	if m := r.leaveCart(t, 'a'); m.Status() != message.StatusRefused || m.Reason != message.NotOptedIn {
		t.Errorf("an offer: got %s %s, want refused as not opted in", m.Status(), m.Reason)
	}
}

// TestShopperWithoutANumber has a shopper hide the number once the brand has heard of it together with the user id: what
// is said and chosen under the id alone counts, and a stranger's id is nobody's.
func TestShopperWithoutANumber(t *testing.T) {
	t.Parallel()
	r := newOffers(t, rigOptions{})
	r.agree()
	text := func(s said) fields { return fields{"type": "text", "text": fields{"body": s.word}} }
	say := func(word, from, user, id string) {
		t.Helper()
		r.clock.Advance(time.Minute)
		m := metaMessage(said{word: word, id: id, at: r.clock.Now()}, spelling{unnumbered: true, content: text})
		m["from_user_id"] = user
		if from != "" {
			m["from"] = from
		}
		contact := fields{"profile": fields{"name": "Shopper"}, "user_id": user}
		r.tell(t, metaNews("messages", fields{"contacts": []fields{contact}, "messages": []fields{m}}))
	}
	expect := func(what string, status consent.Status, offers bool, entries int) {
		t.Helper()
		state, ledger := r.checkChain(t)
		if state.Status != status || state.Marketing != offers || len(ledger) != entries {
			t.Fatalf("%s: got %s, offers %t, with %s; %s", what, state.Status, state.Marketing, actionsOf(ledger), r.logs)
		}
	}
	say("STOP", "", shopperUser, "wamid.EARLY")
	expect("before the id is known", consent.Active, true, 2)
	say("thank you", shopper, shopperUser, "wamid.HELLO")
	r.clock.Advance(time.Minute)
	r.tell(t, r.preference("", shopperUser, "stop"))
	expect("offers stopped", consent.Active, false, 3)
	say("STOP", "", "IN.55", "wamid.OTHER")
	expect("a stranger's STOP", consent.Active, false, 3)
	say("STOP", "", shopperUser, "wamid.STOP")
	expect("STOP", consent.Inactive, false, 4)
	before := r.sim.Log().AcceptedCount()
	r.hand(r.hooks, r.eventData(r.another(900)))
	r.settle(r.hooks)
	if got := r.sim.Log().AcceptedCount(); got != before {
		t.Errorf("sent after the STOP; %s", r.describe())
	}
	say("START", "", shopperUser, "wamid.START")
	expect("START", consent.Active, false, 5)
	r.sendsUpdates(t, 901)
	reply, err := r.parts.Store.Reply(t.Context(), store.ReplyID(meta.Name, r.vendor.appID(), "wamid.STOP"))
	if err != nil || reply.UserID != shopperUser || reply.Keyword != "stop" {
		t.Errorf("stored: got %+v, %v", reply, err)
	}
}

// TestShopperWhoHidAfterASend has a shopper who never wrote hide the number: the answer to the message that the brand sent
// has told whose id it is, so that the STOP, which answers nothing and names no number, counts.
func TestShopperWhoHidAfterASend(t *testing.T) {
	t.Parallel()
	r := newOffers(t, rigOptions{})
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	sent := r.sole(t)
	if sent.UserID == "" {
		t.Fatal("the message does not say what Meta calls its shopper")
	}
	stop := func(user, id string) {
		t.Helper()
		r.clock.Advance(time.Minute)
		m := metaMessage(said{word: "STOP", id: id, at: r.clock.Now()}, spelling{
			unnumbered: true, content: func(s said) fields { return fields{"type": "text", "text": fields{"body": s.word}} },
		})
		m["from_user_id"] = user
		contact := fields{"profile": fields{"name": "Shopper"}, "user_id": user}
		r.tell(t, metaNews("messages", fields{"contacts": []fields{contact}, "messages": []fields{m}}))
	}
	stop("IN.55", "wamid.OTHER")
	if state, _ := r.checkChain(t); state.Status != consent.Active {
		t.Fatalf("after a stranger's STOP: got %s, want %s", state.Status, consent.Active)
	}
	stop(sent.UserID, "wamid.STOP")
	if state, ledger := r.checkChain(t); state.Status != consent.Inactive {
		t.Fatalf("after the STOP: got %s with %s, want %s", state.Status, actionsOf(ledger), consent.Inactive)
	}
	before := r.sim.Log().AcceptedCount()
	r.hand(r.hooks, r.eventData(r.another(900)))
	r.settle(r.hooks)
	if got := r.sim.Log().AcceptedCount(); got != before {
		t.Errorf("sent after the STOP; %s", r.describe())
	}
}
