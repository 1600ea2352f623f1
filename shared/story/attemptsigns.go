package story

import (
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
)

// Sign is one fact that speaks for or against a failed attempt.
type Sign struct {
	Name SignName
	// Against says that it speaks against the courier's report; else it speaks for it.
	Against  bool
	Sentence string
}

// SignName names a sign.
type SignName string

// The signs.
const (
	// Disputed: the shopper says that nobody came.
	Disputed SignName = "disputed"
	// Wanted: the shopper asks for the parcel.
	Wanted SignName = "wanted"
	// Unwanted: the shopper cancels.
	Unwanted SignName = "unwanted"
	// NotOnTheWay: no report reached us that the courier was on the way that day, although others did.
	NotOnTheWay SignName = "not_on_the_way"
	// AtNight: it is said to have been tried at night.
	AtNight SignName = "at_night"
	// SoonAfter: the attempt before was shortly before.
	SoonAfter SignName = "soon_after"
)

const (
	// soon is how shortly after another a second attempt is no true one.
	soon = 2 * time.Hour
	// morning and evening are the hours between which couriers deliver.
	morning, evening = 7, 22
)

// undecided are the states of actions that the shopper has not confirmed, or has taken back.
var undecided = []conversation.State{
	conversation.Chosen, conversation.Asked, conversation.Late, conversation.Replaced, conversation.Unanswered, conversation.Kept,
}

// signsOf returns what speaks for or against an attempt.
func signsOf(one FailedAttempt, all []FailedAttempt, k known) []Sign {
	var signs []Sign

	for _, e := range one.Actions {
		if slices.Contains(undecided, e.Action.State) {
			continue
		}

		switch conversation.Code(e.Action.Code) {
		case conversation.Dispute:
			signs = append(signs, Sign{Disputed, true, "The shopper says that the courier's reason is not true and asks for another attempt."})
		case conversation.Reattempt, conversation.Defer:
			signs = append(signs, Sign{Wanted, true, "The shopper asks for the parcel to be brought."})
		case conversation.Cancel:
			signs = append(signs, Sign{Unwanted, false, "The shopper does not want the parcel any more."})
		default:
		}
	}

	if k.neverSetOut(one) {
		signs = append(signs, Sign{NotOnTheWay, true, "We have no report that the courier was on the way on the day of the attempt, and have other reports of the shipment."})
	}
	if hour := one.FailedAt.In(one.zone).Hour(); hour < morning || hour >= evening {
		signs = append(signs, Sign{AtNight, true, "The attempt is said to have been at night."})
	}

	signs = slices.CompactFunc(signs, func(a, b Sign) bool { return a.Name == b.Name })

	for _, other := range all {
		before := one.FailedAt.Sub(other.FailedAt)
		if other.Shipment == one.Shipment && other.Event == one.Event && before > 0 && before < soon {
			signs = append(signs, Sign{SoonAfter, true, "It was less than two hours after the attempt before."})
			break
		}
	}

	return signs
}

// neverSetOut reports whether nothing tells that the courier was on the way on the day of an attempt, although later statuses have not hidden it.
func (k known) neverSetOut(one FailedAttempt) bool {
	status := failures[one.Event]
	day := func(at time.Time) string { return at.In(one.zone).Format(time.DateOnly) }

	for _, m := range k.messages {
		if m.Subject == one.Shipment && strings.HasSuffix(m.Event, "/"+status) && day(happenedAt(m)) == day(one.FailedAt) {
			return false
		}
	}

	for _, s := range one.Statuses {
		// Only the newest time is kept: a later one hides that of the day.
		if s.Status == status && (day(s.At) == day(one.FailedAt) || s.At.After(one.FailedAt)) {
			return false
		}
	}

	// Without any report from before there may be none at all that reaches us.
	return slices.ContainsFunc(one.Statuses, func(s StatusAt) bool { return s.At.Before(one.FailedAt) })
}
