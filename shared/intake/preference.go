package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receivePreference applies a choice that a shopper made in WhatsApp itself or at the provider. An opt-in at the provider
// is no opt-in with the brand, so it is ignored.
func (i *Intake) receivePreference(ctx context.Context, c Callback) (outcome.Report, error) {
	p := c.Event.Preference
	if p == nil || !p.Stop && !p.Marketing {
		return c.report(outcome.Ignored), nil
	}

	entry := i.preferenceEntry(c, *p)
	for range maxConflicts {
		err := i.applyPreference(ctx, c, *p, entry)
		if errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) {
			continue
		}

		return c.report(outcome.Applied), err
	}

	return c.report(outcome.Ignored), fault.New(fault.Conflict, "intake.receivePreference", "the customer keeps changing")
}

func (i *Intake) preferenceEntry(c Callback, p provider.PreferenceEvent) consent.Entry {
	entry := consent.Entry{
		Action:     consent.Grant,
		Source:     consent.UserPreferences,
		Purpose:    consent.Everything,
		SourceRef:  "app:" + c.AppID,
		Actor:      "customer",
		OccurredAt: c.happenedAt(),
		RecordedAt: i.clock.Now(),
	}
	if p.Marketing {
		entry.Purpose = consent.Marketing
	}
	if p.Stop {
		entry.Action = consent.Withdraw
		entry.OccurredAt = consent.StopsAt(c.happenedAt())
	}

	return entry
}

// applyPreference writes the entry into the ledger of each customer that it changes. It returns store.ErrExists or
// store.ErrConflict if another writer was faster.
func (i *Intake) applyPreference(ctx context.Context, c Callback, p provider.PreferenceEvent, entry consent.Entry) error {
	by := sender{digits: p.From, userID: p.UserID, stops: p.Stop}
	if p.Stop && !p.Marketing {
		by.keyword = true
		by.stop = &entry
	}

	concerned, err := i.partyOf(ctx, c, by)
	if err != nil {
		return err
	}

	changes := i.consequencesOf(concerned, nil)
	for n, change := range changes {
		counts, err := i.preferenceCounts(ctx, c, p, change.Customer)
		if err != nil {
			return err
		}
		if counts {
			changes[n].Record(entry)
		}
	}

	return i.store.AddConsents(ctx, changes, concerned.users...)
}

// preferenceCounts reports whether a choice may change anything of a customer: a stop unless it is recorded already,
// another choice only as far as it takes a stop back.
func (i *Intake) preferenceCounts(ctx context.Context, c Callback, p provider.PreferenceEvent, customer store.Customer) (bool, error) {
	if !p.Stop {
		return i.agreedBefore(ctx, customer)
	}

	s := customer.Consent

	return !c.stoppedBy(s.Offers) || !p.Marketing && !c.stoppedBy(s.Updates), nil
}

// stoppedBy reports whether mark m already records this stop. Providers truncate times to seconds, so a repeat may differ
// from m.At by up to one second; without this check the ledger would record the stop twice.
func (c Callback) stoppedBy(m consent.Mark) bool {
	return m.Action == consent.Withdraw && !m.At.Before(c.happenedAt()) && !m.At.After(consent.StopsAt(c.happenedAt()))
}

// agreedBefore reports whether the shopper had agreed to the brand's offers before stopping them in WhatsApp. Resuming
// them there only takes that stop back: it is no opt-in with a brand that never had one, and does not undo a STOP to the
// brand.
func (i *Intake) agreedBefore(ctx context.Context, c store.Customer) (bool, error) {
	if c.Consent.Offers.Action != consent.Withdraw {
		return c.Consent.Marketing, nil
	}

	ledger, err := i.store.Ledger(ctx, c.ID)
	if err != nil {
		return false, err
	}

	without := slices.DeleteFunc(ledger, func(e consent.Entry) bool {
		byWhatsApp := e.Source == consent.UserPreferences || e.Source == consent.ProviderError
		return e.Action == consent.Withdraw && e.Purpose == consent.Marketing && byWhatsApp
	})

	return consent.Fold(without).Marketing, nil
}
