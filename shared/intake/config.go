package intake

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
)

// Config is what taking callbacks reads.
type Config struct {
	Parking   outcome.Parking
	Retention Retention `env:", prefix=RETENTION_"`
}

// Retention is how long documents are kept before Firestore's time-to-live deletes them.
type Retention struct {
	// Replies is for what shoppers wrote.
	Replies time.Duration `env:"REPLIES, default=2160h"`
	// Conversations is for what shoppers chose after a failed delivery, and what came of it. It counts from their newest message.
	Conversations time.Duration `env:"CONVERSATIONS, default=9600h"`
	// Parked is for statuses whose message is not known.
	Parked time.Duration `env:"PARKED, default=168h"`
}

// Validate checks each value by itself.
func (c Config) Validate() error {
	var check config.Check
	check.Positive("RETENTION_REPLIES", c.Retention.Replies)
	check.Positive("RETENTION_CONVERSATIONS", c.Retention.Conversations)
	check.Positive("RETENTION_PARKED", c.Retention.Parked)

	return check.Err()
}
