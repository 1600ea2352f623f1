package gate

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// skewed is the clock of one process: the rig's, and how much the process is ahead.
type skewed struct {
	clock.Clock

	ahead time.Duration
}

func (s *skewed) Now() time.Time { return s.Clock.Now().Add(s.ahead) }

// actor is a process of the product, which is let go on call by call.
type actor struct {
	drive *drive
	n     int
	w     *rig.Worker
	clock *skewed
	// customers are the use cases over the worker's connections.
	customers *customers.Customers

	// begins has it do its work, or do it once more, as after a redelivery. It reports whether that is over.
	begins func(attempt int) bool
	// attempt counts how often it began, and over says that it need not begin again.
	attempt int
	over    bool
	// skips says which steps the model leaves out; nil if it has all.
	skips func(step) bool

	// running: it is at work, and holds at a call that the model has as a step, once that has come through held. ended comes at its end.
	running bool
	held    chan step
	letGo   chan struct{}
	ended   chan bool
}

// drive is one path of the model, driven through the product.
type drive struct {
	t        *testing.T
	rig      *rig.Rig
	scenario *scenario
	actors   []*actor
	// shopper is the path's own, and began when the path's time begins.
	shopper rig.Parcel
	began   time.Time
	// places are the documents that the model has, by the end of their names; messages those of messages.
	places   map[string]place
	messages map[string]place
}

// watches is called before every call of an actor.
func (a *actor) watches(c rig.Call) {
	if !a.running {
		return
	}
	if s, known := a.drive.stepOf(a, c); known && (a.skips == nil || !a.skips(s)) {
		a.held <- s
		<-a.letGo
	}
}

// stepOf returns the step of the model that a call is; known is false if it is none.
func (d *drive) stepOf(a *actor, c rig.Call) (s step, known bool) {
	var names []string

	switch req := c.Request.(type) {
	case *firestorepb.BatchGetDocumentsRequest:
		s.does, names = reads, req.GetDocuments()
	case *firestorepb.CommitRequest:
		s.does = commits
		for _, w := range req.GetWrites() {
			names = append(names, w.GetUpdate().GetName(), w.GetDelete(), w.GetTransform().GetDocument())
		}
	case *firestorepb.RunQueryRequest:
		q := req.GetStructuredQuery()
		if q.GetFrom()[0].GetCollectionId() != "customers" || q.GetWhere().GetFieldFilter().GetField().GetFieldPath() != "phoneKey" {
			return s, false
		}

		return stepOf(reads, customer), true
	case nil:
		sends := strings.HasPrefix(c.Name, "HTTP POST /sim/") && !strings.HasPrefix(c.Name, "HTTP POST /sim/platform")
		return stepOf(posts), sends
	}

	for _, name := range names {
		if p, known := d.placeOf(a, name); known {
			s.at |= 1 << p
		}
	}

	return s, s.at != 0
}

// placeOf returns the place of a document. A message that is not known is the worker's own.
func (d *drive) placeOf(a *actor, name string) (place, bool) {
	_, name, _ = strings.Cut(name, "/documents/")
	if p, known := d.places[name]; known {
		return p, true
	}
	if !strings.HasPrefix(name, "messages/") {
		return 0, false
	}

	if _, known := d.messages[name]; !known && a.n < d.scenario.workers {
		d.messages[name] = d.scenario.messages[a.n]
	}

	p := d.messages[name]

	return p, p != 0
}

// go has an actor begin, or go on, until it holds at a call or ends. It returns the step that it holds at.
func (a *actor) goesOn() (s step, holds bool) {
	if !a.running {
		a.running = true
		a.attempt++
		go func() { a.ended <- a.begins(a.attempt) }()
	} else {
		a.letGo <- struct{}{}
	}

	select {
	case s = <-a.held:
		return s, true
	case a.over = <-a.ended:
		a.running = false
		return step{}, false
	case <-time.After(20 * time.Second):
		a.drive.t.Fatalf("process %d hangs", a.n)
		return step{}, false
	}
}

// follows has the product go a path, step by step, up to where sweep would bring an event again, which is not part of the drive. It returns how
// many steps it went. ok is false at a step that the product does not take.
func (d *drive) follows(path []turn) (went int, ok bool) {
	holds := map[int]step{}
	gone := map[int]bool{}

	for n, t := range path {
		a := d.actors[t.process]
		if gone[t.process] {
			d.lets()
			return n, true
		}
		if t.step.does == "" {
			continue // see below
		}

		at, holding := holds[t.process]
		if !holding {
			if a.over {
				return n, d.fails(path[:n+1], "the process is over")
			}
			if at, holding = a.goesOn(); !holding {
				return n, d.fails(path[:n+1], "the process ended without a call")
			}
		}
		if at.does != t.step.does || at.at != t.step.at {
			return n, d.fails(path[:n+1], "the product is at: "+at.String())
		}

		// What the process does next goes by its clock: the time that passes then passes now.
		for _, on := range path[n+1:] {
			if on.process == t.process && on.step.does == "" {
				a.clock.ahead += 251 * time.Millisecond
			} else if on.process == t.process {
				break
			}
		}

		delete(holds, t.process)
		if next, holding := a.goesOn(); holding {
			holds[t.process] = next
		}

		gone[t.process] = t.step.and == untilSweep
	}

	for n, at := range holds {
		return len(path), d.fails(path, fmt.Sprintf("process %d goes on: %s", n, at))
	}

	return len(path), true
}

// fails reports a step that the product does not take, and lets all go on that hold.
func (d *drive) fails(path []turn, why string) bool {
	d.t.Helper()

	lines := make([]string, len(path))
	for n, t := range path {
		lines[n] = fmt.Sprintf("%d: %s", t.process, t.step)
	}

	d.t.Errorf("%s: after\n\t%s\n%s", d.scenario.name, strings.Join(lines, "\n\t"), why)

	return false
}

// lets has all that hold go on to their ends.
func (d *drive) lets() {
	for _, a := range d.actors {
		for a.running {
			a.goesOn()
		}
	}
}

// time is when a word was said.
func (d *drive) time(w word) time.Time { return d.began.Add(time.Duration(w.at) * 10 * time.Second) }

// entry is a word as the ledger has it.
func (d *drive) entry(n int) consent.Entry {
	w := d.scenario.words[n]
	e := entryOf(w)
	e.OccurredAt, e.RecordedAt = d.time(w), d.time(w)

	return e
}

// prepare makes the shopper, with what is known at the beginning.
func (d *drive) prepare(serial int) {
	r := d.rig
	d.shopper = rig.ParcelOf(serial)
	d.began = r.Clock.Now()
	d.messages = map[string]place{}

	id := r.CustomerOf(rig.BrandID, d.shopper.Phone)
	key := store.PhoneKeyOf(id)
	d.places = map[string]place{
		"customers/" + id: customer,
		"customers/" + store.AppCustomerID(r.Vendor.AppID(), key): atApp,
		"customers/" + store.AppCustomerID(store.Authority, key):  atAuthority,
	}

	order, err := testdata.Files.ReadFile("orders/51230077.json")
	r.Must(err)
	r.Sim.Platform().PutOrder(d.shopper.Order, d.his(order))

	if !d.scenario.met {
		return
	}

	c := store.Customer{ID: id, AccountID: rig.BrandID, PhoneKey: key, Phone: "+" + d.shopper.Phone, Consent: consent.For(id)}
	var entries []consent.Entry
	for n := range d.scenario.words {
		if d.scenario.known.has(n) {
			var recorded []consent.Entry
			recorded, c.Consent, _ = consent.Record(c.Consent, d.entry(n))
			entries = append(entries, recorded...)
		}
	}

	r.Must(r.Parts.Store.CreateCustomer(d.t.Context(), c, entries...))
}

// his makes a fixture the shopper's.
func (d *drive) his(data []byte) []byte {
	for _, by := range [][2]string{
		{"9000000001", strings.TrimPrefix(d.shopper.Phone, "91")}, {"51230077", d.shopper.Order}, {"NC-20417", d.shopper.Number},
	} {
		data = bytes.ReplaceAll(data, []byte(by[0]), []byte(by[1]))
	}

	return data
}

// play prepares a path, has the product go it, and holds what came of it against the model.
func (d *drive) play(serial int, path []turn) bool {
	d.prepare(serial)

	before := d.rig.Sim.Log().AcceptedCount()
	for n, a := range d.actors {
		a.drive, a.n, a.attempt, a.over, a.skips = d, n, 0, false, nil
		if n < d.scenario.workers {
			a.begins = d.worker(a, d.scenario.messages[n])
		}
	}
	for n, h := range d.scenario.heard {
		a := d.actors[d.scenario.workers+n]
		a.begins = h.product(d, a, h.word)
	}

	d.until(60 * time.Second)
	for _, a := range d.actors {
		a.clock.ahead = 0
	}

	went, ok := d.follows(path)
	if !ok {
		d.lets()
	}
	if !ok || went < len(path) {
		return ok
	}

	last := path[len(path)-1].state
	if got := d.rig.Sim.Log().AcceptedCount() - before; got != int(last.posted) {
		return d.fails(path, fmt.Sprintf("%d posts, want %d", got, last.posted))
	}
	if last.documents[customer].version == 0 {
		return true
	}

	state, _ := d.rig.CheckChainOf(d.t, d.customerID())
	may, _ := consent.May(state, consent.OrderUpdates, d.rig.Clock.Now())
	if want := mayGet(d.scenario.words, last.documents[customer].words, updates, whole()); may != want {
		return d.fails(path, fmt.Sprintf("the customer may get messages: %t, want %t", may, want))
	}

	return true
}

// until moves the rig's clock to a time of the path.
func (d *drive) until(at time.Duration) { d.rig.Clock.Advance(d.began.Add(at).Sub(d.rig.Clock.Now())) }

// worker has a worker take an event.
func (d *drive) worker(a *actor, message place) func(int) bool {
	data, err := testdata.Files.ReadFile("events/" + d.rig.Vendor.EventFile() + ".json")
	d.rig.Must(err)
	data = d.his(data)
	if message == second {
		data = bytes.ReplaceAll(data, []byte(d.shopper.Order), []byte("7"+d.shopper.Order[1:]))
		data = bytes.ReplaceAll(data, []byte(d.shopper.Number), []byte("S"+d.shopper.Number))
	}

	q := d.rig.EventData(data)

	return func(attempt int) bool { return d.rig.Push(a.w.Notify, q.Message, attempt)/100 == 2 }
}

// portal has the shopper ask in the customer portal.
func (d *drive) portal(a *actor, n int) func(int) bool {
	w := d.scenario.words[n]
	status := consent.Inactive
	if w.does == opens {
		status = consent.Active
	}

	body := fmt.Sprintf(`{"contactPhone":%q,"customerName":"Ira Sample","email":"ira@example.test","accountId":%q,"whatsAppStatus":%q}`,
		strings.TrimPrefix(d.shopper.Phone, "91"), rig.BrandID, status)

	return func(int) bool {
		a.clock.ahead = d.time(w).Sub(d.rig.Clock.Now())
		req := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, world.OrderPath+d.shopper.Order, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		a.w.Subscribe.ServeHTTP(answer, req)
		if answer.Code != http.StatusOK && (w.does == closes || answer.Code != http.StatusNotFound) { // the number may be blocked
			d.t.Errorf("portal: got %d %s", answer.Code, answer.Body)
		}

		return true
	}
}

// hears has webhook take what the shopper says, at the time of a word, and returns how a worker receives it.
func (d *drive) hears(a *actor, n int, said simulator.Reply) func(int) bool {
	r := d.rig
	d.until(time.Duration(d.scenario.words[n].at) * 10 * time.Second)

	said.App = r.Vendor.SimulatedApp()
	id, err := r.Sim.Phones().Reply(d.shopper.Phone, said)
	r.Must(err)

	for n, c := range r.Sim.Outbox().Pending() {
		if c.MessageID == id {
			if code := r.PostHeld(r.Hooks, d.nameless(c)); code != http.StatusOK {
				d.t.Fatalf("webhook: got %d; %s", code, r.Logs)
			}
			r.Must(r.Sim.Outbox().Drop(n))
			break
		}
	}

	all := r.Take(world.ProviderEvents)
	if len(all) != 1 {
		d.t.Fatalf("webhook published %d events of one reply", len(all))
	}

	return func(attempt int) bool { return r.Push(a.w.Receive, all[0].Message, attempt)/100 == 2 }
}

// nameless returns what Meta reports without the shopper's user id: the model has no user id where a number is told.
func (d *drive) nameless(c simulator.Callback) simulator.Callback {
	if d.rig.Vendor.Name() != meta.Name {
		return c
	}

	c.Body = regexp.MustCompile(`"(from_)?user_id":"[^"]*",?`).ReplaceAll(c.Body, nil)
	c.Body = bytes.ReplaceAll(c.Body, []byte(",}"), []byte("}"))
	secret, err := d.rig.Parts.Secrets.Access(d.t.Context(), "meta-marigold-app-secret")
	d.rig.Must(err)
	c.Header = rig.Sign(meta.Name, secret.Reveal(), c.Body)

	return c
}

// keyword is the word that stops or starts, written.
func (d *drive) keyword(a *actor, n int) func(int) bool {
	text := "STOP"
	if d.scenario.words[n].does == opens {
		text = "START"
	}

	return d.hears(a, n, simulator.Reply{Text: text})
}

// standby is a keyword in a conversation that another sender holds.
func (d *drive) standby(a *actor, n int) func(int) bool {
	return d.hears(a, n, simulator.Reply{Text: "STOP", Standby: d.rig.Vendor.Name() == meta.Name})
}

// button is a tap on a button that says STOP.
func (d *drive) button(a *actor, n int) func(int) bool {
	at := d.time(d.scenario.words[n]).UnixMilli()

	return func(int) bool {
		return d.rig.Notice(a.w, d.rig.Vendor.Webhook(d.scenario.shared), provider.Event{Kind: provider.KindReply, At: at, Reply: &provider.ReplyEvent{
			ID: "tap-" + d.shopper.Phone, From: d.shopper.Phone, Type: "button", Tap: true, Text: "STOP",
		}})/100 == 2
	}
}

// manager and agent add a word to the ledger of who is known.
func (d *drive) manager(a *actor, n int) func(int) bool { return d.amend(a, n, consent.ConsentManager) }
func (d *drive) agent(a *actor, n int) func(int) bool   { return d.amend(a, n, consent.Agent) }

func (d *drive) amend(a *actor, n int, source consent.Source) func(int) bool {
	e := d.entry(n)
	said := customers.Said{
		Action: e.Action, Source: source, Purpose: e.Purpose, Reference: "ticket-1", OccurredAt: e.OccurredAt,
		NoticeVersion: "v1", NoticeHash: consent.NoticeHash("a notice"),
	}

	return func(int) bool {
		_, err := a.customers.Consent(d.t.Context(), operator, rig.BrandID, store.PhoneKeyOf(d.customerID()), said)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			d.t.Errorf("%s: %v", source, err)
		}

		return true
	}
}

// imports is a file of the brand's with the shopper.
func (d *drive) imports(a *actor, n int) func(int) bool {
	w := d.scenario.words[n]
	status := consent.Inactive
	if w.does == opens {
		status = consent.Active
	}

	text := fmt.Sprintf("phone,status,occurredAt,evidence\n+%s,%s,%s,checkout\n", d.shopper.Phone, status, d.time(w).Format(time.RFC3339Nano))

	return func(int) bool {
		_, err := a.customers.Import(d.t.Context(), operator, rig.BrandID, customers.File{Text: strings.NewReader(text)}, func(r customers.RowResult) error {
			if r.Verdict == customers.Invalid {
				d.t.Errorf("import: %s %s", r.Field, r.Why)
			}
			return nil
		})
		d.rig.Must(err)

		return true
	}
}

// operator may do everything.
var operator = access.Caller{Subject: "u-operator", Role: access.Platform, All: true}

// decree is an authority's order.
func (d *drive) decree(a *actor, n int) func(int) bool {
	w := d.scenario.words[n]

	return func(int) bool {
		a.clock.ahead = d.time(w).Sub(d.rig.Clock.Now())
		_, err := a.customers.Block(d.t.Context(), operator, "+"+d.shopper.Phone, entryOf(w).Action, "order-1")
		if w.does != unblocks || fault.KindOf(err) != fault.NotFound { // an order that nobody has given cannot be over
			d.rig.Must(err)
		}

		return true
	}
}

// erase is the erasure of the person.
func (d *drive) erase(a *actor, n int) func(int) bool {
	w := d.scenario.words[n]
	a.skips = func(s step) bool { return s == stepOf(reads, atApp) } // it goes with the step before

	return func(int) bool {
		a.clock.ahead = d.time(w).Sub(d.rig.Clock.Now())
		_, err := a.customers.Erase(d.t.Context(), operator, rig.BrandID, store.PhoneKeyOf(d.customerID()), "request-1", false)

		onItsWay := new(customers.OnItsWayError)
		if err != nil && fault.KindOf(err) != fault.NotFound && !errors.As(err, &onItsWay) {
			d.t.Errorf("erasure: %v", err)
		}

		return true
	}
}

// customerID is the shopper's at the rig's brand.
func (d *drive) customerID() string { return d.rig.CustomerOf(rig.BrandID, d.shopper.Phone) }
