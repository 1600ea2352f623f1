package settings

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// maxTTL bounds how long an instance may go on with settings that a brand has changed.
const maxTTL = 30 * time.Second

// Config is what a function reads that caches settings.
type Config struct {
	// TTL is how long settings and templates are cached in the instance.
	TTL time.Duration `env:"SETTINGS_TTL, default=30s"`
}

// Validate bounds the time to live.
func (c Config) Validate() error {
	var check config.Check
	check.That(c.TTL >= 0 && c.TTL <= maxTTL, "SETTINGS_TTL must be between 0 and 30s")
	return check.Err()
}
