package settings

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// SecretKeeper is Secrets that can be written.
type SecretKeeper interface {
	Secrets
	// Add writes a new version of a secret, and makes the secret if there is none.
	Add(ctx context.Context, name string, value config.Secret) (version string, err error)
	// Prune destroys the versions that are older than keep.
	Prune(ctx context.Context, name, keep string) error
	// Remove destroys a secret; removing it again changes nothing.
	Remove(ctx context.Context, name string) error
}

const (
	// unadopted is how long what was made for an app stays that was not installed with it in the end.
	unadopted = time.Hour
	// replaced is how long an address of a webhook goes on beside the one that has replaced it.
	replaced = 24 * time.Hour
	// unneeded is how long the credential of an app stays that was uninstalled. Until then no instance has it in its settings any more,
	// and no post with it is under way.
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
// app with messages that wait, are held or in doubt: it is looked at again in an hour. Each step can be repeated. One failure keeps no
// other from its turn.
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
	adopted, err := d.adopted(ctx, one)
	switch {
	case err != nil:
		return false, err
	case adopted:
		return false, d.store.EndDisposal(ctx, one.ID)
	}

	if slices.Contains(one.Secrets, one.Credential) {
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

// adopted reports whether the app is installed with what the disposal would destroy.
func (d *Disposals) adopted(ctx context.Context, one store.Disposal) (bool, error) {
	if one.Credential == "" {
		return false, nil
	}

	if one.AccountID == "" {
		p, err := d.store.PlatformApp(ctx, one.AppID)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}

		return p.App.Secret == one.Credential, err
	}

	a, err := d.store.Account(ctx, one.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}

	app, installed := a.App(one.AppID)
	stays := installed && one.Uninstalls && app.InstalledAt.Equal(one.InstalledAt)

	return stays || app.Secret == one.Credential, err
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
