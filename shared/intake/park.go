package intake

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
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

	open, err := i.openMessage(ctx, c, s)
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
		return report, i.noteForeignCharge(ctx, c, s)
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

// keepsCharges is how long charges for messages that are none of ours are kept, which say nothing of a shopper: longer than anybody asks for a
// month's usage.
const keepsCharges = 2 * 366 * 24 * time.Hour

// noteForeignCharge keeps what a provider charges for a message that is none of ours, once the message has arrived. Those through the platform's
// apps may be anybody's, and are not kept.
func (i *Intake) noteForeignCharge(ctx context.Context, c Callback, s provider.StatusEvent) error {
	arrived := c.Event.Kind == provider.KindBilling || message.RankOf(s.Status) >= message.RankDelivered
	if c.AccountID == "" || !arrived || !s.Pricing.Billable || len(s.IDs) == 0 {
		return nil
	}

	return i.store.NoteForeignCharge(ctx, store.ForeignCharge{
		AccountID: c.AccountID,
		AppID:     c.AppID,
		IDs:       s.IDs,
		Price:     s.Pricing,
		At:        c.happenedAt(),
		ExpireAt:  i.clock.Now().Add(keepsCharges),
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
func (i *Intake) openMessage(ctx context.Context, c Callback, s provider.StatusEvent) (message.Message, error) {
	customers, err := i.recipients(ctx, c, s)
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

// recipients returns the customers that a status of an unknown message may be about: those of its number, in both spellings where it
// can have two since nothing may have linked them yet, and those of its user id.
func (i *Intake) recipients(ctx context.Context, c Callback, s provider.StatusEvent) ([]store.Customer, error) {
	var all []store.Customer

	if number, err := phone.FromE164("+" + s.Recipient); err == nil {
		keys, err := i.keys.Get(ctx)
		if err != nil {
			return nil, err
		}

		for _, key := range keys.Phone.Keys(number) {
			customers, err := i.outcomes.CustomersOf(ctx, c.lineOf(), key)
			if err != nil {
				return nil, err
			}

			all = append(all, customers...)
		}
	}

	if s.UserID == "" {
		return all, nil
	}

	known, err := i.customersKnownAs(ctx, c.AccountID, s.UserID)

	return append(all, known...), err
}
