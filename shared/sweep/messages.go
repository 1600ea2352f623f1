package sweep

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// sweepMessages handles the messages that are due. beat is when the last heartbeat was sent that receive has dealt with.
func (s *Sweeper) sweepMessages(ctx context.Context, counts *Counts, beat time.Time) error {
	now := s.clock.Now()
	list := func(last *message.Message) ([]message.Message, error) {
		if last == nil {
			return s.store.DueMessages(ctx, now, pageSize)
		}

		return s.store.DueMessagesAfter(ctx, now, *last, pageSize)
	}

	_, err := sweepPages(s.clock, list, func(m message.Message) error {
		return s.sweepMessage(ctx, counts, m, beat)
	})

	return err
}

func (s *Sweeper) sweepMessage(ctx context.Context, counts *Counts, m message.Message, beat time.Time) error {
	switch {
	case m.Recorded():
		return s.clearDue(ctx, m) // a callback recorded it after a refusal had made it wait
	case m.Phase == message.Claimed:
		counts.Doubted++
		return s.outcomes.Doubt(ctx, m, s.cfg.Limits.Grace)
	case m.Phase == message.InDoubt:
		return s.settleDoubt(ctx, counts, m, beat)
	case m.Phase == message.Held:
		return s.sweepHeld(ctx, counts, m)
	case m.Phase == message.Waiting && len(m.EventData) > 0:
		counts.Republished++
		return s.republish(ctx, m)
	default:
		return s.clearDue(ctx, m)
	}
}

func (s *Sweeper) clearDue(ctx context.Context, m message.Message) error {
	m.Due = time.Time{}

	return s.store.Change(ctx, store.Change{Message: m})
}

// republish publishes a message's event again on order-events; dispatch decides on it afresh.
func (s *Sweeper) republish(ctx context.Context, m message.Message) error {
	attrs := maps.Clone(m.EventAttrs)
	if attrs == nil {
		attrs = map[string]string{}
	}

	attrs[order.AttributeRetry] = m.ID

	_, err := s.orderEvents.Publish(ctx, queue.Message{Data: m.EventData, Attributes: attrs})

	return err
}

// sweepHeld publishes a held message's event again once its app and template are healthy, and postpones it otherwise. A
// message that was never claimed is bound to no app: it goes through the sender that the brand has chosen since.
func (s *Sweeper) sweepHeld(ctx context.Context, counts *Counts, m message.Message) error {
	a, err := s.accounts.Get(ctx, m.AccountID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}

	appID := m.AppID
	if m.Attempt == 0 {
		appID = a.Sender
	}

	app, installed := a.App(appID)
	healthy := app.Health.Healthy() && a.Events[m.Event].Health.Healthy()
	if !installed || healthy || s.expired(a, m) { // dispatch drops it with its reason
		counts.Republished++
		return s.republish(ctx, m)
	}

	counts.Postponed++
	m.Due = s.clock.Now().Add(message.Backoff(m.Tries))
	if message.Backoff(m.Tries) < message.Backoff(m.Tries+1) {
		m.Tries = min(m.Tries+1, s.cfg.Limits.MaxTries-1) // a held message ends by its age, not by the number of looks
	}

	return s.store.Change(ctx, store.Change{Message: m})
}

func (s *Sweeper) expired(a account.Account, m message.Message) bool {
	limit := a.Age(m.Event)

	return limit > 0 && m.OccurredAt > 0 && s.clock.Now().Sub(time.Unix(m.OccurredAt, 0)) > limit
}
