// Package brandapi is the function that BusinessOnBot's bot asks about a brand's orders and shoppers, and through which it
// cancels an order on the shopper's word: shared/provider/businessonbot/CONTRACT.md section 5. openapi.yaml beside it
// describes every route.
//
// A call comes with the header x-guest-id, a secret of one account, and sees nothing beyond that account. Every call is
// written down before it is answered, without personal data.
//
// # Cancelling
//
// No call of the platform that cancels an order is documented. So a cancellation becomes a message on the topic
// order-actions, whose shape is ours:
//
//	{"id": "811:51230077", "action": "cancel_order", "version": "v1",
//	 "accountId": "811", "accountSlug": "neem-and-co", "orderId": "51230077", "customerOrderNumber": "NC-20417",
//	 "reason": "ordered twice", "actor": "bot", "mode": "whatsapp", "source": "businessonbot",
//	 "requestedAt": "2026-11-20T04:50:12Z"}
//
// Its attributes are id, action and account. It is durable before the bot hears of success. It may come more than once,
// always under the same id: its consumer cancels once. When the platform has cancelled the order it says so as always, by
// shipment/cancelled_order. If the bot then asks for the same cancellation again, nothing more happens.
package brandapi

import (
	"context"
	_ "embed" // of openapi.yaml
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// OpenAPI describes every route, as OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

func init() { functions.HTTP("BrandAPI", boot.Deployed("brandapi", New)) }

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
	topics := wire.Queue(f, cfg.Project)

	return newHandler(cfg, deps{
		Store:    db,
		Guests:   cache.New(caching.Cache(), db.GuestKey),
		Accounts: settings.NewAccounts(db, caching),
		Orders:   orders.New(db, platform.New(cfg.Platform, cfg.Project.ID, wire.Client(f, cfg.Client, cfg.Platform.BaseURL)), f.Clock, cfg.Orders.Retention),
		PhoneKey: wire.PhoneKeyer(wire.Secrets(f, cfg.Project, cfg.Secrets), cfg.PhoneKey),
		Actions:  wire.Publisher(f, topics, cfg.OrderActions, queue.Options{}),
		Clock:    f.Clock,
		Logger:   f.Logger,
	}), nil
}
