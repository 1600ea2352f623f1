package webhook

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// Config is what this function reads.
type Config struct {
	Project  config.Project
	Secrets  secret.Config
	Events   wire.ProviderEvents
	Settings settings.Config
	// Reference opens the heartbeats of sweep.
	Reference wire.ReferenceKey
	// Timeout ends a request. Providers wait about as long as we wait for them.
	Timeout time.Duration `env:"PROVIDER_TIMEOUT, default=10s"`
}

// Validate checks the timeout.
func (c Config) Validate() error {
	var check config.Check
	check.Positive("PROVIDER_TIMEOUT", c.Timeout)
	return check.Err()
}
