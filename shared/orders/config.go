package orders

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// Config is what a function reads that shows orders.
type Config struct {
	// Refresh is how old a stored order may get before it is read from the platform, or stored, again.
	Refresh time.Duration `env:"ORDER_REFRESH, default=10m"`
	// Retention is how long a stored order is kept.
	Retention time.Duration `env:"RETENTION_ORDERS, default=9600h"`
}

// Validate checks both times.
func (c Config) Validate() error {
	var check config.Check
	check.Positive("ORDER_REFRESH", c.Refresh)
	check.Positive("RETENTION_ORDERS", c.Retention)
	return check.Err()
}
