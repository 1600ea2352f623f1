package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
		r := newRig(t, rigOptions{})
		r.fault(f)
		q := r.event("shipment-failed_delivery")
		if code := r.push(r.hooks.notify, q.message, 1); code != http.StatusNoContent {
			t.Fatalf("got %d, want the event acknowledged", code)
		}
		m := r.sole(t)
		wait := 5 * time.Second
		if f.RetryAfterSeconds > 0 {
			wait = time.Duration(f.RetryAfterSeconds) * time.Second
		}
		if m.Status() != message.StatusWaiting || m.Due.Before(r.clock.Now().Add(wait)) {
			t.Errorf("got %s due in %s, want waiting for %s", m.Status(), m.Due.Sub(r.clock.Now()), wait)
		}
		r.settle(r.hooks)
		r.checkOne(t, message.StatusRead)
		if got := r.sole(t).Attempt; got != f.Times+1 {
			t.Errorf("attempts: got %d, want %d", got, f.Times+1)
		}
	}
}

// TestPairLimitIsWaitedOut has WhatsApp let nothing more through to the shopper for minutes, told by callback: the one more
// attempt that the message has must not be spent before.
func TestPairLimitIsWaitedOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.fault(*failure(131056))
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	for range 3 {
		r.round(r.hooks)
	}
	m := r.sole(t)
	if left := m.Due.Sub(r.clock.Now()); m.Status() != message.StatusWaiting || left < 2*time.Minute {
		t.Errorf("got %s due in %s, want waiting for minutes", m.Status(), left)
	}
	r.settle(r.hooks)
	if m = r.sole(t); m.Status() != message.StatusRead || m.Attempt != 2 {
		t.Errorf("got %s after attempt %d, want read after 2", m.Status(), m.Attempt)
	}
}

// TestTriesEnd has a message dropped that was postponed too often.
func TestTriesEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	w := r.newWorker("w", rigOptions{config: map[string]string{"MAX_TRIES": "3"}})
	r.fault(simulator.Fault{Mode: chaos.Throttle})
	r.hand(w, r.event("shipment-failed_delivery"))
	r.settle(w)
	if m := r.sole(t); m.Status() != message.StatusDropped || m.Reason != message.Limit || m.Attempt != 3 {
		t.Errorf("got %s %s after %d attempts, want dropped limit after 3", m.Status(), m.Reason, m.Attempt)
	}
}

// TestNotOnWhatsApp has a refused number make the shopper unreachable until there is a sign of life.
func TestNotOnWhatsApp(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.sim.Phones().SetNotOnWhatsApp(shopper, true)
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	r.settle(r.hooks)
	if m := r.sole(t); m.Status() != message.StatusFailed {
		t.Fatalf("got %s, want failed", m.Status())
	}
	r.hand(r.hooks, r.eventData(r.another(2)))
	r.settle(r.hooks)
	if m := r.messages()[1]; m.Reason != message.Unreachable {
		t.Fatalf("got %s %s, want refused unreachable", m.Status(), m.Reason)
	}
	r.sim.Phones().SetNotOnWhatsApp(shopper, false)
	_, err := r.sim.Phones().Reply(shopper, handset.Reply{App: simApp, Text: "Hello"})
	r.must(err)
	r.settle(r.hooks)
	r.hand(r.hooks, r.eventData(r.another(3)))
	r.settle(r.hooks)
	want := map[message.Status]int{message.StatusFailed: 1, message.StatusRefused: 1, message.StatusRead: 1}
	if diff := cmp.Diff(want, r.byStatus()); diff != "" {
		t.Errorf("send log (-want +got):\n%s", diff)
	}
	r.checkChain(t)
}

// TestBadTemplate fails for good.
func TestBadTemplate(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.fault(simulator.Fault{Mode: chaos.FailCallback, Code: 4003, Times: 1})
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	r.settle(r.hooks)
	m := r.sole(t)
	if m.Status() != message.StatusFailed || m.Attempts["1"].Code != "4003" || m.Attempts["1"].Class != message.ClassTemplate {
		t.Errorf("got %s %+v, want failed 4003", m.Status(), m.Attempts)
	}
}

// TestPausedTemplate holds the message and every later one, and lets them go when the provider approves it again.
func TestPausedTemplate(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.fault(simulator.Fault{Mode: chaos.PausedTemplate, Times: 1})
	r.must(r.sim.Gupshup().SetTemplateStatus(simApp, template, "PAUSED", "quality"))
	r.must(r.sim.Outbox().ReleaseAll(t.Context()))
	r.receiveAll(r.hooks)
	r.changeAccount(func(a *account.Account) { setEvent(a, func(e *account.Event) { e.Health.Reason = "" }) })
	r.clock.Advance(time.Minute)
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	for range 20 {
		r.round(r.hooks)
	}
	r.hand(r.hooks, r.eventData(r.another(2)))
	r.round(r.hooks)
	if got := r.byStatus(); got[message.StatusHeld] != 2 {
		t.Fatalf("got %v, want two held; %s", got, r.describe())
	}
	a, err := r.parts.Store.Account(t.Context(), brandID)
	r.must(err)
	if a.Events["shipment/failed_delivery"].Health.Healthy() || a.Events["shipment/out_for_delivery"].Health.Healthy() {
		t.Errorf("the events of the template are not marked: %+v", a.Events)
	}
	r.must(r.sim.Gupshup().SetTemplateStatus(simApp, template, "APPROVED", ""))
	r.settle(r.hooks)
	if got := r.byStatus(); got[message.StatusRead] != 2 {
		t.Errorf("got %v, want two read; %s", got, r.describe())
	}
}

// TestWrongCredentials hold everything; once they are mended a probe lets go what still makes sense.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	for _, superseded := range []bool{false, true} {
		r := newRig(t, rigOptions{})
		r.hand(r.hooks, r.eventData(r.another(9)))
		r.settle(r.hooks)
		key, err := r.parts.Secrets.Access(t.Context(), "gupshup-neem-api-key")
		r.must(err)
		r.must(r.sim.Gupshup().SetAPIKey(simApp, "quite-another-key"))
		r.hand(r.hooks, r.event("shipment-failed_delivery"))
		r.clock.Advance(31 * time.Second)
		r.hand(r.hooks, r.eventData(r.another(2)))
		if got := r.byStatus(); got[message.StatusHeld] != 2 {
			t.Fatalf("got %v, want two held; %s", got, r.describe())
		}
		posts := 0
		for _, q := range r.sim.Log().Requests() {
			if strings.HasSuffix(q.Path, "/template/msg") {
				posts++
			}
		}
		if posts != 2 {
			t.Errorf("posts: got %d, want 2, the second of them with the wrong key", posts)
		}
		a, err := r.parts.Store.Account(t.Context(), brandID)
		r.must(err)
		if got := a.Apps[appID].Health.Reason; got != message.CauseCredentials {
			t.Errorf("health: got %q, want %q", got, message.CauseCredentials)
		}
		want := map[message.Status]int{message.StatusRead: 3}
		if superseded {
			r.push(r.hooks.notify, r.event("shipment-delivered").message, 1)
			want = map[message.Status]int{message.StatusRead: 2, message.StatusDropped: 1}
		}
		r.must(r.sim.Gupshup().SetAPIKey(simApp, key.Reveal()))
		r.settle(r.hooks)
		if diff := cmp.Diff(want, r.byStatus()); diff != "" {
			t.Errorf("superseded %t: send log (-want +got):\n%s%s", superseded, diff, r.describe())
		}
		a, err = r.parts.Store.Account(t.Context(), brandID)
		r.must(err)
		if !a.Apps[appID].Health.Healthy() {
			t.Errorf("health: got %+v, want healthy", a.Apps[appID].Health)
		}
	}
}

// TestWrongCredentialsFromTheStart hold the message before anything is posted.
func TestWrongCredentialsFromTheStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	key, err := r.parts.Secrets.Access(t.Context(), "gupshup-neem-api-key")
	r.must(err)
	r.must(r.sim.Gupshup().SetAPIKey(simApp, "quite-another-key"))
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	a, err := r.parts.Store.Account(t.Context(), brandID)
	r.must(err)
	if m := r.sole(t); m.Status() != message.StatusHeld || a.Apps[appID].Health.Reason != message.CauseCredentials {
		t.Errorf("got %s, health %+v, want held, credentials", m.Status(), a.Apps[appID].Health)
	}
	r.must(r.sim.Gupshup().SetAPIKey(simApp, key.Reveal()))
	r.settle(r.hooks)
	r.checkOne(t, message.StatusRead)
}

// TestLowBalance comes as a failed callback; the credentials work all the while, and the app is tried ever more rarely.
func TestLowBalance(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.fault(simulator.Fault{Mode: chaos.LowBalance, Times: 3})
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	begin := r.clock.Now()
	r.round(r.hooks)
	a, err := r.parts.Store.Account(t.Context(), brandID)
	r.must(err)
	if got := a.Apps[appID].Health.Reason; got != message.CauseBalance {
		t.Fatalf("health: got %q, want %q; %s", got, message.CauseBalance, r.describe())
	}
	r.settle(r.hooks)
	m := r.sole(t)
	if m.Status() != message.StatusRead || m.Attempt != 4 {
		t.Errorf("got %s after %d attempts, want read after 4", m.Status(), m.Attempt)
	}
	if took := r.clock.Now().Sub(begin); took < 3*time.Minute {
		t.Errorf("three failures took %s: the app was not left alone", took)
	}
}

// TestAppOfTheFirstClaim stays that of the message, with the template and variables of that app, whatever is chosen since.
func TestAppOfTheFirstClaim(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	r.changeAccount(func(a *account.Account) {
		a.Apps["another"] = a.Apps[appID]
		a.Sender = "another"
		setEvent(a, func(e *account.Event) { e.TemplateID, e.Filling.Variables = "of-another-app", []string{"courier"} })
	})
	r.clock.Advance(31 * time.Second)
	r.settle(r.hooks)
	r.checkOne(t, message.StatusRead)
	if m := r.sole(t); m.AppID != appID || m.TemplateID != template {
		t.Errorf("got app %s and template %s, want %s and %s", m.AppID, m.TemplateID, appID, template)
	}
	if diff := cmp.Diff([]string{"Ira Sample", "NC-20417"}, r.sim.Log().Accepted()[0].Params); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestOrderPlatformDown has a message wait for the order that its variables come from, and go without before it is too old.
func TestOrderPlatformDown(t *testing.T) {
	t.Parallel()
	needsOrder := func(r *rig, age time.Duration) {
		r.changeAccount(func(a *account.Account) {
			a.MaxAge = age
			setEvent(a, func(e *account.Event) { e.Filling.Variables = []string{"customer_name", "city"} })
		})
	}
	down := simulator.Fault{System: "platform", Mode: chaos.Unavailable}
	params := func(t *testing.T, r *rig, want string) {
		t.Helper()
		if got := r.sim.Log().Accepted(); len(got) != 1 || got[0].Params[1] != want {
			t.Errorf("accepted: got %+v, want one with %q", got, want)
		}
	}
	t.Run("comes back", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		needsOrder(r, 0)
		r.fault(down)
		r.hand(r.hooks, r.event("shipment-failed_delivery"))
		r.round(r.hooks)
		if m := r.sole(t); m.Status() != message.StatusWaiting || m.Attempt != 0 {
			t.Fatalf("got %s, want waiting, never tried", m.Status())
		}
		r.sim.Faults().Clear()
		r.settle(r.hooks)
		r.checkOne(t, message.StatusRead)
		params(t, r, "Pune")
	})
	for name, age := range map[string]time.Duration{"fallback in time": 20 * time.Minute, "no age limit": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			needsOrder(r, age)
			r.fault(down)
			r.hand(r.hooks, r.event("shipment-failed_delivery"))
			for i := 0; i < 240 && r.sim.Log().AcceptedCount() == 0; i++ {
				r.round(r.hooks)
			}
			r.settle(r.hooks)
			r.checkOne(t, message.StatusRead)
			params(t, r, "your city")
		})
	}
	t.Run("kept order", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		needsOrder(r, 0)
		r.hand(r.hooks, r.event("shipment-failed_delivery"))
		r.fault(down)
		r.hand(r.hooks, r.eventData(r.another(2)))
		r.settle(r.hooks)
		got := r.sim.Log().Accepted()
		if len(got) != 2 || got[1].Params[1] != "Pune" {
			t.Errorf("accepted: got %+v, want two, the second from the kept order", got)
		}
	})
}

// TestRateUsedUp has a message wait when the sender's rate is used up for longer than a worker waits.
func TestRateUsedUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.changeAccount(func(a *account.Account) {
		app := a.Apps[appID]
		app.Rate = 0.5 // of ten instances: one in 20 s
		a.Apps[appID] = app
	})
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	r.hand(r.hooks, r.eventData(r.another(2)))
	if got := r.byStatus(); got[message.StatusAccepted] != 1 || got[message.StatusWaiting] != 1 {
		t.Fatalf("got %v, want one accepted, one waiting; %s", got, r.describe())
	}
	r.clock.Advance(20 * time.Second) // within the last ten a worker would wait for the token
	r.settle(r.hooks)
	if got := r.byStatus(); got[message.StatusRead] != 2 {
		t.Errorf("got %v, want two read", got)
	}
}

// TestRefusedTakesNoToken has a crowd of events that are refused leave the sender's rate to others.
func TestRefusedTakesNoToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.changeAccount(func(a *account.Account) {
		app := a.Apps[appID]
		app.Rate = 0.5
		a.Apps[appID] = app
	})
	for i := range 5 {
		r.hand(r.hooks, r.eventData(r.altered(func(s map[string]any) {
			s["customerContactNumber"], s["externalShipmentID"] = "9000000002", i
		})))
	}
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	want := map[message.Status]int{message.StatusRefused: 5, message.StatusAccepted: 1}
	if diff := cmp.Diff(want, r.byStatus()); diff != "" {
		t.Errorf("send log (-want +got):\n%s", diff)
	}
}

// TestOldEffects change nothing that was decided since.
func TestOldEffects(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	old := r.clock.Now()
	r.clock.Advance(24 * time.Hour)
	r.subscribeShopper(consent.Withdraw)
	r.clock.Advance(time.Hour)
	r.subscribeShopper(consent.Grant)
	r.changeAccount(func(a *account.Account) {
		app := a.Apps[appID]
		app.Health = account.Health{Since: r.clock.Now()}
		a.Apps[appID] = app
	})
	id := r.sim.Log().Accepted()[0].MessageID
	for _, e := range []provider.Event{
		{Kind: provider.KindPreference, Preference: &provider.PreferenceEvent{From: shopper, Stop: true}},
		{Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "status-event", Blocked: true}},
		{Kind: provider.KindStatus, Status: &provider.StatusEvent{
			IDs: []string{id}, Status: message.StatusFailed, Failure: message.Failure{Code: "1002", Class: message.ClassRecipient, Cause: message.CauseNotOnWhatsApp},
		}},
	} {
		e.At, e.ReceivedAt = old.UnixMilli(), r.clock.Now().UnixMilli()
		if code := r.notice(r.hooks, ownApp, e); code != http.StatusNoContent {
			t.Errorf("%s: got %d, want 204", e.Kind, code)
		}
	}
	if state, _ := r.checkChain(t); state.Status != consent.Active {
		t.Errorf("shopper: got %s, want ACTIVE", state.Status)
	}
	a, err := r.parts.Store.Account(t.Context(), brandID)
	r.must(err)
	if !a.Apps[appID].Health.Healthy() {
		t.Errorf("health: got %+v, want healthy", a.Apps[appID].Health)
	}
	if m := r.sole(t); m.Status() != message.StatusFailed {
		t.Errorf("message: got %s, want failed", m.Status())
	}
}

// TestTimeFarAhead counts as the time of publication, also when the event is published again.
func TestTimeFarAhead(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.changeAccount(func(a *account.Account) { a.MaxAge = time.Hour })
	r.fault(simulator.Fault{Mode: chaos.Throttle, RetryAfterSeconds: 7200, Times: 1})
	published := r.clock.Now()
	r.hand(r.hooks, r.eventData(r.altered(func(s map[string]any) {
		s["status_updated_at"], s["status_log"] = "2034-02-13 15:20:41", map[string]any{}
	})))
	if got := time.Unix(r.sole(t).OccurredAt, 0); !got.Equal(published) {
		t.Errorf("occurred: got %s, want %s", got, published)
	}
	r.clock.Advance(2 * time.Hour)
	r.settle(r.hooks)
	if m := r.sole(t); m.Reason != message.Expired {
		t.Errorf("got %s %s, want dropped expired", m.Status(), m.Reason)
	}
}
