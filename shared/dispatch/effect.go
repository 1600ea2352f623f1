package dispatch

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// wordOf is the ledger entry that a provider's error amounts to; false for errors that say nothing of the shopper.
func wordOf(e effect, messageID string) (consent.Entry, bool) {
	entry := consent.Entry{
		Source: consent.ProviderError, SourceRef: "message:" + messageID, Actor: "provider",
		RequestID: messageID + "." + e.Code, OccurredAt: e.at,
	}
	switch {
	case e.Class == message.ClassOptedOut && e.Code == marketingStopped:
		entry.Action, entry.Purpose = consent.Withdraw, consent.Marketing
	case e.Class == message.ClassOptedOut:
		entry.Action, entry.Purpose = consent.Withdraw, consent.Everything
	case e.Class == message.ClassRecipient && e.Cause == message.CauseNotOnWhatsApp:
		entry.Action, entry.Purpose = consent.Unreachable, consent.Everything
	default:
		return consent.Entry{}, false
	}
	return entry, true
}

// marketingStopped is WhatsApp's code for a shopper who stopped marketing messages only; order updates still pass
// (contracts/gupshup.md section 7.2).
const marketingStopped = "131050"

// consequence adds to a change of phase what the error says of the shopper, as the newest entry of their ledger.
func (d *Dispatcher) consequence(ctx context.Context, c *store.Change, m message.Message, e effect) error {
	entry, ok := wordOf(e, m.ID)
	if !ok || m.CustomerID == "" {
		return nil
	}
	customer, err := d.Store.Customer(ctx, m.CustomerID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	entry.RecordedAt = d.Clock.Now()
	recorded, next, changed := consent.Record(customer.Consent, entry)
	if changed {
		c.Customer, c.Next, c.Entry = &customer, next, recorded
	}
	return nil
}
