package settings

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// RotateWebhook gives the webhook of an app of the brand's own another address, which is shown once, and has the provider told of it where
// that can be told over its API. The account must be as seen. The former addresses go on for a day, so that one can be replaced by hand.
// After an error they go on for good, and so does the new one. While the webhook is being changed by another request it is Unavailable with a
// [BusyError].
//
// The provider is told before the account is saved, so that no mark has to say whether it was: the address is taken from before it is told,
// whatever becomes of the save. A process that ends in between leaves the provider with an address that is taken, and who asks again gets
// another one.
func (w *Workspace) RotateWebhook(ctx context.Context, c access.Caller, accountID, appID string, seen Seen) (Installed, error) {
	const op = "settings.RotateWebhook"

	if err := c.May(access.Write, accountID); err != nil {
		return Installed{}, err
	}

	held, err := w.holdWebhook(ctx, accountID, appID)
	if err != nil {
		return Installed{}, err
	}
	defer w.letGo(ctx, held)

	a, err := w.own(ctx, op, accountID, appID)
	if err != nil {
		return Installed{}, err
	}
	if err = seen.check(a); err != nil {
		return Installed{}, err
	}

	conn, err := w.connect(ctx, op, a, appID)
	if err != nil {
		return Installed{}, err
	}

	p, ok := conn.Provider.(connectable)
	if !ok || !p.Capabilities().Callbacks {
		return Installed{}, fault.New(fault.Conflict, op, "the provider reports nothing, so that the app has no webhook")
	}

	token, old, err := w.addWebhook(ctx, accountID, &conn)
	if err != nil {
		return Installed{}, err
	}

	hook, steps, err := w.subscribe(ctx, p, conn.App, token)
	if err != nil {
		return Installed{}, err
	}

	now := w.clock.Now()
	changed, err := w.changeApp(ctx, c, appChange{
		accountID: accountID,
		appID:     appID,
		seen:      seen,
		action:    "app.webhook-token",
		change:    func(app *account.App) { app.WebhookAt = now },
	})
	if err != nil {
		return Installed{}, err
	}

	for _, d := range w.endingWebhooks(accountID, appID, old) {
		hook.OldUntil = d.At
		_ = w.store.PutDisposal(ctx, d) // else the next rotation ends them
	}

	return Installed{AppDetail: changed, Webhook: hook, Steps: steps}, nil
}
