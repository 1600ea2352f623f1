package sweep

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// healthEvery is how often an instance looks at how an account's apps and templates do: whole days are compared.
const healthEvery = 24 * time.Hour

// lookAtHealth keeps how WhatsApp rates the numbers of an account's apps, as their providers said when they were asked last, and warns of
// templates whose messages arrive less, or are read less. It comes after the days are closed.
func (s *Sweeper) lookAtHealth(ctx context.Context, a account.Account) error {
	if !s.rounds.due("health "+a.ID, healthEvery, s.clock.Now()) {
		return nil
	}

	var problems []error

	for id, app := range a.Apps {
		if c := app.Checked; !c.At.IsZero() && c.Quality+c.Limit != "" {
			problems = append(problems, s.store.NoteRatings(ctx, id,
				store.Rating{At: c.At, Kind: store.Quality, Value: c.Quality}, store.Rating{At: c.At, Kind: store.Limit, Value: c.Limit}))
		}
	}

	falls, err := s.book.FallsOf(ctx, a)
	for _, f := range falls {
		s.logger.WarnContext(ctx, fallLine, "account_id", logging.Word(a.ID), "app_id", logging.Word(f.AppID), "template_id", logging.Word(f.TemplateID),
			"what", string(f.What), "share", f.Share, "before", f.Before, "messages", f.Messages)
	}

	return errors.Join(append(problems, err)...)
}
