package catalog_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
)

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
