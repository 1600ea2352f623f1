package settings

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// equipment is what was made for an app.
type equipment struct {
	// credential is the Secret Manager name of the credential's version.
	credential string
	// token is that of the webhook, and app the app with what its callbacks are signed with.
	token string
	app   provider.App
	// old are the ids of the tokens that it replaces, and that end once the provider was told of it.
	old []string
	// webhook is there once the provider was told of it.
	webhook  *Webhook
	steps    []string
	disposal store.Disposal
}

// at returns when the webhook got its address.
func (e equipment) at(now time.Time) time.Time {
	if e.token == "" {
		return time.Time{}
	}

	return now
}

// untold is the mark of an app whose provider is still to be told of the webhook (see [account.PlatformApp]); empty if there is none.
func (e equipment) untold() string {
	if e.token == "" {
		return ""
	}

	return store.WebhookTokenID(e.token)
}

// make writes an app's secrets, gives it a webhook, and has its provider told of it. An error leaves nothing.
//
// The app is new, so that the provider is told before it is saved, and no mark has to say that it was: if the process ends in between, no
// app sends yet whose reports could be lost, and whoever installs it again tells the provider another address.
func (w *Workspace) make(ctx context.Context, accountID string, p connectable, app provider.App) (equipment, error) {
	e, err := w.equip(ctx, accountID, p, app)
	if err != nil {
		return equipment{}, err
	}

	if e.webhook, e.steps, err = w.subscribe(ctx, p, e.app, e.token); err != nil {
		w.undo(ctx, e.disposal)
		return equipment{}, err
	}

	return e, nil
}

// equip writes an app's secrets, and gives it a webhook of which nobody is told. An error leaves nothing. accountID is empty for an app of the
// platform's.
func (w *Workspace) equip(ctx context.Context, accountID string, p connectable, app provider.App) (equipment, error) {
	name := secretName(app.ID)

	e := equipment{
		disposal: store.Disposal{
			ID:         name,
			AccountID:  accountID,
			AppID:      app.ID,
			Credential: name,
			Secrets:    []string{name},
			At:         w.clock.Now().Add(unadopted),
		},
	}

	if p.Capabilities().Callbacks {
		e.token = rand.Text()
		e.disposal.Tokens = []string{store.WebhookTokenID(e.token)}
	}

	var signing []string

	switch p.Form().Signing {
	case provider.SignedByUs:
		app.Signing = []config.Secret{config.NewSecret(rand.Text())}
		fallthrough
	case provider.SignedByBrand:
		signing = []string{name + signingSecret}
		e.disposal.Secrets = append(e.disposal.Secrets, signing...)
	case provider.NotSigned:
	}

	e.app = app
	if err := w.store.PutDisposal(ctx, e.disposal); err != nil {
		return equipment{}, err
	}

	var err error

	e.credential, err = w.keepSecrets(ctx, name, signing, app)
	if err == nil && e.token != "" {
		err = w.store.PutWebhook(ctx, e.token, store.Webhook{
			Provider:    p.Name(),
			AppID:       app.ID,
			AccountID:   accountID,
			ProviderIDs: app.ProviderIDs,
			Signing:     signing,
		})
	}
	if err != nil {
		w.undo(ctx, e.disposal)
		return equipment{}, err
	}

	return e, nil
}

// keepSecrets writes the credential of an app, and what its callbacks are signed with. It returns the name of the credential's version.
func (w *Workspace) keepSecrets(ctx context.Context, name string, signing []string, app provider.App) (credential string, err error) {
	if credential, err = w.addVersion(ctx, name, app.Secret); err != nil {
		return "", err
	}

	for i, name := range signing {
		if _, err = w.secrets.Add(ctx, name, app.Signing[i]); err != nil {
			return "", err
		}
	}

	return credential, nil
}

// subscribe has the provider told of the address of an app's webhook, where it can be told over its API, and returns what is left to be
// done by hand. A provider that refuses the address is a matter for the brand's hands too; one that does not answer is an error.
func (w *Workspace) subscribe(ctx context.Context, p connectable, app provider.App, token string) (*Webhook, []string, error) {
	if !p.Capabilities().Callbacks {
		return nil, p.Steps(provider.Callbacks{App: app}), nil
	}

	callbacks := provider.Callbacks{App: app}
	hook := &Webhook{URL: w.address(p, token)}

	if s, ok := p.(provider.Subscriber); ok {
		limited, cancel := context.WithTimeout(ctx, w.timeout)
		defer cancel()

		held, err := s.Subscribe(limited, w.client, app, hook.URL)

		switch class := provider.ClassOf(err); {
		case err == nil:
			hook.Subscribed, callbacks.Modes = held.URL == hook.URL && held.Active, held.Modes
		case class == message.ClassTransient || class == message.ClassThrottled || class == message.ClassUnknown && isSendError(err):
			return nil, nil, &fault.Error{
				Kind: fault.Unavailable,
				Op:   "settings.subscribe",
				Msg:  "The provider cannot be told where to report to at the moment. Nothing was changed; try again later.",
				Code: string(provider.CheckProviderDown),
				Err:  err,
			}
		}
	}

	callbacks.URL, callbacks.Subscribed = hook.URL, hook.Subscribed

	return hook, p.Steps(callbacks), nil
}

// address is where the provider reports to with a token.
func (w *Workspace) address(p provider.Provider, token string) string {
	return fmt.Sprintf("%s/%s/%s", strings.TrimRight(w.webhookURL, "/"), p.Name(), token)
}

// tell is subscribe for an app that is saved already: its address is returned whatever the provider says, and told by hand if the provider
// did not take it.
func (w *Workspace) tell(ctx context.Context, p connectable, app provider.App, token string) (*Webhook, []string) {
	hook, steps, err := w.subscribe(ctx, p, app, token)
	if err != nil {
		hook = &Webhook{URL: w.address(p, token)}
		steps = p.Steps(provider.Callbacks{URL: hook.URL, App: app})
	}

	return hook, steps
}

// isSendError reports whether a provider's answer, or that there was none, is the reason of an error.
func isSendError(err error) bool {
	_, ok := errors.AsType[*provider.SendError](err)
	return ok
}

// abandon destroys what was made for an app that could not be saved with it. It stays for an hour where nobody knows whether the app was
// saved. If somebody else has installed the same app meanwhile, and its provider was told of the address that was made here, that one goes
// on as one of the app's.
func (w *Workspace) abandon(ctx context.Context, e equipment, cause error) {
	if unsure(cause) {
		return
	}

	app, installed, err := appIn(context.WithoutCancel(ctx), w.store, e.disposal.AccountID, e.disposal.AppID)
	if err != nil || keeps(app, installed, e.disposal) {
		return
	}

	if installed && e.webhook != nil {
		e.disposal.Secrets, e.disposal.Tokens = []string{e.disposal.Credential}, nil
	}

	w.undo(ctx, e.disposal)
}

// undo destroys what was made for an app that is not installed with it. What it cannot destroy is destroyed when the disposal is due.
func (w *Workspace) undo(ctx context.Context, d store.Disposal) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.timeout)
	defer cancel()

	if w.store.PutDisposal(ctx, d) == nil {
		_ = NewDisposals(w.store, w.secrets, w.clock).destroy(ctx, d)
	}
}
