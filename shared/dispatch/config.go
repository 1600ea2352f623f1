package dispatch

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Config is what sending reads.
type Config struct {
	// Zone is the zone of the platform's status times, which name none.
	Zone   config.Zone `env:"PLATFORM_TIME_ZONE, default=Asia/Kolkata"`
	Calls  provider.CallConfig
	Limits outcome.Limits
	// MaxInstances is how many instances share a sender's rate.
	MaxInstances int `env:"MAX_INSTANCES, default=10"`
	// Concurrency is how many events an instance takes at once, AppConcurrency how many of them of one app.
	Concurrency    int       `env:"CONCURRENCY, default=80"`
	AppConcurrency int       `env:"APP_CONCURRENCY, default=40"`
	Retention      Retention `env:", prefix=RETENTION_"`
}

// Retention is how long documents are kept before Firestore's time-to-live deletes them.
type Retention struct {
	// Messages is for the send log; the law asks for at least a year.
	Messages time.Duration `env:"MESSAGES, default=9600h"`
	// Orders is for orders as last known.
	Orders time.Duration `env:"ORDERS, default=9600h"`
}

// Validate checks each value by itself.
func (c Config) Validate() error {
	var check config.Check
	check.AtLeast("MAX_INSTANCES", c.MaxInstances, 1)
	check.AtLeast("CONCURRENCY", c.Concurrency, 1)
	check.AtLeast("APP_CONCURRENCY", c.AppConcurrency, 1)
	check.That(c.AppConcurrency <= c.Concurrency || c.Concurrency < 1, "APP_CONCURRENCY must not be more than CONCURRENCY")
	check.Positive("RETENTION_MESSAGES", c.Retention.Messages)
	check.Positive("RETENTION_ORDERS", c.Retention.Orders)

	return check.Err()
}
