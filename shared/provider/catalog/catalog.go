// Package catalog lists the providers. A new one is its package and one line here.
package catalog

import (
	"maps"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

// Config says where the providers are; what is empty means the provider's own address.
type Config struct {
	GupshupBaseURL string
}

// Catalog finds providers by name. It does not change and may be used by many at once.
type Catalog struct{ byName map[string]provider.Provider }

// New returns the catalog of all providers.
func New(cfg Config) *Catalog {
	c := &Catalog{byName: map[string]provider.Provider{}}
	for _, p := range []provider.Provider{
		gupshup.New(gupshup.Config{BaseURL: cfg.GupshupBaseURL}),
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
