// Package cloudapi is Meta's Cloud API as far as several providers speak it. [Reader] reads the webhook's statuses, messages
// and errors, [Codes] says what Meta's error codes mean, [Fill] writes the template of a send, and [AddComponent] reads templates.
// Each provider states only where it differs from Meta.
package cloudapi

import (
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// component is one component of a template: header, body, footer or buttons.
type component struct {
	Type    lenient.Text `json:"type"`
	Format  lenient.Text `json:"format"`
	Text    lenient.Text `json:"text"`
	Example struct {
		Handles []lenient.Text `json:"header_handle"`
	} `json:"example"`
	Buttons []struct {
		Type  lenient.Text `json:"type"`
		Text  lenient.Text `json:"text"`
		URL   lenient.Text `json:"url"`
		Phone lenient.Text `json:"phone_number"`
	} `json:"buttons"`
}

// AddComponent puts a component into its place in the template; what is none, or of an unknown type, changes nothing.
// Parts that we cannot fill, a carousel or an offer, stand as the header's kind, so that the template is not sent without
// them.
func AddComponent(t *template.Template, raw json.RawMessage) {
	var c component
	if lenient.Decode(raw, &c) != nil {
		return
	}

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
				Kind:  template.ButtonKind(b.Type.Lower()),
				Text:  string(b.Text),
				URL:   string(b.URL),
				Phone: string(b.Phone),
			})
		}
	case "carousel", "limited_time_offer":
		t.Header.Kind = template.HeaderKind(kind)
	}
}
