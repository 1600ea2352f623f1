package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// unknownID deals with a status of a message that is not known by its id: younger ones are delivered again, since the send
// may be about to be recorded; older ones are parked if a message of that shopper is open, else they are somebody else's.
func (d *Dispatcher) unknownID(ctx context.Context, c Callback, s provider.StatusEvent, p message.Progress, out Outcome) (Outcome, error) {
	now := d.Clock.Now()
	received := time.UnixMilli(c.Event.ReceivedAt)
	if c.Event.ReceivedAt == 0 {
		received = c.PublishedAt
	}
	if now.Sub(received) < d.cfg.ParkAfter {
		return out, fault.New(fault.NotFound, "dispatch.unknownID", "the message is not known yet")
	}
	open, err := d.openMessage(ctx, c, s.Recipient)
	if err != nil {
		return out, err
	}
	// A worker may have recorded the id since it was looked up.
	if _, err := d.Store.MessageByProviderIDs(ctx, c.AppID, s.IDs); !errors.Is(err, store.ErrNotFound) {
		if err != nil {
			return out, err
		}
		return out, fault.New(fault.Conflict, "dispatch.unknownID", "the message has become known")
	}
	if open.ID == "" || len(s.IDs) == 0 {
		out.Result = ResultForeign
		return out, nil
	}
	out.Result, out.MessageID, out.AccountID = ResultParked, open.ID, open.AccountID
	return out, d.Store.Park(ctx, open.CustomerID, p, now, now.Add(d.cfg.Retention.Parked))
}

// openMessage is the open message of that app to that shopper; one without an id if there is none.
func (d *Dispatcher) openMessage(ctx context.Context, c Callback, recipient string) (message.Message, error) {
	customers, err := d.customersOf(ctx, c, recipient, "")
	if err != nil {
		return message.Message{}, err
	}
	for _, customer := range customers {
		if customer.InFlight == "" {
			continue
		}
		m, err := d.Store.Message(ctx, customer.InFlight)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return message.Message{}, err
		}
		if m.AppID == c.AppID && m.Unsettled() {
			return m, nil
		}
	}
	return message.Message{}, nil
}
