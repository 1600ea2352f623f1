package catalog_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
)

// TestBaseURLsAreAddresses holds that another address than a provider's own is one, and named if it is not.
func TestBaseURLsAreAddresses(t *testing.T) {
	t.Parallel()
	names := []string{"GUPSHUP_BASE_URL", "KALEYRA_BASE_URL", "BUSINESSONBOT_BASE_URL", "META_BASE_URL"}
	for _, name := range names {
		for address, good := range map[string]bool{"foo": false, "gupshup.example.com": false, "https://gupshup.example.com/": true} {
			err := config.Load(t.Context(), config.Map(map[string]string{name: address}), &catalog.Config{})
			if (err == nil) != good || !good && err.Error() != name+" is not an http or https address" {
				t.Errorf("%s=%s: got %v", name, address, err)
			}
		}
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	c := catalog.New(catalog.Config{})
	for _, name := range []string{"businessonbot", "gupshup", "kaleyra", "meta"} {
		p, ok := c.Get(name)
		if !ok || p.Name() != name {
			t.Errorf("Get(%q): got %v, %v", name, p, ok)
		}
		if _, sends := p.(provider.TemplateSender); !sends {
			t.Errorf("%s: sends no templates", name)
		}
		if _, source := p.(provider.WebhookSource); source != p.Capabilities().Callbacks {
			t.Errorf("%s: capabilities say callbacks %v, the interface says %v", name, p.Capabilities().Callbacks, source)
		}
	}
	if p, ok := c.Get("nobody"); ok {
		t.Errorf("Get(nobody): got %v", p)
	}
}
