package settings

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// QuietHours returns an account with its quiet hours.
func (w *Workspace) QuietHours(ctx context.Context, c access.Caller, id string) (account.Account, error) {
	if err := c.May(access.Read, id); err != nil {
		return account.Account{}, err
	}

	return w.read(ctx, "settings.QuietHours", id)
}

// QuietHoursInput is what a brand sets of its quiet hours. Nothing of what was set before stays.
type QuietHoursInput struct {
	Enabled  bool
	From, To string
	// Exempt are the events that are told in the quiet hours as well; nil means those that are exempt by default, and an empty list none.
	Exempt []string
}

// PutQuietHours sets an account's quiet hours, which are on or off. The account must be as seen. What waits for the end of the former ones is
// decided on anew within a minute.
func (w *Workspace) PutQuietHours(ctx context.Context, c access.Caller, id string, in QuietHoursInput, seen Seen) (account.Account, error) {
	if err := c.May(access.Write, id); err != nil {
		return account.Account{}, err
	}

	quiet := account.QuietHours{Enabled: in.Enabled, From: in.From, To: in.To, Exempt: in.Exempt}
	if in.Exempt == nil {
		quiet.Exempt = account.ExemptByDefault()
	}

	return w.edit(ctx, c, edition{
		accountID: id,
		seen:      seen,
		action:    "quiet_hours.put",
		change: func(a *account.Account) error {
			if err := quiet.Check(""); err != nil {
				return err
			}

			a.Quiet = &quiet

			return nil
		},
	})
}
