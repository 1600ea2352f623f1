package usage

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
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

// withoutMessage counts what was charged in the days of a report, through the brand's own apps, for messages that are none of ours. Through
// the platform's apps they may be anybody's.
func (b *Book) withoutMessage(ctx context.Context, a account.Account, r Report) (int64, error) {
	var all int64

	for id, app := range a.Apps {
		if app.Ownership == message.Platform {
			continue
		}

		n, err := b.Store.CountForeignCharges(ctx, id, r.From.Begin(a.Zone()), r.To.Begin(a.Zone()))
		if err != nil {
			return 0, err
		}

		all += n
	}

	return all, nil
}
