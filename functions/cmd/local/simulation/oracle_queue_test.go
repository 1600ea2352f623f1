package simulation

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
)

const (
	// copyPatience is how long sweep waits for a copy before it publishes another.
	copyPatience = time.Minute
	// publishing is how long it takes sweep at most to publish a copy, from when it was due.
	publishing = 3 * time.Second
	// mostDeliveries is how often a message is delivered at most while nothing strikes those who take it.
	mostDeliveries = 20
	// mostOpen is how many posts of an app an instance has open at most.
	mostOpen = 40
	// prompt is how long it takes at most to post what nothing stands in the way of.
	prompt = 5 * time.Second
	// pairEvery and pairBurst are how many messages a shopper gets through an app: so many at once, and one each time.
	pairEvery = 6 * time.Second
	pairBurst = 45
	// freshness is how old what a post rests on may be. It is read again once, which may take as long.
	freshness = 250 * time.Millisecond
	// broughtBack is how long it takes sweep at most to bring back what is due, if no call of it is missed.
	broughtBack = 2 * time.Minute
)

// copies are what sweep has published again and is not dealt with.
type copies struct {
	// live are the copies by the message's document and their ticket, which is the same for what Pub/Sub, or its client, doubles.
	live map[string]map[string]*liveCopy
	// decided are those who have written a message, by name.
	decided map[string]bool
	// struck are those who met a fault, by name.
	struck map[string]bool
	// sharedStruck is when a fault last struck what a machine asks for all that wait for it.
	sharedStruck time.Time
	// lastStruck is when a fault last struck anybody.
	lastStruck time.Time
	// clean counts by copy the deliveries that ended badly although no fault was met.
	clean map[string]int
}

// liveCopy is one copy, which Pub/Sub may deliver twice.
type liveCopy struct {
	name    string
	at      time.Time
	n       int
	refused bool
}

func newCopies() copies {
	return copies{
		live: map[string]map[string]*liveCopy{}, decided: map[string]bool{}, struck: map[string]bool{}, clean: map[string]int{},
	}
}

// ticket is what sweep has marked a copy with; empty for those of the platform.
func (c copyOf) ticket() string { return c.message.GetAttributes()[order.AttributeTicket] }

// again is the message's document that a copy of sweep's is for; empty for those of the platform.
func (c copyOf) again() string { return c.message.GetAttributes()[order.AttributeRetry] }

// queued looks at a copy of sweep's: the one before it must have had its time.
func (s *sending) queued(_ string, c copyOf) {
	if o := s.occurrenceOf(c.step); o != nil && o.dead && c.replayed() {
		o.dead, o.revived = false, time.Now()
	}

	id := c.again()
	if id == "" || c.replayed() {
		return
	}

	if o := s.of[id]; o != nil {
		delete(o.tickets, c.ticket())
	}
	if s.copies.live[id] == nil {
		s.copies.live[id] = map[string]*liveCopy{}
	}

	for _, ticket := range sortedKeys(s.copies.live[id]) {
		other := s.copies.live[id][ticket]
		if ticket != c.ticket() && !other.refused && s.quietSince(other.at.Add(-longestStall)) && time.Since(other.at) < copyPatience-s.slack()-publishing {
			s.find(s.occurrenceOf(c.step), "sweep publishes a copy %s after %s, which is not dealt with", time.Since(other.at), other.name)
		}
	}

	same := s.copies.live[id][c.ticket()]
	if same == nil {
		s.world.note("sweep publishes %s", c.name)

		same = &liveCopy{name: c.name, at: time.Now()}
		s.copies.live[id][c.ticket()] = same
	}

	same.n++
}

// published hears of outcomes, of callbacks, and of the copies with which sweep finds out whether an app answers.
func (s *sending) published(topic string, m *pb.PubsubMessage) {
	switch topic {
	case world.CustomerNotifications:
		s.outcome(m)
	case world.OrderEvents:
		s.probed(m)
	case world.ProviderEvents:
		s.kept(m.GetData())
	}
}

func (s *sending) acknowledged(topic string, c copyOf) {
	if live := s.copies.live[c.again()][c.ticket()]; live != nil {
		if live.n--; live.n == 0 {
			delete(s.copies.live[c.again()], c.ticket())
		}
	}

	switch topic {
	case world.ProviderEvents:
		s.dealt(c)
	case world.OrderEvents:
		if o := s.occurrenceOf(c.step); o != nil && c.again() == "" {
			o.donePublication(c.step)
		}
	}
}

// donePublication takes note that an event was dealt with.
func (o *occurrence) donePublication(step int) {
	for i := range o.events {
		if e := &o.events[i]; e.step.ID == step && e.done.IsZero() {
			e.done = time.Now()
			return
		}
	}
}

// pushed looks at how a push ends.
func (s *sending) pushed(topic string, c copyOf, attempt, code int, heard bool) {
	s.inVain(c, attempt, code, heard)

	o := s.occurrenceOf(c.step)
	if o == nil || topic != world.OrderEvents {
		return
	}

	o.pushes = append(o.pushes, time.Now())
	s.untried(o, c)
	name := fmt.Sprintf("%s, attempt %d", c.name, attempt)

	shared := time.Since(s.copies.sharedStruck) < longestStall+time.Minute
	if c.ticket() != "" && (!s.copies.decided[name] || s.copies.struck[name] || shared) {
		o.stumbles++
	}

	switch {
	case !heard:
		o.troubled = true
		s.copies.lastStruck = time.Now()

		return
	case code/100 == 2:
		return
	}

	e := s.entries[o.entry]
	// What was taken and failed meanwhile waits too, but its first outcome has still to be told.
	posted := slices.ContainsFunc(o.acceptances, func(a *acceptance) bool { return a.attempt == e.attempt })
	waits := (e.phase == phaseWaiting || e.phase == phaseHeld) && !e.taken() && !posted
	// What was delivered before and can read nothing cannot know that nothing has still to be told.
	blind := attempt > 1 && (!s.copies.decided[name] || s.copies.struck[name] || shared)
	if c.ticket() != "" && waits && !blind {
		s.find(o, "%s is answered %d although sweep brings its message back", name, code)
	}
}

// inVain counts the pushes of a copy that end badly although nothing struck them. An event of a newer schema waits for a newer build.
func (s *sending) inVain(c copyOf, attempt, code int, heard bool) {
	name := fmt.Sprintf("%s, attempt %d", c.name, attempt)
	if heard && code/100 == 2 || s.copies.struck[name] || c.newerSchema() {
		return
	}

	s.copies.clean[c.name]++
	if s.copies.clean[c.name] == mostDeliveries {
		s.oracle.find("%s is the %dth that ends badly, and nothing struck it", name, mostDeliveries)
	}
}

// buried takes note that a copy is pushed no more.
func (s *sending) buried(topic string, c copyOf) {
	delete(s.copies.live[c.again()], c.ticket())

	if o := s.occurrenceOf(c.step); o != nil && topic == world.OrderEvents {
		o.dead = true
	}
}

func (s *sending) refused(_ string, c copyOf) {
	s.world.note("%s is delivered again", c.name)

	if live := s.copies.live[c.again()][c.ticket()]; live != nil {
		live.refused = true
	}
}

// posting looks at a post: it comes in time and not too early, and there are not too many.
func (s *sending) posting(c call, app int) {
	o := s.occurrenceOf(c.actor.about.step)
	if o == nil {
		return
	}

	if early := time.Until(o.notBefore); early > s.slack() {
		s.find(o, "%s posts %s before the end of the wait that was asked for", c.actor.name, early.Round(time.Second))
	}

	o.posted++
	if o.posted == 1 {
		s.inTime(c, o, app)
	}

	s.mayPost(c, o, app)
	s.oracle.quiet.mayPost(c, o, s.slack())
}

func (s *sending) postEnds(c call, app, status int) {
	o := s.occurrenceOf(c.actor.about.step)
	if o == nil {
		return
	}

	own := s.at(c.actor.machine, app)
	own.open--
	own.ends(status)
	s.at(nil, app).ends(status)

	if status == 0 || status == http.StatusBadGateway {
		o.unanswered++
	}
}

// inTime looks at the first post of an occurrence: nothing stood in its way, so that it must come promptly.
func (s *sending) inTime(c call, o *occurrence, app int) {
	if len(o.events) != 1 || o.troubled || s.copies.sharedStruck.After(o.events[0].at.Add(-longestStall)) || s.shopperBusy(o, app) || s.hindered(o) {
		return
	}

	tellable, sure := s.oracle.quiet.tellable(o, o.events[0].at, s.slack())
	took := time.Since(tellable)
	atGate, givenBack := s.heldBack(c, o)
	late := s.pairWait(o, app)

	if tellable.After(o.events[0].at) { // sweep brings it when the quiet hours end, or when they were switched off
		givenBack = true
		late += settles
	}

	switch {
	case !sure:
		return
	case givenBack && s.world.plan.Missed > 0:
		return
	case givenBack:
		late += broughtBack
	}

	if took > prompt+atGate+late {
		s.find(o, "it is posted %s after its publication, or the end of quiet hours, of which %s were spent at the gate", took, atGate)
	}
}

// heldBack returns how long the gate has held back who posts an occurrence, and who claimed it before without a post. givenBack
// reports whether one of those was held back for so long that what it had read became too old twice: such a claim is given back,
// and sweep brings the message again.
func (s *sending) heldBack(c call, o *occurrence) (atGate time.Duration, givenBack bool) {
	machines := map[*machine]bool{c.actor.machine: true}
	atGate = c.actor.heldBack()

	for by, made := range s.claims {
		if made.entry != o.entry || by == c.actor {
			continue
		}

		machines[by.machine] = true
		atGate += by.heldBack()
		givenBack = givenBack || by.heldBack() > 2*freshness
	}

	for m := range machines {
		atGate += m.self.heldBack() - o.events[0].held[m]
	}

	return atGate, givenBack
}

// pairWait returns how long an occurrence's message may wait because its shopper got as many through the app as WhatsApp takes at
// once: of two copies that are pushed at once, either asks for its part of that. Sweep brings the message when it is due.
func (s *sending) pairWait(o *occurrence, app int) time.Duration {
	since := o.events[0].at.Add(-pairBurst * pairEvery)

	n := 0
	for _, other := range s.occurrences {
		if s.world.plan.Brands[other.brand].Sender != app || s.world.phoneOf(other) != s.world.phoneOf(o) {
			continue
		}

		ended := 0
		for _, at := range other.pushes {
			if at.After(since) {
				ended++
			}
		}

		if other != o && len(other.pushes) == 0 {
			ended = other.claimed // it is being posted
		}

		n += ended
	}

	if n < pairBurst {
		return 0
	}

	return time.Duration(n-pairBurst+1)*pairEvery + broughtBack
}

// shopperBusy reports whether another message to the shopper may be under way, through an app whose reports do not say which message
// they are of: one of which nothing was known when the occurrence began.
func (s *sending) shopperBusy(o *occurrence, app int) bool {
	if s.world.plan.Apps[app].echoes() {
		return false
	}

	for _, key := range s.order {
		other := s.occurrences[key]
		if other == o || s.world.phoneOf(other) != s.world.phoneOf(o) {
			continue
		}

		for n := range s.entries[other.entry].tries {
			if at := other.knownAt[n]; at.IsZero() || at.After(o.events[0].at.Add(-s.slack())) {
				return true
			}
		}
	}

	return false
}

// phoneOf returns the number of an occurrence's shopper.
func (w *World) phoneOf(o *occurrence) string {
	return w.plan.Brands[o.brand].Shoppers[o.shopper].Phone
}

// shopperOf returns the shopper whom a step is about.
func (w *World) shopperOf(s Step) Shopper { return w.plan.Brands[s.Brand].Shoppers[s.Shopper] }

// hampered reports whether anything of the plan may keep an app from sending at once at some time between two.
func (p Plan) hampered(app int, from, until time.Duration) bool {
	a := p.Apps[app]

	for _, o := range p.Outages {
		same := o.App >= 0 && (o.App == app || o.All && p.Apps[o.App].Provider == a.Provider)
		asks := o.App < 0 && a.Provider == businessonbot.Name && !a.ByTemplate
		if (same || asks) && o.From <= until && o.Until >= from {
			return true
		}
	}

	return p.closedTo(app, from, until) || p.hasNews(app, from, until)
}

// closedTo reports whether at some time between two nothing of the platform's came, or nothing of what an app's provider tells of the app
// itself, by which its messages are held or go on.
func (p Plan) closedTo(app int, from, until time.Duration) bool {
	a := p.Apps[app]
	tells := a.reports() && (a.Callbacks.Fail > 0 || p.hasNews(app, 0, until))

	return slices.ContainsFunc(p.Closures, func(c Closure) bool {
		return c.From <= until && c.Until >= from && (c.What == OrdersDown || tells)
	})
}

// hasNews reports whether a provider tells something of an app between two times.
func (p Plan) hasNews(app int, from, until time.Duration) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Kind == News && s.App == app && s.At >= from && s.At <= until })
}
