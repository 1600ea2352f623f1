package meta

import (
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/loose"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templateFields are what is asked of a template.
const templateFields = "id,name,language,status,category,sub_category,parameter_format,components,quality_score,rejected_reason"

// templateObject is a template as Meta tells it.
type templateObject struct {
	ID         text              `json:"id"`
	Name       text              `json:"name"`
	Language   text              `json:"language"`
	Category   text              `json:"category"`
	Status     text              `json:"status"`
	Components []json.RawMessage `json:"components"`
}

// templatePart is one component of a template.
type templatePart struct {
	Type    text `json:"type"`
	Format  text `json:"format"`
	Text    text `json:"text"`
	Example struct {
		Handles []text `json:"header_handle"`
	} `json:"example"`
	Buttons []struct {
		Type  text `json:"type"`
		Text  text `json:"text"`
		URL   text `json:"url"`
		Phone text `json:"phone_number"`
	} `json:"buttons"`
}

// decodeTemplate reads one template object; false for JSON that is none.
func decodeTemplate(raw json.RawMessage) (template.Template, bool) {
	var o templateObject
	if loose.Decode(raw, &o) != nil || o.ID == "" || o.Name == "" {
		return template.Template{}, false
	}
	t := template.Template{
		ID: string(o.ID), Name: string(o.Name), Language: string(o.Language),
		Category: o.Category.Upper(), Status: o.Status.Upper(),
	}
	for _, part := range o.Components {
		var c templatePart
		if loose.Decode(part, &c) == nil {
			c.add(&t)
		}
	}
	t.Params = t.Count()
	return t, true
}

// add puts a component into its place. Parts that we cannot fill, a carousel or an offer, stand as the header's kind, so
// that the template is not sent without them.
func (c templatePart) add(t *template.Template) {
	switch kind := c.Type.Lower(); kind {
	case "header":
		t.Header = template.Header{Kind: template.HeaderKind(c.Format.Lower()), Text: string(c.Text)}
		for _, handle := range c.Example.Handles {
			// The sample of a medium is an address, or WhatsApp's handle of an upload.
			if t.Header.MediaURL == "" && strings.HasPrefix(string(handle), "http") {
				t.Header.MediaURL = string(handle)
			}
		}
	case "body":
		t.Body = string(c.Text)
	case "footer":
		t.Footer = string(c.Text)
	case "buttons":
		for _, b := range c.Buttons {
			t.Buttons = append(t.Buttons, template.Button{
				Kind: template.ButtonKind(b.Type.Lower()), Text: string(b.Text), URL: string(b.URL), Phone: string(b.Phone),
			})
		}
	case "carousel", "limited_time_offer":
		t.Header.Kind = template.HeaderKind(kind)
	}
}
