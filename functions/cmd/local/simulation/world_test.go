package simulation

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	outcomes "github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// rest is how long the world is left alone at most once nothing goes wrong any more: the age limit of an event without one, and
// what sweep may need to look at it after that.
const rest = 26 * time.Hour

// World is one run of a plan. Everything in it runs in one bubble, one thing at a time.
type World struct {
	// categories are those that templates were moved to, by their subjects.
	categories sync.Map

	plan   Plan
	ctx    context.Context //nolint:containedctx // that of the run, which everything in it belongs to
	began  time.Time
	oracle *oracle

	cloud   *cloud.Cloud
	sim     *simulator.Simulator
	savings savings

	// parts look at the store, and set it up, without a gate.
	parts *inspect.Parts
	order pb.PublisherClient
	// signing are the secrets by which providers prove their callbacks, by app.
	signing   map[int]string
	strangers strangers

	logs     *testkit.Log
	logLevel slog.Level
	// plant plants a fault into each machine that is built, so that there is something to find; nil for none.
	plant func(*machine)
	// reopens has a message that was given up decided afresh.
	// forgets, if planted, has a desk say that it has stored what it has not.
	forgets func(Step) bool
	reopens func(context.Context, *store.Store, message.Message, time.Time) error
	// retell is planted too: it changes what is told on a topic, nil for what is not told at all. nil itself leaves all as it is.
	retell func(topic string, m *pb.PubsubMessage) *pb.PubsubMessage

	subscriptions map[string]*subscription
	// running are the goroutines of the run.
	running sync.WaitGroup
	// busy counts what is on its way: copies of messages, callbacks and steps.
	busy counter

	mu       sync.Mutex
	machines []*machine
	all      []*machine
	// names count what has the same name in the trace.
	names map[string]int
	trace []Event
	// blows are the calls that were struck.
	blows []Struck
	// lastFault is when a call was last struck or a machine died.
	lastFault time.Time
	// dead are the dead letters that nobody has published again.
	dead []deadLetter
	// withheld are the callbacks that come days later.
	withheld []withheld
}

// Event is one line of the trace.
type Event struct {
	At   time.Duration
	What string
}

// Struck is a call that trouble has struck.
type Struck struct {
	At   time.Duration
	Call string
	Blow Blow
}

// Result is what came of a run.
type Result struct {
	Findings []Finding
	Trace    []Event
	Struck   []Struck
	Log      string
	// Occurrences and Accepted say how much the run has tried.
	Occurrences, Accepted int
	// Took is how long the simulated world took to rest.
	Took time.Duration
}

// run lets a plan's world pass, in a bubble.
func run(t *testing.T, p Plan, level slog.Level, plant func(*machine)) Result {
	t.Helper()

	ctx, cancel := context.WithCancel(context.Background())
	w := &World{
		plan: p, ctx: ctx, logs: &testkit.Log{}, logLevel: level, plant: plant, reopens: outcomes.Reopen,
		subscriptions: map[string]*subscription{}, names: map[string]int{},
		signing: map[int]string{},
	}

	time.Sleep(time.Until(start))

	w.began = time.Now()
	w.oracle = newOracle(w)

	must(t, w.open())

	w.oracle.people.open()

	for _, s := range p.Steps {
		w.busy.add()
		w.running.Go(func() {
			defer w.busy.done()

			time.Sleep(s.At + time.Duration(drawn(p.Seed, int64(time.Second), "step", fmt.Sprint(s.ID))))
			w.do(s)
		})
	}

	w.sweepUntilRest()
	w.oracle.settle()
	w.lookAround("last look")
	w.oracle.rest()
	w.savedAtRest()
	took := time.Since(w.began)

	w.settleAccounts()
	w.lookAMonthLater()
	w.keepsSilent()
	cancel()
	w.close()

	return Result{
		Findings: w.oracle.findings, Trace: w.trace, Struck: w.blows, Log: w.logs.String(),
		Occurrences: len(w.oracle.sending.occurrences), Accepted: w.sim.Log().AcceptedCount(), Took: took,
	}
}

// start is when every simulated world begins: a morning in India.
var start = time.Date(2026, 3, 2, 4, 30, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Fatal(err)
	}
}

// open starts what the world consists of.
func (w *World) open() (err error) {
	clk := clock.Real{}
	if w.cloud, err = cloud.Start(w.ctx, cloud.Options{
		Clock: clk, Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true, Direct: true,
	}); err != nil {
		return err
	}

	w.sim = simulator.New(simulator.Options{Clock: clk, Seed: w.plan.Seed, Client: &http.Client{Transport: outside{w}}})
	w.subscriptions[world.OrderEvents] = newSubscription(w, world.OrderEvents, func(m *machine) http.Handler { return m.Notify })
	w.subscriptions[world.ProviderEvents] = newSubscription(w, world.ProviderEvents, func(m *machine) http.Handler { return m.Receive })

	for _, topic := range []string{
		world.OrderEvents, world.ProviderEvents, world.CustomerNotifications, world.CustomerMessages, world.MessageOutcomes, world.OrderActions, world.OrderEvents + "-dead", world.ProviderEvents + "-dead",
	} {
		if err = w.cloud.EnsureTopics(w.ctx, "projects/"+world.Project+"/topics/"+topic); err != nil {
			return err
		}
	}

	w.cloud.PubSub().OnPublish(w.published)
	w.sim.Platform().OnResolution(w.resolved)

	if err = w.openParts(); err != nil {
		return err
	}
	if err = w.seed(); err != nil {
		return err
	}
	if err = w.putCards(); err != nil {
		return err
	}

	for i, skew := range w.plan.Machines {
		m, err := w.newMachine(fmt.Sprintf("machine %d", i), skew)
		if err != nil {
			return err
		}

		w.machines, w.all = append(w.machines, m), append(w.all, m)
	}

	return nil
}

// openParts opens the product's parts over a connection that nothing strikes.
func (w *World) openParts() error {
	conn, err := w.cloud.Conn()
	if err != nil {
		return err
	}

	w.order = pb.NewPublisherClient(conn)
	w.parts, err = inspect.Open(w.ctx, boot.Function{
		Lookuper:      config.Map(world.Environment(functionsURL, world.Project)),
		Clock:         clock.Real{},
		Logger:        slog.New(slog.DiscardHandler),
		ClientOptions: []option.ClientOption{option.WithGRPCConn(conn), option.WithTelemetryDisabled()},
	})

	return err
}

// close ends everything, so that the bubble can end.
func (w *World) close() {
	w.sim.Close()
	w.running.Wait()
	time.Sleep(longestStall) // calls that nobody waits for any more are still held back

	for _, m := range w.all {
		m.close()
	}

	_ = w.parts.Close(context.Background())
	_ = w.cloud.Close()
}

// machine returns the machine that takes a request of a name. A dead one is replaced by a cold one first.
func (w *World) machine(name string) *machine {
	i := int(drawn(w.plan.Seed, int64(len(w.machines)), "machine", name))

	w.mu.Lock()
	m := w.machines[i]
	w.mu.Unlock()

	if !m.isDead() {
		return m
	}

	cold, err := w.newMachine(fmt.Sprintf("machine %d after %s", i, w.count("machine")), m.skew)
	if err != nil {
		panic(err) // it was built like this before
	}

	w.mu.Lock()
	defer w.mu.Unlock()

	w.machines[i], w.all = cold, append(w.all, cold)

	return cold
}

// count returns how often it was called with the name, as text.
func (w *World) count(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.names[name]++

	return fmt.Sprint(w.names[name])
}

// note adds a line to the trace.
func (w *World) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.trace = append(w.trace, Event{At: time.Since(w.began), What: fmt.Sprintf(format, args...)})
}

// struck takes note of a call that is struck.
func (w *World) struck(c call, b Blow) {
	w.note("%s %s", c, b)
	w.faulty()
	c.actor.strikes()
	w.oracle.struck(c, b)

	w.mu.Lock()
	defer w.mu.Unlock()

	w.blows = append(w.blows, Struck{At: time.Since(w.began), Call: c.String(), Blow: b})
}

// troubled reports whether things still go wrong.
func (w *World) troubled() bool { return time.Since(w.began) < w.plan.Until }

// counter counts what is on its way.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add() {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.n++
}

func (c *counter) done() {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.n--
}

func (c *counter) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n == 0
}

// sweepUntilRest calls sweep as the scheduler does, once a minute, until nothing waits any more. A minute in which nothing is due
// is passed over.
func (w *World) sweepUntilRest() {
	for minute := 1; ; minute++ {
		at := time.Duration(minute)*time.Minute + time.Duration(drawn(w.plan.Seed, int64(2*time.Second), "sweep", fmt.Sprint(minute)))
		time.Sleep(time.Until(w.began.Add(at)))

		due, waits := w.nextDue()
		if !w.troubled() && w.replay("an operator, at last") {
			continue
		}
		if !w.troubled() && !waits && w.busy.idle() {
			return
		}
		if time.Since(w.began) > w.plan.Until+rest {
			if unrest := w.unrest(); unrest != "" {
				w.oracle.find("the world does not rest %s after the last fault: %s", rest, unrest)
			}

			return
		}
		asks := w.troubled() && w.plan.tellsNews()
		if !asks && (!waits || due.After(time.Now())) {
			minute = w.skip(minute, due, waits)
			continue
		}
		if w.troubled() && int(drawn(w.plan.Seed, 100, "missed sweep", fmt.Sprint(minute))) < w.plan.Missed {
			w.note("sweep of minute %d is missed", minute)
			continue
		}

		w.busy.add()
		w.running.Go(func() {
			defer w.busy.done()

			w.sweep(fmt.Sprintf("sweep %d", minute))
		})
	}
}

// skip returns the last minute that can be passed over: none while things go wrong, since what is due may change, and otherwise
// those before the next due time, ten at most.
func (w *World) skip(minute int, due time.Time, waits bool) int {
	if w.troubled() || !w.busy.idle() {
		return minute
	}

	next := minute + 10
	if waits {
		next = min(next, int(due.Sub(w.began)/time.Minute))
	}

	return max(minute, next-1)
}

// tellsNews reports whether a provider tells news: sweep asks about some of them, which no message waits for.
func (p Plan) tellsNews() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Kind == News })
}

// nextDue returns the earliest time at which sweep has something to do, and whether there is any.
func (w *World) nextDue() (due time.Time, waits bool) {
	w.cloud.Firestore().Documents(func(name string, fields map[string]*firestoreValue) bool {
		t := fields["due"].GetTimestampValue()
		if strings.Contains(name, "/documents/quietChanges/") {
			t = fields["at"].GetTimestampValue()
		}
		if t != nil && !reopenable(name, fields) && (!waits || t.AsTime().Before(due)) {
			due, waits = t.AsTime(), true
		}

		return true
	})

	return due, waits
}

// reopenable reports whether a document is of a message that was given up: its event is kept for a week, in case somebody reopens it.
func reopenable(name string, fields map[string]*firestoreValue) bool {
	if !strings.Contains(name, messagesPath) {
		return false
	}

	e := messageIn(name, fields)

	return e.phase == phaseGivenUp && time.Until(e.due) > rest
}

// unrest says what keeps the world from its rest, empty if nothing does that should have ended.
func (w *World) unrest() string {
	var all, parked []string

	w.cloud.Firestore().Documents(func(name string, fields map[string]*firestoreValue) bool {
		_, path, _ := strings.Cut(name, "/documents/")
		collection, _, _ := strings.Cut(path, "/")

		switch {
		case fields["due"].GetTimestampValue() == nil || reopenable(name, fields):
		case strings.Contains(name, messagesPath):
			if e := messageIn(name, fields); e.phase != phaseHeld || !w.oracle.stillHolds(e) {
				all = append(all, e.event+" is "+e.phase)
			}
		case collection == "parked":
			for _, id := range fields["ids"].GetArrayValue().GetValues() {
				parked = append(parked, id.GetStringValue())
			}
		default:
			all = append(all, "a document of "+collection)
		}

		return true
	})

	// A report of a message that is never known by the provider's id is kept until its retention ends.
	for _, id := range parked {
		for _, a := range w.plan.Apps {
			if _, err := w.parts.Store.MessageByProviderIDs(w.ctx, a.ID, []string{id}); err == nil {
				all = append(all, "a report of a known message is parked")
			}
		}
	}

	if !w.busy.idle() {
		all = append(all, "something is on its way")
	}

	slices.Sort(all)

	return strings.Join(slices.Compact(all), ", ")
}

// sweep calls sweep on a machine.
func (w *World) sweep(name string) {
	m := w.machine(name)
	by := m.actor(name)
	watched := by.watch()

	rec, heard := w.exchangeBy(by, m.Sweep, http.MethodPost, "/", nil)
	if heard && rec.Code == http.StatusNoContent {
		return
	}

	w.note("%s ended with %d, heard %v", name, rec.Code, heard)

	others := w.anyStruckSince(watched.began.Add(-longestStall)) || w.closedSince(watched.began, WebhookDown) ||
		w.outSince(watched.began, func(Outage) bool { return true })
	if !others && !watched.excused() {
		w.oracle.find("%s is answered %d, heard %v, although nothing stood in its way", name, rec.Code, heard)
	}
}
