package dispatch_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	fill "github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestNobodyLeftToSend ends a message that waits, or is held, when its account or all of its apps are gone: sweep would
// republish it forever, and with enough of them handle nothing else.
func TestNobodyLeftToSend(t *testing.T) {
	t.Parallel()
	gone := map[string]func(*account.Account){
		"apps uninstalled":  func(a *account.Account) { a.Apps, a.Sender = nil, "" },
		"workspace renamed": func(a *account.Account) { a.Slug = "marigold" },
	}
	for name, change := range gone {
		for _, held := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{})
				key, err := r.Parts.Secrets.Access(t.Context(), "gupshup-neem-api-key")
				r.Must(err)
				if held {
					r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, "quite-another-key"))
				} else {
					r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
				}
				r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
				r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, key.Reveal()))
				r.ChangeAccount(change)
				r.Clock.Advance(time.Minute) // the settings' time in the cache
				r.Settle(r.Hooks)
				m := r.Sole(t)
				if m.Status() != message.StatusDropped || m.Reason != message.NoSender || len(m.EventData) > 0 {
					t.Errorf("held %t: got %s %s with %d bytes of the event, want dropped no_sender without", held, m.Status(), m.Reason, len(m.EventData))
				}
			})
		}
	}
}

// TestHeldGoesWithNewSender sends what was held before it was ever tried through the app that the brand chose since: no
// attempt binds it to the app that cannot send.
func TestHeldGoesWithNewSender(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(24 * time.Hour)}
		a.Apps[rig.AppID] = app
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusHeld || m.Attempt != 0 {
		t.Fatalf("got %s after %d attempts, want held after none", m.Status(), m.Attempt)
	}
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{}
		a.Apps["another"], a.Sender = app, "another"
	})
	r.Clock.Advance(time.Minute)
	for range 20 {
		r.Round(r.Hooks)
	}
	if m := r.Sole(t); m.AppID != "another" || m.Attempt != 1 {
		t.Errorf("got app %s, %s after %d attempts, want another after 1", m.AppID, m.Status(), m.Attempt)
	}
}

// TestNoSenderAsksNobody refuses a message without a sender for that reason, whatever its template would show, and asks
// the order platform for nothing.
func TestNoSenderAsksNobody(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		a.Sender = ""
		rig.SetEvent(a, func(e *account.Event) { e.Filling.Payment.Part = fill.OrderStatus })
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusRefused || m.Reason != message.NoSender {
		t.Errorf("got %s %s, want refused no_sender", m.Status(), m.Reason)
	}
	if got := orderCalls(r); got != 0 {
		t.Errorf("calls for the order: got %d, want none", got)
	}
}

// TestOddSecretName holds the messages of an app whose credential cannot have that name, as those of one that has none:
// they went to the dead-letter topic.
func TestOddSecretName(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	right := ""
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		right, app.Secret = app.Secret, "no/secret"
		a.Apps[rig.AppID] = app
	})
	q := r.Event("shipment-failed_delivery")
	if code := r.Push(r.Hooks.Notify, q.Message, 1); code != http.StatusNoContent {
		t.Fatalf("got %d, want the event acknowledged", code)
	}
	if m := r.Sole(t); m.Status() != message.StatusHeld {
		t.Errorf("got %s, want held", m.Status())
	}
	r.Clock.Advance(2 * time.Minute)
	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent {
		t.Errorf("sweep: got %d, want 204", code)
	}
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Secret = right
		a.Apps[rig.AppID] = app
	})
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestTemplateNotApproved holds what would be sent with a template that is still being looked at, without a post that would
// fail, asks the provider ever more rarely, and sends once it is approved.
func TestTemplateNotApproved(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	pending := simgupshup.NewTemplate(rig.TemplateID, "failed_delivery_v1", simgupshup.Container{Data: "Hi {{1}}, we could not deliver {{2}}."})
	approved := pending
	pending.Status = "PENDING"
	r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, pending))
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusHeld || r.Sim.Log().AcceptedCount() != 0 {
		t.Fatalf("got %s and %d posts, want held and none", m.Status(), r.Sim.Log().AcceptedCount())
	}
	asked := func() int {
		n := 0
		for _, q := range r.Sim.Log().Requests() {
			if strings.Contains(q.Path, "/template") && q.Method == http.MethodGet {
				n++
			}
		}
		return n
	}
	before := asked()
	for range 120 {
		r.Clock.Advance(time.Minute)
		r.CallSweep(r.Hooks)
	}
	if got := asked() - before; got < 3 || got > 15 {
		t.Errorf("asked %d times in two hours, want 3 to 15", got)
	}
	r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, approved))
	for range 20 {
		r.Clock.Advance(time.Minute)
		r.CallSweep(r.Hooks)
	}
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestProbeIsNotAnsweredForItsTemplate lets a message through an app that does not answer, of which the template is not known yet. It
// gets no answer to that question either: this was the app's turn, and the message waits for the app like any other, as no try.
func TestProbeIsNotAnsweredForItsTemplate(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{Reason: message.CauseNotAnswering, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(15 * time.Second)}
		a.Apps[rig.AppID] = app
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Fault(simulator.Fault{System: "gupshup", Path: "/template/" + rig.TemplateID, Mode: chaos.ResetBefore})
	for range 2 { // sweep lets it through, and notify tries
		r.Clock.Advance(15 * time.Second)
		if code := r.CallSweep(r.Hooks); code != http.StatusNoContent {
			t.Errorf("sweep: got %d, want 204", code)
		}
		r.Deliver(world.OrderEvents, r.Hooks.Notify)
	}

	m := r.Sole(t)
	if m.Status() != message.StatusHeld || m.Tries != 0 || m.Attempt != 0 {
		t.Errorf("got %s after %d tries and %d attempts, want held after none", m.Status(), m.Tries, m.Attempt)
	}
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if h := a.Apps[rig.AppID].Health; !h.NotAnswering() || h.Checks != 1 || !r.Clock.Now().Before(h.RetryAt) {
		t.Errorf("got %+v at %s, want one turn taken and the next to come", h, r.Clock.Now())
	}

	r.Sim.Faults().Clear()
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestWrongCredentialsFromTheStart hold the message before anything is posted.
func TestWrongCredentialsFromTheStart(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	key, err := r.Parts.Secrets.Access(t.Context(), "gupshup-neem-api-key")
	r.Must(err)
	r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, "quite-another-key"))
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if m := r.Sole(t); m.Status() != message.StatusHeld || a.Apps[rig.AppID].Health.Reason != message.CauseCredentials {
		t.Errorf("got %s, health %+v, want held, credentials", m.Status(), a.Apps[rig.AppID].Health)
	}
	r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, key.Reveal()))
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestAppOfTheFirstClaim stays that of the message, with the template and variables of that app, whatever is chosen since.
func TestAppOfTheFirstClaim(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) { a.Version = 7 })
	r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.ChangeAccount(func(a *account.Account) {
		a.Version = 8
		a.Apps["another"] = a.Apps[rig.AppID]
		a.Sender = "another"
		rig.SetEvent(a, func(e *account.Event) { e.TemplateID, e.Filling.Variables = "of-another-app", []string{"courier"} })
	})
	r.Clock.Advance(31 * time.Second)
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if m := r.Sole(t); m.AppID != rig.AppID || m.TemplateID != rig.TemplateID || m.SettingsVersion != 7 {
		t.Errorf("got app %s and template %s of version %d, want %s and %s of 7", m.AppID, m.TemplateID, m.SettingsVersion, rig.AppID, rig.TemplateID)
	}
	if diff := cmp.Diff([]string{"Ira Sample", "NC-20417"}, r.Sim.Log().Accepted()[0].Params); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestVersionOfTheClaim is that of the settings which a message was sent by: the newest at its claim, not those it was refused or held
// by before.
func TestVersionOfTheClaim(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		a.Version = 3
		app := a.Apps[rig.AppID]
		app.Health = account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(24 * time.Hour)}
		a.Apps[rig.AppID] = app
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusHeld || m.SettingsVersion != 0 {
		t.Fatalf("got %s by version %d, want held by none", m.Status(), m.SettingsVersion)
	}
	r.ChangeAccount(func(a *account.Account) {
		a.Version = 4
		app := a.Apps[rig.AppID]
		app.Health = account.Health{}
		a.Apps[rig.AppID] = app
	})
	r.Clock.Advance(time.Minute)
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if m := r.Sole(t); m.SettingsVersion != 4 {
		t.Errorf("got version %d, want that of the claim, 4", m.SettingsVersion)
	}
}
