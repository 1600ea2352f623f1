package simulation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// endings is what the oracle knows of the topic that tells how messages ended (functions/README.md, "How messages ended").
type endings struct {
	deaf
	oracle *oracle

	// ofMessage are the endings by message, in the order in which they were told.
	ofMessage map[string][]ending
}

// ending is one of them.
type ending struct {
	ID          string    `json:"id"`
	Account     string    `json:"accountId"`
	Order       string    `json:"orderId"`
	Shipment    string    `json:"shipmentId"`
	Event       string    `json:"event"`
	Message     string    `json:"messageId"`
	Outcome     string    `json:"outcome"`
	Deliverable bool      `json:"deliverable"`
	Reason      string    `json:"reason"`
	Class       string    `json:"class"`
	Code        string    `json:"code"`
	Attempts    int       `json:"attempts"`
	At          time.Time `json:"at"`
}

// finals are what messages end with, unless something is heard of them later; arrived are those that have arrived.
var (
	finals  = []string{"delivered", "read", "failed", phaseRefused, phaseDropped, phaseGivenUp}
	arrived = finals[:2]
)

func newEndings(o *oracle) *endings { return &endings{oracle: o, ofMessage: map[string][]ending{}} }

// published looks at an ending as it is told: it is of a message that we made of an event, it says what that has come to, and it names nobody.
func (t *endings) published(topic string, m *pb.PubsubMessage) {
	if topic != world.MessageOutcomes {
		return
	}

	var now ending
	if err := json.Unmarshal(m.GetData(), &now); err != nil {
		t.oracle.find("an ending cannot be read: %v", err)
		return
	}

	s := t.oracle.sending

	o, e := s.of[now.Message], s.entries[now.Message]
	if o == nil {
		t.oracle.find("an ending %s is of no message about an event", now.Outcome)
		return
	}

	t.rightEnding(m, o, e, now)

	// What is given up or dropped may be told before it is written, and is looked at again at rest.
	if !t.reached(now) && now.Outcome != phaseDropped && now.Outcome != phaseGivenUp {
		s.find(o, "it is told to have ended as %s for %q, which it has not come to: %s", now.Outcome, now.why(), e.phase)
	}

	t.ofMessage[now.Message] = append(t.ofMessage[now.Message], now)
}

// why is the reason of an ending, as the document has it.
func (n ending) why() string {
	if n.Outcome == "failed" {
		return strings.TrimSpace(n.Class + " " + n.Code)
	}

	return n.Reason
}

// reached reports whether the message's document has shown what an ending says.
func (t *endings) reached(n ending) bool {
	s := t.oracle.sending
	e := s.entries[n.Message]

	switch {
	case slices.Contains(arrived, n.Outcome):
		for attempt := range e.tries {
			if _, has := s.reasons[outcomeID(e, attempt, n.Outcome)]; has {
				return true
			}
		}

		return false
	case n.Outcome == phaseDropped && e.phase == phaseDropped && e.reason == n.Reason:
		return true // also after an attempt that failed, of which the order's activity tells instead
	case n.Outcome == phaseGivenUp:
		return len(s.reasons[outcomeID(e, n.Attempts, n.Outcome)]) > 0
	default:
		return slices.Contains(s.reasons[outcomeID(e, n.Attempts, n.Outcome)], n.why())
	}
}

// rightEnding looks at what an ending says beside its outcome.
func (t *endings) rightEnding(m *pb.PubsubMessage, o *occurrence, e entry, now ending) {
	s := t.oracle.sending

	says := map[string][2]string{
		"id":                {now.ID, now.Message + "." + now.Outcome},
		"id attribute":      {m.GetAttributes()["id"], now.ID},
		"account attribute": {m.GetAttributes()["account"], e.account},
		"outcome attribute": {m.GetAttributes()["outcome"], now.Outcome},
		"account":           {now.Account, s.world.plan.Brands[o.brand].ID},
		"order":             {now.Order, e.order},
		"shipment":          {now.Shipment, e.subject},
		"event":             {now.Event, o.name},
	}

	for _, what := range sortedKeys(says) {
		if values := says[what]; values[0] != values[1] {
			s.find(o, "it is told to have ended as %s with the %s %q, not %q", now.Outcome, what, values[0], values[1])
		}
	}

	if !slices.Contains(finals, now.Outcome) || now.Deliverable != slices.Contains(arrived, now.Outcome) {
		s.find(o, "it is told to have ended as %s, deliverable %v", now.Outcome, now.Deliverable)
	}

	shopper := s.world.plan.Brands[o.brand].Shoppers[o.shopper]
	for _, private := range []string{shopper.Phone, shopper.called(), shopper.Email, shopper.Name} {
		if bytes.Contains(m.GetData(), []byte(private)) {
			s.find(o, "an ending tells who the shopper is")
		}
	}
}

// rest holds what was told of each message against how it ended.
func (t *endings) rest() {
	s := t.oracle.sending

	for _, key := range s.order {
		o := s.occurrences[key]
		if e, has := s.entries[o.entry]; has {
			t.restOf(o, e)
		}
	}
}

// restOf looks at what was told of one message: its end at least, nothing that never was, and, by what tells readers which of several outcomes is
// the truth, nothing else than the message shows.
func (t *endings) restOf(o *occurrence, e entry) {
	s, told := t.oracle.sending, t.ofMessage[e.id]

	for _, one := range told {
		if !t.reached(one) && !e.tries[one.Attempts].known() { // a report may have come before the end was written
			s.find(o, "it was told to have ended as %s for %q, which it never did: %s", one.Outcome, one.why(), e.phase)
		}
	}

	shown := e.shows()
	if !slices.Contains(finals, shown) {
		return
	}
	if !slices.ContainsFunc(told, func(one ending) bool { return one.Outcome == shown }) {
		s.find(o, "nobody was told that it ended as %s", shown)
		return
	}

	// A failure may be reported after the message was dropped, with the provider's time of it: neither has arrived.
	truth := truthOf(told)
	if truth.Deliverable != slices.Contains(arrived, shown) || !truth.Deliverable && truth.Outcome != shown && shown != "failed" {
		s.find(o, "who was told how it ended takes it for %s, and it is %s", truth.Outcome, shown)
	}
}

// truthOf returns which of several endings of a message is the truth for who reads them: that it has arrived, whatever else they say and when,
// and otherwise the newest.
func truthOf(told []ending) ending {
	return slices.MaxFunc(told, func(a, b ending) int {
		if a.Deliverable != b.Deliverable {
			return cmp.Compare(fmt.Sprint(a.Deliverable), fmt.Sprint(b.Deliverable))
		}

		return a.At.Compare(b.At)
	})
}
