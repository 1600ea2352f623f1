package settings

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// Keywords returns an account with the words by which its shoppers stop and start messages.
func (w *Workspace) Keywords(ctx context.Context, c access.Caller, id string) (account.Account, error) {
	if err := c.May(access.Read, id); err != nil {
		return account.Account{}, err
	}

	return w.read(ctx, "settings.Keywords", id)
}

// PutKeywords sets the words by which an account's shoppers stop and start messages, beside ours, which no account can take away. The account
// must be as seen. Nothing of what was set before stays.
func (w *Workspace) PutKeywords(ctx context.Context, c access.Caller, id string, to consent.Words, seen Seen) (account.Account, error) {
	if err := c.May(access.Write, id); err != nil {
		return account.Account{}, err
	}

	return w.edit(ctx, c, edition{
		accountID: id,
		seen:      seen,
		action:    "keywords.put",
		change: func(a *account.Account) error {
			if err := to.Check(); err != nil {
				return err
			}

			a.Keywords = to

			return nil
		},
	})
}
