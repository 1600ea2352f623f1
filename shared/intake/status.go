package intake

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// longestWait is the longest that a delivery report can make a message wait.
const longestWait = 24 * time.Hour

// receiveStatus applies a delivery report or a price to its message.
func (i *Intake) receiveStatus(ctx context.Context, c Callback) (outcome.Report, error) {
	if c.Event.Status == nil {
		return outcome.Report{Result: outcome.Ignored, AppID: c.AppID}, nil
	}

	s := *c.Event.Status
	s.RetryAfter = min(s.RetryAfter, longestWait)
	i.outcomes.NoteUnlisted(ctx, c.Provider, c.AppID, s.Failure)

	report := c.report("")
	report.Failure = s.Failure

	for range maxConflicts {
		m, attempt, err := i.messageOf(ctx, c, s)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return i.receiveUnknown(ctx, c, s, report)
		case err != nil:
			return report, err
		}

		p := progressOf(c, s)
		p.MessageID = m.ID
		p.Attempt = attempt
		if p.RecipientKey, err = i.otherSpelling(ctx, m, s.Recipient); err != nil {
			return report, err
		}

		err = i.outcomes.Apply(ctx, m, p)
		if store.IsConflict(err) {
			continue
		}

		report.Result = outcome.Applied
		report.MessageID = m.ID
		report.Event = m.Event
		report.Attempt = attempt
		if err == nil && s.Status != "" {
			err = i.outcomes.NoteReported(ctx, m, attempt, c.witnessed())
		}

		return report, err
	}

	return report, fault.New(fault.Conflict, "intake.receiveStatus", "the message keeps changing")
}

// otherSpelling returns the key of the number by which a status calls the recipient, if that is another spelling of the number that the
// message was sent to; else it is empty, and nothing is read. What cannot be the same number is not believed to be the same shopper.
func (i *Intake) otherSpelling(ctx context.Context, m message.Message, recipient string) (string, error) {
	number, ok := phone.Respelling(m.Phone, recipient)
	if !ok {
		return "", nil
	}

	keys, err := i.keys.Get(ctx)
	if err != nil {
		return "", err
	}

	return keys.Phone.Key(number), nil
}

// witnessed returns the provider's time of the event, and never a later one than when it came: a provider's clock may be
// ahead of ours.
func (c Callback) witnessed() time.Time {
	if came := c.receivedAt(); came.Before(c.happenedAt()) {
		return came
	}

	return c.happenedAt()
}

// progressOf returns what a status tells of its attempt, without naming the message.
func progressOf(c Callback, s provider.StatusEvent) message.Progress {
	p := message.Progress{
		Status:      s.Status,
		At:          c.Event.At,
		AppID:       c.AppID,
		IDs:         s.IDs,
		UserID:      s.UserID,
		Failure:     s.Failure,
		Pricing:     s.Pricing,
		PricingKind: string(s.Status),
	}
	if s.Status == "" {
		p.PricingKind = string(c.Event.Kind)
	}

	return p
}

// messageOf finds the message and attempt of a status: by our reference where the provider echoes it, else by any of the
// provider's ids. It returns store.ErrNotFound if there is none.
func (i *Intake) messageOf(ctx context.Context, c Callback, s provider.StatusEvent) (message.Message, int, error) {
	if s.Ref != "" {
		keys, err := i.keys.Get(ctx)
		if err != nil {
			return message.Message{}, 0, err
		}

		if ref, err := keys.Reference.Open(c.AppID, s.Ref); err == nil {
			m, err := i.store.Message(ctx, ref.MessageID)
			return m, ref.Attempt, err
		}
	}

	m, err := i.store.MessageByProviderIDs(ctx, c.AppID, s.IDs)
	if err != nil {
		return message.Message{}, 0, err
	}

	return m, m.AttemptOf(s.IDs), nil
}
