// Package subscribe is the customer portal's function: it shows an order with the key that says whether its shopper gets
// WhatsApp messages, and it subscribes the shopper or takes the subscription back. openapi.yaml beside it describes both routes.
package subscribe

import (
	"context"
	_ "embed" // of openapi.yaml
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// OpenAPI describes both routes, as OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

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

	if len(cfg.linkKeys()) == 0 {
		f.Logger.WarnContext(ctx, "ORDER_LINK_KEY is not set: whoever knows or guesses an order's id can read the order, its shopper's name, "+
			"number and address included, and can subscribe or withdraw the shopper with what it says; the GETs of an address are limited", "per_minute", ordersPerMinute)
	}

	caching := wire.Settings(f, cfg.Settings)
	client := platform.New(cfg.Platform, cfg.Project.ID, wire.Client(f, cfg.Client, cfg.Platform.BaseURL))

	return newHandler(cfg, deps{
		Store:    db,
		Accounts: settings.NewAccounts(db, caching),
		Orders:   orders.New(db, client, f.Clock, cfg.Orders.Retention),
		Platform: client,
		PhoneKey: wire.PhoneKeyer(wire.Secrets(f, cfg.Project, cfg.Secrets), cfg.PhoneKey),
		Clock:    f.Clock,
		Logger:   f.Logger,
	}), nil
}
