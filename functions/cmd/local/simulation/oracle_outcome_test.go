package simulation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// toldOutcome is what the platform is told of a message, as far as the oracle looks at it.
type toldOutcome struct {
	// attempt and state are those of the id.
	attempt int
	state   string
	// SubType is the event's, Reason why the message does not arrive.
	SubType string `json:"eventSubType"`
	Body    struct {
		Order   json.Number `json:"order_id"`
		Account json.Number `json:"account_id"`
		Status  string      `json:"status"`
		Reason  string      `json:"failureReason"`
		To      string      `json:"to"`
	} `json:"response_data"`
}

// subTypeOf is what the platform calls a state: whatever ends a message without its arrival is failed.
func subTypeOf(state string) string {
	if state == phaseDropped || state == phaseGivenUp {
		return "failed"
	}
	return state
}

// reportedAs are the outcomes that tell of a provider's status, by what the document calls it.
var reportedAs = map[string]string{"accepted": "inqueue", "sent": "sent", "delivered": "delivered", "read": "read"}

// outcomeID is the id under which an outcome is told, also when it is told again.
func outcomeID(e entry, attempt int, state string) string {
	return fmt.Sprintf("%s.%d.%s", e.id, attempt, state)
}

// mayBeTold takes note of the outcomes that a message's document shows, each with its reason.
func (s *sending) mayBeTold(e entry) {
	shows := func(attempt int, state, reason string) {
		id := outcomeID(e, attempt, state)
		if !slices.Contains(s.reasons[id], reason) {
			s.reasons[id] = append(s.reasons[id], reason)
		}
	}

	for n, t := range e.tries {
		for status, state := range reportedAs {
			if _, has := t.at[status]; has {
				shows(n, state, "")
			}
		}

		if t.rank == rankFailed || n == e.attempt && e.phase == phaseFailed {
			shows(n, "failed", strings.TrimSpace(t.class+" "+t.code))
		}
	}

	switch {
	case e.phase == phaseDropped && e.tries[e.attempt].rank != rankFailed:
		shows(e.attempt, phaseDropped, e.reason)
	case e.phase == phaseGivenUp:
		shows(e.attempt, phaseGivenUp, phaseGivenUp)
	case e.phase == phaseRefused:
		shows(e.attempt, phaseRefused, e.reason)
	}
}

// outcome looks at what the platform is told of a message. Its end may be told before it is written; everything else has to be written
// first.
func (s *sending) outcome(m *pb.PubsubMessage) {
	id := m.GetAttributes()["id"]
	if m.GetAttributes()["eventSubType"] == replySubType {
		s.replyTold(id, m.GetData())
		return
	}

	parts := strings.Split(id, ".")
	if len(parts) != 3 {
		s.oracle.find("an outcome has no right id")
		return
	}

	if a := s.oracle.talks.answers[parts[0]]; a != nil {
		s.oracle.talks.answerTold(a, id, parts[2], m)
		return
	}

	o := s.of[parts[0]]
	if o == nil {
		s.oracle.find("an outcome %s is of no message", parts[2])
		return
	}

	told := toldOutcome{attempt: number(parts[1]), state: parts[2]}
	if err := json.Unmarshal(m.GetData(), &told); err != nil {
		s.find(o, "the platform is told what it cannot read: %v", err)
		return
	}

	s.world.note("the platform is told %s of attempt %d of %s", strings.TrimSpace(told.state+" "+told.Body.Reason), told.attempt, o)
	s.outcomes[id] = append(s.outcomes[id], told)

	e := s.entries[o.entry]

	reasons, reached := s.reasons[id]
	switch {
	case reached && !slices.Contains(reasons, told.Body.Reason):
		s.find(o, "the platform is told that it is %s as %q, which is not the reason: %q", told.state, told.Body.Reason, reasons)
	case reached:
	case told.state == phaseGivenUp:
		s.mayTellGivenUp(o, e)
	case told.state != phaseDropped:
		s.find(o, "the platform is told %q of attempt %d, which has not come to that", told.state, told.attempt)
	}

	s.rightBody(m, o, e, told)
}

// replySubType is what the platform calls a shopper's answer, and what came of it.
const replySubType = "customer_reply"

// replyTold looks at what the platform is told of a shopper's answer: it has one id however often it is told, says what was done, and is about
// an order that the account was told something of.
func (s *sending) replyTold(id string, data []byte) {
	var told struct {
		Body struct {
			Order   json.Number `json:"order_id"`
			Account json.Number `json:"account_id"`
			Action  string      `json:"action_taken"`
			Root    int         `json:"isRootMessage"`
		} `json:"response_data"`
	}
	if err := json.Unmarshal(data, &told); err != nil {
		s.oracle.find("the platform is told of an answer what it cannot read: %v", err)
		return
	}

	about := slices.ContainsFunc(slices.Collect(maps.Values(s.entries)), func(e entry) bool {
		return e.order == told.Body.Order.String() && e.account == told.Body.Account.String()
	})

	switch before, known := s.answers[id]; {
	case id == "" || told.Body.Action == "" || told.Body.Root != 0:
		s.oracle.find("the platform is told of an answer without an id, without what was done, or as the first of its thread")
	case !about:
		s.oracle.find("the platform is told of an answer about an order that the account was told nothing of")
	case known && before != told.Body.Action:
		s.oracle.find("the platform is told of one answer that it was %q and %q", before, told.Body.Action)
	}

	s.answers[id] = told.Body.Action
}

// mayTellGivenUp looks at a message that the platform is told was given up, before that is written.
func (s *sending) mayTellGivenUp(o *occurrence, e entry) {
	if e.phase != phaseInDoubt {
		s.find(o, "the platform is told that it was given up, which is %s", e.phase)
		return
	}

	s.mayGiveUp("who tells the platform", o, e)
}

// rightBody looks at what an outcome says beside its state: the shopper, the order, and what the message was about.
func (s *sending) rightBody(m *pb.PubsubMessage, o *occurrence, e entry, told toldOutcome) {
	_, about, _ := strings.Cut(o.name, "/")
	subType := subTypeOf(told.state)

	says := map[string][2]string{
		"resource":               {m.GetAttributes()["resource"], "customer_notification"},
		"eventSubType":           {told.SubType, subType},
		"eventSubType attribute": {m.GetAttributes()["eventSubType"], subType},
		"order":                  {told.Body.Order.String(), e.order},
		"account":                {told.Body.Account.String(), s.world.plan.Brands[o.brand].ID},
		"status":                 {told.Body.Status, about},
		"to":                     {told.Body.To, s.world.phoneOf(o)},
	}

	for _, what := range sortedKeys(says) {
		if values := says[what]; values[0] != values[1] {
			s.find(o, "the platform is told %q with the %s %q, not %q", told.state, what, values[0], values[1])
		}
	}
}

// toldOf looks at what the platform was told of a message: its end at least, of the attempt that came to it.
func (s *sending) toldOf(o *occurrence, e entry) {
	if state := s.untold(e); state != "" && (state != "inqueue" || !o.troubled) {
		s.find(o, "the platform was never told %q of attempt %d", state, e.attempt)
	}
}

// untold returns what a message shows if the platform was not told of it; else it is empty. That it was taken may be known from a report
// alone, of which the next one tells.
func (s *sending) untold(e entry) string {
	shown := e.shows()

	state := cmp.Or(reportedAs[shown], map[string]string{"failed": "failed", phaseDropped: phaseDropped, phaseGivenUp: phaseGivenUp}[shown])
	if state == phaseDropped && e.tries[e.attempt].rank == rankFailed {
		state = "failed"
	}

	attempts := []int{e.attempt}
	if reportedAs[shown] != "" {
		attempts = slices.Sorted(maps.Keys(e.tries))
	}

	for _, n := range attempts {
		id := outcomeID(e, n, state)
		if _, reached := s.reasons[id]; reached && len(s.outcomes[id]) > 0 {
			return ""
		}
	}

	return state
}

// outcomesTrue looks at each outcome that the platform was told: what it says has happened.
func (s *sending) outcomesTrue() {
	for _, id := range slices.Sorted(maps.Keys(s.outcomes)) {
		entry, _, _ := strings.Cut(id, ".")
		o := s.of[entry]
		if o == nil {
			continue // an answer's
		}

		for _, told := range s.outcomes[id] {
			s.outcomeTrue(o, id, told)
		}
	}
}

func (s *sending) outcomeTrue(o *occurrence, id string, told toldOutcome) {
	e := s.entries[o.entry]
	next := e.tries[told.attempt+1]

	switch told.state {
	case "failed":
		if next.claimed.UnixMilli() > 0 {
			s.find(o, "the platform was told that attempt %d failed, after which there was another", told.attempt)
		}
	case phaseDropped, phaseGivenUp:
		// A report may have come before the end was written.
		if reasons := s.reasons[id]; !slices.Contains(reasons, told.Body.Reason) && !e.tries[told.attempt].known() {
			s.find(o, "the platform was told that attempt %d is %s as %q, which it never was: %s", told.attempt, told.state, told.Body.Reason, e.phase)
		}
	case "sent", "delivered", "read":
		said := func(a *acceptance) bool {
			if a.attempt != told.attempt && s.attributable(o, a) {
				return false
			}

			return slices.ContainsFunc(a.callbacks, func(c *callback) bool { return rankOf(c.status) >= rankOf(told.state) && c.reached() })
		}
		if !slices.ContainsFunc(o.acceptances, said) {
			s.find(o, "the platform was told %q of attempt %d, which no callback has said", told.state, told.attempt)
		}
	}
}

// number reads the number of an attempt; 0 for what is none.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
