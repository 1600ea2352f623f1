package sweep

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
)

// Config is what sweeping reads.
type Config struct {
	// WebhookURL is webhook's public address, to which heartbeats are posted.
	WebhookURL string `env:"WEBHOOK_URL, required"`
	Limits     outcome.Limits
	// Parking is intake's: the grace must outlast it.
	Parking outcome.Parking
	// For is how long a call goes on to bring back what becomes due; 0 ends it once all that is due was handled.
	For time.Duration `env:"SWEEP_FOR, default=50s"`
}

// Validate checks that the grace outlasts the parking of statuses; otherwise evidence would come too late.
func (c Config) Validate() error {
	var check config.Check
	check.That(c.Limits.Grace > 2*c.Parking.After, "GRACE must be more than twice PARK_AFTER")
	check.Address("WEBHOOK_URL", c.WebhookURL)
	check.NotNegative("SWEEP_FOR", c.For)

	return check.Err()
}
