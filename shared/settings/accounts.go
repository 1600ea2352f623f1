// Package settings reads what brands have set, through caches in the instance, keeps the health of their apps and templates, and has
// what people do to settings.
//
//   - [Accounts] finds an account by its id, its slug, an event or an order.
//   - [Apps] connects to an account's installed apps, keeps copies of their templates, and notes what cannot send.
//   - [Workspace] has the use cases of people and services: who may see and change what, with versions.
//
// A settings change reaches an instance within the time to live of its cache. A change of health that the instance writes
// itself is seen by it at once.
package settings

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// stale is how long old settings serve while Firestore fails. Reading the customer would fail just as well.
	stale = 5 * time.Minute
	// maxCached is the most entries of one cache.
	maxCached = 10_000
)

// Options say how settings are cached.
type Options struct {
	Clock clock.Clock
	// TTL is how long settings are served without asking the store.
	TTL time.Duration
	// Timeout limits one load, and one call to a provider.
	Timeout time.Duration
	// News tells of changes of health; nil tells nobody.
	News *Newsroom
}

// Cache returns the options of a cache of settings. What the store says is not there is no failure, so that nothing stale
// is served for it.
func (o Options) Cache() cache.Options {
	return cache.Options{
		Clock:   o.Clock,
		TTL:     o.TTL,
		Stale:   stale,
		Timeout: o.Timeout,
		Max:     maxCached,
		Final:   func(err error) bool { return errors.Is(err, store.ErrNotFound) },
	}
}

// AccountStore reads and changes stored accounts. Its errors are those of [store.Store].
type AccountStore interface {
	Account(ctx context.Context, id string) (account.Account, error)
	AccountIDBySlug(ctx context.Context, slug string) (string, error)
	ChangeCondition(ctx context.Context, id string, change func(*account.Condition) bool) error
	ChangeAppHealth(ctx context.Context, appID string, change func(*account.Condition) bool) (account.Health, error)
	AppUsers(ctx context.Context, provider, appID, last string, limit int) ([]store.AppUser, error)
	PlatformApp(ctx context.Context, id string) (account.PlatformApp, error)
	RateCards(ctx context.Context) ([]store.RateCard, error)
	SumEstimates(ctx context.Context, accountID, currency string, from, to billing.Day) (int64, error)
	ClosedUntil(ctx context.Context, accountID string, from, to billing.Day) (days []store.ClosedDay, open billing.Day, err error)
}

// Accounts finds accounts. It is safe for concurrent use.
type Accounts struct {
	store  AccountStore
	byID   *cache.Cache[string, account.Account]
	bySlug *cache.Cache[string, string]
	// platform are the platform's own apps, of which accounts have copies; the zero value of one that there is not.
	platform *cache.Cache[string, account.PlatformApp]
	cards    *cache.Cache[struct{}, billing.Cards]
	spent    *cache.Cache[purse, Spending]
	closed   *cache.Cache[purse, closedMonth]
	news     *Newsroom
	clock    clock.Clock
}

// NewAccounts returns Accounts over the store; it makes no call.
func NewAccounts(db AccountStore, o Options) *Accounts {
	a := &Accounts{
		store:  db,
		byID:   cache.New(o.Cache(), db.Account),
		bySlug: cache.New(o.Cache(), db.AccountIDBySlug),
		platform: cache.New(o.Cache(), func(ctx context.Context, id string) (account.PlatformApp, error) {
			return platformApp(ctx, db, id)
		}),
		cards: cache.New(o.lasting(cardsTTL), func(ctx context.Context, _ struct{}) (billing.Cards, error) { return cardsOf(ctx, db) }),
		news:  o.News,
		clock: o.Clock,
	}
	a.spent = cache.New(o.lasting(spentTTL), func(ctx context.Context, p purse) (Spending, error) { return a.readSpending(ctx, db, p) })
	a.closed = cache.New(o.lasting(closedTTL), func(ctx context.Context, p purse) (closedMonth, error) { return readClosedMonth(ctx, db, p) })

	return a
}

// cardsTTL is how long rate cards are served without asking the store. One that counts for messages already is never changed, and a new one
// is put days before.
const cardsTTL = 10 * time.Minute

// lasting returns the options of a cache of what is served for that long.
func (o Options) lasting(ttl time.Duration) cache.Options {
	options := o.Cache()
	options.TTL = ttl

	return options
}

// Get returns the account of that id, with the platform's apps as they are now; store.ErrNotFound if there is none.
func (a *Accounts) Get(ctx context.Context, id string) (account.Account, error) {
	found, err := a.byID.Get(ctx, id)
	if err != nil {
		return account.Account{}, err
	}

	return following(ctx, found, a.platform.Get)
}

// Known is Get for a caller who may see the account; NotFound if there is none.
func (a *Accounts) Known(ctx context.Context, op, id string) (account.Account, error) {
	found, err := a.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = noAccount(op)
	}

	return found, err
}

// following returns an account with its copies of the platform's apps as these are now. So an account goes on with no number and no credential
// that the platform has replaced, whenever it was written last.
func following(
	ctx context.Context, a account.Account, read func(ctx context.Context, id string) (account.PlatformApp, error),
) (account.Account, error) {
	for id, app := range a.Apps {
		if app.Ownership != message.Platform {
			continue
		}

		p, err := read(ctx, id)
		if err != nil {
			return account.Account{}, err
		}

		a = p.Following(a)
	}

	return a, nil
}

// platformAppStore reads the platform's own apps.
type platformAppStore interface {
	PlatformApp(ctx context.Context, id string) (account.PlatformApp, error)
}

// platformApp reads one of the platform's own apps; the zero value if there is none.
func platformApp(ctx context.Context, from platformAppStore, id string) (account.PlatformApp, error) {
	p, err := from.PlatformApp(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return account.PlatformApp{}, nil
	}

	return p, err
}

// forget drops what is cached of an account, and of an app of it should that be the platform's.
func (a *Accounts) forget(id, appID string) {
	a.byID.Forget(id)
	a.platform.Forget(appID)
}

// OfEvent returns the account that an event belongs to; store.ErrNotFound if there is none, or if the event's id and slug
// name different ones.
func (a *Accounts) OfEvent(ctx context.Context, e order.Event) (account.Account, error) {
	if e.AccountConflict {
		return account.Account{}, store.ErrNotFound
	}

	id := e.AccountID
	if id == "" {
		if e.AccountSlug == "" {
			return account.Account{}, store.ErrNotFound
		}
		var err error
		if id, err = a.bySlug.Get(ctx, e.AccountSlug); err != nil {
			return account.Account{}, err
		}
	}

	found, err := a.Get(ctx, id)
	if err != nil {
		return account.Account{}, err
	}

	if e.AccountSlug != "" && !strings.EqualFold(found.Slug, e.AccountSlug) {
		return account.Account{}, fmt.Errorf("account and slug disagree: %w", store.ErrNotFound)
	}

	return found, nil
}

// IDOfOrder returns the id of the account that an order belongs to; empty if none is known, or if the order's id and slug
// name different ones. An id without a slug is taken as it is.
func (a *Accounts) IDOfOrder(ctx context.Context, o *order.Order) (string, error) {
	if o.AccountSlug == "" {
		return o.AccountID, nil
	}

	id, err := a.bySlug.Get(ctx, o.AccountSlug)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case o.AccountID != "" && o.AccountID != id:
		return "", nil
	}

	return id, nil
}

const (
	// usersAtOnce is how many accounts behind one app are written to at the same time.
	usersAtOnce = 16
	// usersPage is how many accounts one query reads.
	usersPage = 200
)

// ForUsers calls note for every account that has an app of a provider installed, several at a time, and reports whether there is
// one. A failure keeps no account from its call; an account that is gone by then counts as none.
func (a *Accounts) ForUsers(ctx context.Context, provider, appID string, note func(store.AppUser) error) (found bool, err error) {
	var (
		mu       sync.Mutex
		failures []error
	)

	for page, err := range userPages(ctx, a.store, provider, appID) {
		if err != nil {
			return found, errors.Join(append(failures, err)...)
		}

		var running errgroup.Group
		running.SetLimit(usersAtOnce)

		for _, u := range page {
			found = true

			running.Go(func() error {
				if err := note(u); err != nil && !errors.Is(err, store.ErrNotFound) {
					mu.Lock()
					defer mu.Unlock()

					failures = append(failures, err)
				}

				return nil
			})
		}

		_ = running.Wait() // the failures are kept
	}

	return found, errors.Join(failures...)
}

// userLister lists the accounts that have an app installed.
type userLister interface {
	AppUsers(ctx context.Context, provider, appID, last string, limit int) ([]store.AppUser, error)
}

// userPages walks over the accounts that have an app of a provider installed, a page of them at a time. An error is the last thing it
// yields.
func userPages(ctx context.Context, from userLister, provider, appID string) iter.Seq2[[]store.AppUser, error] {
	return func(yield func([]store.AppUser, error) bool) {
		for last := ""; ; {
			page, err := from.AppUsers(ctx, provider, appID, last, usersPage)
			if !yield(page, err) || err != nil || len(page) < usersPage {
				return
			}

			last = page[len(page)-1].AccountID
		}
	}
}

// change changes the stored condition of an account, forgets the cached account, and tells of apps that do otherwise since.
func (a *Accounts) change(ctx context.Context, id string, change func(*account.Condition) bool) error {
	return a.changeBy(ctx, id, nil, change)
}

// changeBy is change for what signs of apps tell.
func (a *Accounts) changeBy(ctx context.Context, id string, signs map[string]account.Signs, change func(*account.Condition) bool) error {
	defer a.byID.Forget(id)

	var before, after map[string]account.App

	err := a.store.ChangeCondition(ctx, id, watched(change, &before, &after))
	if err == nil {
		a.news.tell(ctx, id, before, after, signs)
	}

	return err
}
