package simulation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// answer is a message that answers a shopper.
type answer struct {
	entry
	// posts counts the posts of each attempt, taken those that a provider has taken.
	posts map[int]int
	taken int
}

// isAnswer reports whether a message answers what a shopper said. Such a one is of no event.
func (e entry) isAnswer() bool { return strings.HasPrefix(e.event, "session/") }

// answering reports whether somebody has claimed an answer to a shopper.
func (o *oracle) answering(by *actor) bool {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	return o.talks.claims[by] != ""
}

// sentThrough returns the app through which a message came to a phone, by the provider's id.
func (o *oracle) sentThrough(id string) (app int, known bool) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	a := o.sending.taken[id]
	if a == nil {
		return 0, false
	}

	return a.app, true
}

// writes looks at an answer's document that somebody has written.
func (t *talks) writes(by *actor, now entry) {
	a := t.answers[now.id]
	if a == nil {
		a = &answer{posts: map[int]int{}}
		t.answers[now.id] = a
	}

	if now.phase == phaseClaimed && (a.phase != phaseClaimed || now.attempt > a.attempt) {
		t.claims[by] = now.id
		t.oracle.bills.estimated[now.id] = time.Now()
	}

	a.entry = now
	t.oracle.sending.mayBeTold(now)
	t.oracle.world.note("an answer about %s is %s, writes %s", now.subject, now.phase, by.name)
}

// brandOf returns the brand whose answer somebody has claimed.
func (t *talks) brandOf(by *actor) *int {
	brand := slices.IndexFunc(t.oracle.world.plan.Brands, func(b Brand) bool { return b.ID == t.answers[t.claims[by]].account })

	return &brand
}

// posting looks at the post of an answer: one an attempt, and within a day of what the shopper said last.
func (t *talks) posting(c call, app int) {
	a := t.answers[t.claims[c.actor]]
	if a == nil {
		return
	}

	a.posts[a.attempt]++
	if a.posts[a.attempt] > 1 {
		t.oracle.find("%s posts an answer about %s twice", c.actor.name, a.subject)
	}

	last, wrote := t.spoke[window{app, t.phones[a.subject]}]
	if since := time.Since(last); wrote && since > aDay+t.oracle.sending.slack() {
		t.oracle.find("%s posts an answer about %s %s after the shopper last wrote", c.actor.name, a.subject, since.Round(time.Second))
	}
	if !wrote {
		t.oracle.find("%s posts an answer about %s, whose shopper has written nothing", c.actor.name, a.subject)
	}
}

// window names a service window: that of a shopper at an app.
type window struct {
	app   int
	phone string
}

// speaks takes note of when a shopper wrote, by the number that WhatsApp knows the shopper by: however a provider spells that, or hides it, the
// window is that of the number. Anything that is written opens it, not only a tap: words in the form of a button can choose an action too.
func (t *talks) speaks(s saying) {
	t.spoke[window{s.app, t.oracle.world.shopperOf(s.Step).Phone}] = s.at
	t.said[s.id] = s
}

// taken takes note that webhook has what a shopper said. What names no time of its own counts from then.
func (t *talks) taken(id string) {
	if s, known := t.said[id]; known && (s.undated || s.Undated) {
		s.at = time.Now()
		t.speaks(s)
	}
}

// accepted looks at an answer that a provider has taken: that of another attempt is taken only if none was before.
func (t *talks) accepted(c call, _ simulator.Accepted) {
	a := t.answers[t.claims[c.actor]]
	if a == nil {
		return
	}

	a.taken++
	if a.taken > 1 {
		t.oracle.find("an answer about %s is taken %d times", a.subject, a.taken)
	}
}

// answerTold looks at what the platform is told of an answer: what its document shows, of the right shopper. That it is given up is told before
// it is written.
func (t *talks) answerTold(a *answer, id, state string, m *pb.PubsubMessage) {
	s := t.oracle.sending

	told := toldOutcome{state: state}
	if err := json.Unmarshal(m.GetData(), &told); err != nil {
		t.oracle.find("the platform is told of an answer about %s what it cannot read: %v", a.subject, err)
		return
	}

	t.oracle.world.note("the platform is told that an answer about %s is %s", a.subject, state)
	s.outcomes[id] = append(s.outcomes[id], told)

	reasons, reached := s.reasons[id]
	switch {
	case !reached && (state != phaseGivenUp || a.phase != phaseInDoubt):
		t.oracle.find("the platform is told that an answer about %s is %s, which it is not: %s", a.subject, state, a.shows())
	case reached && !slices.Contains(reasons, told.Body.Reason):
		t.oracle.find("the platform is told that an answer about %s is %s as %q, which is not the reason: %q", a.subject, state, told.Body.Reason, reasons)
	case told.SubType != subTypeOf(state), told.Body.To != t.phones[a.subject], told.Body.Order.String() != a.order:
		t.oracle.find("the platform is told that an answer about %s is %s, as %s of order %s", a.subject, state, told.SubType, told.Body.Order)
	}
}

// answersAtRest looks at what the platform was told of each answer: its end at least. One that was surely not taken waits for its provider
// until its window closes, and then nobody needs it.
func (t *talks) answersAtRest() {
	for _, id := range sortedKeys(t.answers) {
		a := t.answers[id]
		if state := t.oracle.sending.untold(a.entry); state != "" && state != "inqueue" {
			t.oracle.find("the platform was never told that an answer about %s is %s", a.subject, state)
		}
	}
}
