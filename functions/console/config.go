package console

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// Config is what this function reads.
type Config struct {
	Project   config.Project
	Door      DoorConfig
	Secrets   secret.Config
	Keys      wire.CallbackKeysConfig
	Proof     wire.ProofKey
	Archive   archive.Config
	Client    httpx.ClientConfig
	Calls     provider.CallConfig
	Providers catalog.Config
	News      wire.AccountNews
	Dead      wire.DeadTopics
	// Zone is the zone of the platform's status times, by whose days events that are off are counted.
	Zone config.Zone `env:"PLATFORM_TIME_ZONE, default=Asia/Kolkata"`
	// WebhookURL is webhook's public address, to which providers report.
	WebhookURL string `env:"WEBHOOK_URL, required"`
	// Rate is how many requests a second a person may make of one instance, Burst how many of them may come at once.
	Rate  float64 `env:"CONSOLE_RATE, default=20"`
	Burst int     `env:"CONSOLE_BURST, default=100"`
	// ImportTimeout ends an import of customers, which then says from where it is to go on; all other requests end after REQUEST_TIMEOUT.
	ImportTimeout time.Duration `env:"IMPORT_TIMEOUT, default=540s"`
	// Patience is how long no dead letter may come before there are none any more.
	Patience time.Duration `env:"DEAD_LETTER_PATIENCE, default=2s"`
	// Stream is how long a page is told of changes before the browser has to ask again.
	Stream time.Duration `env:"CONSOLE_STREAM, default=5m"`
	// Refresh is how often such a page is looked at for what nobody tells of, such as the counts of all that waits.
	Refresh time.Duration `env:"CONSOLE_REFRESH, default=10s"`
	// Concurrency is how many requests an instance serves at a time, as it is deployed. Pages that are told of changes have half of them.
	Concurrency int `env:"CONCURRENCY, default=80"`
}

// Validate checks what is the function's own.
func (c Config) Validate() error {
	var check config.Check
	check.Address("WEBHOOK_URL", c.WebhookURL)
	check.Positive("CONSOLE_STREAM", c.Stream)
	check.Positive("CONSOLE_REFRESH", c.Refresh)
	check.AtLeast("CONCURRENCY", c.Concurrency, 1)
	check.That(c.Rate > 0, "CONSOLE_RATE must be more than zero")
	check.AtLeast("CONSOLE_BURST", c.Burst, 1)
	check.Positive("IMPORT_TIMEOUT", c.ImportTimeout)
	check.Positive("DEAD_LETTER_PATIENCE", c.Patience)
	check.Less("PROVIDER_TIMEOUT", c.Calls.Timeout, "REQUEST_TIMEOUT", c.Client.RequestTimeout)

	return check.Err()
}
