package sweep

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// sweepMessages handles the messages that are due: the longest overdue first, and app by app if they are more than a page.
func (s *Sweeper) sweepMessages(ctx context.Context, p *pass) error {
	p.again()

	now := s.clock.Now()
	handle := func(m message.Message) error { return s.sweepMessage(ctx, p, m) }

	page, err := s.store.DueMessages(ctx, now, pageSize)
	p.line(page)

	problems := []error{err, handleAll(inTurn(page), handle)}
	if len(page) == pageSize || err != nil {
		problems = append(problems, s.sweepBacklog(ctx, now, handle))
	}

	return errors.Join(problems...)
}

func (s *Sweeper) sweepMessage(ctx context.Context, p *pass, m message.Message) error {
	switch {
	case m.Recorded():
		return s.clearDue(ctx, m) // a callback recorded it after a refusal had made it wait
	case m.Phase == message.Claimed:
		p.count(func(c *Counts) { c.Doubted++ })
		return s.outcomes.Doubt(ctx, m, s.cfg.Limits.Grace)
	case m.Phase == message.InDoubt:
		return s.settleDoubt(ctx, p, m)
	case m.Phase == message.Held && len(m.EventData) > 0:
		return s.sweepHeld(ctx, p, m)
	case m.Phase == message.Waiting && len(m.EventData) > 0:
		p.count(func(c *Counts) { c.Republished++ })
		return s.republish(ctx, p, m)
	default:
		return s.forget(ctx, m)
	}
}

// clearDue has sweep leave a message alone from now on.
func (s *Sweeper) clearDue(ctx context.Context, m message.Message) error {
	m.Due = time.Time{}
	m.Reason = "" // that of a wait, which is over

	return s.store.Change(ctx, store.Change{Message: m})
}

// forget has sweep leave a message alone that nobody will send any more, and drops its event.
func (s *Sweeper) forget(ctx context.Context, m message.Message) error {
	m.Due = time.Time{}
	final := message.Progress{MessageID: m.ID, Attempt: m.Attempt, Final: true}

	return s.store.RecordAs(ctx, final, store.Change{Message: m})
}

// triesMargin is how many more times than dispatch allows an event is published again. Beyond it, dispatch fails before it can
// decide.
const triesMargin = 10

// copyPatience is how long the copy of an event that was published again is waited for before another takes its place.
const copyPatience = time.Minute

// republish publishes a message's event again on order-events, with a new ticket; dispatch decides on it afresh. The ticket is
// written first, on condition that the message is as read. An event that does not arrive is replaced once the message is due
// again.
func (s *Sweeper) republish(ctx context.Context, p *pass, m message.Message) error {
	return s.republishAs(ctx, p, m, nil)
}

// republishAs is republish with further attributes of the event.
func (s *Sweeper) republishAs(ctx context.Context, p *pass, m message.Message, further map[string]string) error {
	if m.Tries >= s.cfg.Limits.MaxTries+triesMargin {
		_, err := s.outcomes.Drop(ctx, m, message.Limit)
		return err
	}

	m.Due = s.clock.Now().Add(max(copyPatience, message.Backoff(m.Tries)))
	m.Tries++
	m.Ticket = rand.Text()[:16]

	if err := s.store.Change(ctx, store.Change{Message: m}); err != nil {
		return err
	}

	p.bring()

	attrs := map[string]string{}
	maps.Copy(attrs, m.EventAttrs)
	maps.Copy(attrs, further)
	attrs[order.AttributeRetry] = m.ID
	attrs[order.AttributeTicket] = m.Ticket

	_, err := s.orderEvents.Publish(ctx, queue.Message{Data: m.EventData, Attributes: attrs})

	return err
}

// accountOf returns the account of a message; the zero Account if it is gone.
func (s *Sweeper) accountOf(ctx context.Context, m message.Message) (account.Account, error) {
	a, err := s.accounts.Get(ctx, m.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return account.Account{}, nil
	}

	return a, err
}

// sweepHeld publishes a held message's event again once its app and template are healthy, and postpones it otherwise. A
// message that was never claimed is bound to no app: it goes through the sender that the brand has chosen since.
func (s *Sweeper) sweepHeld(ctx context.Context, p *pass, m message.Message) error {
	a, err := s.accountOf(ctx, m)
	if err != nil {
		return err
	}

	appID := m.AppID
	if m.Attempt == 0 {
		appID = a.Sender
	}

	app, installed := a.App(appID)
	healthOfTemplate := a.TemplateHealth(m.Event)
	healthy := app.Health.Healthy() && healthOfTemplate.Healthy()
	if !installed || healthy || s.expired(a, m) { // dispatch drops it with its reason
		p.count(func(c *Counts) { c.Republished++ })
		return s.republish(ctx, p, m)
	}

	if app.Health.NotAnswering() && healthOfTemplate.Healthy() {
		return s.sweepUnanswered(ctx, p, m, app)
	}

	p.count(func(c *Counts) { c.Postponed++ })

	since := app.Health.Since
	if healthOfTemplate.Since.After(since) {
		since = healthOfTemplate.Since
	}

	m.Due = s.nextHeldLook(since)

	return s.store.Change(ctx, store.Change{Message: m})
}

// sweepUnanswered lets one message through an app that does not answer, when that is due, and leaves the others until the next
// such time.
func (s *Sweeper) sweepUnanswered(ctx context.Context, p *pass, m message.Message, app account.App) error {
	now := s.clock.Now()
	if !now.Before(app.Health.RetryAt) && p.mayProbe(m) {
		may, err := s.apps.TakeProbe(ctx, settings.Ref{AccountID: m.AccountID, AppID: app.ID})
		if err != nil {
			return err
		}
		if may {
			p.count(func(c *Counts) { c.Republished++ })
			err = s.republishAs(ctx, p, m, map[string]string{order.AttributeProbe: "1"})

			// An account that installed the platform's app since, or could not be told, learns of it now.
			return errors.Join(err, s.apps.TellUsers(ctx, app))
		}
	}

	p.count(func(c *Counts) { c.Postponed++ })

	m.Due = app.Health.RetryAt
	if soon := now.Add(firstHeldLook); m.Due.Before(soon) {
		m.Due = soon
	}

	return s.store.Change(ctx, store.Change{Message: m})
}

// firstHeldLook and lastHeldLook bound how long a held message is left alone.
const (
	firstHeldLook = 5 * time.Second
	lastHeldLook  = 5 * time.Minute
)

// nextHeldLook returns when a message is looked at again that is held since a time: ever more rarely.
func (s *Sweeper) nextHeldLook(since time.Time) time.Time {
	now := s.clock.Now()

	return now.Add(min(max(now.Sub(since)/8, firstHeldLook), lastHeldLook))
}

// expired reports whether a message is older than its event's limit.
func (s *Sweeper) expired(a account.Account, m message.Message) bool {
	limit := a.Age(m.Event)

	return limit > 0 && m.OccurredAt > 0 && s.clock.Now().Sub(m.Born()) > limit
}
