package simulation

import (
	"sync"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// oracle knows what should be, and holds what is against it. Its parts each know one thing; what the world tells goes to all of
// them.
type oracle struct {
	world *World

	talks   *talks
	sending *sending
	people  *people
	news    *news
	endings *endings
	bills   *bills
	quiet   *quietHours

	// hearing is held while the parts hear of something.
	hearing sync.Mutex

	mu       sync.Mutex
	findings []Finding
}

// part is one part of what the oracle knows. The world calls the methods as things happen, one at a time; those are explained at
// [deaf], which a part embeds so that it needs only the methods that concern it.
type part interface {
	called(c call, req any, err error)
	posting(c call, app int)
	asked(c call, wait time.Duration)
	struck(c call, b Blow)
	postEnds(c call, app, status int)
	accepted(c call, a simulator.Accepted)
	queued(topic string, c copyOf)
	acknowledged(topic string, c copyOf)
	refused(topic string, c copyOf)
	buried(topic string, c copyOf)
	reopening(id string)
	pushed(topic string, c copyOf, attempt, code int, heard bool)
	published(topic string, m *pb.PubsubMessage)
	happened(s Step)
	switched(s Step)
	told(cb simulator.Callback, app int, name string, lost bool)
	heard(cb simulator.Callback, name string)
	rest()
}

func newOracle(w *World) *oracle {
	o := &oracle{world: w}
	o.talks = newTalks(o)
	o.sending = newSending(o)
	o.people = newPeople(o)
	o.news = newNews(o)
	o.endings = newEndings(o)
	o.bills = newBills(o)
	o.quiet = newQuietHours(o)

	return o
}

// each tells all parts, one call at a time. Parts that ask each other call the part's own methods, not the oracle's.
func (o *oracle) each(tell func(part)) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	for _, p := range []part{o.talks, o.sending, o.people, o.news, o.endings, o.bills, o.quiet} {
		tell(p)
	}
}

// find takes note of something that should not be.
func (o *oracle) find(format string, args ...any) { o.take(findingOf(format, args...)) }

func (o *oracle) take(f Finding) {
	o.world.note("FOUND: %s", f)

	o.mu.Lock()
	defer o.mu.Unlock()

	o.findings = append(o.findings, f)
}

// aboutMessage says what a provider's message id stands for, in words that are the same in every run.
func (o *oracle) aboutMessage(id string) string {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	return o.sending.aboutMessage(id)
}

// messageCalled says what a message's document stands for, in words that are the same in every run.
func (o *oracle) messageCalled(id string) string {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	return o.sending.of[id].String()
}

func (o *oracle) called(c call, req any, err error) {
	o.each(func(p part) { p.called(c, req, err) })
}

func (o *oracle) posting(c call, app int) {
	o.each(func(p part) { p.posting(c, app) })
}

func (o *oracle) asked(c call, wait time.Duration) {
	o.each(func(p part) { p.asked(c, wait) })
}

func (o *oracle) struck(c call, b Blow) { o.each(func(p part) { p.struck(c, b) }) }

func (o *oracle) postEnds(c call, app, status int) {
	o.each(func(p part) { p.postEnds(c, app, status) })
}

func (o *oracle) accepted(c call, a simulator.Accepted) {
	o.each(func(p part) { p.accepted(c, a) })
}

func (o *oracle) queued(topic string, c copyOf) {
	o.each(func(p part) { p.queued(topic, c) })
}

func (o *oracle) acknowledged(topic string, c copyOf) {
	o.each(func(p part) { p.acknowledged(topic, c) })
}

func (o *oracle) refused(topic string, c copyOf) {
	o.each(func(p part) { p.refused(topic, c) })
}

func (o *oracle) buried(topic string, c copyOf) {
	o.each(func(p part) { p.buried(topic, c) })
}

func (o *oracle) reopening(id string) {
	o.each(func(p part) { p.reopening(id) })
}

func (o *oracle) pushed(topic string, c copyOf, attempt, code int, heard bool) {
	o.each(func(p part) { p.pushed(topic, c, attempt, code, heard) })
}

func (o *oracle) published(topic string, m *pb.PubsubMessage) {
	o.each(func(p part) { p.published(topic, m) })
}

func (o *oracle) happened(s Step) {
	o.each(func(p part) { p.happened(s) })
}

func (o *oracle) switched(s Step) {
	o.each(func(p part) { p.switched(s) })
}

func (o *oracle) told(cb simulator.Callback, app int, name string, lost bool) {
	o.each(func(p part) { p.told(cb, app, name, lost) })
}

func (o *oracle) heard(cb simulator.Callback, name string) {
	o.each(func(p part) { p.heard(cb, name) })
}

func (o *oracle) rest() {
	o.each(func(p part) { p.rest() })
}

// deaf is a part that nothing concerns.
type deaf struct{}

// called hears of a call of the cloud that has been made, before its answer passes the gate.
func (deaf) called(call, any, error) {}

// posting hears of a message that a machine posts through an app, before the provider or an outage of it meets the post.
func (deaf) posting(call, int) {}

// asked hears of a provider that asks for a wait before the next attempt.
func (deaf) asked(call, time.Duration) {}

// struck hears of a call that trouble strikes, before it is.
func (deaf) struck(call, Blow) {}

// postEnds hears of the end of such a post: the status of the answer, 0 if there was none.
func (deaf) postEnds(call, int, int) {}

// accepted hears of a message that a provider has taken, whether or not the answer arrives.
func (deaf) accepted(call, simulator.Accepted) {}

// queued hears of a copy of a message that is to be pushed to a subscriber.
func (deaf) queued(string, copyOf) {}

// acknowledged hears of a push that was answered well: the copy is gone.
func (deaf) acknowledged(string, copyOf) {}

// refused hears of a push that was not answered, or not well: the copy is pushed again.
func (deaf) refused(string, copyOf) {}

// buried hears of a copy that was delivered in vain too often: it is a dead letter now.
func (deaf) buried(string, copyOf) {}

// reopening hears of a message that an operator is about to reopen, by its document's id.
func (deaf) reopening(string) {}

// pushed hears of the end of a push: the status of the answer, and whether it was heard in time. What follows is acknowledged or
// refused.
func (deaf) pushed(string, copyOf, int, int, bool) {}

// published hears of a message on a topic, before any copy of it is queued.
func (deaf) published(string, *pb.PubsubMessage) {}

// happened hears of an event that the platform is about to publish, each time that it does.
func (deaf) happened(Step) {}

// switched hears of an event that is about to be turned on or off.
func (deaf) switched(Step) {}

// told hears of a callback that a provider has made, and whether it is lost on its way.
func (deaf) told(simulator.Callback, int, string, bool) {}

// heard hears of a callback that was posted and taken.
func (deaf) heard(simulator.Callback, string) {}

// rest hears that nothing happens any more.
func (deaf) rest() {}
