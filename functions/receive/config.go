package receive

import (
	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// Config is what this function reads.
type Config struct {
	Project  config.Project
	Push     boot.PushConfig
	Pushers  auth.PushConfig
	Secrets  secret.Config
	Keys     wire.CallbackKeysConfig
	Outcomes wire.CustomerNotifications
	News     wire.AccountNews
	Events   wire.ProviderEventsSource
	Settings settings.Config
	// Calls bounds what the instance loads; providers are not called.
	Calls  provider.CallConfig
	Intake intake.Config
}

// Validate checks that a load ends before Pub/Sub delivers the event again.
func (c Config) Validate() error {
	var check config.Check
	check.Less("PROVIDER_TIMEOUT", c.Calls.Timeout, "ACK_DEADLINE", c.Push.AckDeadline)

	return check.Err()
}
