package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

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

// writes looks at an answer's document that somebody has written.
func (t *talks) writes(by *actor, now entry) {
	a := t.answers[now.id]
	if a == nil {
		a = &answer{posts: map[int]int{}}
		t.answers[now.id] = a
	}

	if now.phase == phaseClaimed && (a.phase != phaseClaimed || now.attempt > a.attempt) {
		t.claims[by] = now.id
	}

	a.entry = now
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

	last := t.spoke[fmt.Sprint(app, "/", t.phoneOf(a))]
	if since := time.Since(last); since > aDay+t.oracle.sending.slack() {
		t.oracle.find("%s posts an answer about %s %s after the shopper last wrote", c.actor.name, a.subject, since.Round(time.Second))
	}
}

// phoneOf returns the number of the shopper whose shipment an answer is about.
func (t *talks) phoneOf(a *answer) string {
	for _, one := range t.taps {
		if shipmentID(one.about) == a.subject {
			return one.number
		}
	}

	return ""
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
