// Package subscribe is the customer portal's function: it shows an order with the key that says whether its shopper gets
// WhatsApp messages, and it subscribes the shopper or takes the subscription back.
package subscribe

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func init() { functions.HTTP("Subscribe", boot.Deployed("subscribe", New)) }

// New builds the function.
func New(ctx context.Context, f boot.Function) (http.Handler, error) {
	var cfg Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	db, err := wire.Store(ctx, f, cfg.Project)
	if err != nil {
		return nil, err
	}

	caching := wire.Settings(f, cfg.Settings)

	return newHandler(cfg, deps{
		Store:    db,
		Accounts: settings.NewAccounts(db, caching),
		Orders:   orders.New(db, platform.New(cfg.Platform, wire.Client(f, cfg.Client)), f.Clock, cfg.Orders.Retention),
		PhoneKey: wire.PhoneKeyer(wire.Secrets(f, cfg.Project, cfg.Secrets), cfg.PhoneKey),
		Clock:    f.Clock,
		Logger:   f.Logger,
	}), nil
}
