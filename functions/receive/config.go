package receive

import (
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// Config is what this function reads.
type Config struct {
	Project   config.Project
	Push      boot.PushConfig
	Secrets   secret.Config
	Keys      wire.CallbackKeysConfig
	Client    httpx.ClientConfig
	Providers catalog.Config
	Outcomes  wire.CustomerNotifications
	Settings  settings.Config
	Calls     provider.CallConfig
	Intake    intake.Config
}

// Validate checks the order of the times.
func (c Config) Validate() error { return wire.CheckCalls(c.Calls, c.Client, c.Push) }
