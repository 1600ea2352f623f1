package outcome_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestPassingRefusals have the message wait, acknowledged, and go out when they have passed.
func TestPassingRefusals(t *testing.T) {
	t.Parallel()
	for _, f := range []simulator.Fault{
		{Mode: chaos.Throttle, RetryAfterSeconds: 120, Times: 1}, {Mode: chaos.Throttle, RetryAfterSeconds: -1, Times: 3},
	} {
		r := rig.New(t, rig.Options{})
		r.Fault(f)
		q := r.Event("shipment-failed_delivery")
		if code := r.Push(r.Hooks.Notify, q.Message, 1); code != http.StatusNoContent {
			t.Fatalf("got %d, want the event acknowledged", code)
		}
		m := r.Sole(t)
		wait := 5 * time.Second
		if f.RetryAfterSeconds > 0 {
			wait = time.Duration(f.RetryAfterSeconds) * time.Second
		}
		if m.Status() != message.StatusWaiting || m.Due.Before(r.Clock.Now().Add(wait)) {
			t.Errorf("got %s due in %s, want waiting for %s", m.Status(), m.Due.Sub(r.Clock.Now()), wait)
		}
		r.Settle(r.Hooks)
		r.CheckOne(t, message.StatusRead)
		if got := r.Sole(t).Attempt; got != f.Times+1 {
			t.Errorf("attempts: got %d, want %d", got, f.Times+1)
		}
	}
}

// TestPairLimitIsWaitedOut has WhatsApp let nothing more through to the shopper for minutes, told by callback: the one more
// attempt that the message has must not be spent before.
func TestPairLimitIsWaitedOut(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Fault(*rig.FailCallback(131056))
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	for range 3 {
		r.Round(r.Hooks)
	}
	m := r.Sole(t)
	if left := m.Due.Sub(r.Clock.Now()); m.Status() != message.StatusWaiting || left < 2*time.Minute {
		t.Errorf("got %s due in %s, want waiting for minutes", m.Status(), left)
	}
	r.Settle(r.Hooks)
	if m = r.Sole(t); m.Status() != message.StatusRead || m.Attempt != 2 {
		t.Errorf("got %s after attempt %d, want read after 2", m.Status(), m.Attempt)
	}
}

// TestNotOnWhatsApp has a refused number make the shopper unreachable until there is a sign of life.
func TestNotOnWhatsApp(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Sim.Phones().SetNotOnWhatsApp(rig.Shopper, true)
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Status() != message.StatusFailed {
		t.Fatalf("got %s, want failed", m.Status())
	}
	r.Hand(r.Hooks, r.EventData(r.Another(2)))
	r.Settle(r.Hooks)
	if m := r.Messages()[1]; m.Reason != message.Unreachable {
		t.Fatalf("got %s %s, want refused unreachable", m.Status(), m.Reason)
	}
	r.Sim.Phones().SetNotOnWhatsApp(rig.Shopper, false)
	_, err := r.Sim.Phones().Reply(rig.Shopper, handset.Reply{App: rig.GupshupAppID, Text: "Hello"})
	r.Must(err)
	r.Settle(r.Hooks)
	r.Hand(r.Hooks, r.EventData(r.Another(3)))
	r.Settle(r.Hooks)
	want := map[message.Status]int{message.StatusFailed: 1, message.StatusRefused: 1, message.StatusRead: 1}
	if diff := cmp.Diff(want, r.ByStatus()); diff != "" {
		t.Errorf("send log (-want +got):\n%s", diff)
	}
	r.CheckChain(t)
}

// TestBadTemplate fails for good.
func TestBadTemplate(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Fault(simulator.Fault{Mode: chaos.FailCallback, Code: 4003, Times: 1})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	m := r.Sole(t)
	if m.Status() != message.StatusFailed || m.Attempts["1"].Code != "4003" || m.Attempts["1"].Class != message.ClassTemplate {
		t.Errorf("got %s %+v, want failed 4003", m.Status(), m.Attempts)
	}
}

// TestPausedTemplate holds the message and every later one, and lets them go when the provider approves it again.
func TestPausedTemplate(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Fault(simulator.Fault{Mode: chaos.PausedTemplate, Times: 1})
	r.Must(r.Sim.Gupshup().SetTemplateStatus(rig.GupshupAppID, rig.TemplateID, "PAUSED", "quality"))
	r.Must(r.Sim.Outbox().ReleaseAll(t.Context()))
	r.ReceiveAll(r.Hooks)
	r.ChangeAccount(func(a *account.Account) { rig.SetEvent(a, func(e *account.Event) { e.Health.Reason = "" }) })
	r.Clock.Advance(time.Minute)
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	for range 20 {
		r.Round(r.Hooks)
	}
	r.Hand(r.Hooks, r.EventData(r.Another(2)))
	r.Round(r.Hooks)
	if got := r.ByStatus(); got[message.StatusHeld] != 2 {
		t.Fatalf("got %v, want two held; %s", got, r.Describe())
	}
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if a.Events["shipment/failed_delivery"].Health.Healthy() || a.Events["shipment/out_for_delivery"].Health.Healthy() {
		t.Errorf("the events of the template are not marked: %+v", a.Events)
	}
	r.Must(r.Sim.Gupshup().SetTemplateStatus(rig.GupshupAppID, rig.TemplateID, "APPROVED", ""))
	r.Settle(r.Hooks)
	if got := r.ByStatus(); got[message.StatusRead] != 2 {
		t.Errorf("got %v, want two read; %s", got, r.Describe())
	}
}

// TestWrongCredentials hold everything; once they are mended a probe lets go what still makes sense.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	for _, superseded := range []bool{false, true} {
		r := rig.New(t, rig.Options{})
		r.Hand(r.Hooks, r.EventData(r.Another(9)))
		r.Settle(r.Hooks)
		key, err := r.Parts.Secrets.Access(t.Context(), "gupshup-neem-api-key")
		r.Must(err)
		r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, "quite-another-key"))
		r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
		r.Clock.Advance(31 * time.Second)
		r.Hand(r.Hooks, r.EventData(r.Another(2)))
		if got := r.ByStatus(); got[message.StatusHeld] != 2 {
			t.Fatalf("got %v, want two held; %s", got, r.Describe())
		}
		posts := 0
		for _, q := range r.Sim.Log().Requests() {
			if strings.HasSuffix(q.Path, "/template/msg") {
				posts++
			}
		}
		if posts != 2 {
			t.Errorf("posts: got %d, want 2, the second of them with the wrong key", posts)
		}
		a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)
		if got := a.Apps[rig.AppID].Health.Reason; got != message.CauseCredentials {
			t.Errorf("health: got %q, want %q", got, message.CauseCredentials)
		}
		want := map[message.Status]int{message.StatusRead: 3}
		if superseded {
			r.Push(r.Hooks.Notify, r.Event("shipment-delivered").Message, 1)
			want = map[message.Status]int{message.StatusRead: 2, message.StatusDropped: 1}
		}
		r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, key.Reveal()))
		r.Settle(r.Hooks)
		if diff := cmp.Diff(want, r.ByStatus()); diff != "" {
			t.Errorf("superseded %t: send log (-want +got):\n%s%s", superseded, diff, r.Describe())
		}
		a, err = r.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)
		if !a.Apps[rig.AppID].Health.Healthy() {
			t.Errorf("health: got %+v, want healthy", a.Apps[rig.AppID].Health)
		}
	}
}

// TestLowBalance comes as a failed callback; the credentials work all the while, and the app is tried ever more rarely.
func TestLowBalance(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Fault(simulator.Fault{Mode: chaos.LowBalance, Times: 3})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	begin := r.Clock.Now()
	r.Round(r.Hooks)
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if got := a.Apps[rig.AppID].Health.Reason; got != message.CauseBalance {
		t.Fatalf("health: got %q, want %q; %s", got, message.CauseBalance, r.Describe())
	}
	r.Settle(r.Hooks)
	m := r.Sole(t)
	if m.Status() != message.StatusRead || m.Attempt != 4 {
		t.Errorf("got %s after %d attempts, want read after 4", m.Status(), m.Attempt)
	}
	if took := r.Clock.Now().Sub(begin); took < 150*time.Second {
		t.Errorf("three failures took %s: the app was not left alone", took)
	}
}

// TestOldEffects change nothing that was decided since.
func TestOldEffects(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	old := r.Clock.Now()
	r.Clock.Advance(24 * time.Hour)
	r.SubscribeShopper(consent.Withdraw)
	r.Clock.Advance(time.Hour)
	r.SubscribeShopper(consent.Grant)
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{Since: r.Clock.Now()}
		a.Apps[rig.AppID] = app
	})
	id := r.Sim.Log().Accepted()[0].MessageID
	for _, e := range []provider.Event{
		{Kind: provider.KindPreference, Preference: &provider.PreferenceEvent{From: rig.Shopper, Stop: true}},
		{Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "status-event", Blocked: true}},
		{Kind: provider.KindStatus, Status: &provider.StatusEvent{
			IDs: []string{id}, Status: message.StatusFailed, Failure: message.Failure{Code: "1002", Class: message.ClassRecipient, Cause: message.CauseNotOnWhatsApp},
		}},
	} {
		e.At, e.ReceivedAt = old.UnixMilli(), r.Clock.Now().UnixMilli()
		if code := r.Notice(r.Hooks, rig.OwnApp, e); code != http.StatusNoContent {
			t.Errorf("%s: got %d, want 204", e.Kind, code)
		}
	}
	if state, _ := r.CheckChain(t); state.Status != consent.Active {
		t.Errorf("shopper: got %s, want ACTIVE", state.Status)
	}
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if !a.Apps[rig.AppID].Health.Healthy() {
		t.Errorf("health: got %+v, want healthy", a.Apps[rig.AppID].Health)
	}
	if m := r.Sole(t); m.Status() != message.StatusFailed {
		t.Errorf("message: got %s, want failed", m.Status())
	}
}
