package outcome

import (
	"context"
	"errors"
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

// conclude writes p, the phase that m is in after its failure, and what the failure says of the shopper, in one conditional write.
// Then it notes the health of app or template; if that write fails, the next failure makes it again.
func (r *Recorder) conclude(ctx context.Context, m message.Message, p message.Progress) error {
	now := r.clock.Now()
	f := p.Failure

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

	at := time.UnixMilli(p.At)

	effects, err := r.saidOfShopper(ctx, m, f, at)
	if err != nil {
		return err
	}
	if err := r.store.RecordAs(ctx, p, store.Change{Message: m, Effects: effects}); err != nil {
		return err
	}

	return r.NoteHealth(ctx, m, f, at)
}

// NoteHealth marks what an error says of the app or the template.
func (r *Recorder) NoteHealth(ctx context.Context, m message.Message, f message.Failure, at time.Time) error {
	ref := settings.Ref{AccountID: m.AccountID, AppID: m.AppID, TemplateID: m.TemplateID}

	if f.Cause == message.CauseOtherCategory {
		// Our copy is out of date. The next attempt goes by a fresh one, and sweep asks what else has changed.
		_, err := r.apps.RefreshTemplate(ctx, ref)
		return errors.Join(err, r.apps.RequestTemplateChecks(ctx, ref, []string{ref.TemplateID}, at))
	}

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
// (shared/provider/gupshup/CONTRACT.md section 7.2).
const marketingStopped = "131050"

// saidOfShopper returns what the error says of the message's shopper, as the newest entry of their ledger.
func (r *Recorder) saidOfShopper(ctx context.Context, m message.Message, f message.Failure, at time.Time) ([]store.Consequence, error) {
	entry, ok := ledgerEntry(f, m.ID, at)
	if !ok || m.CustomerID == "" {
		return nil, nil
	}
	if m.Session != nil && entry.Action == consent.Unreachable {
		return nil, nil // who was answered had just written
	}

	customer, found, err := r.customer(ctx, m.CustomerID)
	if !found {
		return nil, err
	}

	said := []consent.Entry{entry}
	if entry.Action == consent.Unreachable && !customer.LastReplyAt.Before(entry.OccurredAt) {
		if !hasFailed(m) {
			return nil, nil // the shopper has written since
		}

		said = append(said, writtenSince(customer)) // what was told of the message before had a later time
	}

	effect := store.ConsequenceFor(customer)
	effect.RecordAll(said, r.clock.Now())

	return []store.Consequence{effect}, nil
}

// writtenSince returns the ledger entry of the shopper's last message, which is in no ledger where it ended nothing when it came.
func writtenSince(c store.Customer) consent.Entry {
	return consent.Entry{
		Action:     consent.Reachable,
		Source:     consent.Inbound,
		Purpose:    consent.OrderUpdates,
		Actor:      "customer",
		OccurredAt: c.LastReplyAt,
	}
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
		entry.OccurredAt = at // of the same second a sign of life wins
	default:
		return consent.Entry{}, false
	}

	return entry, true
}
