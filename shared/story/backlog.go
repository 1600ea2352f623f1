package story

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Pending are the messages of an account that are in one state and not done with.
type Pending struct {
	Status message.Status
	Count  int64
	// Age is how long ago the oldest of them was made; 0 if there are none. AtLeast says that an older one is possible, since not all of them
	// were looked at.
	Age     time.Duration
	AtLeast bool
	// Words say what the state means, and what can be done.
	Words checks.Words
}

// pending are the states of messages that are not done with, with the phase that stands for each.
var pending = []struct {
	status message.Status
	phase  message.Phase
}{
	{message.StatusWaiting, message.Waiting},
	{message.StatusHeld, message.Held},
	{message.StatusInDoubt, message.InDoubt},
	{message.StatusGivenUp, message.GivenUp},
}

// Pending counts an account's messages that wait, are held, are in doubt, or were given up and can still be reopened, in this order. Of each
// there is an entry, also if there are none.
func (t *Teller) Pending(ctx context.Context, c access.Caller, accountID string) ([]Pending, error) {
	if err := c.May(access.Read, accountID); err != nil {
		return nil, err
	}
	if _, err := t.accounts.Known(ctx, "story.Pending", accountID); err != nil {
		return nil, err
	}

	all := make([]Pending, 0, len(pending))

	for _, of := range pending {
		b, err := t.store.Backlog(ctx, accountID, of.phase)
		if err != nil {
			return nil, err
		}

		one := Pending{Status: of.status, Count: b.Count, AtLeast: b.More, Words: checks.Status(of.status)}
		if !b.Oldest.IsZero() {
			one.Age = max(t.clock.Now().Sub(b.Oldest), 0)
		}

		all = append(all, one)
	}

	return all, nil
}
