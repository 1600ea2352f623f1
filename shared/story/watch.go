package story

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
)

// WatchOrder calls changed at once, and again whenever something of an order is written, which is given by the platform's id, until the context
// ends; then it returns nil. An error means that nothing more will be told. It tells of nothing that [Teller.Whole] has from elsewhere, such as the
// account's settings.
func (t *Teller) WatchOrder(ctx context.Context, c access.Caller, accountID, orderID string, changed func()) error {
	if err := c.May(access.Read, accountID); err != nil {
		return err
	}

	return t.store.WatchOrder(ctx, accountID, orderID, changed)
}

// WatchNewest is [Teller.WatchOrder] for the newest messages of an account, at most limit.
func (t *Teller) WatchNewest(ctx context.Context, c access.Caller, accountID string, limit int, changed func()) error {
	if err := c.May(access.Read, accountID); err != nil {
		return err
	}

	return t.store.WatchNewest(ctx, accountID, limit, changed)
}
