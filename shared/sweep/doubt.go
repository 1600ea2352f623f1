package sweep

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// doubtEvery is how long a doubt waits for a heartbeat before it is looked at again.
const doubtEvery = 10 * time.Second

// settleDoubt ends a doubt for which no evidence came within the grace. The message is sent once more if its app would have
// told us of it, and is left in doubt otherwise.
func (s *Sweeper) settleDoubt(ctx context.Context, counts *Counts, m message.Message, beat time.Time) error {
	expected, err := s.evidenceExpected(ctx, m)
	if err != nil {
		return err
	}

	switch {
	case !expected || m.Resent || len(m.EventData) == 0:
		counts.GivenUp++
		return s.clearDue(ctx, m)
	case beat.Before(m.LeaseUntil.Add(s.cfg.Limits.Grace)):
		// Callbacks of the grace may still be on their way to receive.
		counts.Postponed++
		m.Due = s.clock.Now().Add(doubtEvery)
		return s.store.Change(ctx, store.Change{Message: m})
	}

	counts.Resent++
	m.Phase = message.Waiting
	m.Resent = true
	m.Due = s.clock.Now()
	if err := s.store.Change(ctx, store.Change{Message: m}); err != nil {
		return err
	}

	return s.republish(ctx, m)
}

// evidenceExpected reports whether the app would have told us, had the provider taken the message.
func (s *Sweeper) evidenceExpected(ctx context.Context, m message.Message) (bool, error) {
	p, ok := s.providers.Get(m.Provider)
	if !ok || !p.Capabilities().Callbacks {
		return false, nil
	}

	last, err := s.store.LastCallbackTime(ctx, m.AppID)
	if err != nil {
		return false, err
	}

	return !last.IsZero() && s.clock.Now().Sub(last) <= s.cfg.EvidenceWindow, nil
}
