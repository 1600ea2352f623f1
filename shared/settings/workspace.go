package settings

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Workspace is what people and services do to settings. Each use case checks by itself, before it reads anything, whether its caller may,
// and returns errors that name the field at fault. It reads the store and no cache, so that an answer shows what was just saved; other
// instances follow within the time to live of theirs. It is safe for concurrent use.
type Workspace struct {
	store     *store.Store
	secrets   SecretKeeper
	providers Providers
	client    *http.Client
	timeout   time.Duration
	keys      *cache.Once[Keys]
	// webhookURL is webhook's public address.
	webhookURL string
	news       *Newsroom
	clock      clock.Clock
	// neighbourhoods show what WhatsApp decided on other templates of an app.
	neighbourhoods neighbourhoods
}

// WorkspaceDeps are what a Workspace works with.
type WorkspaceDeps struct {
	Store     *store.Store
	Secrets   SecretKeeper
	Providers Providers
	// Client calls providers, each call no longer than Timeout.
	Client  *http.Client
	Timeout time.Duration
	Keys    *cache.Once[Keys]
	// WebhookURL is webhook's public address, to which providers report.
	WebhookURL string
	// News tells of changes of health; nil tells nobody.
	News  *Newsroom
	Clock clock.Clock
}

// NewWorkspace returns a Workspace; it makes no call.
func NewWorkspace(d WorkspaceDeps) *Workspace {
	return &Workspace{
		store:      d.Store,
		secrets:    d.Secrets,
		providers:  d.Providers,
		client:     d.Client,
		timeout:    d.Timeout,
		keys:       d.Keys,
		webhookURL: d.WebhookURL,
		news:       d.News,
		clock:      d.Clock,
	}
}

// Seen is the version of an account's settings that a change is based on: what its caller has read. The zero Seen names none.
type Seen struct {
	Version int64
	// Named is true of a Seen that names a version; that of an account of the old form is 0.
	Named bool
}

// check returns an error unless the account, the zero one if there is none, is as it was seen: Unconditional if no version is named, Stale
// if it is another one.
func (s Seen) check(now account.Account) error { return s.checkVersion(now.ID != "", now.Version) }

// checkVersion is check for settings that are there, or are not, with a version.
func (s Seen) checkVersion(there bool, version int64) error {
	const op = "settings.Seen"

	switch {
	case !s.Named && !there:
		return nil
	case !s.Named:
		return fault.New(fault.Unconditional, op, "name the version of the settings that you have read, as If-Match with the ETag of the answer")
	case !there || s.Version != version:
		return fault.New(fault.Stale, op, "the settings were changed since you read them; read them again")
	default:
		return nil
	}
}

// edition is a change of an account's settings.
type edition struct {
	accountID string
	seen      Seen
	// action is a word for the version, such as "account.put".
	action string
	// backTo is the version that is put back; 0 if none is.
	backTo int64
	// makes is true if the account may be a new one.
	makes bool
	// follows says that the account's events follow the templates of an app of the platform's: of whatever version the account is, and
	// although nothing else changes.
	follows bool
	// change is as for [account.Account.Edit], and may be called several times.
	change func(*account.Account) error
	// also is written with the change.
	also []store.Also
}

// errUnchanged ends a change that changes nothing.
var errUnchanged = errors.New("nothing is changed")

// edit makes a change of an account's settings with a version that tells of it, and returns the account as it is then. A change that
// changes nothing makes no version. Errors are Unconditional and Stale as the edition's Seen says, NotFound without an account, Conflict if
// another account has the slug, Unavailable if others wrote to the account all the time, and those of the change. The caller has checked who
// may.
func (w *Workspace) edit(ctx context.Context, c access.Caller, e edition) (account.Account, error) {
	const op = "settings.edit"

	var before account.Account

	read := map[string]int64{} // the versions of the platform's apps that the account was edited by

	after, err := w.store.SaveSettings(ctx, e.accountID, func(stored account.Account) (store.Version, error) {
		now, err := following(ctx, stored, func(ctx context.Context, id string) (account.PlatformApp, error) {
			p, err := w.platformApp(ctx, id)
			read[id] = p.Version

			return p, err
		})
		if err != nil {
			return store.Version{}, err
		}

		before = now

		switch {
		case now.ID == "" && !e.makes:
			return store.Version{}, noAccount(op)
		case !e.follows && e.seen.check(now) != nil:
			return store.Version{}, e.seen.check(now)
		}

		after, err := w.edited(ctx, now, e.change)
		if err != nil {
			return store.Version{}, err
		}

		changes := after.ChangesSince(now)
		if len(changes) == 0 && (!e.follows || maps.EqualFunc(after.Events, now.Events, account.Event.Same)) {
			return store.Version{}, errUnchanged
		}

		return store.Version{
			At:       w.clock.Now(),
			By:       store.Author{Subject: c.Subject, Name: c.Name},
			Action:   e.action,
			BackTo:   e.backTo,
			Changes:  changes,
			Settings: after,
		}, nil
	}, e.also...)

	switch {
	case errors.Is(err, errUnchanged):
		return before, nil
	case errors.Is(err, store.ErrSlugTaken):
		return account.Account{}, &fault.Error{Kind: fault.Conflict, Op: op, Field: "slug", Msg: "is that of another account"}
	case store.IsConflict(err):
		return account.Account{}, fault.Wrap(fault.Unavailable, op, err)
	case err != nil:
		return account.Account{}, err
	}

	return w.caughtUp(ctx, after, read), nil
}

// caughtUp returns an account that was saved. If an app of the platform's has changed since it was read, what has accounts follow it may have
// passed this one before it was saved: then it follows now. A failure leaves it as it was saved.
func (w *Workspace) caughtUp(ctx context.Context, saved account.Account, read map[string]int64) account.Account {
	for id, version := range read {
		if p, err := w.platformApp(ctx, id); err != nil || p.Version == version {
			continue
		}
		if after, err := w.edit(ctx, follower, followed(saved.ID)); err == nil {
			return after
		}
	}

	return saved
}

// edited returns an account after a change. The offers are those of the apps that it has then.
func (w *Workspace) edited(ctx context.Context, now account.Account, change func(*account.Account) error) (account.Account, error) {
	offers, err := w.offers(ctx, now)
	if err != nil {
		return account.Account{}, err
	}

	after, err := now.Edit(offers, change)
	if err != nil || slices.Equal(after.AppIDs(), now.AppIDs()) {
		return after, err
	}

	if offers, err = w.offers(ctx, after); err != nil {
		return account.Account{}, err
	}

	return now.Edit(offers, change)
}

// offers returns what an account's apps bring along: those of the platform its templates, as they are now.
func (w *Workspace) offers(ctx context.Context, a account.Account) (map[string]account.Offer, error) {
	offers := map[string]account.Offer{}

	for id, app := range a.Apps {
		var o account.Offer

		p, _ := w.providers.Get(app.Provider)
		if f, ok := p.(provider.OrderForwarder); ok && !f.ByTemplate(AppOf(app)) {
			o.Forwards = true
		}

		if app.Ownership == message.Platform {
			offered, err := w.store.PlatformApp(ctx, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}

			o.Templates = offered.Templates

			if o.Categories, err = w.categories(ctx, id, offered.Templates); err != nil {
				return nil, err
			}
		}

		offers[id] = o
	}

	return offers, nil
}

// read reads an account for a caller who may, with the platform's apps as they are now.
func (w *Workspace) read(ctx context.Context, op, id string) (account.Account, error) {
	a, err := w.store.Account(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return account.Account{}, noAccount(op)
	}
	if err != nil {
		return account.Account{}, err
	}

	return following(ctx, a, w.platformApp)
}

// noAccount is the error of a call about an account that is not there, by a caller who may know that.
func noAccount(op string) error { return fault.New(fault.NotFound, op, "no such account") }
