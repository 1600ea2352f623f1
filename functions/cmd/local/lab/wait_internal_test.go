package lab

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestWhatAMessageWaitsFor has a message in every state: who waits says for what, why and until when, and who does not says nothing.
func TestWhatAMessageWaitsFor(t *testing.T) {
	t.Parallel()
	lease := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	due, retry := lease.Add(time.Minute), lease.Add(time.Hour)
	const event = "shipment/failed_delivery"
	healthy := account.App{ID: "own", Provider: "gupshup"}
	sick := func(cause message.Cause) account.App {
		return account.App{ID: "own", Provider: "gupshup", Health: account.Health{Reason: cause, RetryAt: retry}}
	}
	one := func(phase message.Phase, change ...func(*message.Message)) message.Message {
		m := message.Message{Phase: phase, Event: event, AppID: "own", Provider: "gupshup", Attempt: 1, LeaseUntil: lease, Due: due}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	attempt := func(a message.Attempt) func(*message.Message) {
		return func(m *message.Message) { m.Attempts = map[string]message.Attempt{"1": a} }
	}
	grounds := func(g message.Grounds) func(*message.Message) {
		return func(m *message.Message) { m.Attempt, m.Grounds = 0, g }
	}
	ticket := func(m *message.Message) { m.Ticket = "t" }

	for name, c := range map[string]struct {
		m       message.Message
		app     account.App
		health  account.Health
		silent  bool
		what    string
		because string
		until   time.Time
	}{
		"claimed":  {m: one(message.Claimed), what: "the answer of Gupshup, or a report of the delivery", because: "a worker has the message until then", until: lease},
		"in_doubt": {m: one(message.InDoubt), what: "a report of the delivery by Gupshup", because: "sweep has it sent once more only if none has come by then and gupshup's reports do arrive", until: due},
		"in_doubt_without_reports": {
			m: one(message.InDoubt, func(m *message.Message) { m.Provider = "businessonbot" }), silent: true,
			what: "a report of the delivery by BusinessOnBot", because: "businessonbot reports nothing, so it is given up then", until: due,
		},
		"refused_for_the_moment": {
			m:    one(message.Waiting, attempt(message.Attempt{Failure: message.Failure{Class: message.ClassTransient}})),
			what: "its next try", because: "provider", until: due,
		},
		"throttled": {
			m:    one(message.Waiting, attempt(message.Attempt{Failure: message.Failure{Class: message.ClassThrottled}})),
			what: "the next try, as soon as the provider allows it", until: due,
		},
		"quiet_hours": {
			m: one(message.Waiting, func(m *message.Message) {
				m.Attempt, m.Reason, m.Grounds = 0, message.QuietHours, message.Grounds{QuietUntil: due.Unix(), Zone: "Asia/Kolkata"}
			}),
			what: "the end of the quiet hours", because: "quiet hours", until: due,
		},
		"behind_another": {
			m:    one(message.Waiting, grounds(message.Grounds{InFlight: true})),
			what: "the other message to the same shopper", until: due,
		},
		"without_a_place": {
			m:    one(message.Waiting, grounds(message.Grounds{Turn: true})),
			what: "a free place at the app", until: due,
		},
		"without_an_answer": {
			m:    one(message.Waiting, grounds(message.Grounds{Vain: true})),
			what: "an answer of the provider", until: due,
		},
		"without_the_text": {
			m:    one(message.Waiting, grounds(message.Grounds{Unread: true})),
			what: "the template's text from the provider", until: due,
		},
		"without_the_order": {
			m:    one(message.Waiting, grounds(message.Grounds{Lacking: true})),
			what: "the order from the order platform", until: due,
		},
		"over_the_rate": {
			m:    one(message.Waiting, grounds(message.Grounds{NoToken: true})),
			what: "room in the app's rate", until: due,
		},
		"asked_for_by_a_person": {
			m:    one(message.Waiting, func(m *message.Message) { m.Resent, m.Silence = true, message.SilenceIgnored }, attempt(message.Attempt{})),
			what: "its new attempt, which a person asked for", until: due,
		},
		"republished": {
			m:    one(message.Waiting, ticket, attempt(message.Attempt{Failure: message.Failure{Class: message.ClassTransient}})),
			what: "a worker for its event, which sweep has published again", until: due,
		},
		"sent_once_more": {
			m:    one(message.Waiting, func(m *message.Message) { m.Resent, m.Silence = true, message.SilenceWitnessed }, attempt(message.Attempt{})),
			what: "its new attempt", until: due,
		},
		"held_by_the_app": {m: one(message.Held), app: sick(message.CauseBalance), what: "its app at Gupshup", until: due},
		"app_not_answering": {
			m: one(message.Held), app: sick(message.CauseNotAnswering),
			what: "an answer of Gupshup, for which one message tries at a time", until: retry,
		},
		"held_before_a_claim": {
			m:    one(message.Held, func(m *message.Message) { m.Attempt, m.AppID, m.Provider = 0, "", "" }),
			app:  sick(message.CauseBalance),
			what: "its app at Gupshup", until: due,
		},
		"held_by_the_template": {
			m: one(message.Held), health: account.Health{Reason: account.TemplateHeld},
			what: "its template at Gupshup", because: "template", until: due,
		},
		"given_up":           {m: one(message.GivenUp), what: "a late report of the delivery, or a person who has it sent once more", until: due},
		"given_up_for_good":  {m: one(message.GivenUp, func(m *message.Message) { m.Due = time.Time{} })},
		"refused":            {m: one(message.Refused)},
		"failed":             {m: one(message.Failed)},
		"dropped":            {m: one(message.Dropped)},
		"recorded_in_claim":  {m: one(message.Claimed, attempt(message.Attempt{Rank: message.RankAccepted}))},
		"reported_in_doubt":  {m: one(message.InDoubt, attempt(message.Attempt{Rank: message.RankDelivered}))},
		"arrived_on_waiting": {m: one(message.Waiting, attempt(message.Attempt{Rank: message.RankRead}))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.app.ID == "" {
				c.app = healthy
			}
			a := account.Account{Sender: "own", Apps: map[string]account.App{"own": c.app}, Events: map[string]account.Event{event: {Health: c.health}}}
			got, waits := waitOf(c.m, a, !c.silent)
			if waits != (c.what != "") {
				t.Fatalf("got %+v, waits %v", got, waits)
			}
			if !waits {
				return
			}
			if got.What != c.what || !got.Until.Equal(c.until) || got.About == "" {
				t.Errorf("got %q about %q until %v, want %q until %v", got.What, got.About, got.Until, c.what, c.until)
			}
			if got.Why == "" || strings.HasSuffix(got.Why, ".") || !strings.Contains(strings.ToLower(got.Why), c.because) {
				t.Errorf("got %q, want %q in it", got.Why, c.because)
			}
		})
	}
}

// TestWhatAChoiceWaitsFor has an order's choice in every state, and one of another order.
func TestWhatAChoiceWaitsFor(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	until := due.Add(time.Hour)
	for state, want := range map[conversation.State]time.Time{
		conversation.Chosen: due, conversation.Ready: due, conversation.Asked: until, conversation.Submitting: until,
		conversation.Accepted: {}, conversation.Refused: {}, conversation.Stuck: {}, conversation.NotOffered: {},
		conversation.Overtaken: {}, conversation.Late: {}, conversation.Replaced: {}, conversation.Unanswered: {},
		conversation.Kept: {}, conversation.Forwarded: {},
	} {
		c := conversation.Conversation{Due: due, Actions: []conversation.Action{
			{OrderID: "1", Code: "ACTF001", State: state, Until: until},
			{OrderID: "2", Code: "ACTF001", State: conversation.Ready, Until: until},
		}}
		var got []time.Time
		for _, w := range waitsOfConversation(c, "1") {
			if w.What == "" || w.Why == "" {
				t.Errorf("%s: got %+v, want words", state, w)
			}
			got = append(got, w.Until)
		}
		var wanted []time.Time
		if !want.IsZero() {
			wanted = []time.Time{want}
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", state, diff)
		}
	}

	owed := conversation.Conversation{Due: due, Outbox: []conversation.Answer{{}}}
	if got := waitsOfConversation(owed, "1"); len(got) != 1 || !got[0].Until.Equal(due) {
		t.Errorf("got %+v of an answer that is owed, want it", got)
	}
}

func TestMaskNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"destination=919000000001&src.name=NeemAlerts":  "destination=********0001&src.name=NeemAlerts",
		`{"to":"+91 9000000004","at":1796037076462}`:    `{"to":"+91 ******0004","at":1796037076462}`,
		"/v23.0/100000000000001/messages":               "/v23.0/100000000000001/messages",
		"/api/esb/v2/order/51230077":                    "/api/esb/v2/order/51230077",
		`{"template":{"id":"0b6f2c1e-1111-4222-8333"}}`: `{"template":{"id":"0b6f2c1e-1111-4222-8333"}}`,
	} {
		if got := maskNumbers(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestBackoffSaysWhatIsSo names the longest wait of a subscription, and none of one that has none.
func TestBackoffSaysWhatIsSo(t *testing.T) {
	t.Parallel()
	if got := backoff(10 * time.Second); !strings.Contains(got, "every 10s") {
		t.Errorf("got %q, want the ten seconds in it", got)
	}
	if got := backoff(0); strings.Contains(got, "0s") {
		t.Errorf("got %q of a subscription without a longest wait", got)
	}
}
