package settings

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// SenderDetail is the app that an account's messages go through.
type SenderDetail struct {
	Account account.Account
	// App is the sender; the zero value if no app is installed.
	App account.App
	// Missing are the events that are off since something is missing at the sender.
	Missing []account.Missing
}

// Sender returns the app that an account's messages go through.
func (w *Workspace) Sender(ctx context.Context, c access.Caller, accountID string) (SenderDetail, error) {
	if err := c.May(access.Read, accountID); err != nil {
		return SenderDetail{}, err
	}

	a, err := w.read(ctx, "settings.Sender", accountID)
	if err != nil {
		return SenderDetail{}, err
	}

	return w.senderOf(ctx, a)
}

// SenderOf is Sender of an account that the caller has just read or changed, which is not read again.
func (w *Workspace) SenderOf(ctx context.Context, c access.Caller, a account.Account) (SenderDetail, error) {
	if err := c.May(access.Read, a.ID); err != nil {
		return SenderDetail{}, err
	}

	return w.senderOf(ctx, a)
}

func (w *Workspace) senderOf(ctx context.Context, a account.Account) (SenderDetail, error) {
	offers, err := w.offers(ctx, a)
	if err != nil {
		return SenderDetail{}, err
	}

	d := SenderDetail{Account: a, Missing: a.Missing(a.Sender, offers)}
	d.App, _ = a.App(a.Sender)

	return d, nil
}

// PutSender chooses the app that an account's messages go through, which sticks while it is installed; an empty id takes a choice back, so
// that the rules choose again. The account must be as seen. What was enabled stays so, as far as nothing is missing at the new sender.
func (w *Workspace) PutSender(ctx context.Context, c access.Caller, accountID, appID string, seen Seen) (SenderDetail, error) {
	if err := c.May(access.Write, accountID); err != nil {
		return SenderDetail{}, err
	}

	a, err := w.edit(ctx, c, edition{
		accountID: accountID,
		seen:      seen,
		action:    "sender.put",
		change: func(a *account.Account) error {
			if _, installed := a.App(appID); !installed && appID != "" {
				return fault.Field("appId", "must be one of the installed apps")
			}

			a.SenderChosen = appID != ""
			if a.SenderChosen {
				a.Sender = appID
			}

			return nil
		},
	})
	if err != nil {
		return SenderDetail{}, err
	}

	return w.senderOf(ctx, a)
}
