package intake

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receiveCall opens the service window of a shopper who calls. A call changes nothing else: it says nothing, and is no opt-in.
func (i *Intake) receiveCall(ctx context.Context, c Callback) (outcome.Report, error) {
	if c.Event.Call == nil {
		return c.report(outcome.Ignored), nil
	}

	// A user id beside the number would be learned, with what was said under it. That is for what says something.
	caller := sender{digits: c.Event.Call.From}
	if caller.digits == "" {
		caller.userID = c.Event.Call.UserID
	}

	for range maxConflicts {
		who, err := i.partyOf(ctx, c, caller)
		if err != nil {
			return c.report(""), err
		}
		if len(who.own) == 0 {
			return c.report(outcome.Ignored), nil
		}

		switch err := i.openWindows(ctx, c, who.own); {
		case store.IsConflict(err):
			continue
		case err != nil:
			return c.report(""), err
		}

		return c.report(outcome.Applied), nil
	}

	return c.report(""), fault.New(fault.Conflict, "intake.receiveCall", "the customer keeps changing")
}

func (i *Intake) openWindows(ctx context.Context, c Callback, customers []store.Customer) error {
	for _, customer := range customers {
		if err := i.store.OpenWindow(ctx, customer, c.happenedAt()); err != nil {
			return err
		}
	}

	return nil
}
