package brandapi

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// Config is what this function reads.
type Config struct {
	Project  config.Project
	Secrets  secret.Config
	PhoneKey wire.PhoneKey
	Client   httpx.ClientConfig
	Platform platform.Config
	Settings settings.Config
	Orders   orders.Config
	// OrderZone is the zone of the dates in the platform's orders, which name none.
	OrderZone config.Zone `env:"PLATFORM_ORDER_TIME_ZONE, default=UTC"`
	// OrderActions is the topic of what the platform is asked to do.
	OrderActions string `env:"ORDER_ACTIONS_TOPIC, default=order-actions"`
	// Lease is how long a cancellation belongs to the worker that makes it durable.
	Lease time.Duration `env:"LEASE, default=45s"`
	// Rate is how many calls a second an account may make of one instance.
	Rate float64 `env:"BRANDAPI_RATE, default=10"`
	// Burst is how many of them may come at once.
	Burst int `env:"BRANDAPI_BURST, default=20"`
	// UnknownKeys is how many keys that the instance does not know one address may try in a minute.
	UnknownKeys int `env:"BRANDAPI_UNKNOWN_KEYS, default=20"`
	// CancelRetention is how long the record of a cancellation is kept: as long as messages.
	CancelRetention time.Duration `env:"RETENTION_MESSAGES, default=9600h"`
	// AuditRetention is how long the record of a call is kept.
	AuditRetention time.Duration `env:"BRANDAPI_AUDIT_RETENTION, default=9600h"`
	// ShowAddress shows the street of a shopper's address, in every answer that has an address, and a shopper's default address.
	// The bot needs neither, so it is off.
	ShowAddress bool `env:"BRANDAPI_SHOW_ADDRESS, default=false"`
}

// Validate checks what is the function's own, and that a request ends before the lease of the cancellation it makes.
func (c Config) Validate() error {
	var check config.Check
	check.Less("REQUEST_TIMEOUT", c.Client.RequestTimeout, "LEASE", c.Lease)
	check.That(c.Rate > 0, "BRANDAPI_RATE must be more than zero")
	check.AtLeast("BRANDAPI_BURST", c.Burst, 1)
	check.AtLeast("BRANDAPI_UNKNOWN_KEYS", c.UnknownKeys, 1)
	check.Positive("RETENTION_MESSAGES", c.CancelRetention)
	check.Positive("BRANDAPI_AUDIT_RETENTION", c.AuditRetention)

	return check.Err()
}
