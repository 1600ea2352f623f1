package conversation_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
)

var noon = time.Date(2026, time.November, 29, 12, 0, 0, 0, time.UTC)

// facts are those of an order in failed delivery that offers everything, of a shopper who can be answered.
func facts(now time.Time) conversation.Facts {
	return conversation.Facts{
		Now:     now,
		Answers: true,
		Nonce:   "w1",
		Orders: map[conversation.Shipment]conversation.Order{{OrderID: "1"}: {
			Failed:  true,
			Attempt: 7,
			Offered: []conversation.Code{conversation.Reattempt, conversation.Defer, conversation.Cancel, conversation.Dispute},
		}},
	}
}

// asked is a conversation in which the shopper has tapped a button, and the question about it is to be sent.
func asked(t *testing.T, code conversation.Code) conversation.Conversation {
	t.Helper()

	c := conversation.Conversation{Phone: "+919000000001"}
	c.Choose(conversation.Action{ID: "a", Code: code, OrderID: "1", At: noon, HeardAt: noon})

	c = c.Step(facts(noon))
	if a, _ := c.Action("a"); a.State != conversation.Asked || len(c.Outbox) != 1 {
		t.Fatalf("got %s and %+v, want a question", a.State, c.Outbox)
	}

	return c
}

// TestQuestionThatNeverArrives goes on as if nobody could be asked.
func TestQuestionThatNeverArrives(t *testing.T) {
	t.Parallel()

	for code, want := range map[conversation.Code]conversation.State{
		conversation.Reattempt: conversation.Ready,
		conversation.Dispute:   conversation.Ready,
		conversation.Defer:     conversation.Forwarded,
		conversation.Cancel:    conversation.Forwarded,
	} {
		c := asked(t, code)
		id := c.Outbox[0].ID

		c = c.Delivered(conversation.Delivery{Done: []string{id}, Unsent: []string{id}}, noon)

		a, _ := c.Action("a")
		if a.State != want || len(c.Outbox) != 0 || !c.IsDue(noon) {
			t.Errorf("%s: got %s, %+v, due %v, want %s, and to go on", code, a.State, c.Outbox, c.Due, want)
		}
		if want == conversation.Forwarded && (a.Why != conversation.WhyCannotAsk || len(c.Notices) != 1 || !c.Notices[0].Forward) {
			t.Errorf("%s: got %s, %+v, want it to be told to a person", code, a.Why, c.Notices)
		}
	}
}

// TestQuestionWithoutAnswer ends with nothing done if it was asked, and with a person if it was not.
func TestQuestionWithoutAnswer(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		sent, failed bool
		want         conversation.State
	}{
		"sent":              {true, false, conversation.Unanswered},
		"reported_failed":   {true, true, conversation.Forwarded},
		"still_to_be_sent":  {false, false, conversation.Forwarded},
		"neither_nor_known": {false, true, conversation.Forwarded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c := asked(t, conversation.Cancel)
			if tc.sent {
				c = c.Delivered(conversation.Delivery{Done: []string{c.Outbox[0].ID}}, noon)
			}

			later := noon.Add(3 * time.Hour)
			if got := c.Unanswered(later); len(got) != 1 {
				t.Fatalf("got %+v, want the one whose question is over", got)
			}

			f := facts(later)
			f.Unasked = map[string]bool{"a": tc.failed}

			c = c.Step(f)
			if a, _ := c.Action("a"); a.State != tc.want {
				t.Errorf("got %s, want %s", a.State, tc.want)
			}
		})
	}
}
