package dispatch

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// abandon ends a message that sweep gave back whose account, or all of whose apps, are gone since: nobody is left to decide
// on it, and it would be given back for ever. An event that comes for the first time has no message to end.
func (d *Dispatcher) abandon(ctx context.Context, in Delivery, out Outcome) (Outcome, error) {
	id := in.Attributes[AttributeRetry]
	if !isMessageID(id) {
		return out, nil
	}
	m, err := d.Store.Message(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	waits := m.Phase == message.Waiting || m.Phase == message.Held
	if m.Event != out.Event || m.Recorded() || !waits || m.Due.IsZero() || m.Due.After(d.Clock.Now()) {
		return out, nil
	}
	m.Phase, m.Reason, m.Due = message.Dropped, message.NoSender, time.Time{}
	err = d.Store.RecordAs(ctx, message.Progress{MessageID: m.ID, Attempt: m.Attempt, Final: true}, store.Change{Message: m})
	if store.IsConflict(err) {
		return out, nil // somebody decided on it; if not, sweep gives it back
	}
	if err != nil {
		return out, err
	}
	out.Result, out.Reason, out.MessageID, out.AccountID = ResultDropped, string(m.Reason), m.ID, m.AccountID
	out.AppID, out.Attempt = m.AppID, m.Attempt
	return out, d.publishDropped(ctx, m)
}

// isMessageID tells whether a text can be the id of a message, which is a hash in hex: attributes may hold anything.
func isMessageID(s string) bool {
	const length = 32
	return len(s) == length && !strings.ContainsFunc(s, func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') })
}
