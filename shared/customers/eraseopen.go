package customers

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// openMessages counts the messages that [Customers.endMessages] would end, once none is on its way to the provider.
func (c *Customers) openMessages(ctx context.Context, p store.Person) (int, error) {
	all, err := c.store.MessagesOfPerson(ctx, p)
	open := 0

	for _, m := range all {
		if isUnsettled(m) {
			open++
		}
	}

	return open, err
}

// isUnsettled reports whether a message may still be worked on.
func isUnsettled(m message.Message) bool {
	if m.Recorded() || m.Phase == message.GivenUp {
		return !m.Due.IsZero()
	}

	return m.Phase == message.Claimed || m.Phase == message.InDoubt || m.Phase == message.Waiting || m.Phase == message.Held
}
