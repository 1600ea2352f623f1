package settings

import (
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Form returns what a provider wants to know of an app, for a page that asks a person for it. It is NotFound if there is no provider of that
// name. Every caller may see it.
func (w *Workspace) Form(c access.Caller, providerName string) (provider.Form, error) {
	if err := c.MaySomewhere(access.Read); err != nil {
		return provider.Form{}, err
	}

	known, _ := w.providers.Get(providerName)

	p, ok := known.(connectable)
	if !ok {
		return provider.Form{}, fault.New(fault.NotFound, "settings.Form", "there is no such provider")
	}

	return p.Form(), nil
}
