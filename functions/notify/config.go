package notify

import (
	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// Config is what this function reads.
type Config struct {
	Project   config.Project
	Push      boot.PushConfig
	Pushers   auth.PushConfig
	Secrets   secret.Config
	Keys      wire.KeysConfig
	Client    httpx.ClientConfig
	Platform  platform.Config
	Providers catalog.Config
	Outcomes  wire.OutcomeTopics
	News      wire.AccountNews
	Events    wire.OrderEventsSource
	Settings  settings.Config
	Dispatch  dispatch.Config
}

// Validate checks the order of the times.
func (c Config) Validate() error {
	return wire.CheckLease(c.Dispatch.Calls, c.Client, c.Dispatch.Limits, c.Push)
}
