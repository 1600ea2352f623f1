// Package catalog lists the providers. A new one is its package and one line here.
package catalog

import (
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// Config says where the providers are; what is empty means the provider's own address.
type Config struct {
	GupshupBaseURL, KaleyraBaseURL, BusinessOnBotBaseURL, MetaBaseURL string
	// MetaVersion is the version of Meta's API; empty means the one that the package was made for.
	MetaVersion string
	// OrderZone is the zone of times in the platform's orders; nil means UTC.
	OrderZone *time.Location
}

// Catalog finds providers by name. It does not change and may be used by many at once.
type Catalog struct{ byName map[string]provider.Provider }

// New returns the catalog of all providers.
func New(cfg Config) *Catalog {
	c := &Catalog{byName: map[string]provider.Provider{}}
	for _, p := range []provider.Provider{
		gupshup.New(gupshup.Config{BaseURL: cfg.GupshupBaseURL}),
		kaleyra.New(kaleyra.Config{BaseURL: cfg.KaleyraBaseURL}),
		businessonbot.New(businessonbot.Config{BaseURL: cfg.BusinessOnBotBaseURL, OrderZone: cfg.OrderZone}),
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

// Names are the names of all providers, sorted.
func (c *Catalog) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }
