package conversation

import (
	"fmt"
	"slices"
	"time"
)

// askedFor is how long the answer to an action's question is waited for.
func (c Code) askedFor() time.Duration {
	if c.complete() {
		return askFor
	}

	return confirmFor
}

// ask puts the question that an action needs, or that may help.
func (s *step) ask(a Action) {
	s.replace(a)

	a.State = Asked
	a.Asks++

	answer := Answer{
		ID:        a.question(a.Asks),
		Kind:      AnswerQuestion,
		ReplyID:   a.ID,
		ActionID:  a.ID,
		MessageID: a.MessageID,
	}

	again := a.Asks > 1
	if a.Until.IsZero() { // asking again does not move the end
		a.Until = s.Now.Add(a.Code.askedFor())
	}

	answer.Until = a.Until

	switch a.Code {
	case Defer:
		example := s.Now.AddDate(0, 0, maxDays-1).Format("2 Jan")
		answer.Text, answer.Buttons = fmt.Sprintf(textDay, maxDays, example), offeredDays(s.Now)
		if again {
			answer.Text = fmt.Sprintf(textNoDay, maxDays, example)
		}
	case Cancel:
		answer.Text = textConfirm
		answer.Buttons = []Button{{Choice: ChoiceConfirm, Title: "Yes, cancel it"}, {Choice: ChoiceKeep, Title: "No, keep it"}}
		if again {
			answer.Text = textUnclear
		}
	default:
		answer.Text, answer.Buttons = textAsk, []Button{{Choice: ChoiceSend, Title: "No, send it"}}
		if a.Code == Dispute {
			answer.Text = textDispute
		}
	}

	s.c.set(a)
	s.tell(answer)
}

// decide takes a tap on a button of a question. A question that was over can still be answered, while no other action counts.
func (s *step) decide(a Action, said Said) {
	if a.State != Asked {
		again, ok := s.revive(a, said)
		if !ok {
			return
		}

		if a = again; a.State == Chosen {
			s.c.Actions = append(slices.Clone(s.c.Actions), a)
		}
	}

	day, isDay := dayOf(said.Choice)

	switch {
	case a.Code == Defer && isDay && s.possible(day):
		a.Date = day
		s.ready(a)
	case a.Code == Defer && isDay:
		s.askAgain(a)
	case a.Code == Cancel && said.Choice == ChoiceConfirm, a.Code.complete() && said.Choice == ChoiceSend:
		s.ready(a)
	case a.Code == Cancel && said.Choice == ChoiceKeep && a.State == Asked:
		s.keep(a, said.ID)
	}
}

// revive takes up a question that was over, for the newest attempt; false if another action counts, or nothing more can come of it. An action
// that was done, or refused, stays as it is: on a newer attempt the tap is an action of its own.
func (s *step) revive(a Action, said Said) (Action, bool) {
	o := s.Orders[a.shipment()]

	switch {
	case a.State.revives():
		a.Attempt = max(a.Attempt, o.Attempt)
	case o.Attempt > a.Attempt:
		a = a.tappedAgain(said, o.Attempt, s.Now)
	}

	if winner, counts := s.winner(a); counts {
		s.tellLate(a, winner)
		return a, false
	}
	if a.State.Over() && !a.State.revives() {
		s.tellOver(a, said.ID)
		return a, false
	}

	return a, true
}

// revives reports whether the question of an action in this state, which is over, can still be answered.
func (s State) revives() bool {
	return s == Unanswered || s == Kept || s == Replaced || s == Forwarded
}

// tappedAgain returns the action that a tap below the question of another one makes on a newer attempt.
func (a Action) tappedAgain(said Said, attempt int64, now time.Time) Action {
	return Action{
		ID:         said.ID,
		Code:       a.Code,
		State:      Chosen,
		MessageID:  a.MessageID,
		OrderID:    a.OrderID,
		Subject:    a.Subject,
		TrackingID: a.TrackingID,
		Attempt:    attempt,
		Standby:    said.Standby,
		At:         said.At,
		HeardAt:    now,
	}
}

// answer takes a text or a place as the answer to a question; false if it is none.
func (s *step) answer(a Action, said Said) bool {
	switch {
	case a.Code.complete() && said.Kind == SaidOther:
		return false
	case a.Code.complete() && isNo(said.Text):
		s.ready(a)
	case a.Code.complete():
		a.Details = detailsOf(said)
		s.ready(a)
	case said.Kind != SaidText:
		s.askAgain(a)
	case a.Code == Defer:
		day, ok := readDay(said.Text, s.Now)
		if !ok || !s.possible(day) {
			s.askAgain(a)
			return true
		}

		a.Date = day
		s.ready(a)
	case isNo(said.Text):
		s.keep(a, said.ID)
	case isYes(said.Text):
		s.ready(a)
	default:
		s.askAgain(a)
	}

	return true
}

// possible reports whether a delivery can be put off to a day.
func (s *step) possible(day string) bool {
	return day > s.Now.Format(dayLayout) && day <= s.Now.AddDate(0, 0, maxDays).Format(dayLayout)
}

// askAgain repeats a question whose answer nobody could read.
func (s *step) askAgain(a Action) {
	if a.Asks < maxAsks && s.answers(a.Standby) {
		s.ask(a)
	}
}

func (s *step) keep(a Action, replyID string) {
	s.end(a, Kept, WhyKept)
	s.tell(Answer{ID: replyID + ".kept", Kind: AnswerDone, ReplyID: replyID, ActionID: a.ID, MessageID: a.MessageID, Text: textKept})
}
