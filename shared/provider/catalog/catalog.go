// Package catalog lists the providers. A new one is its package and, here, its import, its address in [Config],
// [Config.Validate], [Config.Addresses] and [Config.NameAt], and its line in [New].
package catalog

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// Config says where the providers are. An empty address means the provider's own.
type Config struct {
	GupshupBaseURL       string `env:"GUPSHUP_BASE_URL"`
	KaleyraBaseURL       string `env:"KALEYRA_BASE_URL"`
	BusinessOnBotBaseURL string `env:"BUSINESSONBOT_BASE_URL"`
	MetaBaseURL          string `env:"META_BASE_URL"`
	// MetaVersion is the version of Meta's Graph API; empty means the one that the package was made for.
	MetaVersion string `env:"META_VERSION"`
	// OrderZone is the zone of the dates in the platform's orders, which name none. By an order's first status time they are
	// in UTC.
	OrderZone config.Zone `env:"PLATFORM_ORDER_TIME_ZONE, default=UTC"`
}

// Validate checks the addresses.
func (c Config) Validate() error {
	var check config.Check
	check.Address("GUPSHUP_BASE_URL", c.GupshupBaseURL)
	check.Address("KALEYRA_BASE_URL", c.KaleyraBaseURL)
	check.Address("BUSINESSONBOT_BASE_URL", c.BusinessOnBotBaseURL)
	check.Address("META_BASE_URL", c.MetaBaseURL)

	return check.Err()
}

// Addresses are the addresses that stand in for the providers' own.
func (c Config) Addresses() []string {
	return []string{c.GupshupBaseURL, c.KaleyraBaseURL, c.BusinessOnBotBaseURL, c.MetaBaseURL}
}

// NameAt returns the name of the provider that a request of a provider's client goes to. BusinessOnBot's has no address of its own, since each
// of its apps has another.
func (c Config) NameAt(address string) string {
	for _, at := range []struct {
		name  string
		bases []string
	}{
		{gupshup.Name, basesOf(c.GupshupBaseURL, gupshup.BaseURL)},
		{kaleyra.Name, basesOf(c.KaleyraBaseURL, kaleyra.BaseURLs()...)},
		{meta.Name, basesOf(c.MetaBaseURL, meta.BaseURL)},
	} {
		for _, base := range at.bases {
			if strings.HasPrefix(address, strings.TrimRight(base, "/")+"/") {
				return at.name
			}
		}
	}

	return businessonbot.Name
}

// basesOf returns the address that stands in for a provider's own, or those.
func basesOf(instead string, own ...string) []string {
	if instead != "" {
		return []string{instead}
	}

	return own
}

// Catalog finds providers by name. It does not change and may be used by many at once.
type Catalog struct{ byName map[string]provider.Provider }

// New returns the catalog of all providers.
func New(cfg Config) *Catalog {
	c := &Catalog{byName: map[string]provider.Provider{}}
	for _, p := range []provider.Provider{
		gupshup.New(gupshup.Config{BaseURL: cfg.GupshupBaseURL}),
		kaleyra.New(kaleyra.Config{BaseURL: cfg.KaleyraBaseURL}),
		businessonbot.New(businessonbot.Config{BaseURL: cfg.BusinessOnBotBaseURL, OrderZone: cfg.OrderZone.Location()}),
		meta.New(meta.Config{BaseURL: cfg.MetaBaseURL, Version: cfg.MetaVersion}),
	} {
		c.byName[p.Name()] = p
	}

	return c
}

// Get is the provider of that name.
func (c *Catalog) Get(name string) (provider.Provider, bool) {
	p, ok := c.byName[name]
	return p, ok
}
