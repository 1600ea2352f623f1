package settings

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The most that is kept of a template's filling. WhatsApp takes less of all of it; what it takes is the lint's to say.
const (
	maxTemplateID = 200
	maxValues     = 100
	maxActions    = 20
	maxKey        = 64
	maxValueText  = 2000
	maxSettings   = 4000
)

// checkContent returns an Invalid error for the first part of a template's filling that cannot be kept. It says nothing of whether the
// filling fits the template. field is what the fields of errors begin with.
func checkContent(c account.Content, field string) error {
	f := c.Filling

	switch {
	case strings.TrimSpace(c.TemplateID) == "" || !isLine(c.TemplateID, maxTemplateID):
		return fault.Field(field+"template", "must be the provider's id of a template")
	case len(f.Variables) > maxValues || len(f.Texts) > maxValues:
		return fault.Field(field+"values", fmt.Sprintf("must be at most %d", maxValues))
	case len(f.Actions) > maxActions:
		return fault.Field(field+"actions", fmt.Sprintf("must be at most %d", maxActions))
	}

	for _, part := range partsOf(f) {
		if utf8.RuneCountInString(part.text) > part.most {
			return fault.Field(field+part.name, fmt.Sprintf("must be at most %d characters", part.most))
		}
		if !utf8.ValidString(part.text) {
			return fault.Field(field+part.name, "must be text")
		}
	}

	return nil
}

// part is a text of a filling.
type part struct {
	name, text string
	most       int
}

// partsOf lists all texts of a filling.
func partsOf(f template.Filling) []part {
	var parts []part

	list := func(name string, texts []string, most int) {
		for i, text := range texts {
			parts = append(parts, part{fmt.Sprintf("values[%d].%s", i, name), text, most})
		}
	}
	list("variable", f.Variables, maxKey)
	list("text", f.Texts, maxValueText)
	list("name", f.Names, maxKey)

	for i, action := range f.Actions {
		parts = append(parts, part{fmt.Sprintf("actions[%d]", i), action, maxKey})
	}

	value := func(name string, v template.Value) {
		parts = append(parts, part{name + ".variable", v.Variable, maxKey}, part{name + ".text", v.Text, maxValueText})
	}
	value("media.link", f.Media.Link)
	value("copyCode", f.CopyCode)
	value("payment.description", f.Payment.Description)

	return append(
		parts,
		part{"media.id", f.Media.ID, maxTemplateID},
		part{"media.filename", f.Media.Filename, maxTemplateID},
		part{"media.latitude", f.Media.Latitude, maxKey},
		part{"media.longitude", f.Media.Longitude, maxKey},
		part{"media.name", f.Media.Name, maxValueText},
		part{"media.address", f.Media.Address, maxValueText},
		part{"payment.part", string(f.Payment.Part), maxKey},
		part{"payment.reference", f.Payment.Reference, maxKey},
		part{"payment.goods", f.Payment.Goods, maxKey},
		part{"payment.type", f.Payment.Type, maxKey},
		part{"payment.configuration", f.Payment.Configuration, maxTemplateID},
		part{"payment.settings", f.Payment.Settings, maxSettings},
	)
}
