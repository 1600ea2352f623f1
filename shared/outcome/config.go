package outcome

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// Limits are what dispatch sets on a message and sweep acts on.
type Limits struct {
	// Lease is how long a claimed message belongs to the worker that claimed it.
	Lease time.Duration `env:"LEASE, default=45s"`
	// Grace is how long to wait for a callback, after the lease has expired, before a message in doubt is sent again.
	Grace time.Duration `env:"GRACE, default=3m"`
	// QuietGrace is how long to wait instead where the app owes no callback, and how long another message to the same shopper
	// waits at most.
	QuietGrace time.Duration `env:"QUIET_GRACE, default=15m"`
	// MaxTries is how often sweep may bring a message back that waits or is held, before the message is dropped.
	MaxTries int `env:"MAX_TRIES, default=100"`
}

// Validate checks each value by itself.
func (l Limits) Validate() error {
	var check config.Check
	check.Positive("GRACE", l.Grace)
	check.That(l.QuietGrace >= l.Grace, "QUIET_GRACE must not be less than GRACE")
	check.AtLeast("MAX_TRIES", l.MaxTries, 1)

	return check.Err()
}

// Parking says when a status of an unknown message is parked.
type Parking struct {
	// After is how long it is delivered again before that.
	After time.Duration `env:"PARK_AFTER, default=20s"`
}
