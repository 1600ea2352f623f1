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

	ref, err := i.reference(ctx, c, s)
	if err != nil {
		return c.report(""), err
	}

	done := i.recent.turn(ctx, turnKey(c, s, ref))
	defer done()

	return i.receiveStatusOf(ctx, c, s, ref)
}

// receiveStatusOf applies a status until it is not disturbed by another writer. ref is our reference as the provider echoed it, or empty.
func (i *Intake) receiveStatusOf(ctx context.Context, c Callback, s provider.StatusEvent, ref message.Ref) (outcome.Report, error) {
	report := c.report("")
	report.Failure = s.Failure

	for range maxConflicts {
		m, p, err := i.reported(ctx, c, s, ref)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return i.receiveUnknown(ctx, c, s, report)
		case err != nil:
			return report, err
		}

		err = i.apply(ctx, m, p)
		if store.IsConflict(err) {
			continue
		}

		report.Result = outcome.Applied
		report.MessageID = m.ID
		report.Event = m.Event
		report.Attempt = p.Attempt
		if err == nil && s.Status != "" {
			err = i.outcomes.NoteReported(ctx, m, p.Attempt, c.witnessed())
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

// reported returns the message of a status, and what the status tells of it: the message as this instance has written it last, if it is written and
// nothing else is done; else as it is now. It returns store.ErrNotFound if there is none.
func (i *Intake) reported(ctx context.Context, c Callback, s provider.StatusEvent, ref message.Ref) (message.Message, message.Progress, error) {
	if m, ok := i.recent.get(c.AppID, ref.MessageID, s.IDs); ok {
		p, err := i.progress(ctx, c, s, m, ref)
		if err != nil || outcome.WritesOnly(m, p) {
			return m, p, err
		}
	}

	m, err := i.messageOf(ctx, c, s, ref)
	if err != nil {
		return message.Message{}, message.Progress{}, err
	}

	p, err := i.progress(ctx, c, s, m, ref)

	return m, p, err
}

// apply applies what a status tells, and remembers the message as it is then.
func (i *Intake) apply(ctx context.Context, m message.Message, p message.Progress) error {
	after, err := i.outcomes.Apply(ctx, m, p)
	if err != nil {
		i.recent.forget(m.ID)
		return err
	}

	i.recent.put(after)

	return nil
}

// turnKey returns what statuses of one message mostly have in common before it is known: the id that our reference names, or the first of the app's.
func turnKey(c Callback, s provider.StatusEvent, ref message.Ref) string {
	if ref.MessageID != "" || len(s.IDs) == 0 {
		return ref.MessageID
	}

	return c.AppID + ":" + s.IDs[0]
}

// progress returns what a status tells of an attempt of the message that it is about.
func (i *Intake) progress(ctx context.Context, c Callback, s provider.StatusEvent, m message.Message, ref message.Ref) (message.Progress, error) {
	p := progressOf(c, s)
	p.MessageID = m.ID

	if p.Attempt = ref.Attempt; ref.MessageID == "" {
		p.Attempt = m.AttemptOf(s.IDs)
	}

	var err error
	p.RecipientKey, err = i.otherSpelling(ctx, m, s.Recipient)

	return p, err
}

// reference returns our reference as the provider echoes it; empty if the status has none of ours.
func (i *Intake) reference(ctx context.Context, c Callback, s provider.StatusEvent) (message.Ref, error) {
	if s.Ref == "" {
		return message.Ref{}, nil
	}

	keys, err := i.keys.Get(ctx)
	if err != nil {
		return message.Ref{}, err
	}

	ref, err := keys.Reference.Open(c.AppID, s.Ref)
	if err != nil {
		return message.Ref{}, nil //nolint:nilerr // it is somebody else's
	}

	return ref, nil
}

// messageOf reads the message of a status: by our reference where the provider echoes it, else by any of the provider's ids. It returns
// store.ErrNotFound if there is none.
func (i *Intake) messageOf(ctx context.Context, c Callback, s provider.StatusEvent, ref message.Ref) (message.Message, error) {
	if ref.MessageID != "" {
		return i.store.Message(ctx, ref.MessageID)
	}

	return i.store.MessageByProviderIDs(ctx, c.AppID, s.IDs)
}
