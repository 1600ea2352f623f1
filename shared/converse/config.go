package converse

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Config is what moving conversations on reads.
type Config struct {
	Calls     provider.CallConfig
	Retention Retention `env:", prefix=RETENTION_"`
}

// Retention is how long documents are kept before Firestore's time-to-live deletes them.
type Retention struct {
	// Messages is for the send log, answers to shoppers among it.
	Messages time.Duration `env:"MESSAGES, default=9600h"`
	// Orders is for orders as last known.
	Orders time.Duration `env:"ORDERS, default=9600h"`
}

// Validate checks each value by itself.
func (c Config) Validate() error {
	var check config.Check
	check.Positive("RETENTION_MESSAGES", c.Retention.Messages)
	check.Positive("RETENTION_ORDERS", c.Retention.Orders)

	return check.Err()
}
