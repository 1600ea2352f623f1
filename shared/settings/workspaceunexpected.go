package settings

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// UnexpectedReplies are how an account's shoppers are answered who write what no message of ours has asked for.
type UnexpectedReplies struct {
	Account account.Account
	// Sender is the app that answers go through; the zero value if none is installed, when nobody is answered.
	Sender account.App
	// Hears says that the sender's provider reports what shoppers write. Without that nobody can be answered.
	Hears bool
	// Own is what the brand set for its own apps.
	Own account.UnexpectedReplies
	// Platform is what the platform set, if the sender is an app of the platform's.
	Platform account.UnexpectedReplies
}

// UnexpectedReplies returns how shoppers are answered.
func (w *Workspace) UnexpectedReplies(ctx context.Context, c access.Caller, id string) (UnexpectedReplies, error) {
	if err := c.May(access.Read, id); err != nil {
		return UnexpectedReplies{}, err
	}

	a, err := w.read(ctx, "settings.UnexpectedReplies", id)
	if err != nil {
		return UnexpectedReplies{}, err
	}

	return w.unexpected(ctx, a)
}

// unexpected returns how shoppers of an account are answered.
func (w *Workspace) unexpected(ctx context.Context, a account.Account) (UnexpectedReplies, error) {
	u := UnexpectedReplies{Account: a}
	u.Sender, _ = a.App(a.Sender)

	if p, known := w.providers.Get(u.Sender.Provider); known {
		u.Hears = p.Capabilities().Callbacks
	}

	if a.Unexpected != nil {
		u.Own = *a.Unexpected
	}
	if u.Sender.Ownership != message.Platform {
		return u, nil
	}

	app, err := w.store.PlatformApp(ctx, u.Sender.ID)
	if errors.Is(err, store.ErrNotFound) {
		return u, nil // nobody has set anything
	}

	u.Platform = app.Unexpected

	return u, err
}

// PutUnexpectedReplies sets how shoppers are answered through the brand's own apps. The account must be as seen. It is Conflict without
// such an app: the platform's has answers of the platform.
func (w *Workspace) PutUnexpectedReplies(ctx context.Context, c access.Caller, id string, in account.UnexpectedReplies, seen Seen) (UnexpectedReplies, error) {
	const op = "settings.PutUnexpectedReplies"

	if err := c.May(access.Write, id); err != nil {
		return UnexpectedReplies{}, err
	}

	a, err := w.edit(ctx, c, edition{
		accountID: id,
		seen:      seen,
		action:    "unexpected_replies.put",
		change: func(a *account.Account) error {
			switch own := ownApps(*a); {
			case len(a.Apps) == 0:
				return fault.New(fault.Conflict, op, "no app is installed that could answer; install one first")
			case own == 0:
				return fault.New(fault.Conflict, op, "the platform's app answers as the platform has set it; install an app of your own to set it")
			}
			if err := in.Check(""); err != nil {
				return err
			}

			a.Unexpected = &in

			return nil
		},
	})
	if err != nil {
		return UnexpectedReplies{}, err
	}

	return w.unexpected(ctx, a)
}

// ownApps counts the apps of an account that are the brand's own.
func ownApps(a account.Account) int {
	n := 0
	for _, app := range a.Apps {
		if app.Ownership != message.Platform {
			n++
		}
	}

	return n
}
