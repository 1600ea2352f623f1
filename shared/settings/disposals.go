package settings

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// SecretKeeper is Secrets that can be written.
type SecretKeeper interface {
	Secrets
	// Add writes a new version of a secret, and makes the secret if there is none.
	Add(ctx context.Context, name string, value config.Secret) (version string, err error)
	// Prune destroys the versions of a secret but the one to keep, and newer ones that were not made by made.
	Prune(ctx context.Context, name, keep string, made time.Time) error
	// Remove destroys a secret, or a version that is named; removing it again changes nothing.
	Remove(ctx context.Context, name string) error
}

const (
	// unadopted is how long what was made for an app stays that was not installed with it in the end.
	unadopted = time.Hour
	// replaced is how long an address of a webhook goes on beside the one that has replaced it.
	replaced = 24 * time.Hour
	// unneeded is how long the credential of an app stays that was uninstalled, or has another one. By then no instance has it in its
	// settings any more, even if it could not read them for a while, and no post with it is under way.
	unneeded = time.Hour
	// reported is how long callbacks of an app are taken that was uninstalled: of what was sent through it, and what shoppers answer,
	// such as a STOP.
	reported = 7 * 24 * time.Hour
	// disposalsAtOnce is how many disposals are made at a time.
	disposalsAtOnce = 50
)

// Disposals destroys secrets and tokens of apps once nothing needs them. It is safe for concurrent use.
type Disposals struct {
	store   *store.Store
	secrets SecretKeeper
	clock   clock.Clock
}

// NewDisposals returns Disposals; it makes no call.
func NewDisposals(db *store.Store, secrets SecretKeeper, clk clock.Clock) *Disposals {
	return &Disposals{store: db, secrets: secrets, clock: clk}
}

// Dispose destroys what is due, and returns how many disposals that were. What an installed app has is kept, and so is the credential of an
// app that is not installed and has messages that wait, are held or in doubt: it is looked at again in an hour. Each step can be repeated.
// One failure keeps no other from its turn.
func (d *Disposals) Dispose(ctx context.Context) (disposed int, err error) {
	due, err := d.store.DueDisposals(ctx, d.clock.Now(), disposalsAtOnce)
	if err != nil {
		return 0, err
	}

	var problems []error

	for _, one := range due {
		done, err := d.look(ctx, one)
		problems = append(problems, err)

		if done {
			disposed++
		}
	}

	return disposed, errors.Join(problems...)
}

// look makes one disposal, or leaves it for later or for good.
func (d *Disposals) look(ctx context.Context, one store.Disposal) (done bool, err error) {
	app, installed, err := appIn(ctx, d.store, one.AccountID, one.AppID)
	switch {
	case err != nil:
		return false, err
	case one.Prunes != "":
		return d.prune(ctx, one, app)
	case one.Signs != "":
		return d.unsign(ctx, one)
	case keeps(app, installed, one):
		return false, d.store.EndDisposal(ctx, one.ID)
	}

	if !installed && slices.Contains(one.Secrets, one.Credential) {
		var open bool
		if open, err = d.store.HasOpenMessages(ctx, one.AppID); err != nil {
			return false, err
		}
		if open {
			one.At = d.clock.Now().Add(unneeded)
			return false, d.store.PutDisposal(ctx, one)
		}
	}

	err = d.destroy(ctx, one)

	return err == nil, err
}

// prune destroys the versions of a secret of which the app names none. One that it has named until lately is looked at later, and one that
// was just written is another disposal's. An app that names no version of the secret at all is gone or has another one, which is noted by
// itself.
func (d *Disposals) prune(ctx context.Context, one store.Disposal, app account.App) (done bool, err error) {
	now := d.clock.Now()
	name, version := secretOfName(app.Secret)

	switch {
	case name != one.Prunes || version == "":
		return false, d.store.EndDisposal(ctx, one.ID)
	case now.Before(app.CredentialAt.Add(unneeded)):
		one.At = app.CredentialAt.Add(unneeded)
		return false, d.store.PutDisposal(ctx, one)
	}

	if err = d.secrets.Prune(ctx, name, version, now.Add(-unneeded)); err != nil {
		return false, err
	}

	err = d.store.EndDisposal(ctx, one.ID)

	return err == nil, err
}

// unsign takes secrets of callbacks that were replaced from the webhooks of an app, and destroys those that are the app's alone. The one that
// has replaced them goes instead if no webhook has it. A webhook keeps the last secret that it has.
func (d *Disposals) unsign(ctx context.Context, one store.Disposal) (done bool, err error) {
	tokens, err := d.store.WebhookTokens(ctx, one.AppID)
	if err != nil {
		return false, err
	}

	doomed := []string{one.Signs}
	if slices.ContainsFunc(tokens, func(t store.WebhookToken) bool {
		return t.AccountID == one.AccountID && slices.Contains(t.Signing, one.Signs)
	}) {
		doomed = one.Secrets
	}

	var kept []string

	err = d.store.ChangeSigning(ctx, one.AccountID, one.AppID, func(names []string) []string {
		left := without(names, doomed)
		if len(left) == 0 {
			left = names
		}

		kept = append(kept, left...)

		return left
	})
	if err != nil {
		return false, err
	}

	for _, name := range without(doomed, kept) {
		if !strings.HasPrefix(name, appSecret) {
			continue
		}
		if err = d.secrets.Remove(ctx, name); err != nil {
			return false, err
		}
	}

	err = d.store.EndDisposal(ctx, one.ID)

	return err == nil, err
}

// without returns those names that are not among others.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}

// appIn returns an app of an account, or of the platform if no account is named, and whether it is there.
func appIn(ctx context.Context, db *store.Store, accountID, appID string) (app account.App, installed bool, err error) {
	if accountID == "" {
		var p account.PlatformApp
		if p, err = db.PlatformApp(ctx, appID); errors.Is(err, store.ErrNotFound) {
			return account.App{}, false, nil
		}

		return p.App, err == nil, err
	}

	a, err := db.Account(ctx, accountID)
	if errors.Is(err, store.ErrNotFound) {
		return account.App{}, false, nil
	}

	app, installed = a.App(appID)

	return app, installed, err
}

// keeps reports whether the app is installed with what the disposal would destroy.
func keeps(app account.App, installed bool, one store.Disposal) bool {
	if one.Credential == "" || !installed {
		return false
	}

	name, _ := secretOfName(app.Secret)
	stays := one.Uninstalls && app.InstalledAt.Equal(one.InstalledAt)

	return stays || name == one.Credential
}

// destroy destroys what a disposal names, and ends it.
func (d *Disposals) destroy(ctx context.Context, one store.Disposal) error {
	for _, id := range one.Tokens { // first: a callback with a token whose secret is gone would fail
		if err := d.store.EndWebhookToken(ctx, id); err != nil {
			return err
		}
	}

	for _, name := range one.Secrets {
		if err := d.secrets.Remove(ctx, name); err != nil {
			return err
		}
	}

	return d.store.EndDisposal(ctx, one.ID)
}
