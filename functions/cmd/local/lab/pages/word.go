package pages

import (
	"html/template"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// words are what templates may call besides [page.Words].
var words = template.FuncMap{
	"provider": func(name string) string { return vendors[name] },
}

// vendors are what providers are called.
var vendors = map[string]string{
	gupshup.Name:       "Gupshup",
	meta.Name:          "Meta",
	kaleyra.Name:       "Kaleyra",
	businessonbot.Name: "BusinessOnBot",
}
