package settings

import (
	"context"
	"maps"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// reconnect makes what an app needs whose connection is new or another one, and sets it in next. Of one that stays no more is replaced than
// has to be (see renew). replaced are the disposals of what goes once next is saved.
func (w *Workspace) reconnect(
	ctx context.Context, p connectable, app provider.App, in ConnectionInput, now account.PlatformApp, next *account.PlatformApp,
) (made equipment, replaced []store.Also, err error) {
	at := w.clock.Now()
	stays := now.Version > 0 && in.Signing.IsZero() && app.Number == now.App.Number && maps.Equal(app.ProviderIDs, now.App.ProviderIDs)

	if stays {
		made, err = w.renew(ctx, p, app, in, now, next)
		return made, nil, err
	}

	if now.Version > 0 {
		var doomed []store.Disposal
		if doomed, err = w.doomed(ctx, "", now.App, now.App.ID); err != nil {
			return equipment{}, nil, err
		}

		for _, d := range doomed {
			replaced = append(replaced, d)
		}
	}

	if made, err = w.equip(ctx, "", p, app); err != nil {
		return equipment{}, nil, err
	}

	next.App.Secret, next.App.Last4, next.App.CredentialAt, next.App.WebhookAt = made.credential, last4(app.Secret), at, made.at(at)
	next.Untold = made.untold()

	return made, replaced, nil
}

// renew replaces of a connection that stays a credential that is given, and adds another address of the webhook if the provider is not known
// to hold the one that there is. It sets both in next.
func (w *Workspace) renew(
	ctx context.Context, p connectable, app provider.App, in ConnectionInput, now account.PlatformApp, next *account.PlatformApp,
) (made equipment, err error) {
	at := w.clock.Now()

	if !in.Credential.IsZero() {
		if next.App.Secret, err = w.writeCredential(ctx, "", now.App, in.Credential); err != nil {
			return equipment{}, err
		}

		next.App.Last4, next.App.CredentialAt = last4(in.Credential), at
	}

	if now.Untold == "" {
		return equipment{}, nil
	}

	conn := connection{App: app, Provider: p}
	if made.token, made.old, err = w.addWebhook(ctx, "", &conn); err != nil {
		return equipment{}, err
	}

	made.app = conn.App
	next.App.WebhookAt, next.Untold = at, made.untold()

	return made, nil
}

// takeBack destroys what was made for an app that could not be saved with it.
func (w *Workspace) takeBack(ctx context.Context, made equipment, next, now account.PlatformApp, cause error) {
	switch {
	case made.credential != "":
		w.abandon(ctx, made, cause)
		return
	case next.App.Secret != now.App.Secret:
		w.dropCredential(ctx, "", next.App.ID, next.App.Secret, cause)
	}

	if made.token != "" {
		w.dropWebhook(ctx, made.token, cause)
	}
}

// announce tells the provider of an app of the platform's, which was just saved with what was made, of the webhook's address, and adds that to
// the answer. The mark of the app goes, and the addresses that are replaced go on for a day, if the provider holds the new one now, or if
// only the reader of the answer can tell it. Else the provider may know no other than the former addresses, which go on until the next time.
func (w *Workspace) announce(ctx context.Context, p connectable, made equipment, out *PlatformAppSaved) {
	out.Webhook, out.Steps = w.tell(ctx, p, made.app, made.token)
	if out.Webhook == nil {
		return
	}

	if _, byAPI := p.(provider.Subscriber); byAPI && !out.Webhook.Subscribed {
		return
	}

	// Without this note the app looks untold, and gets another address when it is put again. If the mark is another's, the right to change
	// the webhook had run out, and which address the provider was told last is not known: then the answer says that it is not confirmed.
	noted, err := w.store.NoteTold(context.WithoutCancel(ctx), out.App.ID, store.WebhookTokenID(made.token))
	if err != nil || !noted {
		return
	}

	out.Untold = ""

	for _, ending := range w.endingWebhooks("", out.App.ID, made.old) {
		if err := w.store.PutDisposal(ctx, ending); err != nil {
			return // the former address goes on, and no time is told at which it ends
		}

		out.Webhook.OldUntil = ending.At
	}
}

// dropWebhook ends a token that was added to an app that could not be saved with it, and of which nobody was told. It stays where nobody knows
// whether the app was saved.
func (w *Workspace) dropWebhook(ctx context.Context, token string, cause error) {
	if !unsure(cause) {
		_ = w.store.EndWebhookToken(context.WithoutCancel(ctx), store.WebhookTokenID(token)) // else it stays, and nobody knows it
	}
}
