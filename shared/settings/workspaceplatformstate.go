package settings

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// PlatformAppDetail is an app of the platform's own, with what is known of it beside its settings.
type PlatformAppDetail struct {
	account.PlatformApp
	// Reports says that the provider reports what becomes of messages.
	Reports bool
	// Standing is how it does over all accounts that send through it; what holds it at one account alone is that account's.
	Standing account.Standing
	// Witness is when the last report of a message was of; zero if none has ever come.
	Witness time.Time
}

// PlatformAppDetails lists the platform's own apps with how they do. The caller must be of the platform.
func (w *Workspace) PlatformAppDetails(ctx context.Context, c access.Caller) ([]PlatformAppDetail, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return nil, err
	}

	all, err := w.store.PlatformApps(ctx)
	if err != nil {
		return nil, err
	}

	details := make([]PlatformAppDetail, len(all))

	for i, p := range all {
		times, err := w.store.AppTimes(ctx, p.App.ID)
		if err != nil {
			return nil, err
		}

		d := PlatformAppDetail{PlatformApp: p, Witness: times.Witness}
		if known, ok := w.providers.Get(p.App.Provider); ok {
			d.Reports = known.Capabilities().Callbacks
		}

		d.Standing = p.App.Standing(signsOf(d.Reports, times), w.clock.Now())
		details[i] = d
	}

	return details, nil
}
