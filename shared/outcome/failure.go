package outcome

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// phaseAfter is the phase that a failure leads to. It is Claimed where nobody knows whether the message was taken.
func phaseAfter(f message.Failure) message.Phase {
	switch f.Class {
	case message.ClassTransient, message.ClassThrottled:
		return message.Waiting
	case message.ClassAccount, message.ClassTemplatePaused:
		return message.Held
	case message.ClassUnknown:
		return message.Claimed
	default:
		return message.Failed
	}
}

// conclude writes p, the phase that f leads to, and what f says of the shopper, in one conditional write. Then it notes
// the health of app or template; if that write fails, the next failure makes it again.
func (r *Recorder) conclude(ctx context.Context, m message.Message, p message.Progress, f message.Failure) error {
	now := r.clock.Now()

	m.Phase = phaseAfter(f)
	m.Ticket = "" // an event that was published before this failure must not end the wait

	switch m.Phase {
	case message.Waiting:
		m.Due = now.Add(max(message.Backoff(m.Tries), f.RetryAfter))
	case message.Held:
		m.Due = now.Add(message.Backoff(m.Tries))
	default:
		m.Due = time.Time{}
		p.Final = true
	}

	change := store.Change{Message: m}
	at := time.UnixMilli(p.At)
	if err := r.addLedgerEntry(ctx, &change, f, at); err != nil {
		return err
	}
	if err := r.store.RecordAs(ctx, p, change); err != nil {
		return err
	}

	return r.NoteHealth(ctx, m, f, at)
}

// NoteHealth marks what an error says of the app or the template.
func (r *Recorder) NoteHealth(ctx context.Context, m message.Message, f message.Failure, at time.Time) error {
	ref := settings.Ref{AccountID: m.AccountID, AppID: m.AppID, TemplateID: m.TemplateID}

	switch f.Class {
	case message.ClassTemplate:
		// The template may have been edited since it was read: the next message is filled from a fresh copy.
		_, err := r.apps.RefreshTemplate(ctx, ref)
		return err
	case message.ClassTemplatePaused, message.ClassAccount:
		return r.apps.NoteFailure(ctx, ref, f, at)
	default:
		return nil
	}
}

// NoteUnlisted logs a provider's code that is in none of our tables, so that an engineer finds out what it means.
func (r *Recorder) NoteUnlisted(ctx context.Context, providerName, appID string, f message.Failure) {
	if f.Cause != message.CauseUnlisted {
		return
	}

	r.logger.ErrorContext(ctx, "provider named a code that no table has",
		"provider", logging.Word(providerName), "app_id", logging.Word(appID), "code", logging.Word(f.Code))
}

// marketingStopped is WhatsApp's code for a shopper who stopped marketing messages only; order updates still pass
// (contracts/gupshup.md section 7.2).
const marketingStopped = "131050"

// addLedgerEntry adds to a change of phase what the error says of the shopper, as the newest entry of their ledger.
func (r *Recorder) addLedgerEntry(ctx context.Context, c *store.Change, f message.Failure, at time.Time) error {
	m := c.Message
	entry, ok := ledgerEntry(f, m.ID, at)
	if !ok || m.CustomerID == "" {
		return nil
	}

	customer, found, err := r.customer(ctx, m.CustomerID)
	if !found {
		return err
	}

	if entry.Action == consent.Unreachable && customer.LastReplyAt.After(entry.OccurredAt) {
		return nil // the shopper has written since
	}

	entry.RecordedAt = r.clock.Now()
	recorded, next, changed := consent.Record(customer.Consent, entry)
	if changed {
		c.Customer = &customer
		c.Next = next
		c.Entries = recorded
	}

	return nil
}

// ledgerEntry returns the ledger entry that an error amounts to; ok is false for errors that say nothing of the shopper.
func ledgerEntry(f message.Failure, messageID string, at time.Time) (entry consent.Entry, ok bool) {
	entry = consent.Entry{
		Source:     consent.ProviderError,
		SourceRef:  "message:" + messageID,
		Actor:      "provider",
		RequestID:  messageID + "." + f.Code,
		OccurredAt: consent.StopsAt(at),
	}

	switch {
	case f.Class == message.ClassOptedOut && f.Code == marketingStopped:
		entry.Action, entry.Purpose = consent.Withdraw, consent.Marketing
	case f.Class == message.ClassOptedOut:
		entry.Action, entry.Purpose = consent.Withdraw, consent.Everything
	case f.Class == message.ClassRecipient && f.Cause == message.CauseNotOnWhatsApp:
		entry.Action, entry.Purpose = consent.Unreachable, consent.Everything
	default:
		return consent.Entry{}, false
	}

	return entry, true
}
