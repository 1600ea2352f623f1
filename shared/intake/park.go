package intake

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receiveUnknown takes a status whose message is not known by its id. A young one is delivered again, since the send may
// be about to be recorded. An older one is parked if a message of that shopper is unsettled; otherwise it is foreign.
func (i *Intake) receiveUnknown(ctx context.Context, c Callback, s provider.StatusEvent, report outcome.Report) (outcome.Report, error) {
	now := i.clock.Now()
	if now.Sub(c.receivedAt()) < i.cfg.Parking.After {
		return report, fault.New(fault.NotFound, "intake.receiveUnknown", "the message is not known yet")
	}

	if c.Event.Standby {
		report.Result = outcome.Foreign // most are of what the other sender said, and must not be taken for ours
		return report, nil
	}

	open, err := i.openMessage(ctx, c, s.Recipient)
	if err != nil {
		return report, err
	}

	// A worker may have recorded the id since it was looked up.
	_, err = i.store.MessageByProviderIDs(ctx, c.AppID, s.IDs)
	switch {
	case err == nil:
		return report, fault.New(fault.Conflict, "intake.receiveUnknown", "the message has become known")
	case !errors.Is(err, store.ErrNotFound):
		return report, err
	}

	if open.ID == "" || len(s.IDs) == 0 {
		report.Result = outcome.Foreign
		return report, nil
	}

	report.Result = outcome.Parked
	report.MessageID = open.ID
	report.AccountID = open.AccountID

	return report, i.store.Park(ctx, store.Unknown{
		Progress:   progressOf(c, s),
		CustomerID: open.CustomerID,
		Witness:    c.witnessed(),
		Due:        now,
		ExpireAt:   now.Add(i.cfg.Retention.Parked),
	})
}

// receivedAt returns when webhook took the callback.
func (c Callback) receivedAt() time.Time {
	if c.Event.ReceivedAt == 0 {
		return c.PublishedAt
	}

	return time.UnixMilli(c.Event.ReceivedAt)
}

// openMessage finds an unsettled message of that app to that shopper, at the platform's app one of any account behind it. Its ID is
// empty if there is none.
func (i *Intake) openMessage(ctx context.Context, c Callback, recipient string) (message.Message, error) {
	key, err := i.phoneKey(ctx, recipient)
	if err != nil || key == "" {
		return message.Message{}, err
	}

	customers, err := i.outcomes.CustomersOf(ctx, c.lineOf(), key)
	if err != nil {
		return message.Message{}, err
	}

	for _, customer := range customers {
		for _, id := range customer.Unsettled() {
			m, err := i.store.Message(ctx, id)
			switch {
			case errors.Is(err, store.ErrNotFound):
				continue
			case err != nil:
				return message.Message{}, err
			case m.AppID == c.AppID && m.Unsettled():
				return m, nil
			}
		}
	}

	return message.Message{}, nil
}
