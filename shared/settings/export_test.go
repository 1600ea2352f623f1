package settings

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// Connection is connection for the tests outside of the package.
type Connection = connection

// Connect is connect for the tests outside of the package.
func (a *Apps) Connect(ctx context.Context, r Ref) (Connection, error) { return a.connect(ctx, r) }

// Connect is connect for the tests outside of the package.
func (w *Workspace) Connect(ctx context.Context, a account.Account, appID string) (Connection, error) {
	return w.connect(ctx, "settings.Connect", a, appID)
}

// ChargeTextInForce is chargeTextInForce for the tests outside of the package.
func ChargeTextInForce() ChargeText { return chargeTextInForce() }

// News is appNews for the tests outside of the package.
type News = appNews

// Changed is changed for the tests outside of the package.
type Changed = changed
