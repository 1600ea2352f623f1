package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// outageRig starts a rig with the times as they are deployed, and an app whose rate never makes a message wait for the standing
// clock.
func outageRig(t *testing.T, o rig.Options) *rig.Rig {
	t.Helper()
	o.Config = maps.Clone(deployed)
	r := rig.New(t, o)
	r.ChangeAccount(func(a *account.Account) {
		for id, app := range a.Apps {
			app.Rate = 1e6
			a.Apps[id] = app
		}
	})
	r.Clock.Advance(time.Minute) // past the cached settings
	return r
}

// deployed are the times as they are deployed.
var deployed = map[string]string{"LEASE": "45s", "GRACE": "3m", "QUIET_GRACE": "15m"}

// sendPaths are the simulators' routes that take messages.
var sendPaths = map[string]string{
	gupshup.Name:       "/template/msg",
	kaleyra.Name:       "/messages",
	meta.Name:          "/messages",
	businessonbot.Name: "/",
}

// brokenRoute has the provider's send route answer in a mode until the returned function is called.
func brokenRoute(r *rig.Rig, provider string, mode chaos.Mode) (mended func()) {
	r.T.Helper()
	id, err := r.Sim.Faults().Add(simulator.Fault{System: provider, Path: sendPaths[provider], Mode: mode})
	r.Must(err)
	return func() { r.Sim.Faults().Remove(id) }
}

// sendParcel delivers the event of a parcel to a worker, as new.
func sendParcel(r *rig.Rig, w *rig.Worker, n int) {
	r.T.Helper()
	p := rig.ParcelOf(n)
	r.Meet(rig.BrandID, p.Phone, consent.Grant)
	r.Hand(w, r.EventData(p.Event(rig.UsualTime)))
}

// parcels returns the messages of the first parcels.
func parcels(r *rig.Rig, n int) []message.Message {
	all := make([]message.Message, n)
	for i := range all {
		all[i] = r.SoleOf(rig.ParcelOf(i))
	}
	return all
}

// checkEnds asserts that each of the messages ends delivered, or given up and told, and that none was accepted twice. It returns how many were given up.
func checkEnds(t *testing.T, r *rig.Rig, messages int) (givenUp int) {
	t.Helper()
	told := r.ActivityIDs()
	for _, m := range parcels(r, messages) {
		switch s := m.Status(); s {
		case message.StatusRead, message.StatusAccepted:
		case message.StatusGivenUp:
			givenUp++
			if id := fmt.Sprintf("%s.%d.failed", m.ID, m.Attempt); !slices.Contains(told, id) {
				t.Errorf("%s was given up in silence", m.ID)
			}
		default:
			t.Errorf("%s rests as %s at attempt %d", m.ID, s, m.Attempt)
		}
		if n := r.TimesAccepted(m); n > 1 {
			t.Errorf("%s was accepted %d times", m.ID, n)
		}
	}
	return givenUp
}

// TestOutage has each provider answer with a gateway's page for ten minutes, whether it takes the messages or not, to a busy
// app: nothing ends in silence and nothing is sent twice. Once the provider answers again, all go out.
func TestOutage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		options rig.Options
		mode    chaos.Mode
		events  int
		// givenUp is the most that may be given up.
		givenUp int
	}{
		{"gupshup_takes_none", rig.Options{}, chaos.HTML502Before, 200, 0},
		{"gupshup_takes_all", rig.Options{}, chaos.HTML502After, 40, 0},
		{"meta_takes_none", rig.Options{Provider: meta.Name}, chaos.HTML502Before, 200, 0},
		{"meta_takes_all", rig.Options{Provider: meta.Name}, chaos.HTML502After, 40, 0},
		{"kaleyra_takes_none", rig.Options{Provider: kaleyra.Name}, chaos.HTML502Before, 40, 0},
		{"kaleyra_takes_all", rig.Options{Provider: kaleyra.Name}, chaos.HTML502After, 40, 0},
		// Without reports nothing settles a doubt: those few that were posted before the outage was noticed, or to find out
		// whether it is over, are given up.
		{"meta_without_callbacks", rig.Options{Provider: meta.Name, Silent: true}, chaos.HTML502Before, 40, 15},
		{"kaleyra_without_callbacks", rig.Options{Provider: kaleyra.Name, Silent: true}, chaos.HTML502After, 40, 15},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := outageRig(t, tt.options)
			provider := tt.options.Provider
			if provider == "" {
				provider = gupshup.Name
			}

			mended := brokenRoute(r, provider, tt.mode)
			for round := range 60 { // ten seconds each
				for n := round * tt.events / 60; n < (round+1)*tt.events/60; n++ {
					sendParcel(r, r.Hooks, n)
				}
				r.Round(r.Hooks)
			}
			mended()
			for range 240 { // forty minutes
				r.Round(r.Hooks)
			}
			r.Settle(r.Hooks)

			if n := checkEnds(t, r, tt.events); n > tt.givenUp {
				t.Errorf("%d of %d were given up, want at most %d", n, tt.events, tt.givenUp)
			}
		})
	}
}

// TestOutageOfAQuietApp has an app that sends one message a day lose its answer: the message goes out once more after the quiet
// grace, and only then.
func TestOutageOfAQuietApp(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			r := outageRig(t, rig.Options{Provider: provider})
			r.Clock.Advance(3 * time.Hour)
			mended := brokenRoute(r, provider, chaos.HTML502Before)
			sendParcel(r, r.Hooks, 0)
			mended()
			began := r.Clock.Now()
			for r.Sim.Log().AcceptedCount() == 0 && r.Clock.Now().Sub(began) < time.Hour {
				r.Round(r.Hooks)
			}
			if took := r.Clock.Now().Sub(began); took < 15*time.Minute || took > 18*time.Minute {
				t.Errorf("sent again after %s, want after the lease, the quiet grace and a look or two", took)
			}
			r.Settle(r.Hooks)
			checkEnds(t, r, 1)
			if a := parcels(r, 1)[0].Newest(); a.Silence != message.SilenceQuiet || !a.PossibleDuplicate {
				t.Errorf("got %+v, want the attempt marked with what it rests on", a)
			}
		})
	}
}

// TestLateCallbacks has callbacks come ten minutes late while answers are lost: nothing proves that callbacks flow, so nothing
// is sent twice.
func TestLateCallbacks(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			r := outageRig(t, rig.Options{Provider: provider})
			r.HeldBack = true
			mended := brokenRoute(r, provider, chaos.HTML502After)
			for n := range 4 { // fewer than open the circuit
				sendParcel(r, r.Hooks, n)
			}
			mended()
			sendParcel(r, r.Hooks, 4) // taken and answered: the app owes a report
			for range 60 {
				r.Round(r.Hooks)
			}
			if got := r.Sim.Log().AcceptedCount(); got != 5 {
				t.Errorf("accepted %d of 5 before any callback came", got)
			}
			r.HeldBack = false
			r.Settle(r.Hooks)
			if n := checkEnds(t, r, 5); n > 0 {
				t.Errorf("%d were given up although their reports came", n)
			}
		})
	}
}

// TestOutageHoldsBeforeTheClaim has an app marked after five unanswered posts: an instance that knows nothing of it holds its
// messages, lets one through at a time, and all go once one is answered.
func TestOutageHoldsBeforeTheClaim(t *testing.T) {
	t.Parallel()
	r := outageRig(t, rig.Options{Provider: meta.Name})
	mended := brokenRoute(r, meta.Name, chaos.HTML502Before)
	for n := range 5 {
		sendParcel(r, r.Hooks, n)
	}
	posts := func() (n int) {
		for _, q := range r.Sim.Log().Requests() {
			if q.Method == http.MethodPost && strings.HasSuffix(q.Path, "/messages") {
				n++
			}
		}
		return n
	}
	if got := posts(); got != 5 {
		t.Fatalf("got %d posts, want 5", got)
	}
	cold := r.NewWorker(rig.Options{Config: maps.Clone(deployed)})
	for n := 5; n < 25; n++ {
		sendParcel(r, cold, n)
	}
	held := 0
	for _, m := range parcels(r, 25) {
		if m.Status() == message.StatusHeld {
			held++
		}
	}
	if got := posts(); got != 5 || held != 20 {
		t.Errorf("got %d posts and %d held, want no further post and 20 held", got, held)
	}

	for range 12 { // two minutes: after 15, 30 and 60 seconds one goes through
		r.CallSweep(cold)
		r.Deliver(world.OrderEvents, cold.Notify)
		r.Clock.Advance(10 * time.Second)
	}
	if got := posts() - 5; got < 2 || got > 4 {
		t.Errorf("got %d posts to find out whether the provider answers, want one at a time", got)
	}

	mended()
	for range 240 {
		r.Round(cold)
	}
	r.Settle(cold)
	if n := checkEnds(t, r, 25); n > 0 {
		t.Errorf("%d were given up", n)
	}
}

// TestProbeGoesToAMessageThatCanBeSent has several messages wait at an app that does not answer, the first of them for others to the
// same shoppers that are in doubt: those do not use up the turns to find out whether the provider answers again.
func TestProbeGoesToAMessageThatCanBeSent(t *testing.T) {
	t.Parallel()
	r := outageRig(t, rig.Options{})
	mended := brokenRoute(r, gupshup.Name, chaos.HTML502Before)
	for n := range 5 {
		sendParcel(r, r.Hooks, n)
	}
	for n := range 5 {
		r.Hand(r.Hooks, r.EventData(rig.ParcelOf(n).Event("2024-02-13 15:21:41")))
	}
	sendParcel(r, r.Hooks, 9)
	mended()
	began := r.Clock.Now()
	for r.Sim.Log().AcceptedCount() == 0 && r.Clock.Now().Sub(began) < time.Hour {
		r.Round(r.Hooks)
	}
	if took := r.Clock.Now().Sub(began); took > 2*time.Minute {
		t.Errorf("the first message went out %s after the provider answered again", took)
	}
}
