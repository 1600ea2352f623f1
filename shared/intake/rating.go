package intake

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// rateNumber keeps how WhatsApp rates an app's number. It is shown and nothing is decided by it, so that news which nobody can prove are kept too.
func (i *Intake) rateNumber(ctx context.Context, c Callback, e provider.AccountEvent) (outcome.Report, error) {
	at := c.happenedAt()

	return c.report(outcome.Applied), i.store.NoteRatings(ctx, c.AppID,
		store.Rating{At: at, Kind: store.Quality, Value: e.Quality},
		store.Rating{At: at, Kind: store.Limit, Value: e.Limit})
}

// rateTemplate does so for a template of which there is a copy, by the first of its ids that has one.
func (i *Intake) rateTemplate(ctx context.Context, c Callback, ids []string, quality string) (outcome.Report, error) {
	for _, id := range ids {
		_, err := i.store.Template(ctx, c.AppID, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return c.report(outcome.Ignored), err
		}

		return c.report(outcome.Applied), i.store.NoteRatings(ctx, c.AppID,
			store.Rating{At: c.happenedAt(), TemplateID: id, Kind: store.Quality, Value: quality})
	}

	return c.report(outcome.Ignored), nil
}
