package usage

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
)

// freeService tells what is left of the free service messages of the account's apps, with one count an app.
func (b *Book) freeService(ctx context.Context, a account.Account) ([]Free, error) {
	now := b.Clock.Now().In(billing.Zone)
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, billing.Zone)

	var all []Free

	for _, id := range a.AppIDs() {
		sent, err := b.Store.CountService(ctx, id, month)
		if err != nil {
			return nil, err
		}

		all = append(all, Free{AppID: id, Month: month.Format("2006-01"), Messages: sent, Left: max(freeService-sent, 0)})
	}

	return all, nil
}

// withoutMessage counts what was charged in the days of a report, through the brand's own apps, for messages that are none of ours. Apps that
// were taken out since count too, so that what is past is told in the same words whenever it is asked for.
func (b *Book) withoutMessage(ctx context.Context, a account.Account, r Report) (int64, error) {
	return b.Store.CountForeignCharges(ctx, a.ID, r.From.Begin(a.Zone()), r.To.Begin(a.Zone()))
}
