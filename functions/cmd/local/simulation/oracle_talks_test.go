package simulation

import (
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	simplatform "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// talks is what the oracle knows of what shoppers choose after a failed delivery: what they tapped, what the order platform has taken, what
// it was told, and what the shoppers were answered.
type talks struct {
	deaf
	oracle *oracle

	taps        []*tap
	resolutions []resolution
	// ends counts what the platform was told of answers, by id.
	ends map[string]int
	// failed are the failed deliveries that were published.
	failed []Step

	// answers are the answers to shoppers by their documents, and claims the newest one that each who is at work has claimed.
	answers map[string]*answer
	claims  map[*actor]string
	// spoke is when a shopper last said something; said is all that was, by the provider's id.
	spoke map[window]time.Time
	said  map[string]saying
	// phones are the numbers of those whose shipments something happened to, by the shipment.
	phones map[string]string
}

// tap is a tap on a button of a message about a failed delivery.
type tap struct {
	saying
	// about is the event that the message tells of.
	about Step
	code  string
}

// resolution is what the platform has taken.
type resolution struct {
	code, tracking string
	at             time.Time
	// attempt is the time of the failed delivery.
	attempt time.Time
}

func newTalks(o *oracle) *talks {
	return &talks{
		oracle: o, ends: map[string]int{}, answers: map[string]*answer{}, claims: map[*actor]string{}, spoke: map[window]time.Time{},
		said: map[string]saying{}, phones: map[string]string{},
	}
}

// taps hears of a tap before it is told.
func (o *oracle) taps(s saying, about Step, label string) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	for _, b := range buttons {
		if b.label == label {
			o.talks.taps = append(o.talks.taps, &tap{saying: s, about: about, code: b.code})
		}
	}
}

// resolved hears of an action that the platform has taken.
func (o *oracle) resolved(r simplatform.Resolution) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.talks.takes(r)
}

// takes looks at what the platform has taken: one action of each failed attempt, which its shopper has chosen.
func (t *talks) takes(r simplatform.Resolution) {
	now := resolution{code: r.Request.ResolutionCode, tracking: r.Request.TrackingID, at: r.At}
	for _, s := range t.failed {
		if trackingOf(s) == now.tracking && s.occurred().After(now.attempt) {
			now.attempt = s.occurred()
		}
	}

	for _, before := range t.resolutions {
		if before.tracking == now.tracking && before.attempt.Equal(now.attempt) {
			t.oracle.find("the platform takes %q for %s, of which it has %q for the same attempt", now.code, now.tracking, before.code)
		}
	}

	if !t.chose(now) {
		t.oracle.find("the platform takes %q for %s, which nobody has chosen", now.code, now.tracking)
	}

	t.resolutions = append(t.resolutions, now)
}

// chose reports whether a shopper has asked for an action: with a button of the message about the shipment, or with the only word of theirs that
// names one, in any form but plain text, which answers nothing but a question.
func (t *talks) chose(r resolution) bool {
	if slices.ContainsFunc(t.taps, func(one *tap) bool { return one.code == r.code && trackingOf(one.about) == r.tracking }) {
		return true
	}

	for _, s := range t.said {
		own := t.oracle.world.shopperOf(s.Step).Phone == t.phones[strings.TrimPrefix(r.tracking, "TRK-")]
		if own && s.Kind == Says && s.Form != "text" && s.Word == "cancel" && r.code == "ACTF003" {
			return true
		}
	}

	return false
}

func (t *talks) happened(s Step) {
	t.phones[shipmentID(s)] = t.oracle.world.shopperOf(s).Phone

	if s.Event == failedDelivery {
		t.failed = append(t.failed, s)
	}
}

// outruns reports whether an action on the shipment that was taken until a time makes a message pointless: all but of what comes after it.
func (t *talks) outruns(o *occurrence, e entry, until time.Time) bool {
	if !slices.Contains([]string{"created", "packed", "intransit", "out_for_delivery", "failed_delivery"}, o.status()) {
		return false
	}

	return slices.ContainsFunc(t.resolutions, func(r resolution) bool {
		return r.tracking == "TRK-"+e.subject && !r.at.After(until) && r.at.Truncate(time.Second).After(e.occurred)
	})
}

// published counts what the platform is told of what shoppers said.
func (t *talks) published(topic string, m *pb.PubsubMessage) {
	if topic == world.CustomerNotifications && m.GetAttributes()["eventSubType"] == replySubType {
		t.ends[m.GetAttributes()["id"]]++
	}
}

// rest holds what has come of every tap against what should have.
func (t *talks) rest() {
	actions, replies := t.stored()
	for _, one := range t.taps {
		if said := t.oracle.people.sayings[one.id]; said != nil && said.taken {
			t.restOf(one, actions, replies)
		}
	}

	for _, f := range judge(actions, t.resolutions) {
		t.oracle.take(f)
	}

	// The simulated platform answers the same once more alike; another one might carry it out twice. Its order has told that it was taken.
	for _, r := range t.oracle.world.sim.Platform().Resolutions() {
		if r.Repeat {
			t.oracle.find("the platform is asked once more for %s of %s, which it has taken", r.Request.ResolutionCode, r.Request.TrackingID)
		}
	}

	t.repliesTold(replies)
	t.answersAtRest()
}

// repliesTold looks at what the platform was told that shoppers tapped and decided. What Kaleyra's variables tell has no id that could be
// known again; of a tap the action's is looked at.
func (t *talks) repliesTold(replies map[string]string) {
	for _, id := range sortedKeys(t.said) {
		s := t.said[id]

		said := t.oracle.people.sayings[id]
		if s.Kind != Taps && s.Kind != Decides || said == nil || !said.taken {
			continue
		}

		switch reply := replies[id]; {
		case reply == "" && t.oracle.world.plan.Apps[s.app].Provider == kaleyra.Name:
		case t.ends[reply] == 0:
			t.oracle.find("%s: the platform was never told what the shopper answered", s.name())
		}
	}
}

// restOf looks at what has come of a tap. Kaleyra's variables name no id of it: any action that was chosen alike is taken for its own.
func (t *talks) restOf(one *tap, actions []action, replies map[string]string) {
	reply := replies[one.id]
	nameless := reply == "" && t.oracle.world.plan.Apps[one.app].Provider == kaleyra.Name

	own := slices.DeleteFunc(slices.Clone(actions), func(a action) bool {
		alike := nameless && a.code == one.code && a.subject == shipmentID(one.about)
		return !alike && (a.id != reply || reply == "")
	})
	if len(own) == 0 {
		t.oracle.find("%s: no action came of %q", one.name(), one.code)
	}

	for _, a := range own {
		t.endOf(one, a)
	}
}

// endOf looks at the action that came of a tap: it is what was tapped, it is over, and its end was told.
func (t *talks) endOf(one *tap, a action) {
	t.oracle.world.note("%s: its action %s is %s", one.name(), a.code, a.state)

	if a.code != one.code || a.subject != shipmentID(one.about) {
		t.oracle.find("%s: of %q for %s came %q for %s", one.name(), one.code, shipmentID(one.about), a.code, a.subject)
	}
	if !a.over() {
		t.oracle.find("%s: its action is still %s", one.name(), a.state)
		return
	}
	if t.ends[a.id] == 0 {
		t.oracle.find("%s: the platform was never told that %s was chosen", one.name(), a.code)
	}
	if t.ends[a.id+"."+a.state] == 0 {
		t.oracle.find("%s: the platform was never told that its action is %s", one.name(), a.state)
	}

	for _, id := range sortedKeys(t.ends) {
		state, ends := strings.CutPrefix(id, a.id+".")
		// A question whose time is over can still be answered, a cancellation that was taken back be confirmed, and another choice replace one
		// that the platform gave no answer to.
		renewed := state == "unanswered" || state == "kept" || state == "stuck" && a.state == "replaced"
		if ends && state != a.state && !renewed {
			t.oracle.find("%s: the platform was told that its action is %s, which is %s", one.name(), state, a.state)
		}
	}
}

// action is what came of a tap, as a conversation's document has it.
type action struct{ id, code, state, subject string }

// over reports whether nothing more becomes of an action.
func (a action) over() bool {
	return !slices.Contains([]string{"", "chosen", "asked", "ready", "submitting"}, a.state)
}

// stored returns the actions of all conversations, and the documents of what was said by the provider's ids.
func (t *talks) stored() (actions []action, replies map[string]string) {
	replies = map[string]string{}

	t.oracle.world.cloud.Firestore().Documents(func(name string, f map[string]*firestoreValue) bool {
		if strings.Contains(name, "/documents/conversations/") {
			for _, v := range f["actions"].GetArrayValue().GetValues() {
				a := v.GetMapValue().GetFields()
				actions = append(actions, action{
					id:      a["id"].GetStringValue(),
					code:    a["code"].GetStringValue(),
					state:   a["state"].GetStringValue(),
					subject: a["subject"].GetStringValue(),
				})
			}
		}

		if _, id, ok := strings.Cut(name, "/documents/replies/"); ok {
			replies[f["inboundId"].GetStringValue()] = id
		}

		return true
	})

	return actions, replies
}

// judge holds what shoppers were told that their choices came to against what the platform has taken.
func judge(actions []action, taken []resolution) (all []Finding) {
	accepted, has := map[string]int{}, map[string]int{}
	for _, a := range actions {
		if a.state == "accepted" {
			accepted[a.code+" for "+a.subject]++
		}
	}

	for _, r := range taken {
		has[r.code+" for "+strings.TrimPrefix(r.tracking, "TRK-")]++
	}

	for _, what := range sortedKeys(accepted) {
		if accepted[what] > has[what] {
			all = append(all, findingOf("%d times the platform is said to have accepted %s, which it has taken %d times", accepted[what], what, has[what]))
		}
	}

	for _, what := range sortedKeys(has) {
		if has[what] > accepted[what] {
			all = append(all, findingOf("the platform has taken %s %d times, of which %d are known", what, has[what], accepted[what]))
		}
	}

	return all
}
