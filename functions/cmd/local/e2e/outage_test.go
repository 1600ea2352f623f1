package e2e_test

import (
	"bytes"
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

// way is a provider, with reports of its messages or without.
type way struct {
	name    string
	options rig.Options
}

// ways are all that messages go: without and with an echo of our reference, and without any report.
var ways = []way{
	{"gupshup", rig.Options{Provider: gupshup.Name}},
	{"meta", rig.Options{Provider: meta.Name}},
	{"kaleyra", rig.Options{Provider: kaleyra.Name}},
	{"gupshup_without_callbacks", rig.Options{Provider: gupshup.Name, Silent: true}},
	{"meta_without_callbacks", rig.Options{Provider: meta.Name, Silent: true}},
	{"kaleyra_without_callbacks", rig.Options{Provider: kaleyra.Name, Silent: true}},
	{"businessonbot", rig.Options{Provider: businessonbot.Name}},
	{"businessonbot_by_template", rig.Options{Provider: businessonbot.Name, ByTemplate: true}},
}

// reports says whether the provider sends delivery reports.
func (w way) reports() bool { return !w.options.Silent && w.options.Provider != businessonbot.Name }

// shared returns the way through the platform's app.
func (w way) shared() way {
	w.name += "_shared"
	w.options.Shared = true

	return w
}

// ownedWays are the ways through the brand's own app, and through the platform's.
func ownedWays() []way {
	all := slices.Clone(ways)
	for _, w := range ways {
		all = append(all, w.shared())
	}

	return all
}

// sendPaths are the simulators' routes that take messages. BusinessOnBot has no others.
var sendPaths = map[string]string{
	gupshup.Name: "/template/msg",
	kaleyra.Name: "/messages",
	meta.Name:    "/messages",
}

// broken has a provider's routes whose path ends so answer in a mode until the returned function is called.
func broken(r *rig.Rig, provider, path string, mode chaos.Mode) (mended func()) {
	r.T.Helper()
	id, err := r.Sim.Faults().Add(simulator.Fault{System: provider, Path: path, Mode: mode})
	r.Must(err)
	return func() { r.Sim.Faults().Remove(id) }
}

// brokenRoute is broken for the route that takes messages.
func brokenRoute(r *rig.Rig, provider string, mode chaos.Mode) (mended func()) {
	r.T.Helper()
	return broken(r, provider, sendPaths[provider], mode)
}

// sendParcel delivers the event of a parcel to a worker, as new.
func sendParcel(r *rig.Rig, w *rig.Worker, n int) {
	r.T.Helper()
	p := rig.ParcelOf(n)
	r.Meet(rig.BrandID, p.Phone, consent.Grant)
	data := p.Event(rig.UsualTime)
	if r.Vendor.TemplateID == "" { // which has no word for a failed delivery
		data = bytes.ReplaceAll(data, []byte("failed_delivery"), []byte("out_for_delivery"))
	}
	r.Hand(w, r.EventData(data))
}

// timesTaken returns how often the provider took a parcel's message.
func timesTaken(r *rig.Rig, n int, m message.Message) (times int) {
	if r.Vendor.TemplateID == "" {
		return r.TimesAccepted(m)
	}
	for _, a := range r.Sim.Log().Accepted() {
		if a.Destination == rig.ParcelOf(n).Phone {
			times++
		}
	}
	return times
}

// parcels returns the messages of the first parcels.
func parcels(r *rig.Rig, n int) []message.Message {
	all := make([]message.Message, n)
	for i := range all {
		all[i] = r.SoleOf(rig.ParcelOf(i))
	}
	return all
}

// checkEnds asserts that each of the messages was taken once, or given up and told and not taken twice. It returns how many were
// given up.
func checkEnds(t *testing.T, r *rig.Rig, messages int) (givenUp int) {
	t.Helper()
	told := r.ActivityIDs()
	for n, m := range parcels(r, messages) {
		taken := timesTaken(r, n, m)
		switch s := m.Status(); s {
		case message.StatusRead, message.StatusAccepted:
			if taken == 0 {
				t.Errorf("%s is %s and was never taken", m.ID, s)
			}
		case message.StatusGivenUp:
			givenUp++
			if id := fmt.Sprintf("%s.%d.given_up", m.ID, m.Attempt); !slices.Contains(told, id) {
				t.Errorf("%s was given up in silence", m.ID)
			}
		default:
			t.Errorf("%s rests as %s at attempt %d", m.ID, s, m.Attempt)
		}
		if taken > 1 {
			t.Errorf("%s was taken %d times", m.ID, taken)
		}
	}
	return givenUp
}

// outage is how a provider is down.
type outage struct {
	name string
	mode chaos.Mode
	// everywhere: all of the provider's routes are down, not only the one that takes messages.
	everywhere bool
	// refused: connections are refused instead, so that surely nothing was sent.
	refused bool
	// cold: the worker is a new one every three minutes.
	cold bool
	// events is how many come in the meantime.
	events int
}

// begin has the outage begin. It lasts until the returned function is called.
func (o outage) begin(r *rig.Rig, provider string) (mended func()) {
	r.T.Helper()
	switch {
	case o.refused:
		r.Unreachable.Store(true)
		return func() { r.Unreachable.Store(false) }
	case o.everywhere:
		return broken(r, provider, "", o.mode)
	default:
		return brokenRoute(r, provider, o.mode)
	}
}

// TestOutage has each provider be down for ten minutes, to a busy app: it answers with a gateway's page, whether it takes the
// messages or not, or refuses connections. Nothing ends in silence and nothing is sent twice. Once the provider answers again, all
// go out.
func TestOutage(t *testing.T) {
	t.Parallel()
	for _, w := range ownedWays() {
		events := 30
		if w.name == "gupshup" || w.name == "meta" {
			events = 200
		}
		// At each provider every two of ownership, routes and instances meet. Cold instances of an app whose provider takes none are
		// TestOutageHoldsBeforeTheClaim's.
		all := []outage{
			{name: "takes_none", mode: chaos.HTML502Before, everywhere: w.options.Shared, events: events},
			{name: "takes_all", mode: chaos.HTML502After, everywhere: !w.options.Shared, cold: true, events: 30},
		}
		if !w.options.Shared { // which makes no difference to a connection
			all = append(all, outage{name: "refuses_connections", refused: true, cold: w.reports(), events: 30})
		}
		for _, o := range all {
			t.Run(w.name+"/"+o.name, func(t *testing.T) {
				t.Parallel()
				surviveOutage(t, w, o)
			})
		}
	}
}

// surviveOutage has an outage of ten minutes, during which events come, and asserts how their messages end.
func surviveOutage(t *testing.T, w way, o outage) {
	t.Helper()
	r := outageRig(t, w.options)
	worker := r.Hooks
	sendParcel(r, worker, 0) // has the template and all else that a post needs read
	r.Round(worker)

	mended := o.begin(r, w.options.Provider)
	for round := range 60 { // ten seconds each
		if o.cold && round%18 == 0 {
			worker = r.NewWorker(rig.Options{Config: maps.Clone(deployed)})
		}
		for n := round * o.events / 60; n < (round+1)*o.events/60; n++ {
			sendParcel(r, worker, n+1)
		}
		r.Round(worker)
	}
	if !slices.ContainsFunc(parcels(r, o.events+1), func(m message.Message) bool { return m.Status() == message.StatusHeld }) {
		t.Error("no message is held, so nobody has noticed the outage")
	}
	mended()
	for rounds := 0; rounds < 240 && !r.Quiet(); rounds++ { // forty minutes
		r.Round(worker)
	}
	r.Settle(worker)

	// Without reports nothing settles a doubt: those few that were posted before the outage was noticed, or to find out
	// whether it is over, are given up.
	most := 0
	if !w.reports() && !o.refused {
		most = 15
	}
	if n := checkEnds(t, r, o.events+1); n > most {
		t.Errorf("%d of %d were given up, want at most %d", n, o.events, most)
	}
}

// TestOutageOfAQuietApp has an app that sends one message a day lose its answer: the message goes out once more after the quiet
// grace, and only then. Where nothing is ever reported it is given up.
func TestOutageOfAQuietApp(t *testing.T) {
	t.Parallel()
	for _, w := range ownedWays() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			r := outageRig(t, w.options)
			r.Clock.Advance(3 * time.Hour)
			mended := brokenRoute(r, w.options.Provider, chaos.HTML502Before)
			sendParcel(r, r.Hooks, 0)
			mended()
			if !w.reports() {
				r.Settle(r.Hooks)
				if n := checkEnds(t, r, 1); n != 1 || timesTaken(r, 0, parcels(r, 1)[0]) > 0 {
					t.Error("want the message given up and not sent again")
				}
				return
			}
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
	for _, w := range ownedWays() {
		if !w.reports() {
			continue
		}
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			r := outageRig(t, w.options)
			r.HeldBack = true
			mended := brokenRoute(r, w.options.Provider, chaos.HTML502After)
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
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			holdBeforeTheClaim(t, w)
		})
	}
}

func holdBeforeTheClaim(t *testing.T, w way) {
	t.Helper()
	r := outageRig(t, w.options)
	mended := brokenRoute(r, w.options.Provider, chaos.HTML502Before)
	for n := range 5 {
		sendParcel(r, r.Hooks, n)
	}
	posts := func() (n int) {
		for _, q := range r.Sim.Log().Requests() {
			if q.Method == http.MethodPost && strings.Contains(q.Path, "/"+w.options.Provider+"/") && strings.HasSuffix(q.Path, sendPaths[w.options.Provider]) {
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
	for rounds := 0; rounds < 240 && !r.Quiet(); rounds++ {
		r.Round(cold)
	}
	r.Settle(cold)
	if n := checkEnds(t, r, 25); n > 0 && w.reports() || n > 10 {
		t.Errorf("%d were given up", n)
	}
}

// TestProbeGoesToAMessageThatCanBeSent has several messages wait at an app that does not answer, the first of them for others to the
// same shoppers that are in doubt: those do not use up the turns to find out whether the provider answers again. Each of them costs a sweep
// that brings it and one that passes over it; with their turns used up it would be a quarter of an hour.
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
	if took := r.Clock.Now().Sub(began); took > 4*time.Minute {
		t.Errorf("the first message went out %s after the provider answered again", took)
	}
}
