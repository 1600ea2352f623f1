package settings

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// CategoryChanges returns an account with what becomes of news of orders whose template is marketing.
func (w *Workspace) CategoryChanges(ctx context.Context, c access.Caller, id string) (account.Account, error) {
	if err := c.May(access.Read, id); err != nil {
		return account.Account{}, err
	}

	return w.read(ctx, "settings.CategoryChanges", id)
}

// PutCategoryChanges sets what becomes of news of orders whose template is marketing. The account must be as seen. What is held for its category
// goes out within minutes where they are sent.
func (w *Workspace) PutCategoryChanges(ctx context.Context, c access.Caller, id string, to account.Reclassed, seen Seen) (account.Account, error) {
	if err := c.May(access.Write, id); err != nil {
		return account.Account{}, err
	}

	return w.edit(ctx, c, edition{
		accountID: id,
		seen:      seen,
		action:    "category_changes.put",
		change: func(a *account.Account) error {
			if err := to.Check("reclassed"); err != nil {
				return err
			}

			a.Reclassed = to

			return nil
		},
	})
}
