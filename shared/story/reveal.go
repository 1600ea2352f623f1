package story

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// The length of a reason for seeing a number, in characters.
const (
	shortestReason = 10
	longestReason  = 300
)

// Reveal returns the telephone number of a message, in E.164, to a caller who may see numbers and has typed why. It is noted who was shown
// whose number and why, before it is returned: a number that cannot be noted is not shown.
func (t *Teller) Reveal(ctx context.Context, c access.Caller, accountID, messageID, reason string) (string, error) {
	const op = "story.Reveal"

	if err := c.May(access.Reveal, accountID); err != nil {
		return "", err
	}

	reason = strings.Join(strings.Fields(reason), " ")
	if err := checkReason(reason); err != nil {
		return "", err
	}
	if _, err := t.accounts.Known(ctx, op, accountID); err != nil {
		return "", err
	}

	m, err := t.message(ctx, op, accountID, messageID)
	if err != nil {
		return "", err
	}

	n, err := phone.FromE164(m.Phone)
	if err != nil {
		return "", fault.New(fault.NotFound, op, "the message has no telephone number")
	}

	err = t.store.AddReveal(ctx, store.Reveal{
		AccountID:  accountID,
		MessageID:  m.ID,
		OrderID:    m.OrderID,
		CustomerID: m.CustomerID,
		By:         store.Author{Subject: c.Subject, Name: c.Name},
		Role:       string(c.Role),
		Reason:     reason,
		At:         t.clock.Now(),
	})
	if err != nil {
		return "", err
	}

	return n.E164(), nil
}

// RevealOf is Reveal for a message of an order, which is given by the platform's id or by its number for the shopper. Another order's message is as
// if it were not there: its number would be taken for this order's.
func (t *Teller) RevealOf(ctx context.Context, c access.Caller, accountID, orderID, messageID, reason string) (string, error) {
	const op = "story.RevealOf"

	if err := c.May(access.Reveal, accountID); err != nil {
		return "", err
	}

	k, err := t.find(ctx, op, accountID, orderID)
	if err != nil {
		return "", err
	}

	if !slices.ContainsFunc(k.messages, func(m message.Message) bool { return m.ID == messageID }) {
		return "", fault.New(fault.NotFound, op, "the order has no such message")
	}

	return t.Reveal(ctx, c, accountID, messageID, reason)
}

// checkReason returns an error unless a reason says something, and holds no number itself: it is kept for good, and shown with the order.
func checkReason(reason string) error {
	length := utf8.RuneCountInString(reason)
	if length < shortestReason || length > longestReason {
		return fault.Field("reason", "must say in 10 to 300 characters why you need the number")
	}

	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	joined := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(reason)

	if slices.ContainsFunc(strings.FieldsFunc(joined, notDigit), phone.Resembles) {
		return fault.Field("reason", "must not hold a telephone number")
	}

	return nil
}
