package simulation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// people is what the oracle knows of shoppers: what they asked for, what they said, and what providers said of their numbers. It holds
// that against what is sent to them, against their documents, and against what the portal shows.
type people struct {
	deaf
	oracle *oracle
	// least and most are how far the machines' clocks are off.
	least, most time.Duration

	persons map[who]*person
	// ids are whose the customers' documents are.
	ids     map[string]who
	sayings map[string]*told
	posts   map[string]*posted
	// newest are the newest messages by app and number.
	newest map[string]string
	// reads are when each actor's newest read of each customer's document began.
	reads   map[string]map[string]time.Time
	ledgers map[string]*ledger
}

// who is one shopper of one brand.
type who struct {
	brand int
	phone string
}

// person is what is known of one shopper of one brand.
type person struct {
	words []*word
	// offers are the words about offers, and orders the authority's: those that stop block the number.
	offers, orders []*word
	refusals       []*refusal
	signs          []*sign
	// made is when the customer's document was made; zero before.
	made time.Time
}

// word is what a shopper decided, and between which times it counts.
type word struct {
	step        string
	stops       bool
	from, until time.Time
	// began is when it was said or asked for, sure since when it must be in effect; zero while it may be or not.
	began, sure time.Time
	portal      bool
}

// sign shows that the number is on WhatsApp: a message of the shopper's, or the report that one of ours arrived.
type sign struct {
	from, until time.Time
	began, sure time.Time
	// taken is set once webhook has taken the report.
	taken bool
}

// refusal is a report that the number of a message is not on WhatsApp.
type refusal struct {
	of          *posted
	from, until time.Time
	began, sure time.Time
}

// told is what a shopper said through WhatsApp, with what it means for each brand behind the app.
type told struct {
	saying
	means meaning
	words map[who]*word
	signs map[who]*sign
	taken bool
	// takenAt is when webhook has taken it.
	takenAt time.Time
}

// posted is a message that a provider has taken.
type posted struct {
	id, token string
	app       int
	phone     string
	// refusal is what was said of the number, nil if nothing was; refusalTaken is set once webhook has taken that.
	refusal      *refusal
	refusalTaken bool
	// delivered are the reports that it arrived.
	delivered []*sign
	// reported is when the first report of it was taken: then we know how the provider calls the shopper.
	reported time.Time
	// answer has the brand whose answer to a shopper it is; nil for what tells of an event.
	answer *int
}

func newPeople(o *oracle) *people {
	p := &people{
		oracle: o, persons: map[who]*person{}, ids: map[string]who{}, sayings: map[string]*told{}, posts: map[string]*posted{},
		newest: map[string]string{}, reads: map[string]map[string]time.Time{}, ledgers: map[string]*ledger{},
	}

	for _, skew := range o.world.plan.Machines {
		p.least, p.most = min(p.least, skew), max(p.most, skew)
	}

	for i, b := range o.world.plan.Brands {
		for _, s := range b.Shoppers {
			p.persons[who{i, s.Phone}] = &person{}
		}
	}

	return p
}

// everybody is all shoppers of all brands, in the plan's order.
func (p *people) everybody() []who {
	var all []who
	for i, b := range p.oracle.world.plan.Brands {
		for _, s := range b.Shoppers {
			if one := (who{i, s.Phone}); !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}

	return all
}

// name is how findings call a shopper.
func (p *people) name(one who) string {
	return fmt.Sprintf("shopper %s of brand %s", one.phone, p.oracle.world.plan.Brands[one.brand].ID)
}

// documentOf returns the name of a shopper's document.
func (p *people) documentOf(one who) string {
	w := p.oracle.world

	keys, err := w.parts.Keys(w.ctx)
	if err != nil {
		return ""
	}

	n, err := phone.FromE164("+" + one.phone)
	if err != nil {
		return ""
	}

	return store.CustomerID(w.plan.Brands[one.brand].ID, keys.Phone.Key(n))
}

// open learns whose the documents are, once the store is there.
func (p *people) open() {
	for _, one := range p.everybody() {
		p.ids[p.documentOf(one)] = one
	}
}

// behind is a number's shopper at each brand behind an app.
func (p *people) behind(app int, number string) []who {
	var all []who
	for _, one := range p.everybody() {
		if one.phone == number && p.oracle.world.plan.Brands[one.brand].Sender == app {
			all = append(all, one)
		}
	}

	return all
}

// stamp is the provider's time of something: Gupshup's version 2 tells milliseconds, all others seconds.
func (p *people) stamp(app int, at time.Time) time.Time {
	a := p.oracle.world.plan.Apps[app]
	if a.Provider == gupshup.Name && a.Version == 2 {
		return at.Truncate(time.Millisecond)
	}

	return at.Truncate(time.Second)
}

// span returns between which times something counts that a provider told of a time: never later than when we learned of it, by a
// machine's clock. What stops counts from the end of a whole second.
func (p *people) span(app int, at time.Time, stops bool) (from, until time.Time) {
	until = p.stamp(app, at)
	if stops && until.Nanosecond() == 0 {
		until = until.Add(time.Second - time.Microsecond)
	}

	from = at.Add(p.least)
	if from.After(until) {
		from = until
	}

	return from, until
}

// spanOf is span for what a shopper says. What is told without a time counts from when it is taken.
func (p *people) spanOf(s saying, stops bool) (from, until time.Time) {
	if s.Undated { // and kept, with the time at which it was taken
		return s.at, s.at.Add(time.Second)
	}
	if s.undated {
		return s.at.Add(p.least), s.at.Add(aDay)
	}

	return p.span(s.app, s.at, stops)
}

// aDay is longer than anything takes.
const aDay = 24 * time.Hour

// speaks hears of what a shopper says through WhatsApp.
func (p *people) speaks(s saying) {
	t := &told{saying: s, means: s.meaning(), words: map[who]*word{}, signs: map[who]*sign{}}
	p.sayings[s.id] = t

	shopper := p.oracle.world.plan.Brands[s.Brand].Shoppers[s.Shopper]
	for _, one := range p.behind(s.app, shopper.Phone) {
		if t.means == stops || t.means == starts {
			word := &word{step: s.name(), stops: t.means == stops, began: s.at}
			word.from, word.until = p.spanOf(s, word.stops)
			t.words[one] = word
			p.persons[one].words = append(p.persons[one].words, word)
		}
		if s.Form == preference {
			word := &word{step: s.name(), stops: s.Word == stopsOffers, began: s.at}
			word.from, word.until = p.spanOf(s, word.stops)
			p.persons[one].offers = append(p.persons[one].offers, word) // never sure: who agreed to nothing resumes nothing
		}
		if t.means != nothing {
			sign := &sign{began: s.at}
			sign.from, sign.until = p.spanOf(s, false)
			t.signs[one] = sign
			p.persons[one].signs = append(p.persons[one].signs, sign)
		}
	}
}

// ask hears of a POST of the portal that is about to be made.
func (p *people) ask(s Step) *word {
	now := time.Now()
	one := who{s.Brand, p.oracle.world.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone}
	word := &word{step: s.name(), stops: !s.Active, portal: true, began: now, from: now.Add(p.least), until: now.Add(aDay)}
	p.persons[one].words = append(p.persons[one].words, word)

	return word
}

// answered hears of the end of a POST. One that was not answered well may have counted, or not.
func (*people) answered(w *word, well bool, most time.Duration) {
	w.until = time.Now().Add(most + time.Microsecond)
	if well {
		w.sure = time.Now()
	}
}

// told hears of a callback: of what it says of a message's number.
func (p *people) told(cb simulator.Callback, app int, _ string, lost bool) {
	m := p.posts[cb.MessageID]
	if m == nil || lost {
		return
	}

	switch cb.Kind {
	case "failed":
		// An answer goes to who has just written, which shows more than what the provider says of the number afterwards.
		if !refusesNumber(cb.Body) || m.refusal != nil || m.answer != nil {
			return
		}

		m.refusal = &refusal{of: m, began: time.Now()}
		m.refusal.from, m.refusal.until = p.span(app, cb.Planned, false)

		for _, one := range p.concerned(m) {
			p.persons[one].refusals = append(p.persons[one].refusals, m.refusal)
		}
	case "delivered", "read":
		m.delivered = append(m.delivered, &sign{began: time.Now()})
	}
}

// concerned is whose message it is.
func (p *people) concerned(m *posted) []who {
	return slices.DeleteFunc(p.behind(m.app, m.phone), func(one who) bool {
		if m.answer != nil {
			return one.brand != *m.answer
		}

		return !p.tokens(one)[m.token]
	})
}

// tokens are what the events of a shopper are known by in what the template says.
func (p *people) tokens(one who) map[string]bool {
	w := p.oracle.world
	all := map[string]bool{}

	for _, s := range w.plan.Steps {
		if s.Kind == Happens && s.Brand == one.brand && w.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone == one.phone {
			all[s.token()] = true
		}
	}

	return all
}

// heard hears of a callback that webhook has taken.
func (p *people) heard(cb simulator.Callback, _ string) {
	p.takes(cb.MessageID)

	m := p.posts[cb.MessageID]
	if m == nil {
		return
	}

	if m.reported.IsZero() && cb.Kind != "enqueued" && cb.Kind != "billing" {
		m.reported = time.Now()
	}

	switch cb.Kind {
	case "failed":
		m.refusalTaken = true
	case "delivered", "read":
		for _, d := range m.delivered {
			d.taken = true
		}
	}
}

// takes notes that webhook has taken what a shopper said, by the provider's id.
func (p *people) takes(id string) {
	if t := p.sayings[id]; t != nil && !t.taken {
		t.taken, t.takenAt = true, time.Now()
		p.date(t)
	}
}

// date notes that what was told without a time has been taken.
func (p *people) date(t *told) {
	if !t.undated {
		return
	}

	for _, word := range t.words {
		word.until = time.Now().Add(p.most)
	}

	for _, sign := range t.signs {
		sign.until = time.Now().Add(p.most)
	}
}

// acknowledged hears of what receive has done.
func (p *people) acknowledged(topic string, c copyOf) {
	if topic != world.ProviderEvents {
		return
	}

	var event struct {
		Reply struct {
			ID string `json:"id"`
		} `json:"reply"`
		Status struct {
			Status string   `json:"status"`
			IDs    []string `json:"ids"`
		} `json:"status"`
	}
	if json.Unmarshal(c.message.GetData(), &event) != nil {
		return
	}

	if t := p.sayings[event.Reply.ID]; t != nil {
		p.heeded(t)
	}

	for _, id := range event.Status.IDs {
		if m := p.posts[id]; m != nil && p.oracle.world.plan.Apps[m.app].echoes() {
			p.reportHeeded(m, event.Status.Status)
		}
	}
}

// heeded notes that what somebody said under their own number is in effect from now on.
func (p *people) heeded(t *told) {
	shopper := p.oracle.world.plan.Brands[t.Brand].Shoppers[t.Shopper]
	if t.number != shopper.Phone {
		return
	}

	for _, one := range p.everybody() {
		if word := t.words[one]; word != nil && word.sure.IsZero() && (word.stops || p.opens(t, one)) {
			word.sure = time.Now()
		}
		if sign := t.signs[one]; sign != nil && sign.sure.IsZero() && p.met(t, one) {
			sign.sure = time.Now()
		}
	}
}

// opens reports whether a START from a shopper's own number opens a brand's messages: the brand whose own app it came through, and
// those behind the platform's app that knew the shopper.
func (p *people) opens(t *told, one who) bool {
	return p.oracle.world.plan.Apps[t.app].Brand >= 0 || p.met(t, one)
}

// met reports whether a brand knew the shopper when something was said.
func (p *people) met(t *told, one who) bool {
	made := p.persons[one].made
	return !made.IsZero() && made.Before(t.at)
}

// reportHeeded notes that a report of a message is in effect from now on.
func (p *people) reportHeeded(m *posted, status string) {
	switch {
	case status == "failed" && m.refusal != nil && m.refusal.sure.IsZero() && !p.repeated(m):
		m.refusal.sure = time.Now()
	case status == "delivered", status == "read":
		for _, d := range m.delivered {
			if d.sure.IsZero() {
				d.sure = time.Now()
			}
		}
	}
}

// repeated reports whether the provider has taken the same message more than once. Then what is said of one of them may not count.
func (p *people) repeated(m *posted) bool {
	for _, other := range p.posts {
		if other != m && other.token == m.token && other.phone == m.phone {
			return true
		}
	}

	return false
}

// accepted hears of a message that a provider has taken: nobody may send one whose newest look at the shopper could have known better.
func (p *people) accepted(c call, a simulator.Accepted) {
	w := p.oracle.world

	app, ok := w.appOf(a.AppID)
	if ok && p.oracle.talks.claims[c.actor] != "" {
		p.posts[a.MessageID] = &posted{id: a.MessageID, token: a.MessageID, app: app, phone: a.Destination, answer: p.oracle.talks.brandOf(c.actor)}
		return
	}
	if !ok || len(a.Params) == 0 {
		return
	}

	m := &posted{id: a.MessageID, token: a.Params[0], app: app, phone: a.Destination}
	p.posts[m.id] = m
	p.newest[fmt.Sprint(app, "/", m.phone)] = m.id

	for _, one := range p.concerned(m) {
		p.checkPost(c, one, m)
	}
}

// checkPost holds a post against what its actor could have known.
func (p *people) checkPost(c call, one who, m *posted) {
	id := p.documentOf(one)

	read, ok := p.reads[c.actor.name][id]
	if !ok {
		p.oracle.find("%s: %s is sent to %s, whose document it has not read", c.actor.name, m.token, p.name(one))
		return
	}

	if status := p.ledgers[id].at(read); status != "ACTIVE" {
		p.oracle.find("%s: %s is sent to %s, whose ledger said %s when it was read", c.actor.name, m.token, p.name(one), status)
		return
	}

	if could := p.possible(one, read, read); !could.active {
		p.oracle.find("%s: %s is sent to %s at %s, who was %s when that was read", c.actor.name, m.token, p.name(one), since(p.oracle.world, time.Now()), could)
	}
}

func since(w *World, t time.Time) time.Duration { return t.Sub(w.began).Truncate(time.Millisecond) }

// called hears of reads of customers, and of what is written of them.
func (p *people) called(c call, req any, err error) {
	switch r := req.(type) {
	case *firestorepb.BatchGetDocumentsRequest:
		for _, name := range r.GetDocuments() {
			if _, id, ok := strings.Cut(name, "/documents/customers/"); ok {
				p.read(c.actor.name, id)
			}
		}
	case *firestorepb.CommitRequest:
		if err == nil {
			p.committed(c, r)
		}
	}
}

func (p *people) read(actor, id string) {
	if p.reads[actor] == nil {
		p.reads[actor] = map[string]time.Time{}
	}

	p.reads[actor][id] = time.Now()
}

// committed takes what was written into the ledgers, and holds the customers' documents against them.
func (p *people) committed(c call, r *firestorepb.CommitRequest) {
	status := map[string]string{}

	var touched []string
	for _, write := range r.GetWrites() {
		_, path, ok := strings.Cut(write.GetUpdate().GetName(), "/documents/customers/")
		if !ok {
			continue
		}

		fields := write.GetUpdate().GetFields()
		id, entry, isEntry := strings.Cut(path, "/consents/")

		one, ours := p.ids[id]
		if ours && !isEntry && p.persons[one].made.IsZero() {
			p.persons[one].made = time.Now()
		}

		switch {
		case isEntry:
			p.ledgers[id] = p.ledgers[id].with(entryOf(fields))
			if !slices.Contains(touched, id) {
				touched = append(touched, id)
			}

			p.oracle.world.note("%s writes entry %s of %s: %s", c.actor.name, entry, p.nameOf(id), entryOf(fields))
		case fields["consent"] != nil:
			status[id] = fields["consent"].GetMapValue().GetFields()["whatsAppStatus"].GetStringValue()
		}
	}

	slices.Sort(touched)

	for _, id := range touched {
		if folded := p.ledgers[id].fold(); status[id] != folded {
			p.oracle.find("%s writes that %s is %s, whose ledger says %s", c.actor.name, p.nameOf(id), cmp.Or(status[id], "nothing"), folded)
		}
	}
}

// nameOf is how findings call the owner of a document.
func (p *people) nameOf(id string) string {
	if one, ok := p.ids[id]; ok {
		return p.name(one)
	}

	return "somebody else"
}

// could is what a shopper may be at a time: more than one thing while it is open which of two words counts.
type could struct {
	active, optedOut, notOptedIn, unreachable, blocked bool
}

func (c could) String() string {
	var all []string
	for _, one := range []struct {
		is   bool
		name string
	}{{c.active, "ACTIVE"}, {c.optedOut, "INACTIVE after a withdrawal"}, {c.notOptedIn, "INACTIVE from the beginning"}, {c.unreachable, "UNREACHABLE"}, {c.blocked, "blocked"}} {
		if one.is {
			all = append(all, one.name)
		}
	}

	return strings.Join(all, " or ")
}

// possible returns what a shopper may be by what is sure at one time and what has begun at another.
func (p *people) possible(one who, sure, begun time.Time) could {
	person := p.persons[one]
	declared := p.oracle.world.plan.Brands[one.brand].Declared

	stop, start := person.last(true, sure, begun), person.last(false, sure, begun)
	stopped, started := person.any(true, sure), person.any(false, sure)
	agreed := start || declared && !stopped

	return could{
		active:      agreed && !person.surelyGone(sure, begun) && !person.surelyBlocked(sure, begun),
		optedOut:    stop,
		notOptedIn:  !declared && !started && !stopped,
		unreachable: agreed && person.maybeGone(sure, begun),
		blocked:     person.maybeBlocked(sure, begun),
	}
}

// counts reports whether something is sure at a time.
func counts(sure, at time.Time) bool { return !sure.IsZero() && !sure.After(at) }

// any reports whether a word of a kind is sure.
func (p *person) any(stops bool, sure time.Time) bool {
	return slices.ContainsFunc(p.words, func(w *word) bool { return w.stops == stops && counts(w.sure, sure) })
}

// last reports whether the last word may be of a kind.
func (p *person) last(stops bool, sure, begun time.Time) bool {
	return lastOf(p.words, stops, sure, begun)
}

// lastOf reports whether the last of some words may be of a kind.
func lastOf(words []*word, stops bool, sure, begun time.Time) bool {
	return slices.ContainsFunc(words, func(w *word) bool {
		if w.stops != stops || w.began.After(begun) {
			return false
		}

		return !slices.ContainsFunc(words, func(x *word) bool {
			return x.stops != stops && counts(x.sure, sure) && x.overrules(w)
		})
	})
}

// overrules reports whether a word is surely later than a contrary one. Of the same moment the one that stops is; and who asks on the
// portal has seen what was in effect before.
func (w *word) overrules(before *word) bool {
	switch {
	case w.portal && counts(before.sure, w.began):
		return true
	case w.stops:
		return !w.from.Before(before.until)
	default:
		return w.from.After(before.until)
	}
}

// believed is for how long a number is taken not to be on WhatsApp without further news.
const believed = 30 * aDay

// surelyGone reports whether the number must be taken not to be on WhatsApp.
func (p *person) surelyGone(sure, begun time.Time) bool {
	return slices.ContainsFunc(p.refusals, func(r *refusal) bool {
		if !counts(r.sure, sure) || begun.Sub(r.from) >= believed {
			return false
		}

		delivered := slices.ContainsFunc(r.of.delivered, func(d *sign) bool { return !d.began.After(begun) })
		alive := slices.ContainsFunc(p.signs, func(s *sign) bool { return !s.began.After(begun) && !s.until.Before(r.from) })
		asked := slices.ContainsFunc(p.words, func(w *word) bool {
			return !w.stops && !w.began.After(begun) && !w.until.Before(r.from)
		})

		return !delivered && !alive && !asked
	})
}

// maybeGone reports whether the number may be taken not to be on WhatsApp.
func (p *person) maybeGone(sure, begun time.Time) bool {
	return slices.ContainsFunc(p.refusals, func(r *refusal) bool {
		if r.began.After(begun) || sure.Sub(r.until) > believed {
			return false
		}

		delivered := slices.ContainsFunc(r.of.delivered, func(d *sign) bool { return counts(d.sure, sure) })
		alive := slices.ContainsFunc(p.signs, func(s *sign) bool { return counts(s.sure, sure) && !s.from.Before(r.until) })
		asked := slices.ContainsFunc(p.words, func(w *word) bool {
			return !w.stops && counts(w.sure, sure) && (w.from.After(r.until) || w.portal && counts(r.sure, w.began))
		})

		return !delivered && !alive && !asked
	})
}

// agreedThroughout reports whether a shopper of a brand was sure to be ACTIVE at all times from one to another.
func (p *people) agreedThroughout(brand, shopper int, from, to time.Time) bool {
	for _, c := range p.during(brand, shopper, from, to) {
		if !c.active || c.optedOut || c.notOptedIn || c.unreachable || c.blocked {
			return false
		}
	}

	return true
}

// couldRefuse reports whether a message to a shopper may have been refused for a reason at some time from one to another.
func (p *people) couldRefuse(brand, shopper int, reason string, from, to time.Time) bool {
	return slices.ContainsFunc(p.during(brand, shopper, from, to), func(c could) bool {
		switch reason {
		case "opted_out":
			return c.optedOut
		case "not_opted_in":
			return c.notOptedIn
		case "unreachable":
			return c.unreachable
		case "blocked":
			return c.blocked
		default:
			return false
		}
	})
}

// stoppedBeforeMet reports whether a shopper may have said STOP before there was a document of theirs at a brand.
func (p *people) stoppedBeforeMet(brand, shopper int) bool {
	person := p.persons[who{brand, p.oracle.world.plan.Brands[brand].Shoppers[shopper].Phone}]

	return slices.ContainsFunc(person.words, func(w *word) bool { return w.stops && (person.made.IsZero() || !w.began.After(person.made)) })
}

// during returns what a shopper may have been at the times at which that may have changed.
func (p *people) during(brand, shopper int, from, to time.Time) []could {
	one := who{brand, p.oracle.world.plan.Brands[brand].Shoppers[shopper].Phone}
	person := p.persons[one]

	times := []time.Time{from}
	for _, w := range slices.Concat(person.words, person.orders) {
		times = append(times, w.began, w.sure)
	}

	for _, r := range person.refusals {
		times = append(times, r.began, r.sure)
	}

	var all []could
	for _, t := range times {
		if !t.Before(from) && !t.After(to) {
			all = append(all, p.possible(one, t, t))
		}
	}

	return all
}
