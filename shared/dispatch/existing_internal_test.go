package dispatch

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// The first standing that fits counts, in the order of the table.
func TestStandingOf(t *testing.T) {
	t.Parallel()

	const nonce, ticket = "mine", "current"
	taken := map[string]message.Attempt{"1": {Rank: message.RankAccepted, IDs: []string{"a"}}}
	failed := map[string]message.Attempt{"1": {Rank: message.RankFailed}}
	tests := []struct {
		name string
		m    message.Message
		want standing
	}{
		{"a_provider_has_it", message.Message{Attempt: 1, Attempts: taken, Phase: message.Waiting, Due: noon}, done},
		{"failed", message.Message{Phase: message.Failed}, done},
		{"dropped_by_ourselves", message.Message{Phase: message.Dropped, Nonce: nonce}, dropped},
		{"dropped_after_an_attempt", message.Message{Phase: message.Dropped, Attempt: 1}, dropped},
		{"dropped_without_an_attempt_and_republished", message.Message{Phase: message.Dropped}, dropped},
		{"failed_and_waiting_for_another_attempt", message.Message{Attempt: 1, Attempts: failed, Phase: message.Waiting, Due: noon}, takeable},
		{"own_claim", message.Message{Phase: message.Claimed, Nonce: nonce, LeaseUntil: noon.Add(time.Minute)}, ourClaim},
		{"own_decision", message.Message{Phase: message.Waiting, Nonce: nonce, Due: noon}, ourDecision},
		{"refused_and_republished", message.Message{Phase: message.Refused}, notDue},
		{"another's_living_lease", message.Message{Phase: message.Claimed, LeaseUntil: noon.Add(1)}, leased},
		{"another's_dead_lease", message.Message{Phase: message.Claimed, LeaseUntil: noon}, leaseOver},
		{"in_doubt", message.Message{Phase: message.InDoubt, Due: noon.Add(-time.Hour)}, notDue},
		{"waiting_and_due", message.Message{Phase: message.Waiting, Due: noon}, takeable},
		{"waiting_not_due", message.Message{Phase: message.Waiting, Due: noon.Add(1)}, notDue},
		{"held_and_due", message.Message{Phase: message.Held, Due: noon}, takeable},
		{"never_due_again", message.Message{Phase: message.Waiting}, notDue},
		{"waiting_with_the_event's_ticket", message.Message{Phase: message.Waiting, Due: noon.Add(1), Ticket: ticket}, takeable},
		{"held_with_the_event's_ticket", message.Message{Phase: message.Held, Due: noon.Add(1), Ticket: ticket}, takeable},
		{"waiting_with_a_newer_ticket", message.Message{Phase: message.Waiting, Due: noon.Add(1), Ticket: "newer"}, notDue},
		{"in_doubt_with_a_ticket", message.Message{Phase: message.InDoubt, Due: noon.Add(1), Ticket: ticket}, notDue},
		{"given_up", message.Message{Phase: message.GivenUp, Due: noon.Add(-time.Hour)}, notDue},
	}
	for _, m := range []message.Message{{Phase: message.Refused}, {Phase: message.Dropped}} {
		if got := standingOf(m, nonce, "", noon); got != passedOver {
			t.Errorf("%s by another: got %d, want %d", m.Phase, got, passedOver)
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := standingOf(tt.m, nonce, ticket, noon); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
