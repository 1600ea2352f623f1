// Package checks has the checks that a message must pass before it is sent, in their order. [Decide] stops at the first that is not
// passed, and is what dispatch goes by. [Explain] goes through all of them, and says in words what was decided, why, and what a person can
// do about it. Both judge the same facts by the same table, so that what is explained is what was decided.
//
//	Facts ─▶ Decide ─▶ the first check that is not passed   (dispatch)
//	      └▶ Explain ─▶ each check, with the value it saw    (the API, ops, the console)
//
// It makes no call. What it says holds no telephone number, no name and no text of a message.
package checks

import (
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Facts are what is judged: the grounds of a decision, and what the message is to go through.
type Facts struct {
	message.Grounds
	// AppID, Provider and TemplateID name what the message is to go through. They are shown, and decide nothing.
	AppID, Provider, TemplateID string
}

// AnotherShipment is what has overtaken an event that is told once for an order, if it was told of another shipment before.
const AnotherShipment = "another_shipment"

// Outcome is how a check ended.
type Outcome string

// The outcomes of a check.
const (
	// Passed: it does not stand in the way.
	Passed Outcome = "passed"
	// Failed: the message must not be sent.
	Failed Outcome = "failed"
	// Waits: the message cannot be sent for now.
	Waits Outcome = "waits"
	// NotAsked: a check before it was not passed.
	NotAsked Outcome = "not_asked"
)

// Verdict is how a decision ended: at its first check that was not passed.
type Verdict struct {
	// Check is empty if all were passed.
	Check   Name
	Outcome Outcome
	// Reason is why the message must not be sent, if Outcome is Failed, or [message.QuietHours] if it waits for their end.
	Reason message.Reason
}

// Decide returns the first check that the facts do not pass.
func Decide(f Facts) Verdict {
	for i := range table {
		if outcome, reason := table[i].judge(f.Grounds); outcome != Passed {
			return Verdict{Check: table[i].name, Outcome: outcome, Reason: reason}
		}
	}

	return Verdict{Outcome: Passed}
}

// Check is one check as it is explained.
type Check struct {
	Name    Name
	Outcome Outcome
	// Question is what was asked, for people.
	Question string
	// Value is what the check saw; empty of one that was not asked, and of one of which nothing was kept.
	Value string
	// Now is what it would see now, where that is known and another thing.
	Now string
	// Reason is why a check failed, or that the message waits for the end of quiet hours.
	Reason message.Reason
}

// all returns all checks in their order. Of a decision of which nothing was kept it shows the value of the failed check alone.
func all(f Facts) []Check {
	list := make([]Check, len(table))
	open := true

	for i, c := range table {
		list[i] = Check{Name: c.name, Outcome: NotAsked, Question: c.question}
		if !open {
			continue
		}

		list[i].Outcome, list[i].Reason = c.judge(f.Grounds)

		open = list[i].Outcome == Passed
		if f.At != 0 || !open {
			list[i].Value = c.value(f)
		}
	}

	return list
}

// at adds to checks what each would see now, if that is another thing.
func at(list []Check, now Present) []Check {
	for i, c := range list {
		if seen := now[c.Name]; seen != c.Value {
			list[i].Now = seen
		}
	}

	return list
}
