package dispatch

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// dropOrphan drops the message of a republished event whose account, or every app of it, has been removed. Without it
// sweep would republish the message forever. An event that comes for the first time has no message to drop; it is reported
// with the given result.
func (d *Dispatcher) dropOrphan(ctx context.Context, in Delivery, report outcome.Report, otherwise outcome.Result) (outcome.Report, error) {
	report.Result = otherwise

	id := in.Attributes[order.AttributeRetry]
	if !isMessageID(id) {
		return report, nil
	}

	m, err := d.store.Message(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return report, nil
	}
	if err != nil {
		return report, err
	}

	waits := m.Phase == message.Waiting || m.Phase == message.Held
	due := !m.Due.IsZero() && !m.Due.After(d.clock.Now())
	if m.Event != report.Event || m.Recorded() || !waits || !due {
		return report, nil
	}

	dropped, err := d.outcomes.Drop(ctx, m, message.NoSender)
	if store.IsConflict(err) {
		return report, nil // another worker decided on it; if not, sweep republishes it
	}
	if err != nil && dropped.Result == "" {
		return report, err
	}

	return dropped, err
}
