package conversation_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
)

// TestSaidOnStandby reads what is said while another sender holds the conversation, and answers nothing, however late it is dealt with.
func TestSaidOnStandby(t *testing.T) {
	t.Parallel()

	said := func(text string, standby bool, at time.Time) conversation.Said {
		return conversation.Said{ID: text, Kind: conversation.SaidText, Text: text, Standby: standby, At: at}
	}

	for name, tc := range map[string]struct {
		said    []conversation.Said
		state   conversation.State
		answers int
	}{
		"an_answer":           {[]conversation.Said{said("5 Dec", true, noon)}, conversation.Submitting, 0},
		"no_answer":           {[]conversation.Said{said("soon", true, noon)}, conversation.Asked, 0},
		"no_answer_in_public": {[]conversation.Said{said("soon", false, noon)}, conversation.Asked, 1},
		"given_back":          {[]conversation.Said{said("soon", true, noon), said("later", false, noon.Add(time.Second))}, conversation.Asked, 1},
		"taken_over":          {[]conversation.Said{said("later", false, noon), said("soon", true, noon.Add(time.Second))}, conversation.Asked, 0},
		"told_out_of_order":   {[]conversation.Said{said("soon", true, noon.Add(time.Second)), said("later", false, noon)}, conversation.Asked, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c := asked(t, conversation.Defer)
			c = c.Delivered(conversation.Delivery{Done: []string{c.Outbox[0].ID}}, noon)

			for _, s := range tc.said {
				c.Hear(s)
			}

			c = c.Step(facts(noon.Add(time.Minute)))
			if a, _ := c.Action("a"); a.State != tc.state || len(c.Outbox) != tc.answers {
				t.Errorf("got %s and %+v, want %s and %d answers", a.State, c.Outbox, tc.state, tc.answers)
			}
		})
	}
}

// TestStandbyEndsWhatWaits lets nothing out that was to be sent before another sender took the conversation over.
func TestStandbyEndsWhatWaits(t *testing.T) {
	t.Parallel()

	c := asked(t, conversation.Cancel)
	c.Hear(conversation.Said{ID: "s", Kind: conversation.SaidOther, Standby: true, At: noon})

	now := noon.Add(time.Second)

	c = c.Step(facts(now))
	if len(c.Outbox) != 1 || c.Outbox[0].Until.After(now) {
		t.Errorf("got %+v, want the question to be over", c.Outbox)
	}
}
