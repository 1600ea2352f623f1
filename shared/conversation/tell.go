package conversation

import (
	"fmt"
	"slices"
	"strings"
)

// answers reports whether the shopper can be answered now, about what was said while another sender held the conversation, or not.
func (s *step) answers(standby bool) bool {
	return s.Answers && !standby && !s.standby && !s.c.Standby && s.c.Phone != "" && s.Now.Before(s.c.WindowUntil)
}

// tell puts an answer into the outbox, if the shopper can be answered.
func (s *step) tell(a Answer) {
	about, _ := s.c.Action(a.ActionID)
	if !s.answers(about.Standby) || slices.ContainsFunc(s.c.Outbox, func(b Answer) bool { return b.ID == a.ID }) {
		return
	}

	if a.Until.IsZero() || a.Until.After(s.c.WindowUntil) {
		a.Until = s.c.WindowUntil
	}

	s.c.Outbox = append(slices.Clone(s.c.Outbox), a)
}

// hush ends the time of what waits to be sent, once another sender holds the conversation: an answer would take it over.
func (s *step) hush() {
	if !s.c.Standby {
		return
	}

	s.c.Outbox = slices.Clone(s.c.Outbox)
	for i := range s.c.Outbox {
		s.c.Outbox[i].Until = s.Now
	}
}

func (s *step) tellOffer(a Action, offered []Code) {
	if len(offered) == 0 {
		s.tellGone(a, a.ID)
		return
	}

	s.tell(Answer{
		ID:        a.ID + "." + string(AnswerOffer),
		Kind:      AnswerOffer,
		ReplyID:   a.ID,
		ActionID:  a.ID,
		MessageID: a.MessageID,
		Text:      textOffer,
		Buttons:   offer(offered),
	})
}

// tellLate says which choice counts, once an hour.
func (s *step) tellLate(a, winner Action) {
	if s.Now.Sub(s.c.LateAt) < quiet && !s.c.LateAt.IsZero() || !s.answers(a.Standby) {
		return
	}

	s.c.LateAt = s.Now
	s.tell(Answer{
		ID:        a.ID + "." + string(AnswerLate) + "." + s.Now.UTC().Format("150405"),
		Kind:      AnswerLate,
		ReplyID:   a.ID,
		ActionID:  a.ID,
		MessageID: a.MessageID,
		Text:      fmt.Sprintf(textLate, winner.inWords()),
	})
}

func (s *step) tellDone(a Action) {
	s.tell(Answer{
		ID:        a.ID + "." + string(AnswerDone),
		Kind:      AnswerDone,
		ReplyID:   a.ID,
		ActionID:  a.ID,
		MessageID: a.MessageID,
		Text:      fmt.Sprintf(textDone, a.inWords()),
	})
}

// tellGone says that a choice came to nothing since the order has moved on: with the account's standard text, or, where none is wanted, in words
// of ours. A tap is answered.
func (s *step) tellGone(a Action, replyID string) {
	if s.Standard.Enabled && strings.TrimSpace(s.Standard.Text) != "" || a.Standby {
		s.tellStandard(replyID, a.about(), a.Standby, nil)
		return
	}

	s.tellQuietly(a, replyID, textGone)
}

// tellOver says once more that a choice came to nothing, to who confirms it again.
func (s *step) tellOver(a Action, replyID string) {
	if a.State == Refused || a.State == Stuck || a.State == Forwarded {
		s.tellQuietly(a, replyID, textNotDone)
		return
	}

	s.tellGone(a, replyID)
}

// tellQuietly says that a choice came to nothing, once an hour.
func (s *step) tellQuietly(a Action, replyID, text string) {
	if !s.c.LateAt.IsZero() && s.Now.Sub(s.c.LateAt) < quiet || !s.answers(a.Standby) {
		return
	}

	s.c.LateAt = s.Now
	s.tellNotDone(a, replyID, text)
}

func (s *step) tellNotDone(a Action, replyID, text string) {
	s.tell(Answer{ID: replyID + "." + string(AnswerNotDone), Kind: AnswerNotDone, ReplyID: replyID, ActionID: a.ID, MessageID: a.MessageID, Text: text})
}

// standardNow reports whether the account's standard text can be sent at once.
func (s *step) standardNow(standby bool) bool {
	recent := !s.c.StandardAt.IsZero() && s.Now.Sub(s.c.StandardAt) < quiet
	open := s.Standard.Hours == nil || !s.Standard.Hours.Next(s.Now).After(s.Now)

	return s.Standard.Enabled && strings.TrimSpace(s.Standard.Text) != "" && !recent && open && s.answers(standby)
}

// tellStandard answers with the account's standard text, once an hour, in its working hours, and while the service window is open.
func (s *step) tellStandard(replyID string, about About, standby bool, offered []Code) {
	recent := !s.c.StandardAt.IsZero() && s.Now.Sub(s.c.StandardAt) < quiet
	if !s.Standard.Enabled || strings.TrimSpace(s.Standard.Text) == "" || recent || !s.answers(standby) {
		return
	}

	at := s.Now
	if s.Standard.Hours != nil {
		at = s.Standard.Hours.Next(s.Now)
	}
	if at.IsZero() || !at.Before(s.c.WindowUntil) {
		return
	}

	s.c.StandardAt = at
	s.tell(Answer{
		ID:        replyID + "." + string(AnswerStandard),
		Kind:      AnswerStandard,
		ReplyID:   replyID,
		MessageID: about.MessageID,
		Text:      s.Standard.Text,
		Buttons:   offer(offered),
		NotBefore: at,
	})
}
