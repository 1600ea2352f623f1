package workspace

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/auth"
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
	Users     auth.UserConfig
	Secrets   secret.Config
	Keys      wire.CallbackKeysConfig
	Proof     wire.ProofKey
	Archive   archive.Config
	Client    httpx.ClientConfig
	Calls     provider.CallConfig
	Providers catalog.Config
	News      wire.AccountNews
	// Zone is the zone of the platform's status times, by whose days events that are off are counted.
	Zone config.Zone `env:"PLATFORM_TIME_ZONE, default=Asia/Kolkata"`
	// WebhookURL is webhook's public address, to which providers report.
	WebhookURL string `env:"WEBHOOK_URL, required"`
	// ConsoleURL is the console's address that links for brands lead to.
	ConsoleURL string `env:"CONSOLE_URL"`
	// Origins are those of the pages of brands and of the platform that browsers may call from.
	Origins []string `env:"WORKSPACE_ORIGINS"`
	// InstallLink is the address of the page where a brand installs an app, in which {accountId} stands for the account.
	InstallLink string `env:"WORKSPACE_INSTALL_LINK"`
	// ImportTimeout ends an import of customers, which then says from where it is to go on; all other requests end after REQUEST_TIMEOUT.
	ImportTimeout time.Duration `env:"IMPORT_TIMEOUT, default=540s"`
	// Rate is how many requests a second a caller may make of one instance, Burst how many of them may come at once.
	Rate  float64 `env:"WORKSPACE_RATE, default=10"`
	Burst int     `env:"WORKSPACE_BURST, default=40"`
}

// Validate checks what is the function's own.
func (c Config) Validate() error {
	var check config.Check
	check.Address("WEBHOOK_URL", c.WebhookURL)
	check.Address("CONSOLE_URL", c.ConsoleURL)
	check.That(c.Users.Service == "" || c.ConsoleURL == "" || strings.HasPrefix(c.ConsoleURL, "https://"), "CONSOLE_URL must be an https address beside K_SERVICE")
	check.Origins("WORKSPACE_ORIGINS", c.Origins)
	check.Address("WORKSPACE_INSTALL_LINK", c.InstallLink)
	check.That(c.Rate > 0, "WORKSPACE_RATE must be more than zero")
	check.AtLeast("WORKSPACE_BURST", c.Burst, 1)
	check.Positive("IMPORT_TIMEOUT", c.ImportTimeout)
	check.Less("PROVIDER_TIMEOUT", c.Calls.Timeout, "REQUEST_TIMEOUT", c.Client.RequestTimeout)

	return check.Err()
}
