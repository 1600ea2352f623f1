package settings

import (
	"context"
	"crypto/rand"
	"maps"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// RotatePlatformCredential gives an app of the platform's another credential, another secret of its callbacks, or both, as
// [Workspace.RotateCredential] does for a brand's own. The caller must be of the platform, and the app as seen.
func (w *Workspace) RotatePlatformCredential(ctx context.Context, c access.Caller, id string, in CredentialInput, seen Seen) (PlatformAppSaved, error) {
	const op = "settings.RotatePlatformCredential"

	now, err := w.operated(ctx, op, c, id, seen)
	if err != nil {
		return PlatformAppSaved{}, err
	}

	said, err := w.tryCredential(ctx, op, "", now.App, in)
	if err != nil {
		return PlatformAppSaved{}, err
	}

	at := w.clock.Now()

	set, err := w.replaceSecrets(ctx, "", now.App, in)
	if err != nil {
		return PlatformAppSaved{}, err
	}

	next := now
	set.in(&next.App, at)
	next.App.Checked = checkedBy(said, at)

	saved, err := w.savePlatformApp(ctx, c, next, now)
	if err != nil {
		w.dropSecrets(ctx, "", id, set, err)
		return PlatformAppSaved{}, err
	}

	w.releaseUsers(ctx, saved, said)

	return PlatformAppSaved{PlatformApp: saved, Check: said}, nil
}

// releaseUsers notes what a check of an app of the platform's has said at the accounts that are held since it did not work. After a failure each
// asks for itself in its time.
func (w *Workspace) releaseUsers(ctx context.Context, p account.PlatformApp, said provider.CheckResult) {
	for a, err := range w.usersOf(ctx, p.App.Provider, p.App.ID) {
		if app, installed := a.App(p.App.ID); err == nil && installed && !app.Health.Healthy() {
			_ = w.noteCheck(ctx, a.ID, p.App.ID, said, w.clock.Now())
		}
	}
}

// RotatePlatformWebhook gives the webhook of an app of the platform's another address, which is shown once, and then has the provider told of
// it where that can be told over its API. The caller must be of the platform, and the app as seen. The former addresses go on for a day.
// After an error, or if the process ends before the provider holds the new address, they go on for good. If the provider does not take it,
// it is returned with what is to be done by hand, and the app stays marked as [Workspace.PutPlatformApp] marks it. While the webhook is being
// changed by another request it is Unavailable with a [BusyError].
//
// Unlike [Workspace.RotateWebhook] it tells after the save, as PutPlatformApp does: nobody else's change of the app, which may replace the
// secret of its callbacks, comes between what is saved and what the provider was told last.
func (w *Workspace) RotatePlatformWebhook(ctx context.Context, c access.Caller, id string, seen Seen) (PlatformAppSaved, error) {
	const op = "settings.RotatePlatformWebhook"

	if err := c.May(access.Operate, ""); err != nil {
		return PlatformAppSaved{}, err
	}

	held, err := w.holdWebhook(ctx, "", id)
	if err != nil {
		return PlatformAppSaved{}, err
	}
	defer w.letGo(ctx, held)

	now, err := w.operated(ctx, op, c, id, seen)
	if err != nil {
		return PlatformAppSaved{}, err
	}

	known, _ := w.providers.Get(now.App.Provider)

	p, ok := known.(connectable)
	if !ok || !p.Capabilities().Callbacks {
		return PlatformAppSaved{}, fault.New(fault.Conflict, op, "the provider reports nothing, so that the app has no webhook")
	}

	conn, err := w.connectApp(ctx, op, now.App)
	if err != nil {
		return PlatformAppSaved{}, err
	}

	token, old, err := w.addWebhook(ctx, "", &conn)
	if err != nil {
		return PlatformAppSaved{}, err
	}

	at := w.clock.Now()
	next := now
	next.App.WebhookAt, next.Untold = at, store.WebhookTokenID(token)

	saved, err := w.savePlatformApp(ctx, c, next, now)
	if err != nil {
		w.dropWebhook(ctx, token, err)
		return PlatformAppSaved{}, err
	}

	out := PlatformAppSaved{PlatformApp: saved}
	w.announce(ctx, p, equipment{token: token, app: conn.App, old: old}, &out)

	return out, nil
}

// operated reads an app of the platform's for a caller who is of the platform; NotFound if there is none, and an error unless it is as seen.
func (w *Workspace) operated(ctx context.Context, op string, c access.Caller, id string, seen Seen) (account.PlatformApp, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return account.PlatformApp{}, err
	}

	now, err := w.platformApp(ctx, id)
	if err != nil {
		return account.PlatformApp{}, err
	}
	if now.Version == 0 {
		return account.PlatformApp{}, fault.New(fault.NotFound, op, "the platform has no such app")
	}

	return now, seen.checkVersion(true, now.Version)
}

// addWebhook makes another token of an app's webhook, and adds to its connection what its callbacks are signed with. old are the ids of the
// tokens that it replaces: those of another connection, which the app had before, end as was noted when it changed.
func (w *Workspace) addWebhook(ctx context.Context, accountID string, conn *connection) (token string, old []string, err error) {
	hooks, err := w.webhooksOf(ctx, accountID, conn.App.ID)
	if err != nil {
		return "", nil, err
	}

	if conn.App.Signing, err = w.secretsOf(ctx, hooks.present); err != nil {
		return "", nil, err
	}

	for _, t := range hooks.tokens {
		if maps.Equal(t.ProviderIDs, conn.App.ProviderIDs) {
			old = append(old, t.ID)
		}
	}

	token = rand.Text()

	return token, old, w.store.PutWebhook(ctx, token, store.Webhook{
		Provider:    conn.Provider.Name(),
		AppID:       conn.App.ID,
		AccountID:   accountID,
		ProviderIDs: conn.App.ProviderIDs,
		Signing:     hooks.present,
	})
}

// endingWebhooks returns the disposal of tokens that were replaced; none if there are none.
func (w *Workspace) endingWebhooks(accountID, appID string, tokens []string) []store.Disposal {
	if len(tokens) == 0 {
		return nil
	}

	return []store.Disposal{{
		ID:        secretName(appID) + "-webhook",
		AccountID: accountID,
		AppID:     appID,
		Tokens:    tokens,
		At:        w.clock.Now().Add(replaced),
	}}
}
