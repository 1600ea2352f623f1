package settings

import (
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Variables lists what a template's placeholder can be mapped to. Every caller may see it.
func (w *Workspace) Variables(c access.Caller) ([]template.Variable, error) {
	if err := c.MaySomewhere(access.Read); err != nil {
		return nil, err
	}

	return template.Variables(), nil
}
