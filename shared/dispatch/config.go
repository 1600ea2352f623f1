package dispatch

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// Config are the protocol's times and limits.
type Config struct {
	// Zone is the zone of the platform's status times, which name none.
	Zone config.Zone `env:"PLATFORM_TIME_ZONE, default=Asia/Kolkata"`
	// ProviderTimeout ends one call to a provider.
	ProviderTimeout time.Duration `env:"PROVIDER_TIMEOUT, default=10s"`
	// Lease is how long a claimed message belongs to the worker that claimed it.
	Lease time.Duration `env:"LEASE, default=45s"`
	// Grace is how long to wait for a callback, after the lease has expired, before a message in doubt is sent again.
	Grace time.Duration `env:"GRACE, default=3m"`
	// ParkAfter is how long a status of an unknown message is delivered again before it is parked.
	ParkAfter time.Duration `env:"PARK_AFTER, default=20s"`
	// EvidenceWindow is how recent an app's last callback must be for a message in doubt to be settled by silence.
	EvidenceWindow time.Duration `env:"EVIDENCE_WINDOW, default=24h"`
	// MaxInstances is how many instances share a sender's rate.
	MaxInstances int `env:"MAX_INSTANCES, default=10"`
	// MaxTries is how often a message may wait or be held before it is dropped.
	MaxTries int `env:"MAX_TRIES, default=100"`
	Settings settings.Config
	// Retention is how long each kind of document is kept.
	Retention Retention `env:", prefix=RETENTION_"`
}

// Retention is how long documents are kept before Firestore's time-to-live deletes them.
type Retention struct {
	// Messages is for the send log; the law asks for at least a year.
	Messages time.Duration `env:"MESSAGES, default=9600h"`
	// Replies is for what shoppers wrote.
	Replies time.Duration `env:"REPLIES, default=2160h"`
	// Orders is for orders as last known.
	Orders time.Duration `env:"ORDERS, default=9600h"`
	// Parked is for statuses whose message is not known.
	Parked time.Duration `env:"PARKED, default=168h"`
}

// Validate checks each value by itself, and that the grace outlasts the parking of statuses: otherwise evidence would come
// too late.
func (c Config) Validate() error {
	var check config.Check
	check.Positive("PROVIDER_TIMEOUT", c.ProviderTimeout)
	check.Positive("GRACE", c.Grace)
	check.That(c.Grace > 2*c.ParkAfter, "GRACE must be more than twice PARK_AFTER")
	check.AtLeast("MAX_INSTANCES", c.MaxInstances, 1)
	check.AtLeast("MAX_TRIES", c.MaxTries, 1)
	check.Positive("RETENTION_MESSAGES", c.Retention.Messages)
	check.Positive("RETENTION_REPLIES", c.Retention.Replies)
	check.Positive("RETENTION_ORDERS", c.Retention.Orders)
	check.Positive("RETENTION_PARKED", c.Retention.Parked)
	return check.Err()
}
