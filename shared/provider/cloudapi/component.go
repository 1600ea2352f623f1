// Package cloudapi is Meta's Cloud API as far as several providers speak it. [Reader] reads the webhook's statuses, messages
// and errors, [Codes] says what Meta's error codes mean, [Fill] writes the template of a send, and [AddComponents] reads templates.
// Each provider states only where it differs from Meta.
package cloudapi

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// component is one component of a template: header, body, footer or buttons.
type component struct {
	Type    lenient.Text `json:"type"`
	Format  lenient.Text `json:"format"`
	Text    lenient.Text `json:"text"`
	Example example      `json:"example"`
	Buttons []struct {
		Type    lenient.Text `json:"type"`
		Text    lenient.Text `json:"text"`
		URL     lenient.Text `json:"url"`
		Phone   lenient.Text `json:"phone_number"`
		Example lenient.List `json:"example"`
	} `json:"buttons"`
}

// example is what the brand had a component approved with.
type example struct {
	Handles     []lenient.Text `json:"header_handle"`
	HeaderText  lenient.List   `json:"header_text"`
	HeaderNamed []named        `json:"header_text_named_params"`
	BodyText    lenient.List   `json:"body_text"`
	BodyNamed   []named        `json:"body_text_named_params"`
}

// named is the value of a placeholder that has a name.
type named struct {
	Name  lenient.Text `json:"param_name"`
	Value lenient.Text `json:"example"`
}

// samples are what the components say of their values.
type samples struct {
	header, body []string
	// links are by button.
	links []string
}

// AddComponents puts components into their places in the template, and the values that it was approved with beside them. What is
// none, or of an unknown type, changes nothing. Parts that we cannot fill, a carousel or an offer, stand as the header's kind, so
// that the template is not sent without them.
func AddComponents(t *template.Template, all []json.RawMessage) {
	var s samples
	for _, raw := range all {
		s.add(t, raw)
	}

	*t = t.WithSamples(s.header, s.body, s.links)
}

// add puts a component into its place.
func (s *samples) add(t *template.Template, raw json.RawMessage) {
	var c component
	if lenient.Decode(raw, &c) != nil {
		return
	}

	switch kind := c.Type.Lower(); kind {
	case "header":
		t.Header = template.Header{Kind: template.HeaderKind(c.Format.Lower()), Text: string(c.Text)}
		t.Header.MediaURL = c.Example.address()
		s.header = valuesOf(t.Header.Text, c.Example.HeaderText, c.Example.HeaderNamed)
	case "body":
		t.Body = string(c.Text)
		s.body = valuesOf(t.Body, c.Example.BodyText, c.Example.BodyNamed)
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
			s.links = append(s.links, first(b.Example))
		}
	case "carousel", "limited_time_offer":
		t.Header.Kind = template.HeaderKind(kind)
	}
}

// address returns that of the sample of a medium, which may also be WhatsApp's handle of an upload.
func (e example) address() string {
	for _, handle := range e.Handles {
		if strings.HasPrefix(string(handle), "http") {
			return string(handle)
		}
	}

	return ""
}

// valuesOf returns the values of a text's placeholders from those with names, or from those in a row, which are often a list within
// the list.
func valuesOf(text string, row lenient.List, byName []named) []string {
	if len(byName) > 0 {
		return valuesByName(text, byName)
	}

	if len(row) > 0 && len(row[0]) > 0 && row[0][0] == '[' {
		var inner lenient.List
		_ = inner.UnmarshalJSON(row[0])
		row = inner
	}

	values := make([]string, len(row))
	for i := range row {
		values[i] = textOf(row[i])
	}

	return values
}

// valuesByName returns the values of a text's placeholders; empty for one that has none.
func valuesByName(text string, all []named) []string {
	places := template.Placeholders(text)

	values := make([]string, len(places))
	for i, name := range places {
		if at := slices.IndexFunc(all, func(n named) bool { return string(n.Name) == name }); at >= 0 {
			values[i] = string(all[at].Value)
		}
	}

	return values
}

// first returns the first text of a list; empty if it has none.
func first(list lenient.List) string {
	if len(list) == 0 {
		return ""
	}

	return textOf(list[0])
}

// textOf returns a text; empty for anything else.
func textOf(raw json.RawMessage) string {
	var t lenient.Text
	_ = t.UnmarshalJSON(raw)

	return string(t)
}
