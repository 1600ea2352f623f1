package sweep

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
)

// Config is what sweeping reads.
type Config struct {
	Limits outcome.Limits
	// Parking is intake's: the grace must outlast it.
	Parking outcome.Parking
	// EvidenceWindow is how recent an app's last callback must be for a message in doubt to be settled by silence.
	EvidenceWindow time.Duration `env:"EVIDENCE_WINDOW, default=24h"`
}

// Validate checks that the grace outlasts the parking of statuses; otherwise evidence would come too late.
func (c Config) Validate() error {
	var check config.Check
	check.That(c.Limits.Grace > 2*c.Parking.After, "GRACE must be more than twice PARK_AFTER")

	return check.Err()
}
