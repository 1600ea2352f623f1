package settings

import (
	"context"
	"maps"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
)

// Trouble is an app of an account that cannot send, or the template of one of its events that cannot be sent: what goes through it is held.
type Trouble struct {
	AccountID, AccountName string
	AppID, AppName         string
	Provider               string
	// Event is that of the template; empty where the app itself cannot send.
	Event string
	// Health has the reason, since when it is so, and what the provider said of it, where it said more.
	Health account.Health
	// Words say to a person what is wrong, and what there is to be done.
	Words checks.Words
}

// Troubles lists what cannot send, of all accounts, in the order of their ids; limit accounts are looked at, beginning after the one of the id last (empty:
// from the first). next is the last for the next page; empty on the last one. The caller must be of the platform.
func (w *Workspace) Troubles(ctx context.Context, c access.Caller, last string, limit int) (all []Trouble, next string, err error) {
	if err = c.May(access.Operate, ""); err != nil {
		return nil, "", err
	}

	found, err := w.store.AccountsNeedingAttention(ctx, last, limit+1)
	if err != nil && len(found) == 0 {
		return nil, "", err // else one of them cannot be read, and the others are shown
	}

	for i, a := range found {
		if i == limit {
			next = found[i-1].ID
			break
		}

		all = append(all, troublesOf(a)...)
	}

	return all, next, nil
}

// troublesOf returns what of an account cannot send: first apps, then templates.
func troublesOf(a account.Account) []Trouble {
	var all []Trouble

	add := func(appID, event string, h account.Health) {
		if h.Healthy() {
			return
		}

		app := a.Apps[appID]
		all = append(all, Trouble{
			AccountID:   a.ID,
			AccountName: a.Name,
			AppID:       appID,
			AppName:     app.Name,
			Provider:    app.Provider,
			Event:       event,
			Health:      h,
			Words:       checks.OfCause(h.Reason),
		})
	}

	for _, id := range slices.Sorted(maps.Keys(a.Apps)) {
		add(id, "", a.Apps[id].Health)
	}

	for _, kind := range slices.Sorted(maps.Keys(a.Events)) {
		add(a.Sender, kind, a.TemplateHealth(kind))
	}

	return all
}
