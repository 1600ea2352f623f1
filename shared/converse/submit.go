package converse

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
)

// submit asks the platform for an action that carries this worker's mark, on an order as the platform has just told it.
func (c *Conversations) submit(ctx context.Context, of conversation.Conversation, a conversation.Action, o *orders.Order) conversation.Result {
	result := conversation.Result{ActionID: a.ID, Nonce: a.Nonce}

	// A caller who hangs up must leave no action in doubt.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.Calls.Timeout)
	defer cancel()

	err := c.Platform.Resolve(ctx, resolutionOf(a, o))
	result.Verdict, result.RetryAfter = verdictOf(err)

	if err != nil {
		c.Logger.WarnContext(ctx, "the order platform did not take a shopper's choice",
			"account_id", logging.Number(of.AccountID),
			"order_id", logging.Number(a.OrderID),
			"message_id", a.MessageID,
			"verdict", string(result.Verdict),
			"error", err)
	}

	return result
}

// resolutionOf returns what the platform is asked for.
func resolutionOf(a conversation.Action, o *orders.Order) platform.Resolution {
	return platform.Resolution{
		OrderNumber: o.Number,
		Code:        string(a.Code),
		TrackingID:  cmp.Or(o.Failure(a.TrackingID, a.Subject).TrackingID, a.TrackingID),
		Phone:       o.Customer.Phone,
		Day:         a.Date,
		Shipping:    platform.ShippingDetails{Landmark: a.Details.Landmark, Notes: a.Details.Notes},
		Remarks:     cmp.Or(a.Details.Landmark, a.Details.Notes),
	}
}

// verdictOf returns what an answer of the platform says of an action, and how long the platform wants to be left alone.
func verdictOf(err error) (v conversation.Verdict, wait time.Duration) {
	if refused, ok := errors.AsType[*platform.StatusError](err); ok {
		wait = refused.RetryAfter
	}

	switch {
	case err == nil:
		return conversation.Taken, 0
	case fault.Is(err, fault.Invalid):
		return conversation.Declined, 0
	case fault.Is(err, fault.Conflict):
		return conversation.Contradicted, wait
	case fault.Is(err, fault.Unavailable), fault.Is(err, fault.Loop):
		return conversation.NotTaken, wait
	default:
		return conversation.Unknown, wait
	}
}
