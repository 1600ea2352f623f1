package pubsub

import (
	"context"
	"slices"
	"strings"
	"time"
)

// idle reports that there is nothing to do now: no publish is under way, no push is waiting or running, and no retry is
// due. Retries that are not yet due do not count, nor does what waits in pull subscriptions; [Server.Backlog] tells.
func (s *Server) idle() bool {
	for {
		before := s.version.Load()
		idle := s.idleNow()
		// A push seen running later may have published to a subscription seen idle before.
		if !idle || s.version.Load() == before {
			return idle
		}
	}
}

func (s *Server) idleNow() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()

	now := s.clock.Now()
	for _, u := range s.subs {
		if u.busy(now) {
			return false
		}
	}

	return true
}

func (u *subscription) busy(now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.count[held]+u.count[out] > 0 {
		return true
	}

	dueNow := len(u.later) > 0 && !u.later[0].due.After(now)

	return dueNow || u.cfg.push != nil && u.count[ready] > 0
}

// WaitIdle returns once the server is idle, or with the context's error.
func (s *Server) WaitIdle(ctx context.Context) error {
	s.waiters.Add(1)
	defer s.waiters.Add(-1)

	for {
		s.changeMu.Lock()
		change := s.change
		s.changeMu.Unlock()
		if s.idle() {
			return nil
		}

		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// changed wakes the callers of WaitIdle.
func (s *Server) changed() {
	if s.waiters.Load() == 0 {
		return
	}

	s.changeMu.Lock()
	defer s.changeMu.Unlock()

	close(s.change)
	s.change = make(chan struct{})
}

// Backlog is what one subscription still has to deliver.
type Backlog struct {
	// Subscription is the full name.
	Subscription string
	// Ready waits for a push or a pull, Running is being pushed or buried, Leased is pulled and not acknowledged,
	// Delayed waits for its back-off.
	Ready, Running, Leased, Delayed int
	// NextDue is when the first back-off or lease ends; zero without any.
	NextDue time.Time
	// Attempts is the highest number of deliveries that any message here has had.
	Attempts int32
}

// Backlog lists the subscriptions that have something undelivered, by name.
func (s *Server) Backlog() []Backlog {
	s.mu.RLock()
	defer s.mu.RUnlock()

	var all []Backlog
	for _, u := range s.subs {
		u.mu.Lock()
		if len(u.items) > 0 {
			b := Backlog{
				Subscription: u.name,
				Ready:        u.count[ready] + u.count[held],
				Running:      u.count[out],
				Leased:       u.count[leased],
				Delayed:      u.count[later],
			}
			if len(u.later) > 0 {
				b.NextDue = u.later[0].due
			}

			for _, it := range u.items {
				b.Attempts = max(b.Attempts, it.attempt)
			}

			all = append(all, b)
		}
		u.mu.Unlock()
	}

	slices.SortFunc(all, func(a, b Backlog) int { return strings.Compare(a.Subscription, b.Subscription) })

	return all
}
