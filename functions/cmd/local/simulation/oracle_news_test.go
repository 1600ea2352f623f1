package simulation

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// How the oracle judges what is held.
const (
	// knownAfter is how long after receive has dealt with news a machine may go on with what it read of the account before.
	knownAfter = 35 * time.Second
	// askedAfter is how long it takes at most, where nothing goes wrong, until a provider was asked about news that anybody could
	// have made.
	askedAfter = 5 * time.Minute
	// noticedAfter is how long it may take until it is noticed that an app or a template is well again: checks become rare.
	noticedAfter = 17 * time.Minute
	// never is later than everything.
	never = 1000 * time.Hour
)

// news is what the oracle knows of what providers told of their apps and templates, and of what reached us that nobody can read.
type news struct {
	deaf
	oracle *oracle

	// holds are in the order in which they began.
	holds []*hold
	// paused counts, for each subject, why a template is paused at its provider.
	paused map[string]int
	// approved is when a template was last approved again at its provider, by its subject, and wellAt when news told that an app is well.
	approved map[string]time.Duration
	wellAt   map[int]time.Time
	// failing are the codes that calls will fail with, and failed the messages of those, by the provider's id.
	failing map[string]int
	failed  map[string]*doomed
	// read is when somebody who sends has last read the documents on which the decision rests.
	read map[*actor]time.Duration
	// posted is when each step's message was last posted.
	posted map[int]time.Duration
	// litter is what nobody can read, by its mark.
	litter []*litter
}

// hold is a time in which nothing may be sent through an app, or with a template of it.
type hold struct {
	// why is for people.
	why string
	app int
	// brand is whom it concerns; -1 is all behind the app.
	brand int
	// kind is the event of the template; empty for the whole app.
	kind string
	// news are the provider's own, which end with the opposite. The others are failures, and end by themselves.
	news bool
	// category says that the template is marketing, which few shoppers have agreed to.
	category bool
	from     time.Duration
	// until is [never] while nobody knows.
	until time.Duration
	// known is when receive has dealt with what tells it; [never] before.
	known time.Duration
}

// doomed is a message that its provider has taken, and will report as failed.
type doomed struct {
	failure

	app, step int
	at        time.Duration
	// told and known are when webhook published the report and receive had dealt with it; [never] before.
	told, known time.Duration
	// newest says that it was the message's last attempt when that happened.
	newest bool
}

// litter is something that nobody can read.
type litter struct {
	step Step
	// arrived says that it has reached a topic of ours.
	arrived bool
	// refused counts the deliveries that were not acknowledged; kept those to the dead-letter topic.
	refused, kept int
}

func newNews(o *oracle) *news {
	return &news{
		oracle: o, paused: map[string]int{}, failing: map[string]int{}, failed: map[string]*doomed{}, read: map[*actor]time.Duration{},
		posted: map[int]time.Duration{}, approved: map[string]time.Duration{}, wellAt: map[int]time.Time{},
	}
}

func (n *news) now() time.Duration { return time.Since(n.oracle.world.began) }

// tells hears of news that a provider is about to tell; kind is the event of the template, empty for the whole app.
func (o *oracle) tells(s Step, kind string) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	n := o.news
	for _, h := range n.holds {
		// That all is well again ends what failures began, too.
		if (h.news || !s.News.holds()) && h.app == s.App && h.kind == kind && h.category == s.News.ofCategory() {
			h.until = min(h.until, n.now())
		}
	}

	subject := subjectOf(s.App, kind)
	if s.News.holds() {
		n.holds = append(n.holds, &hold{
			why: fmt.Sprintf("%s, %s", s.name(), s.News), app: s.App, brand: -1, kind: kind, news: true, from: n.now(), until: never, known: never,
			category: s.News.ofCategory(),
		})
	}

	if s.News.ofCategory() {
		return
	}

	n.paused[subject] = 0

	switch {
	case s.News.holds():
	case kind == "":
		n.wellAt[s.App] = time.Now()
	default:
		n.approved[subject] = n.now()
	}
}

// pauses hears that a template is paused at its provider, or is no longer for that reason. It reports whether the template is well.
func (o *oracle) pauses(app int, kind string, paused bool) bool {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	n, subject := o.news, subjectOf(app, kind)
	if paused {
		n.paused[subject]++
		return false
	}

	if n.paused[subject] == 0 {
		return false // news have come meanwhile, which count
	}

	n.paused[subject]--
	if n.paused[subject] > 0 {
		return false
	}

	n.approved[subject] = n.now()

	for _, h := range n.holds {
		if !h.news && h.app == app && h.kind == kind {
			h.until = min(h.until, n.now())
		}
	}

	return true
}

// willFail hears that the message which a call sends will be reported as failed.
func (o *oracle) willFail(c call, code int) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.news.failing[c.String()] = code
}

func (n *news) accepted(c call, a simulator.Accepted) {
	code, ok := n.failing[c.String()]
	if !ok {
		return
	}

	delete(n.failing, c.String())

	w := n.oracle.world
	app, _ := w.appOf(a.AppID)
	f, listed := failureOf(w.plan.Apps[app].Provider, code)
	step, known := n.stepOf(c)
	if !listed || !known {
		return
	}

	n.failed[a.MessageID] = &doomed{failure: f, app: app, step: step.ID, at: n.now(), told: never, known: never}
}

// effectOf returns what the failure of a message, by the provider's id, is to lead to.
func (o *oracle) effectOf(id string) (effect, bool) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	f := o.news.failed[id]
	if f == nil {
		return "", false
	}

	return f.effect, true
}

// stepOf returns the step whose event a call is made for.
func (n *news) stepOf(c call) (Step, bool) {
	id := c.actor.about.step
	return n.step(id), id > 0
}

func (n *news) called(c call, req any, _ error) {
	if _, ok := req.(*firestorepb.BatchGetDocumentsRequest); ok && c.actor != c.actor.machine.self {
		n.read[c.actor] = n.now()
	}
}

// toldEvent is an event on provider-events, as far as the oracle reads it.
type toldEvent struct {
	Kind   string `json:"kind"`
	At     int64  `json:"at"`
	Status *struct {
		IDs    []string `json:"ids"`
		Status string   `json:"status"`
	} `json:"status"`
}

// about returns the holds and the failed messages that a message on provider-events tells of.
func (n *news) about(m *pb.PubsubMessage) (holds []*hold, failures []*doomed) {
	switch m.GetAttributes()[provider.AttributeKind] {
	case string(provider.KindTemplate), string(provider.KindAccount), string(provider.KindStatus):
	default:
		return nil, nil
	}
	if len(n.holds) == 0 && len(n.failed) == 0 {
		return nil, nil
	}

	var e toldEvent
	if json.Unmarshal(m.GetData(), &e) != nil {
		return nil, nil
	}

	switch e.Kind {
	case string(provider.KindTemplate), string(provider.KindAccount):
		at := time.UnixMilli(e.At).Sub(n.oracle.world.began)
		for _, h := range n.holds {
			if h.news && n.oracle.world.plan.Apps[h.app].ID == m.GetAttributes()[provider.AttributeApp] &&
				(h.kind != "") == (e.Kind == string(provider.KindTemplate)) && (h.from-at).Abs() < 1500*time.Millisecond {
				holds = append(holds, h)
			}
		}
	case string(provider.KindStatus):
		if e.Status == nil || e.Status.Status != "failed" {
			return nil, nil
		}

		for _, id := range e.Status.IDs {
			if f := n.failed[id]; f != nil {
				return nil, []*doomed{f}
			}
		}
	}

	return holds, failures
}

func (n *news) published(topic string, m *pb.PubsubMessage) {
	n.garbagePublished(topic, m)

	if topic != world.ProviderEvents {
		return
	}

	_, failures := n.about(m)
	for _, f := range failures {
		f.told = min(f.told, n.now())
	}
}

func (n *news) acknowledged(topic string, c copyOf) {
	if c.newerSchema() {
		n.oracle.find("%s is acknowledged, though nobody reads it yet", c.name)
	}
	if topic != world.ProviderEvents {
		return
	}

	holds, failures := n.about(c.message)
	for _, h := range holds {
		h.known = min(h.known, n.now())
	}

	for _, f := range failures {
		if f.known != never {
			continue
		}

		f.known, f.newest = n.now(), n.posted[f.step] <= f.at
		n.holdBy(f)
	}
}

// holdBy begins what a failure holds.
func (n *news) holdBy(f *doomed) {
	step := n.step(f.step)
	h := &hold{
		why: fmt.Sprintf("the failure with %d of step %d's message", f.code, f.step), app: f.app, brand: step.Brand, from: f.at,
		known: f.known, until: f.told + f.wait - n.oracle.world.skews(),
	}

	switch f.effect {
	case holdsTemplate:
		h.kind, h.until = step.Event, never
		if subject := subjectOf(f.app, h.kind); n.paused[subject] == 0 || n.approved[subject] > f.at {
			return // it is well again already, or was since, so that the provider's newer word counts
		}
	case holdsApp:
		if slices.ContainsFunc(n.holds, func(o *hold) bool { return o.app == f.app && o.kind == "" && o.until > f.at-2*time.Hour }) {
			h.until = f.told + f.wait/2 - n.oracle.world.skews()
			if f.wait < time.Hour {
				return // when it is asked again depends on what was before
			}
		}
	default:
		return
	}

	n.holds = append(n.holds, h)
}

func (n *news) step(id int) Step {
	steps := n.oracle.world.plan.Steps
	i := slices.IndexFunc(steps, func(s Step) bool { return s.ID == id })

	return steps[max(i, 0)]
}

func (n *news) posting(c call, app int) {
	step, ok := n.stepOf(c)
	if !ok {
		return
	}

	now, read := n.now(), n.read[c.actor]

	for _, h := range n.holds {
		if n.forbids(h, app, step, read) {
			n.oracle.find("%s: its message is posted through app %d, although nothing may be since %s, which was known at %s",
				step.name(), app, h.why, h.known.Round(time.Second))
		}
	}

	n.mayFollow(step, app, read)

	n.posted[step.ID] = now
}

// forbids reports whether a post of a step's message, which rests on what was read at a time, is against what is held.
func (n *news) forbids(h *hold, app int, step Step, read time.Duration) bool {
	w := n.oracle.world
	if h.app != app || h.brand >= 0 && h.brand != step.Brand || h.kind != "" && h.kind != step.Event || h.known == never || n.now() >= h.until {
		return false
	}

	// A brand that goes on with a template that is marketing sends to who may have agreed to that.
	if h.category && w.plan.Brands[step.Brand].SendsReclassed && n.oracle.people.mayWantOffers(step.Brand, step.Shopper, w.began.Add(read)) {
		return false
	}

	known := h.known + knownAfter
	if h.news && w.plan.Apps[app].forgeable() {
		known = h.known + askedAfter
		if !w.calm(app, h.known, known) || w.plan.Missed > 0 {
			return false
		}
	}

	// What ended since it began may count as newer: an app that did not answer and does again.
	return read > known && w.calm(app, h.from-10*time.Minute, h.known)
}

// marketing reports whether the template of an event may have been taken for marketing at some time of a span. That it is so no longer may be
// heard late, or not at all while something goes wrong.
func (n *news) marketing(app int, kind string, from, until time.Duration) bool {
	w := n.oracle.world

	return slices.ContainsFunc(n.holds, func(h *hold) bool {
		if !h.category || h.app != app || h.kind != kind || h.from > until {
			return false
		}

		return h.until+noticedAfter+w.plan.Apps[app].Callbacks.Late >= from || !w.calm(app, h.until, from) || w.plan.Missed > 0
	})
}

// wellSince returns since when an app, and its template of an event, have been such that a brand's messages go out, as far as is known
// at a time; later than that time if they are not, and before the beginning if they always were.
func (n *news) wellSince(app, brand int, kind string, at time.Duration) time.Duration {
	since := -never

	for _, h := range n.holds {
		othersOwn := h.kind == "" && h.brand >= 0 && h.brand != brand // a template is that of all behind the app
		if h.app != app || othersOwn || h.kind != "" && h.kind != kind || h.from > at {
			continue
		}

		since = max(since, h.until+noticedAfter)
	}

	// A template may be paused before anybody is told so.
	if n.paused[subjectOf(app, kind)] > 0 {
		return never
	}

	for _, f := range n.failed {
		if f.app == app && (f.effect == holdsApp || f.effect == holdsTemplate) && f.at <= at && f.known != never {
			since = max(since, f.known+f.wait+noticedAfter)
		}
	}

	return since
}

// littered hears of something that nobody can read, before it comes.
func (o *oracle) littered(s Step) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.news.litter = append(o.news.litter, &litter{step: s})
}

// garbageTaken hears that webhook has taken a callback that nobody can read.
func (o *oracle) garbageTaken(s Step) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.people.takes(s.besideID())

	for _, l := range o.news.litter {
		if l.step.ID == s.ID {
			l.arrived = true
		}
	}
}
