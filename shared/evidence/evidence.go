// Package evidence is the use case that gathers, for one failed attempt of a delivery, what shows whether there was one: the message about it and
// when it was delivered and read, what the shopper answered and when, the order, and the consent that the message was sent by.
//
//	story (attempt, answers, actions) ─┐
//	usage (receipt, consent)          ─┴─▶ Sheet ─▶ JSON, a page to print, a signed file
//
// A sheet has no telephone number but a masked one, no name of a shopper, of what the shopper wrote only the labels of buttons, and of a provider's
// ids only their hashes.
package evidence

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// Sheet is what is known of one failed attempt.
type Sheet struct {
	story.FailedAttempt

	Receipt usage.Receipt
	// MadeAt is when the sheet was made. A later one may have more.
	MadeAt time.Time
}

// Gatherer makes sheets. It is safe for concurrent use.
type Gatherer struct {
	Teller *story.Teller
	Book   *usage.Book
	Clock  clock.Clock
}

// OfMessage makes the sheet of the failed attempt that a message of the account is about; NotFound if there is no such message, or it is about none.
func (g *Gatherer) OfMessage(ctx context.Context, c access.Caller, accountID, messageID string) (Sheet, error) {
	one, err := g.Teller.FailedAttemptOf(ctx, c, accountID, messageID)
	if err != nil {
		return Sheet{}, err
	}

	return g.sheet(ctx, c, one)
}

// OfOrder makes the sheets of all failed attempts of an order, the oldest first. The order is given by the platform's id or by its number for the
// shopper.
func (g *Gatherer) OfOrder(ctx context.Context, c access.Caller, accountID, orderID string) ([]Sheet, error) {
	attempts, err := g.Teller.FailedAttempts(ctx, c, accountID, orderID)
	if err != nil {
		return nil, err
	}

	sheets := make([]Sheet, 0, len(attempts))

	for _, one := range attempts {
		s, err := g.sheet(ctx, c, one)
		if err != nil {
			return nil, err
		}

		sheets = append(sheets, s)
	}

	return sheets, nil
}

func (g *Gatherer) sheet(ctx context.Context, c access.Caller, one story.FailedAttempt) (Sheet, error) {
	receipt, err := g.Book.Receipt(ctx, c, one.AccountID, one.MessageID)
	if err != nil {
		return Sheet{}, err
	}

	for _, a := range receipt.Attempts {
		for i, id := range a.ProviderIDs {
			a.ProviderIDs[i] = message.HashedID(id) // a sheet is for strangers; whoever has the id can compare it
		}
	}

	return Sheet{one, receipt, g.Clock.Now()}, nil
}

// reachedAt returns when an attempt of the message had a status first, by the provider's clock; the zero time if none is known to have had it.
func (s Sheet) reachedAt(status message.Status) time.Time {
	var first time.Time

	for _, a := range s.Receipt.Attempts {
		for _, r := range a.Times {
			if r.Status == status && (first.IsZero() || r.At.Before(first)) {
				first = r.At
			}
		}
	}

	return first
}

// Sent returns when the provider had sent the message; the zero time if that is not known.
func (s Sheet) Sent() time.Time { return s.reachedAt(message.StatusSent) }

// Delivered returns when the message was on the phone; the zero time if that is not known.
func (s Sheet) Delivered() time.Time { return s.reachedAt(message.StatusDelivered) }

// Read returns when the shopper had opened it; the zero time if that is not known.
func (s Sheet) Read() time.Time { return s.reachedAt(message.StatusRead) }

// Lacks says in sentences what the sheet has not, and why. What its receipt has not, the receipt says itself: see [usage.Receipt].
func (s Sheet) Lacks() []string {
	lacks := []string{}

	if !s.ErasedAt.IsZero() {
		lacks = append(lacks, "The shopper was erased since: what they wrote is gone, and a choice that waited for an answer ended with that.")
	}
	if s.ReadAt.IsZero() {
		lacks = append(lacks, "No copy of the order is kept, so that the courier's reason is not known here.")
	} else if s.Nth < s.Of {
		lacks = append(lacks, "The courier's reason is as the order had it after a later attempt.")
	}
	if s.Read().IsZero() && !s.Delivered().IsZero() {
		lacks = append(lacks, "No read receipt came: the shopper may have switched them off.")
	}

	return lacks
}
