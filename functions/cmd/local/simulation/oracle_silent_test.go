package simulation

import (
	"net/http"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// What the design says of an app whose provider does not answer (section 6, "A provider that is down costs its own brands only").
const (
	// unansweredInRow is after how many posts in a row without an answer an instance holds the app's messages.
	unansweredInRow = 5
	// ownKnowledge is how long it goes by what it has seen itself.
	ownKnowledge = 30 * time.Second
	// atWork is how long what was begun before may still go on.
	atWork = 20 * time.Second
	// knownToAll is after what time every instance knows that an app does not answer, or answers again.
	knownToAll = 90 * time.Second
	// betweenProbes is the shortest time between two messages that find out whether an app answers again.
	betweenProbes = 14 * time.Second
)

// outlook is what an instance, or all of them, have seen of an app's provider.
type outlook struct {
	// open counts the posts under way, row those in a row that ended without an answer.
	open, row int
	// since is when so many were reached that the app's messages are held.
	since time.Time
	// last is when the newest post ended without an answer, answered when one last had an answer, dealt when a callback was last
	// dealt with.
	last, answered, dealt time.Time
	// probe is when the newest copy was published that finds out whether the app answers again, and tried the name of the newest one
	// that was posted.
	probe time.Time
	tried string
	// askedInVain is when a template was last asked for without an answer.
	askedInVain time.Time
}

// ends takes note of the end of a post. Of other failures of the provider's it is not said here whether they are an answer of its own.
func (l *outlook) ends(status int) {
	switch {
	case status != 0 && status < http.StatusInternalServerError:
		l.row, l.answered = 0, time.Now()
		return
	case status != 0 && status != http.StatusBadGateway:
		l.row, l.last = 0, time.Now()
		return
	}

	l.last = time.Now()
	if l.row++; l.row == unansweredInRow {
		l.since = l.last
	}
}

// at returns what a machine has seen of an app; nil for the machine is what all have seen.
func (s *sending) at(m *machine, app int) *outlook {
	key := outlookKey{m, app}
	if s.outlooks[key] == nil {
		s.outlooks[key] = &outlook{}
	}

	return s.outlooks[key]
}

type outlookKey struct {
	machine *machine
	app     int
}

// quietSince reports whether no fault has struck anybody since a time.
func (s *sending) quietSince(t time.Time) bool { return s.copies.lastStruck.Before(t) }

// mayPost looks at a post through an app that may not answer: its messages are held, but for one at a time that sweep lets through.
func (s *sending) mayPost(c call, o *occurrence, app int) {
	own, all := s.at(c.actor.machine, app), s.at(nil, app)

	own.open++
	if own.open > mostOpen {
		s.find(o, "%d posts of an app are open at %s", own.open, c.actor.machine.name)
	}

	if c.actor.about.probes() {
		all.tried = c.actor.about.name
		return
	}

	began := s.world.began.Add(c.actor.began)

	if own.row >= unansweredInRow && began.After(own.since.Add(atWork)) && began.Before(own.last.Add(ownKnowledge-s.slack())) && s.quietSince(own.since) {
		s.find(o, "%s posts it although %d posts in a row got no answer", c.actor.name, own.row)
	}

	if since := s.silentSince(app); !since.IsZero() && began.After(since.Add(knownToAll)) && all.answered.Before(since) && all.dealt.Before(since) && s.oracle.news.wellAt[app].Before(since) && s.quietSince(since) {
		s.find(o, "%s posts it %s after its app was known not to answer", c.actor.name, time.Since(since).Round(time.Second))
	}
}

// silentSince returns when an instance last found that an app does not answer; the zero time if none has.
func (s *sending) silentSince(app int) (since time.Time) {
	for _, m := range s.world.all {
		l := s.outlooks[outlookKey{m, app}]
		if l != nil && l.row >= unansweredInRow && (since.IsZero() || l.since.Before(since)) {
			since = l.since
		}
	}

	return since
}

// probes reports whether a copy is one that finds out whether its app answers.
func (c copyOf) probes() bool { return c.message.GetAttributes()[order.AttributeProbe] != "" }

// askedInVain hears of a template that a machine asked a provider for without an answer.
func (o *oracle) askedInVain(c call, path string) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	for i, a := range o.world.plan.Apps {
		if strings.HasPrefix(path, "/sim/"+a.Provider+"/") {
			o.sending.at(c.actor.machine, i).askedInVain = time.Now()
		}
	}
}

// untried takes note of a copy that was to find out whether its app answers, and was not posted: it has given its turn back. One that
// waits because its template was asked for in vain has had its turn.
func (s *sending) untried(o *occurrence, c copyOf) {
	app := s.world.plan.Brands[o.brand].Sender

	all := s.at(nil, app)
	if !c.probes() || all.tried == c.name {
		return
	}

	e := s.entries[o.entry]
	waits := e.phase == phaseWaiting || e.phase == phaseHeld
	if m := s.probing[c.name]; waits && m != nil && s.at(m, app).askedInVain.After(all.probe) {
		return
	}

	all.probe = time.Time{}
}

// probed looks at a copy that finds out whether an app answers: there is one at a time, and none once it has answered.
func (s *sending) probed(m *pb.PubsubMessage) {
	o := s.occurrenceOf(stepOf(m))
	if m.GetAttributes()[order.AttributeProbe] == "" || o == nil {
		return
	}

	app := s.world.plan.Brands[o.brand].Sender
	all := s.at(nil, app)

	if !all.probe.IsZero() && time.Since(all.probe) < betweenProbes && s.quietSince(all.probe.Add(-time.Second)) {
		s.find(o, "sweep lets it through an app that does not answer, %s after another", time.Since(all.probe))
	}

	answers := all.answered.After(all.last) && time.Since(all.answered) > knownToAll
	if answers && s.quietSince(all.answered.Add(-time.Minute)) {
		s.find(o, "sweep still tries with it whether its app answers, which it did %s before", time.Since(all.answered).Round(time.Second))
	}

	all.probe = time.Now()
}
