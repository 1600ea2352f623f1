package conversation

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// Shipment names a shipment of an order, by the platform's id of the order. TrackingID is the courier's number of it, where that is known.
type Shipment struct{ OrderID, Subject, TrackingID string }

// Order is what matters of a shipment's order as the platform has it now.
type Order struct {
	// Missing says that the platform has no such order.
	Missing bool
	// Failed says that the shipment is in failed delivery.
	Failed bool
	// Resolved says that the failed attempt has an action, whoever made it; Resolution is its code, empty if the platform does not say.
	Resolved   bool
	Resolution Code
	// Answered says that the order shows an action, which may be that of an earlier attempt.
	Answered bool
	// Offered are the actions that can be chosen.
	Offered []Code
	// Attempt is the time of the newest failed attempt, in epoch seconds; 0 if it is not known.
	Attempt int64
	// ResolvedAt is when the platform last told of an action on the shipment, in epoch seconds; 0 if it never did.
	ResolvedAt int64
}

// Facts are what a step depends on beside the conversation itself.
type Facts struct {
	// Now is the present, in the account's time zone.
	Now time.Time
	// Orders are those that [Conversation.Needs] names; one is left out of which the platform gave no answer.
	Orders map[Shipment]Order
	// Standard is how the account answers what nobody asked for.
	Standard account.UnexpectedReplies
	// Answers says that the app can send texts and buttons.
	Answers bool
	// Unasked are the actions, by their ids, of which nobody knows that their question reached the shopper.
	Unasked map[string]bool
	// Nonce is the mark of the worker, on what it submits.
	Nonce string
}

// Needs lists the shipments whose orders the next step depends on at a time.
func (c *Conversation) Needs(now time.Time) []Shipment {
	var all []Shipment

	add := func(s Shipment) {
		if s.OrderID != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}

	for _, a := range c.Actions {
		// A question may be answered by what is in the inbox, and its action be submitted at once.
		asked := a.State == Asked && (len(c.Inbox) > 0 || !now.Before(a.Until))
		waits := (a.State == Ready || a.State == Submitting) && !now.Before(a.Until)
		if a.State == Chosen || asked || waits {
			add(a.shipment())
		}
	}

	for _, s := range c.Inbox {
		if a, ok := c.Action(s.ActionID); ok {
			add(a.shipment())
		} else {
			add(s.About.shipment())
		}
	}

	return all
}

func (a Action) shipment() Shipment { return a.about().shipment() }

// IsDue reports whether there is something to be done at a time.
func (c *Conversation) IsDue(now time.Time) bool { return !c.Due.IsZero() && !now.Before(c.Due) }
