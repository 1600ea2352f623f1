package settings_test

import (
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestDispose holds what is destroyed, what is kept for good and what for later.
func TestDispose(t *testing.T) {
	t.Parallel()
	const credential, other = "app-own-1", "app-own-2"
	tests := map[string]struct {
		change func(*store.Disposal)
		app    account.App
		open   bool
		gone   bool
		// left says that the disposal is still there.
		left bool
	}{
		"installed":                {app: account.App{Secret: credential}},
		"uninstalled":              {gone: true},
		"installed_with_another":   {app: account.App{Secret: other}, gone: true},
		"not_due":                  {change: func(d *store.Disposal) { d.At = noon.Add(time.Second) }, left: true},
		"open_messages":            {open: true, left: true},
		"open_messages_installed":  {open: true, app: account.App{Secret: credential}},
		"callbacks_open_messages":  {change: func(d *store.Disposal) { d.Credential = other }, open: true, gone: true},
		"replaced_while_installed": {change: func(d *store.Disposal) { d.Credential = "" }, app: account.App{Secret: credential}, gone: true},
		"uninstall_failed": {
			change: func(d *store.Disposal) { d.Uninstalls, d.InstalledAt = true, noon.Add(-time.Hour) }, app: account.App{Secret: other, InstalledAt: noon.Add(-time.Hour)},
		},
		"installed_again": {
			change: func(d *store.Disposal) { d.Uninstalls, d.InstalledAt = true, noon.Add(-time.Hour) }, app: account.App{Secret: other, InstalledAt: noon}, gone: true,
		},
		"no_account": {change: func(d *store.Disposal) { d.AccountID = "899" }, gone: true},
		"platform's": {change: func(d *store.Disposal) { d.AccountID = "" }, gone: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.secret(credential, "key-of-the-test")
			o.must(o.store.PutWebhook(t.Context(), "token", store.Webhook{AppID: "own", AccountID: neem}))
			a := account.Account{ID: neem}
			if tt.app.Secret != "" {
				a.Apps = map[string]account.App{"own": tt.app}
			}
			o.must(o.store.PutAccount(t.Context(), a))
			d := store.Disposal{
				ID: "d", AccountID: neem, AppID: "own", Credential: credential, Secrets: []string{credential}, Tokens: []string{store.WebhookTokenID("token")}, At: noon,
			}
			if tt.change != nil {
				tt.change(&d)
			}
			o.must(o.store.PutDisposal(t.Context(), d))
			if tt.open {
				m := message.Message{ID: "m-1", AccountID: neem, AppID: "own", Phase: message.Held, Due: noon.Add(time.Hour)}
				_, err := o.store.Decide(t.Context(), store.Decision{Message: m})
				o.must(err)
			}

			disposals := settings.NewDisposals(o.store, o.others, o.clock)
			for range 2 { // again, nothing is left to be done
				n, err := disposals.Dispose(t.Context())
				if err != nil || n > 1 {
					t.Errorf("got %d, %v", n, err)
				}
			}

			_, err := o.others.Access(t.Context(), credential)
			if got := fault.Is(err, fault.NotFound); got != tt.gone {
				t.Errorf("the secret: got %v, want it gone: %t", err, tt.gone)
			}
			tokens, err := o.store.WebhookTokens(t.Context(), "own")
			o.must(err)
			if (len(tokens) == 0) != tt.gone {
				t.Errorf("got %d tokens", len(tokens))
			}
			due, err := o.store.DueDisposals(t.Context(), noon.Add(time.Hour), 10)
			o.must(err)
			if (len(due) > 0) != tt.left {
				t.Errorf("disposals: got %+v", due)
			}
		})
	}
}

// TestDisposeOfPlatformApp keeps what the platform's app has.
func TestDisposeOfPlatformApp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.secret("app-p-1", "key-of-the-test")
	_, err := o.store.SavePlatformApp(t.Context(), "p", store.Author{}, noon, func(p account.PlatformApp) (account.PlatformApp, error) {
		p.App.Secret = "app-p-1"
		return p, nil
	})
	o.must(err)
	o.must(o.store.PutDisposal(t.Context(), store.Disposal{ID: "d", AppID: "p", Credential: "app-p-1", Secrets: []string{"app-p-1"}, At: noon}))
	if n, err := settings.NewDisposals(o.store, o.others, o.clock).Dispose(t.Context()); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if got, err := o.others.Access(t.Context(), "app-p-1"); err != nil || got.Reveal() != "key-of-the-test" {
		t.Errorf("the secret is gone: %v", err)
	}
}

// TestDisposeGoesOn makes the other disposals where one fails.
func TestDisposeGoesOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, name := range []string{"a", "b", "c"} {
		o.secret("app-"+name, "key")
		o.must(o.store.PutDisposal(t.Context(), store.Disposal{ID: name, AppID: name, Credential: "app-" + name, Secrets: []string{"app-" + name}, At: noon}))
	}
	o.must(o.store.PutDisposal(t.Context(), store.Disposal{ID: "0", AppID: "x", Secrets: []string{"no/name"}, At: noon.Add(-time.Hour)}))
	if n, err := settings.NewDisposals(o.store, o.others, o.clock).Dispose(t.Context()); n != 3 || !fault.Is(err, fault.Invalid) {
		t.Errorf("got %d, %v", n, err)
	}
}

// TestDisposeSigning destroys the secrets of callbacks that were replaced, or the one that never came into force.
func TestDisposeSigning(t *testing.T) {
	t.Parallel()
	const former, next, foreign = "app-own-1-signing", "app-own-2-signing", "by-hand"
	for name, tt := range map[string]struct {
		had, left []string
		gone      []string
	}{
		"replaced":      {[]string{next, former}, []string{next}, []string{former}},
		"twice":         {[]string{"app-own-3-signing", next, former}, []string{"app-own-3-signing", next}, []string{former}},
		"by_hand_stays": {[]string{next, foreign}, []string{next}, []string{former}},
		"never_adopted": {[]string{former}, []string{former}, []string{next}},
		"uninstalled":   {nil, nil, []string{next}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			all := []string{former, next, foreign}
			for _, s := range all {
				o.secret(s, "signing-of-the-test")
			}
			if tt.had != nil {
				o.must(o.store.PutWebhook(t.Context(), "token", store.Webhook{AppID: "own", AccountID: neem, Signing: tt.had}))
			}
			o.must(o.store.PutWebhook(t.Context(), "other", store.Webhook{AppID: "own", AccountID: "899", Signing: []string{foreign}}))
			o.must(o.store.PutDisposal(t.Context(), store.Disposal{
				ID: "d", AccountID: neem, AppID: "own", Signs: next, Secrets: []string{former, foreign}, At: noon,
			}))
			if n, err := settings.NewDisposals(o.store, o.others, o.clock).Dispose(t.Context()); n != 1 || err != nil {
				t.Fatalf("got %d, %v", n, err)
			}
			if tt.had != nil {
				hook, err := o.store.WebhookByToken(t.Context(), "token")
				o.must(err)
				if !slices.Equal(hook.Signing, tt.left) {
					t.Errorf("signed with %v, want %v", hook.Signing, tt.left)
				}
			}
			for _, s := range all {
				_, err := o.others.Access(t.Context(), s)
				if gone := fault.Is(err, fault.NotFound); gone != slices.Contains(tt.gone, s) {
					t.Errorf("%s: gone %t, %v", s, gone, err)
				}
			}
		})
	}
}
