package lab

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// What the names of an app's secrets begin with; the app's id follows.
const (
	// TokenPrefix is that of the token in the URL of its webhook.
	TokenPrefix = "webhook-token-"
	// GuestPrefix is that of the key with which its bot calls brandapi.
	GuestPrefix = "guest-key-"

	// signingPrefix is that of what its callbacks are signed with or carry, where the installer named none.
	signingPrefix = "callback-secret-"
)

// pageOfAccounts is how many accounts are read at once.
const pageOfAccounts = 100

// installedApp is an installed app with what its provider knows of us, as /local/apps shows it to those who play the provider.
type installedApp struct {
	AccountID string `json:"accountId"`
	AppID     string `json:"appId"`
	Provider  string `json:"provider"`
	// Webhook is the path of the app's webhook, with its token.
	Webhook string `json:"webhook,omitempty"`
	// AppSecret is what Meta signs its callbacks with.
	AppSecret string `json:"appSecret,omitempty"`
	// GuestKey and BrandAPI are the key with which BusinessOnBot calls us, and the path below which it does.
	GuestKey string `json:"guestKey,omitempty"`
	BrandAPI string `json:"brandapi,omitempty"`
	// Headers are what the provider sends along, Meta's signature of a body apart.
	Headers map[string]string `json:"headers"`
}

// getApps answers with every app of every account, with its webhook and keys. An app that has no token or key whose value is
// known here, such as one installed by hand, gets one more.
func (l *Lab) getApps(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	l.installing.Lock()
	defer l.installing.Unlock()

	apps := []installedApp{}

	err := l.eachAccount(r.Context(), func(ctx context.Context, a account.Account) error {
		of, err := l.appsOf(ctx, a)
		apps = append(apps, of...)

		return err
	})
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, apps)
}

// eachAccount calls do with every account, in the order of their ids, until it returns an error.
func (l *Lab) eachAccount(ctx context.Context, do func(context.Context, account.Account) error) error {
	for last := ""; ; {
		page, err := l.Store.Accounts(ctx, last, pageOfAccounts)
		if err != nil {
			return err
		}

		for _, a := range page {
			if err := do(ctx, a); err != nil {
				return err
			}

			last = a.ID
		}

		if len(page) < pageOfAccounts {
			return nil
		}
	}
}

// appsOf returns the apps of an account in the order of their ids.
func (l *Lab) appsOf(ctx context.Context, a account.Account) ([]installedApp, error) {
	var apps []installedApp

	for _, id := range slices.Sorted(maps.Keys(a.Apps)) {
		app, _ := a.App(id)
		shown := installedApp{
			AccountID: a.ID,
			AppID:     id,
			Provider:  app.Provider,
			Headers:   map[string]string{},
		}

		if err := errors.Join(l.showWebhook(ctx, &shown, app), l.showGuestKey(ctx, &shown)); err != nil {
			return nil, err
		}

		apps = append(apps, shown)
	}

	return apps, nil
}

// showWebhook fills in the webhook of an app whose provider calls back, and what proves a callback.
func (l *Lab) showWebhook(ctx context.Context, shown *installedApp, app account.App) error {
	p, known := l.Providers.Get(app.Provider)
	if !known || !p.Capabilities().Callbacks {
		return nil
	}

	token, err := l.Secret(ctx, TokenPrefix+app.ID)
	if err != nil {
		return err
	}

	hook, err := l.webhook(ctx, token, shown.AccountID, app)
	if err != nil {
		return err
	}

	shown.Webhook = "/webhook/" + app.Provider + "/" + token
	shown.Headers["Content-Type"] = "application/json"

	if len(hook.Signing) == 0 {
		return nil
	}

	signing, err := l.Secret(ctx, hook.Signing[0])
	if err != nil {
		return err
	}

	switch app.Provider {
	case meta.Name:
		shown.AppSecret = signing
	case kaleyra.Name:
		shown.Headers[kaleyra.CallbackHeader] = signing
	default:
	}

	return nil
}

// webhook returns what the token belongs to. A token that is new becomes the app's, beside those that it has.
func (l *Lab) webhook(ctx context.Context, token, accountID string, app account.App) (store.Webhook, error) {
	hook, err := l.Store.WebhookByToken(ctx, token)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return hook, err
	}

	if app.Ownership == message.Platform {
		accountID = ""
	}

	hook, err = l.Store.WebhookOfApp(ctx, accountID, app.ID)
	if errors.Is(err, store.ErrNotFound) {
		hook = newWebhook(accountID, app)
	} else if err != nil {
		return store.Webhook{}, err
	}

	return hook, l.Store.PutWebhook(ctx, token, hook)
}

// newWebhook returns the webhook of an app that has none.
func newWebhook(accountID string, app account.App) store.Webhook {
	hook := store.Webhook{
		Provider:    app.Provider,
		AppID:       app.ID,
		AccountID:   accountID,
		ProviderIDs: app.ProviderIDs,
	}
	if app.Provider == meta.Name || app.Provider == kaleyra.Name {
		hook.Signing = []string{signingPrefix + app.ID}
	}

	return hook
}

// showGuestKey fills in the key with which BusinessOnBot calls brandapi for the app's account.
func (l *Lab) showGuestKey(ctx context.Context, shown *installedApp) error {
	if shown.Provider != businessonbot.Name {
		return nil
	}

	key, err := l.Secret(ctx, GuestPrefix+shown.AppID)
	if err != nil {
		return err
	}

	_, err = l.Store.GuestKey(ctx, store.GuestHash(key))
	if errors.Is(err, store.ErrNotFound) {
		err = l.Store.PutGuestKey(ctx, key, shown.AccountID, l.Clock.Now())
	}

	shown.GuestKey = key
	shown.BrandAPI = "/brandapi"
	shown.Headers["x-guest-id"] = key

	return err
}
