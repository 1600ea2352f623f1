package sweep

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

const (
	// rootsEvery is how often an instance looks whether an account has daily roots to publish.
	rootsEvery = time.Hour
	// rootsBy is how long after its end a day has to be published.
	rootsBy = 24 * time.Hour
	// lateRootLine is a line that an alert of the deployment waits for.
	lateRootLine = "the daily root of an account's consents is late"
)

// publishRoots publishes the daily roots of an account's consents, and warns if one has not been published a day after its day was over: as
// long as it is not, somebody who can write to the database could change what was stored on that day, and nobody would find out.
func (s *Sweeper) publishRoots(ctx context.Context, a account.Account) error {
	if !s.rounds.due("roots "+a.ID, rootsEvery, s.clock.Now()) {
		return nil
	}

	behind, err := s.attestor.Publish(ctx, a.ID)
	if behind > rootsBy {
		s.logger.WarnContext(ctx, lateRootLine, "account_id", logging.Word(a.ID), "hours_late", int64(behind/time.Hour))
	}

	return err
}
