package settings

import (
	"context"
	"crypto/rand"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// RotateWebhook gives the webhook of an app of the brand's own another address, which is shown once, and has the provider told of it where
// that can be told over its API. The account must be as seen. The former addresses go on for a day, so that one can be replaced by hand.
// After an error they go on for good, and nothing reports to the new one alone.
func (w *Workspace) RotateWebhook(ctx context.Context, c access.Caller, accountID, appID string, seen Seen) (Installed, error) {
	const op = "settings.RotateWebhook"

	if err := c.May(access.Write, accountID); err != nil {
		return Installed{}, err
	}

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

	hook, steps, old, err := w.readdress(ctx, p, accountID, conn)
	if err != nil {
		return Installed{}, err
	}

	now := w.clock.Now()
	if _, err = w.changeApp(ctx, c, appChange{
		accountID: accountID,
		appID:     appID,
		seen:      seen,
		action:    "app.webhook-token",
		change:    func(app *account.App) { app.WebhookAt = now },
	}); err != nil {
		return Installed{}, err
	}

	if len(old) > 0 {
		hook.OldUntil = now.Add(replaced)

		// Should this fail, the next rotation ends them.
		_ = w.store.PutDisposal(ctx, store.Disposal{
			ID:        secretName(appID) + "-webhook",
			AccountID: accountID,
			AppID:     appID,
			Tokens:    old,
			At:        hook.OldUntil,
		})
	}

	d, err := w.App(ctx, c, accountID, appID)

	return Installed{AppDetail: d, Webhook: hook, Steps: steps}, err
}

// readdress makes another token of an app's webhook, and has its provider told of it. old are the ids of the tokens that it replaces.
func (w *Workspace) readdress(ctx context.Context, p connectable, accountID string, conn connection) (hook *Webhook, steps, old []string, err error) {
	hooks, err := w.webhooksOf(ctx, accountID, conn.App.ID)
	if err != nil {
		return nil, nil, nil, err
	}

	for _, name := range hooks.present {
		secret, failed := w.secrets.Access(ctx, name)
		if failed != nil && !NoCredential(failed) {
			return nil, nil, nil, failed
		}

		if failed == nil {
			conn.App.Signing = append(conn.App.Signing, secret)
		}
	}

	for _, t := range hooks.tokens {
		old = append(old, t.ID)
	}

	token := rand.Text()

	err = w.store.PutWebhook(ctx, token, store.Webhook{
		Provider:    p.Name(),
		AppID:       conn.App.ID,
		AccountID:   accountID,
		ProviderIDs: conn.App.ProviderIDs,
		Signing:     hooks.present,
	})
	if err == nil {
		hook, steps, err = w.subscribe(ctx, p, conn.App, token)
	}
	if err != nil {
		return nil, nil, nil, err
	}

	return hook, steps, old, nil
}
