package receive

import (
	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/converse"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
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
	Keys      wire.CallbackKeysConfig
	Client    httpx.ClientConfig
	Platform  platform.ResolutionConfig
	Providers catalog.Config
	Outcomes  wire.OutcomeTopics
	Messages  wire.CustomerMessages
	News      wire.AccountNews
	Events    wire.ProviderEventsSource
	Settings  settings.Config
	Converse  converse.Config
	Intake    intake.Config
}

// Validate checks that a call of a provider ends before the request that it is part of, and that before Pub/Sub delivers the event again.
func (c Config) Validate() error {
	var check config.Check
	check.Less("PROVIDER_TIMEOUT", c.Converse.Calls.Timeout, "REQUEST_TIMEOUT", c.Client.RequestTimeout)
	check.Less("REQUEST_TIMEOUT", c.Client.RequestTimeout, "ACK_DEADLINE", c.Push.AckDeadline)

	return check.Err()
}
