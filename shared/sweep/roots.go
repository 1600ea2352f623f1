package sweep

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

const (
	// rootsEvery is how often an instance looks whether an account has daily roots to publish, unless it
	// knows that there are more.
	rootsEvery = time.Hour
	// rootsBy is how long after its end a day has to be published.
	rootsBy = 24 * time.Hour
	// lateRootLine is a line that an alert of the deployment waits for.
	lateRootLine = "the daily root of an account's consents is late"
)

// publishRoots publishes the daily roots of an account's consents, or with [consent.PlatformAccount] of those that belong to none, and warns if
// one has not been published a day after its day was over: as long as it is not, somebody who can write to the database could change what was
// stored on that day, and nobody would find out.
func (s *Sweeper) publishRoots(ctx context.Context, accountID string) error {
	if !s.rounds.due("roots "+accountID, rootsEvery, s.clock.Now()) {
		return nil
	}

	return s.publishMoreRoots(ctx, accountID)
}

// publishMoreRoots publishes as many roots of an account as one call does, and notes if there are more, such as after a day of many entries.
func (s *Sweeper) publishMoreRoots(ctx context.Context, accountID string) error {
	behind, err := s.attestor.Publish(ctx, accountID)
	if behind > rootsBy {
		s.logger.WarnContext(ctx, lateRootLine, "account_id", logging.Word(accountID), "hours_late", int64(behind/time.Hour))
	}
	if behind > 0 && err == nil {
		s.behind.add(accountID)
	}

	return err
}

// goOnWithRoots publishes more roots of accounts of which the pass before did not publish all, without waiting for the walk to come to them
// again.
func (s *Sweeper) goOnWithRoots(ctx context.Context, accountIDs []string) error {
	var problems []error
	for _, id := range accountIDs {
		problems = append(problems, s.publishMoreRoots(ctx, id))
	}

	return errors.Join(problems...)
}

// accountSet is a set of ids of accounts. It is safe for concurrent use.
type accountSet struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (a *accountSet) add(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.ids[id] = true
}

// take empties the set, and returns what was in it.
func (a *accountSet) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()

	ids := slices.Sorted(maps.Keys(a.ids))
	clear(a.ids)

	return ids
}
