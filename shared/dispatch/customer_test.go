package dispatch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestCustomers are met by events.
func TestCustomers(t *testing.T) {
	t.Parallel()
	t.Run("brand declared", func(t *testing.T) {
		t.Parallel()
		r := rig.New(t, rig.Options{Unsubscribed: true})
		r.ChangeAccount(func(a *account.Account) { a.ConsentMode = account.BrandDeclared })
		r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
		r.Settle(r.Hooks)
		r.CheckOne(t, message.StatusRead)
		_, entries := r.CheckChain(t)
		if len(entries) != 1 || entries[0].Action != consent.Grant || entries[0].Source != consent.Checkout {
			t.Errorf("ledger: got %+v, want one grant at the checkout", entries)
		}
	})
	t.Run("created meanwhile", func(t *testing.T) {
		t.Parallel()
		r := rig.New(t, rig.Options{Unsubscribed: true})
		warm := r.NewWorker(rig.Options{})
		_, err := warm.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)
		calls := rig.SendCalls(t, rig.Options{Unsubscribed: true})
		w := r.NewWorker(rig.Options{})
		w.Faults.Strike(nth(t, calls, "/Commit", 2), rig.StallBefore, func() { r.SubscribeShopper(consent.Grant) })
		r.Hand(w, r.Event("shipment-failed_delivery"))
		r.Settle(w)
		r.CheckOne(t, message.StatusRead)
	})
	for _, mode := range []account.ConsentMode{account.BrandDeclared, account.Explicit} {
		t.Run("stop at the shared app before any account knew them, "+string(mode), func(t *testing.T) {
			t.Parallel()
			stopBeforeKnown(t, mode)
		})
	}
}

// stopBeforeKnown has a shopper say START, which is told late, and STOP to the platform's app before an account knows them.
func stopBeforeKnown(t *testing.T, mode account.ConsentMode) {
	t.Helper()
	r := rig.New(t, rig.Options{Unsubscribed: true})
	shared := store.Webhook{Provider: gupshup.Name, AppID: "gupshup-shared"}
	stop := provider.Event{Kind: provider.KindReply, At: r.Clock.Now().UnixMilli(), Reply: &provider.ReplyEvent{
		ID: "wamid.STOP", From: rig.Shopper, Type: "text", Text: "STOP",
	}}
	for range 2 {
		if code := r.Notice(r.Hooks, shared, stop); code != http.StatusNoContent {
			t.Fatalf("stop: got %d, want 204", code)
		}
	}
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Ownership = message.Platform
		a.ConsentMode, a.Sender = mode, "gupshup-shared"
		a.Apps = map[string]account.App{"gupshup-shared": app}
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Reason != message.OptedOut || r.Sim.Log().AcceptedCount() != 0 {
		t.Errorf("got %s %s, %d accepted, want refused opted_out, none", m.Status(), m.Reason, r.Sim.Log().AcceptedCount())
	}

	start := provider.Event{Kind: provider.KindReply, At: r.Clock.Now().Add(-time.Hour).UnixMilli(), Reply: &provider.ReplyEvent{
		ID: "wamid.START", From: rig.Shopper, Type: "text", Text: "START",
	}}
	if code := r.Notice(r.Hooks, shared, start); code != http.StatusNoContent {
		t.Fatalf("start: got %d, want 204", code)
	}
	if state, ledger := r.CheckChain(t); state.Status != consent.Inactive {
		t.Errorf("after an older START: got %s with %s, want it stopped", state.Status, rig.ActionsOf(ledger))
	}
}

// nth returns the index of the n-th call, from 1, whose name ends with the suffix.
func nth(t *testing.T, calls []string, suffix string, n int) int {
	t.Helper()
	for i, call := range calls {
		if strings.HasSuffix(call, suffix) {
			if n--; n == 0 {
				return i
			}
		}
	}
	t.Fatalf("no such call %s in %v", suffix, calls)
	return 0
}

// TestPhoneWithInvisibleCharacters has an order's number copied from a text in which it was set from left to right.
func TestPhoneWithInvisibleCharacters(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.EventData(r.Altered(func(subject map[string]any) {
		subject["customerContactNumber"] = "\u202a+91 " + rig.Shopper[2:7] + "\u00a0" + rig.Shopper[7:] + "\u202c"
	})))
	if got := r.Sim.Log().AcceptedCount(); got != 1 {
		t.Errorf("accepted: got %d, want 1; %s", got, r.Describe())
	}
}

// A STOP at the platform's app comes while a customer is made of whom the app has not heard yet: whichever is written first, it
// holds, no matter who makes the customer.
func TestStopWhileTheCustomerIsMade(t *testing.T) {
	t.Parallel()
	const sharedApp = "gupshup-shared"
	declare := func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Ownership = message.Platform
		a.Apps[sharedApp] = app
		a.ConsentMode = account.BrandDeclared
	}
	makers := map[string]struct {
		from, to int // its calls, those apart that a new worker begins with
		makes    func(r *rig.Rig, w *rig.Worker)
	}{
		"the first event": {9, 18, func(r *rig.Rig, w *rig.Worker) { r.Hand(w, r.Event("shipment-failed_delivery")) }},
		"a START at the brand's own app": {0, 6, func(r *rig.Rig, w *rig.Worker) {
			r.Notice(w, rig.OwnApp, provider.Event{Kind: provider.KindReply, At: r.Clock.Now().Add(-time.Minute).UnixMilli(), Reply: &provider.ReplyEvent{
				ID: "wamid.START", From: rig.Shopper, Type: "text", Text: "START",
			}})
		}},
	}
	for name, maker := range makers {
		for call := maker.from; call < maker.to; call++ {
			for _, late := range []time.Duration{0, 10 * time.Second} {
				t.Run(fmt.Sprintf("%s, before its call %d, a STOP from %s ago", name, call, late), func(t *testing.T) {
					t.Parallel()
					r := rig.New(t, rig.Options{Unsubscribed: true})
					r.ChangeAccount(declare)
					stop := provider.Event{Kind: provider.KindReply, At: r.Clock.Now().Add(-late).UnixMilli(), Reply: &provider.ReplyEvent{
						ID: "wamid.STOP", From: rig.Shopper, Type: "text", Text: "STOP",
					}}
					says := func() {
						if code := r.Notice(r.Hooks, store.Webhook{Provider: gupshup.Name, AppID: sharedApp}, stop); code != http.StatusNoContent {
							t.Errorf("stop: got %d, want 204", code)
						}
					}
					w := r.NewWorker(rig.Options{})
					w.Faults.Strike(call, rig.StallBefore, says)
					maker.makes(r, w)
					r.Settle(w)
					says() // in case there was no such call
					if state, ledger := r.CheckChain(t); state.Status != consent.Inactive {
						t.Errorf("got %s with %s, want INACTIVE", state.Status, rig.ActionsOf(ledger))
					}
				})
			}
		}
	}
}

// The other way round: a customer is made by an event while a STOP at the platform's app is being taken, before each of its calls. It holds
// too, also where the app has looked for the number's customers already, and not yet for what it knows of the number itself.
func TestCustomerIsMadeWhileTheyStop(t *testing.T) {
	t.Parallel()
	const sharedApp = "gupshup-shared"
	for call := range 12 {
		t.Run(fmt.Sprintf("before call %d of the STOP", call), func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Unsubscribed: true})
			r.ChangeAccount(func(a *account.Account) {
				app := a.Apps[rig.AppID]
				app.Ownership = message.Platform
				a.Apps[sharedApp] = app
				a.ConsentMode = account.BrandDeclared
			})

			w := r.NewWorker(rig.Options{})
			w.Faults.Strike(call, rig.StallBefore, func() { r.Hand(r.Hooks, r.Event("shipment-failed_delivery")) })
			stop := provider.Event{Kind: provider.KindReply, At: r.Clock.Now().UnixMilli(), Reply: &provider.ReplyEvent{
				ID: "wamid.STOP", From: rig.Shopper, Type: "text", Text: "STOP",
			}}
			if code := r.Notice(w, store.Webhook{Provider: gupshup.Name, AppID: sharedApp}, stop); code != http.StatusNoContent {
				t.Errorf("stop: got %d, want 204", code)
			}

			r.Hand(r.Hooks, r.Event("shipment-failed_delivery")) // in case there was no such call
			if state, ledger := r.CheckChain(t); state.Status != consent.Inactive {
				t.Errorf("got %s with %s, want INACTIVE; calls %v", state.Status, rig.ActionsOf(ledger), w.Faults.Recorded())
			}
		})
	}
}
