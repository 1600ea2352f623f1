package simulation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
)

// sending is what the oracle knows of events, of the messages that came of them, and of what providers have taken.
type sending struct {
	oracle *oracle
	world  *World

	// steps are the plan's by id.
	steps map[int]Step
	// occurrences are what shoppers are to hear of once, by key; order are their keys as they came.
	occurrences map[string]*occurrence
	order       []string
	// entries are the messages' documents as last written, by id; of says whose they are.
	entries map[string]entry
	of      map[string]*occurrence
	// claims are what those who are at work have claimed.
	claims map[*actor]claim
	// taken are the messages that providers have taken, by the provider's id.
	taken map[string]*acceptance
	// waits are until when those who are at work were asked to wait.
	waits map[*actor]time.Time

	apps     []appView
	copies   copies
	outlooks map[outlookKey]*outlook
	// probing are the machines that took the copies which find out whether an app answers, by the copy's name.
	probing map[string]*machine
	// blind are the calls of sweep that have had a message sent again through an app that has taken nothing since, by app.
	blind map[blindly]bool
	// worded are the occurrences of which a provider was told that words its messages itself, by what it was told.
	worded map[string]*occurrence
	// answers are what the platform was told that shoppers did, by the id under which it was told.
	answers map[string]string
	// outcomes are those that the platform was told, by id, and reasons are by id those why a message does not arrive, with which its
	// document has shown what may be told so; the empty one if it needs none.
	outcomes map[string][]toldOutcome
	reasons  map[string][]string
	// beat is the time of the newest heartbeat that receive has dealt with.
	beat time.Time
	// ons are the times at which events were turned on or off.
	ons []switching
}

// occurrence is what a shopper is to hear of at most once.
type occurrence struct {
	// key is what makes events one occurrence, in words.
	key string
	kind
	brand, shopper int
	// events are its events in the order in which they were published.
	events []publication
	// entry is the id of its message's document; empty while there is none.
	entry string
	// acceptances are what providers have taken of it.
	acceptances []*acceptance
	// notBefore is until when its message must wait.
	notBefore time.Time
	// posted counts its posts, unanswered those that got no answer, claimed the claims of its message.
	posted, unanswered, claimed int
	// provenSince is since when silence surely proves that its message in doubt was not taken; zero while it does not. knowable is set
	// once it was given up although that was so for long.
	provenSince time.Time
	knowable    bool
	// pushes are when the pushes of its events ended.
	pushes []time.Time
	// dead is set while an event of it is a dead letter, and revived is when one last was published again.
	dead    bool
	revived time.Time
	// troubled is set once a fault has struck who worked on it.
	troubled bool
	// reopenings counts how often an operator has reopened its message, and reopened is when that was last. What follows counts from then,
	// and so do the claims: doubted the attempts that ended in doubt, stumbles the copies of sweep's after which nothing was written, or that met a fault.
	// tickets are those of copies that have not come.
	reopenings        int
	reopened          time.Time
	doubted, stumbles int
	tickets           map[string]bool
	// knownAt is when something was first known of an attempt.
	knownAt map[int]time.Time
}

// publication is one event as the platform published it.
type publication struct {
	step Step
	at   time.Time
	// done is when a push of it was first acknowledged.
	done time.Time
	// held is how long the gate had held back the machines' own calls by then.
	held map[*machine]time.Duration
}

// claim is an attempt that somebody is about to make.
type claim struct {
	entry   string
	attempt int
	at      time.Time
}

// acceptance is a message that a provider has taken.
type acceptance struct {
	occurrence *occurrence
	step       int
	app        int
	id         string
	attempt    int
	claimed    time.Time
	at         time.Time
	callbacks  []*callback
}

// callback is what a provider had to say of a message.
type callback struct {
	name, status string
	// planned is the provider's time of it.
	planned time.Time
	priced  bool
	lost    bool
	// heard is when the provider heard that we took it, dealt when receive had dealt with it.
	heard, dealt time.Time
	// kept is when webhook had published it. Its machine may die then, so that the provider posts it again.
	kept time.Time
}

// reached reports whether we know of the callback.
func (c *callback) reached() bool { return !c.kept.IsZero() || !c.heard.IsZero() }

// appView is what the oracle knows of an app.
type appView struct {
	// witness is the newest provider time of a status that receive has dealt with, and kept of one that webhook has published: receive may
	// have written it although its answer is not there yet.
	witness, kept time.Time
}

// switching is an event's turning on or off.
type switching struct {
	step  int
	brand int
	event string
	at    time.Time
}

func newSending(o *oracle) *sending {
	s := &sending{
		oracle: o, world: o.world, steps: map[int]Step{}, occurrences: map[string]*occurrence{}, entries: map[string]entry{},
		of: map[string]*occurrence{}, claims: map[*actor]claim{}, taken: map[string]*acceptance{}, waits: map[*actor]time.Time{},
		answers:  map[string]string{},
		outcomes: map[string][]toldOutcome{}, reasons: map[string][]string{}, worded: map[string]*occurrence{},
		apps: make([]appView, len(o.world.plan.Apps)), copies: newCopies(), outlooks: map[outlookKey]*outlook{}, probing: map[string]*machine{}, blind: map[blindly]bool{},
	}

	for _, step := range o.world.plan.Steps {
		s.steps[step.ID] = step
	}

	for i := range s.apps {
		s.apps[i].witness = time.Now() // the world begins with apps that had a callback today
	}

	return s
}

// keyOf returns what makes an event one occurrence with others, by its kind's repeat rule.
func (w *World) keyOf(s Step) string {
	k := kinds[kindNumber(s.Event)]
	about := shipmentID(s)

	switch k.repeat {
	case perOrder:
		about = orderNumber(s.Brand, s.Shopper, s.Order)
	case perDay:
		about += " on " + s.occurred().In(india).Format(time.DateOnly)
	case perTime:
		about += " at " + s.occurred().In(india).Format(time.DateTime)
	case perShipment:
	}

	return fmt.Sprintf("%s of %s", s.Event, about)
}

// occurrenceOf returns the occurrence of a step's event; nil for what is no event.
func (s *sending) occurrenceOf(id int) *occurrence {
	step, ok := s.steps[id]
	if !ok || step.Kind != Happens {
		return nil
	}

	key := s.world.keyOf(step)
	if s.occurrences[key] == nil {
		s.occurrences[key] = &occurrence{
			key: key, kind: kinds[kindNumber(step.Event)], brand: step.Brand, shopper: step.Shopper, tickets: map[string]bool{},
			knownAt: map[int]time.Time{},
		}
		s.order = append(s.order, key)
	}

	return s.occurrences[key]
}

// String names the occurrence with its steps.
func (o *occurrence) String() string {
	var ids []string
	for _, e := range o.events {
		if id := fmt.Sprint(e.step.ID); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}

	return fmt.Sprintf("%s (step %s)", o.key, strings.Join(ids, ", "))
}

// find takes note of something that should not be of an occurrence.
func (s *sending) find(o *occurrence, format string, args ...any) {
	f := findingOf(format, args...)
	f.Text = fmt.Sprintf("%s: %s", o, f.Text)

	s.oracle.take(f)
}

// slack is how far the clocks of two machines may be apart.
func (s *sending) slack() time.Duration {
	least, most := slices.Min(s.world.plan.Machines), slices.Max(s.world.plan.Machines)
	return max(most, 0) - min(least, 0) + time.Second
}

func (s *sending) happened(step Step) {
	held := map[*machine]time.Duration{}
	for _, m := range s.world.all {
		held[m] = m.self.heldBack()
	}

	o := s.occurrenceOf(step.ID)
	o.events = append(o.events, publication{step: step, at: time.Now(), held: held})
}

func (s *sending) switched(step Step) {
	s.ons = append(s.ons, switching{step: step.ID, brand: step.Brand, event: step.Event, at: time.Now()})
}

func (s *sending) struck(c call, _ Blow) {
	s.copies.struck[c.actor.name] = true
	s.copies.lastStruck = time.Now()

	if c.actor == c.actor.machine.self || c.forAll {
		s.copies.sharedStruck = time.Now()
	}

	if o := s.occurrenceOf(c.actor.about.step); o != nil {
		o.troubled = true
	}
}

// called looks at the messages' documents that a commit has changed.
func (s *sending) called(c call, req any, err error) {
	if about := c.actor.about; about.message != nil && about.probes() {
		s.probing[about.name] = c.actor.machine
	}

	commit, ok := req.(*firestorepb.CommitRequest)
	if !ok || err != nil {
		return
	}

	var changed []string
	for _, write := range commit.GetWrites() {
		if name := write.GetUpdate().GetName(); strings.Contains(name, messagesPath) {
			changed = append(changed, name)
		}
	}

	if len(changed) == 0 {
		return
	}

	s.world.cloud.Firestore().Documents(func(name string, fields map[string]*firestoreValue) bool {
		if slices.Contains(changed, name) {
			s.changed(c.actor, messageIn(name, fields))
		}

		return true
	})
}

// changed looks at a message's document that somebody has written.
func (s *sending) changed(by *actor, now entry) {
	s.copies.decided[by.name] = true

	if now.isAnswer() {
		s.oracle.talks.writes(by, now)
		return
	}

	before, existed := s.entries[now.id]
	s.entries[now.id] = now
	s.mayBeTold(now)

	o := s.of[now.id]
	if !existed {
		if o = s.created(by, now); o == nil {
			return
		}
	}

	if now.phase != before.phase {
		s.world.note("%s is %s, writes %s", o, strings.TrimSpace(now.phase+" "+now.reason), by.name)
	}

	if what := now.fell(before); what != "" {
		s.find(o, "%s of its message fell when %s wrote", what, by.name)
	}

	switch {
	case now.phase == phaseClaimed && (before.phase != phaseClaimed || now.attempt > before.attempt):
		o.claimed++
		s.claims[by] = claim{entry: now.id, attempt: now.attempt, at: time.Now()}
		s.oracle.bills.estimated[now.id] = time.Now()
		s.mayClaim(by, o, before, now)
	case before.phase == phaseInDoubt && now.phase == phaseWaiting && now.tries[now.attempt].rank != rankFailed:
		s.mayResend(by, o, before)
	case before.phase == phaseInDoubt && now.phase == phaseGivenUp:
		s.mayGiveUp(by.name, o, now)

		o.knowable = !o.provenSince.IsZero() && time.Since(o.provenSince) > s.lookedAtWithin()
	case (now.phase == phaseDropped || now.phase == phaseRefused) && (now.phase != before.phase || now.reason != before.reason):
		s.rightReason(by, o, now)
	case now.phase == phaseWaiting && now.reason == "quiet_hours" && before.reason != now.reason:
		s.oracle.quiet.mayWait(by, o, s.slack())
	case now.phase == phaseWaiting && !s.waits[by].IsZero():
		o.notBefore = s.waits[by]
	}

	for n, t := range now.tries {
		if t.known() && o.knownAt[n].IsZero() {
			o.knownAt[n] = time.Now()
		}
	}

	if now.ticket != before.ticket {
		o.tickets[now.ticket] = true
	}
	if now.phase == phaseInDoubt && before.phase != phaseInDoubt {
		o.doubted++
	}
	if n := now.unknown(); n > mostDoubts*(1+o.reopenings) {
		s.find(o, "of %d of its attempts nothing is known", n)
	}
}

// created has a new document be that of the occurrence that its maker works on.
func (s *sending) created(by *actor, now entry) *occurrence {
	o := s.occurrenceOf(by.about.step)
	if o == nil {
		s.oracle.find("%s makes a message of no event: %s of %s", by.name, now.event, now.subject)
		return nil
	}

	if o.entry != "" && o.entry != now.id {
		s.find(o, "it has a second message, made by %s", by.name)
	}

	o.entry = now.id
	s.of[now.id] = o

	return o
}

func (s *sending) asked(c call, wait time.Duration) {
	s.waits[c.actor] = time.Now().Add(wait)
}

// accepted looks at a message that a provider has taken: it is the first of its occurrence, or another is allowed.
func (s *sending) accepted(c call, a simulator.Accepted) {
	s.world.note("%s: %s accepts %s", c, a.Provider, a.Params)

	o := s.occurrenceOf(c.actor.about.step)
	if o == nil {
		s.answered(a)
		return
	}

	mine := s.claims[c.actor]
	app, _ := s.world.appOf(a.AppID)
	now := &acceptance{
		occurrence: o, step: c.actor.about.step, app: app, id: a.MessageID, attempt: mine.attempt, claimed: mine.at, at: time.Now(),
	}

	if mine.entry == "" {
		s.find(o, "%s posted without a claim", c.actor.name)
	} else {
		s.mayRepeat(o, now)
	}

	s.toldTheSame(o, now, a)

	o.acceptances = append(o.acceptances, now)
	s.taken[a.MessageID] = now
}

// answered takes note of an answer to what a shopper said: its reports show, as those of every message, that its app reports.
func (s *sending) answered(a simulator.Accepted) {
	if app, known := s.world.appOf(a.AppID); known {
		s.taken[a.MessageID] = &acceptance{app: app, id: a.MessageID, claimed: time.Now(), at: time.Now()}
	}
}

// mayRepeat looks at what was taken of an occurrence of which something was taken before.
func (s *sending) mayRepeat(o *occurrence, now *acceptance) {
	e := s.entries[o.entry]

	for _, before := range o.acceptances {
		switch {
		case before.failed():
		case before.attempt == now.attempt:
			s.find(o, "attempt %d was taken twice", now.attempt)
		case !e.tries[now.attempt].marked:
			s.find(o, "it was taken again in attempt %d, which is not marked as a possible duplicate", now.attempt)
		case e.tries[before.attempt].taken() && before.recordedBefore(e, now):
			s.find(o, "it was taken again in attempt %d although attempt %d was known to be taken", now.attempt, before.attempt)
		}
	}

	if n := len(slices.DeleteFunc(slices.Clone(o.acceptances), (*acceptance).failed)); n >= mostDoubts*(1+o.reopenings) {
		s.find(o, "it was taken %d times", n+1)
	}
}

// recordedBefore reports whether a status of the acceptance had been dealt with when another was claimed.
func (a *acceptance) recordedBefore(e entry, later *acceptance) bool {
	for _, c := range a.callbacks {
		if !c.dealt.IsZero() && c.dealt.Before(later.claimed) {
			return true
		}
	}

	return e.tries[a.attempt].at["accepted"] != 0 && time.UnixMilli(e.tries[a.attempt].at["accepted"]).Before(later.claimed.Add(-time.Minute))
}

// failed reports whether the provider told us that the message does not arrive.
func (a *acceptance) failed() bool {
	return slices.ContainsFunc(a.callbacks, func(c *callback) bool { return c.status == "failed" && c.reached() })
}

// toldTheSame looks at what a provider is told that words its messages itself: the same of one shipment only once.
func (s *sending) toldTheSame(o *occurrence, now *acceptance, a simulator.Accepted) {
	app := s.world.plan.Apps[now.app]
	if app.Provider != businessonbot.Name || app.ByTemplate {
		return
	}

	word := a.TemplateID + " " + a.Text
	about := shipmentID(s.steps[now.step])
	if a.TemplateID == "orders-create" {
		about = ""
	}

	if before := s.worded[word+about]; before != nil && before != o {
		s.find(o, "BusinessOnBot was told %q before, for %s", word, before)
	}

	s.worded[word+about] = o
}

// aboutMessage says what a provider's id stands for.
func (s *sending) aboutMessage(id string) string {
	a := s.taken[id]
	if a == nil {
		return "a message of nobody"
	}
	if a.occurrence == nil {
		return "an answer to a shopper"
	}

	return fmt.Sprintf("[remark %d] attempt %d", a.step, a.attempt)
}

func (s *sending) told(cb simulator.Callback, _ int, name string, lost bool) {
	if a := s.taken[cb.MessageID]; a != nil {
		a.callbacks = append(a.callbacks, &callback{
			name: name, status: cb.Kind, planned: cb.Planned, lost: lost,
			priced: price.Match(cb.Body),
		})
	}
}

// price is how a report says what a message costs: Meta's by whether it is billed, Kaleyra's by the amount.
var price = regexp.MustCompile(`"billable"|"price":"[0-9]`)

func (s *sending) heard(cb simulator.Callback, name string) {
	a := s.taken[cb.MessageID]
	if a == nil {
		return
	}

	for _, c := range a.callbacks {
		if c.name == strings.TrimSuffix(name, " again") && c.heard.IsZero() {
			c.heard = time.Now()
		}
	}
}
