package simulation

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// entry is a message's document as the oracle reads it.
type entry struct {
	// id is the document's; it is a hash and says nothing.
	id string

	account, order, event, subject string
	occurred                       time.Time

	app, phase, reason, ticket string
	attempt, doubts            int
	lease, due                 time.Time
	secondLook                 bool
	tries                      map[int]try
	// priced are the facts about the price by attempt and callback, such as "1.billing", as far as the provider says whether it
	// charges.
	priced map[string]bool
}

// try is one attempt of an entry.
type try struct {
	rank        int
	at          map[string]int64
	ids         []string
	claimed     time.Time
	marked      bool
	class, code string
}

// The ranks of an attempt, as the design has them.
const (
	rankAccepted  = 10
	rankSent      = 20
	rankFailed    = 30
	rankDelivered = 40
	rankRead      = 50
)

// rankOf is the rank that a provider's status gives; 0 for what is no status.
func rankOf(status string) int {
	switch status {
	case "accepted", "enqueued":
		return rankAccepted
	case "sent":
		return rankSent
	case "failed":
		return rankFailed
	case "delivered":
		return rankDelivered
	case "read":
		return rankRead
	default:
		return 0
	}
}

// The phases of a message that the oracle has rules for.
const (
	phaseClaimed = "claimed"
	phaseRefused = "refused"
	phaseWaiting = "waiting"
	phaseHeld    = "held"
	phaseInDoubt = "in_doubt"
	phaseGivenUp = "given_up"
	phaseFailed  = "failed"
	phaseDropped = "dropped"
)

// known reports whether anything is known of the attempt: an id, a status or an error.
func (t try) known() bool { return t.rank > 0 || len(t.ids) > 0 || t.class != "" }

// taken reports whether the provider is known to have taken the attempt, and not to have failed over it.
func (t try) taken() bool { return t.rank != rankFailed && (t.rank >= rankAccepted || len(t.ids) > 0) }

// passedOver reports whether it was decided not to send, before any attempt.
func (e entry) passedOver() bool {
	return e.attempt == 0 && (e.phase == phaseRefused || e.phase == phaseDropped)
}

// taken reports whether the provider is known to have taken any attempt.
func (e entry) taken() bool {
	for _, t := range e.tries {
		if t.taken() {
			return true
		}
	}

	return false
}

// unknown counts the attempts of which nothing is known.
func (e entry) unknown() int {
	n := 0
	for _, t := range e.tries {
		if !t.known() {
			n++
		}
	}

	return n
}

// best is the highest rank of any attempt, but for one of left.
func (e entry) best(left int) int {
	best := 0
	for _, t := range e.tries {
		if t.rank != left {
			best = max(best, t.rank)
		}
	}

	return best
}

// shows is what the message shows: its best attempt, and failed only if its newest attempt failed; the phase if no provider said
// anything.
func (e entry) shows() string {
	newest := e.tries[e.attempt].rank
	best := e.best(rankFailed)

	switch {
	case best >= rankDelivered:
		return statusOf(best)
	case newest == rankFailed && slices.Contains([]string{phaseWaiting, phaseHeld, phaseDropped}, e.phase):
		return e.phase
	case newest == rankFailed:
		return "failed"
	case best >= rankAccepted:
		return statusOf(best)
	default:
		return e.phase
	}
}

// statusOf is the word for a rank.
func statusOf(rank int) string {
	switch {
	case rank >= rankRead:
		return "read"
	case rank >= rankDelivered:
		return "delivered"
	case rank >= rankFailed:
		return "failed"
	case rank >= rankSent:
		return "sent"
	default:
		return "accepted"
	}
}

// messagesPath is in the name of every message's document.
const messagesPath = "/documents/messages/"

// messageIn reads a message's document.
func messageIn(name string, f map[string]*firestoreValue) entry {
	e := entry{
		id:         name[strings.LastIndexByte(name, '/')+1:],
		account:    f["account"].GetStringValue(),
		order:      f["order"].GetStringValue(),
		event:      f["event"].GetStringValue(),
		subject:    f["subject"].GetStringValue(),
		occurred:   time.Unix(f["occurredAt"].GetIntegerValue(), 0),
		app:        f["app"].GetStringValue(),
		phase:      f["phase"].GetStringValue(),
		reason:     f["reason"].GetStringValue(),
		ticket:     f["ticket"].GetStringValue(),
		attempt:    int(f["attempt"].GetIntegerValue()),
		doubts:     int(f["doubts"].GetIntegerValue()),
		lease:      timeIn(f["lease"]),
		due:        timeIn(f["due"]),
		secondLook: f["secondLook"].GetBooleanValue(),
		tries:      map[int]try{},
		priced:     map[string]bool{},
	}

	for n, v := range f["attempts"].GetMapValue().GetFields() {
		number, _ := strconv.Atoi(n) // attempts are counted from 1, so that what is none stands at 0
		e.tries[number] = tryOf(v.GetMapValue().GetFields())
	}

	for key, v := range f["pricing"].GetMapValue().GetFields() {
		e.priced[key] = v.GetMapValue().GetFields()["known"].GetBooleanValue()
	}

	return e
}

func tryOf(f map[string]*firestoreValue) try {
	t := try{
		rank:    int(f["rank"].GetIntegerValue()),
		at:      map[string]int64{},
		claimed: time.UnixMilli(f["claimedAt"].GetIntegerValue()),
		marked:  f["possibleDuplicate"].GetBooleanValue(),
		class:   f["class"].GetStringValue(),
		code:    f["code"].GetStringValue(),
	}

	for status, at := range f["at"].GetMapValue().GetFields() {
		t.at[status] = at.GetIntegerValue()
	}

	for _, id := range f["ids"].GetArrayValue().GetValues() {
		t.ids = append(t.ids, id.GetStringValue())
	}

	return t
}

// timeIn returns the time of a field; the zero time if there is none.
func timeIn(v *firestoreValue) time.Time {
	t := v.GetTimestampValue()
	if t == nil {
		return time.Time{}
	}

	return t.AsTime()
}

// fell says what of a message's document is less than it was; empty if nothing is. What was passed over may begin again.
func (e entry) fell(before entry) string {
	if before.passedOver() {
		return ""
	}
	if e.attempt < before.attempt {
		return "its attempts"
	}

	for n := 1; n <= before.attempt; n++ {
		was, is := before.tries[n], e.tries[n]
		if is.rank < was.rank {
			return "the rank of an attempt"
		}
		if slices.ContainsFunc(was.ids, func(id string) bool { return !slices.Contains(is.ids, id) }) {
			return "the ids of an attempt"
		}

		for status, at := range was.at {
			if now, has := is.at[status]; !has || now > at {
				return "the time of " + status
			}
		}
	}

	for fact, known := range before.priced {
		if known && !e.priced[fact] {
			return "its price"
		}
	}

	return ""
}
