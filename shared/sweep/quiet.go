package sweep

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// quietChangesAtOnce is how many changes of quiet hours one sweep looks at.
	quietChangesAtOnce = 50
	// quietSettled is how long after a change of quiet hours an instance may still decide by the former ones, which it has in its cache.
	quietSettled = 2 * time.Minute
)

// sweepQuietChanges brings back what waits for the end of quiet hours that were changed since. What is not to wait any more, or for another
// time, would learn of it only when the former ones end.
func (s *Sweeper) sweepQuietChanges(ctx context.Context, p *pass) error {
	changes, err := s.store.QuietChanges(ctx, quietChangesAtOnce)
	problems := []error{err}

	began := s.clock.Now()
	for _, c := range changes {
		if s.clock.Now().Sub(began) > maxSweepTime {
			break
		}

		problems = append(problems, s.sweepQuietChange(ctx, p, c))
	}

	return errors.Join(problems...)
}

// sweepQuietChange publishes again what waits at an account by settings from before a change. It ends the note once nothing waits by them and
// no instance can have them any more.
func (s *Sweeper) sweepQuietChange(ctx context.Context, p *pass, c store.QuietChange) error {
	q := store.LogQuery{AccountID: c.AccountID, Reason: message.QuietHours}

	var waits atomic.Bool // by settings from before the change

	complete, err := sweepPages(s.clock, func(last *message.Message) ([]message.Message, error) {
		if last != nil {
			q.After = &store.LogPlace{CreatedAt: last.CreatedAt, ID: last.ID}
		}

		return s.store.SendLog(ctx, q, pageSize)
	}, func(m message.Message) error {
		if m.Phase != message.Waiting || m.Grounds.Settings >= c.Version || len(m.EventData) == 0 {
			return nil
		}

		waits.Store(true)

		if m.Ticket != "" {
			return nil // its event is on its way
		}

		p.count(func(counts *Counts) { counts.Republished++ })

		return s.republish(ctx, p, m)
	})
	if !complete || waits.Load() || !s.clock.Now().After(c.At.Add(quietSettled)) {
		return err
	}

	if err = s.store.EndQuietChange(ctx, c); store.IsConflict(err) {
		return nil // they were changed again, or another sweep was faster
	}

	return err
}
