// Package signin is the use case of the links by which people come from a brand's portal into the console.
//
//	portal ──Mint──▶ link, within a minute ──▶ the person's browser ──Redeem──▶ who they are, once
//
// Only a hash of a link's token is kept. Neither errors nor logs have a link, its token, or who it is for.
package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// lifetime is how long a link may be used, which is the time a browser needs to follow it.
	lifetime = time.Minute
	// maxToken is the longest token that is looked at, in bytes. Ours have 26.
	maxToken = 100
)

// Deps are what [Links] work with.
type Deps struct {
	Store *store.Store
	// Accounts are read without a cache, so that a link can be had as soon as there is an account.
	Accounts *settings.Accounts
	// ConsoleURL is the address of the console that links lead to; empty if there is none.
	ConsoleURL string
	Clock      clock.Clock
}

// Links makes and takes links. It is safe for concurrent use.
type Links struct {
	store      *store.Store
	accounts   *settings.Accounts
	consoleURL string
	clock      clock.Clock
}

// New returns the use cases; it makes no call.
func New(d Deps) *Links {
	return &Links{store: d.Store, accounts: d.Accounts, consoleURL: d.ConsoleURL, clock: d.Clock}
}

// Ask is what a link is to be. The zero Ask is one for the caller, with the caller's role, to the account's first page.
type Ask struct {
	// Role is what its holder may do, if that is less than the caller may.
	Role access.Role
	// Path is the page of the account to enter at, with its query.
	Path string
	// Person is who it is for, if that is somebody else: a portal asks with its own name, and its people have theirs.
	Person *Person
}

// Person is somebody whom a portal has let in, and vouches for.
type Person struct {
	// ID is what the portal knows the person by, Name what people do. What the person changes has both.
	ID, Name string
}

// Link is a link that was made.
type Link struct {
	// URL is a secret: who has it is let in.
	URL       string
	ExpiresAt time.Time
}

// Mint makes a link into the console for an account. Its holder may do there what the caller may, or less, and nothing at other accounts.
// Only the platform may name another person than itself.
func (l *Links) Mint(ctx context.Context, c access.Caller, accountID string, ask Ask) (Link, error) {
	const op = "signin.Mint"

	if err := c.May(access.Read, accountID); err != nil {
		return Link{}, err
	}

	in, err := signInOf(c, accountID, ask)
	if err != nil {
		return Link{}, err
	}
	if l.consoleURL == "" {
		return Link{}, fault.New(fault.NotFound, op, "there is no console here: CONSOLE_URL is not set")
	}
	if _, err = l.accounts.Known(ctx, op, accountID); err != nil {
		return Link{}, err
	}

	token := rand.Text()
	in.ExpireAt = l.clock.Now().Add(lifetime)

	if err = l.store.AddSignIn(ctx, store.SignInHash(token), in); err != nil {
		return Link{}, err
	}

	return Link{URL: l.consoleURL + "/enter/" + token, ExpiresAt: in.ExpireAt}, nil
}

// errUsed is the same for a link that was used, whose time is over, and that never was one.
var errUsed = fault.New(fault.NotFound, "signin.Redeem", "this link has been used, or its minute is over; go back to where it was and open the console again")

// Redeem returns who the holder of a link's token is, and the page to enter at. It ends the link: of several that come at once, one is let in. The
// error is of kind NotFound for a token that is nobody's any more.
func (l *Links) Redeem(ctx context.Context, token string) (c access.Caller, path string, err error) {
	if token == "" || len(token) > maxToken {
		return access.Caller{}, "", errUsed
	}

	in, err := l.store.TakeSignIn(ctx, store.SignInHash(token), l.clock.Now())
	if errors.Is(err, store.ErrNotFound) {
		err = errUsed
	}
	if err != nil {
		return access.Caller{}, "", err
	}

	return access.Caller{
		Subject:  in.Subject,
		Name:     in.Name,
		Role:     access.Role(in.Role),
		Accounts: []string{in.AccountID},
	}, in.Path, nil
}
