package provider

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// CallConfig is what a function reads that calls providers.
type CallConfig struct {
	// Timeout ends one call to a provider.
	Timeout time.Duration `env:"PROVIDER_TIMEOUT, default=10s"`
}

// Validate bounds the timeout.
func (c CallConfig) Validate() error {
	var check config.Check
	check.Positive("PROVIDER_TIMEOUT", c.Timeout)

	return check.Err()
}
