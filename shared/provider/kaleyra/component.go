package kaleyra

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// component is a part of a template that has values. Index is a text: Meta takes both, and a number 0 is easily lost.
type component struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type,omitempty"`
	Index      string      `json:"index,omitempty"`
	Parameters []parameter `json:"parameters"`
}

// parameter is one value; the field of its type holds it.
type parameter struct {
	Type        string           `json:"type"`
	Name        string           `json:"parameter_name,omitempty"`
	Text        string           `json:"text,omitempty"`
	Payload     string           `json:"payload,omitempty"`
	Image       *file            `json:"image,omitempty"`
	Video       *file            `json:"video,omitempty"`
	Document    *file            `json:"document,omitempty"`
	Location    *place           `json:"location,omitempty"`
	OrderStatus *orderStatusNews `json:"order_status,omitempty"`
}

type file struct {
	Link     string `json:"link"`
	Filename string `json:"filename,omitempty"`
}

type place struct {
	Latitude  string `json:"latitude"`
	Longitude string `json:"longitude"`
	Name      string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
}

// components gives the message's values to the parts of its template, in the order of [template.Template.Render]. It is
// never nil: Kaleyra wants the field.
func components(m provider.TemplateMessage) ([]component, error) {
	t, values := m.Template, m.Values
	if t.Body == "" {
		// The approved text is not known, so neither are its places: what the other parts leave over is the body's.
		t.Body = placesFor(len(values) - t.Count())
	}
	if want := t.Count(); len(values) != want {
		return nil, fmt.Errorf("kaleyra: %w: %d values for %d places", template.ErrParamCount, len(values), want)
	}

	parts := []component{}
	head, values := texts(t.Header.Text, values)
	if t.Header.Kind != template.HeaderText && t.Header.Kind != template.HeaderNone {
		shown, err := headerMedia(t.Header.Kind, m.Media)
		if err != nil {
			return nil, err
		}

		head = []parameter{shown}
	}

	body, values := texts(t.Body, values)
	for _, part := range []component{{Type: "header", Parameters: head}, {Type: "body", Parameters: body}} {
		if len(part.Parameters) > 0 {
			parts = append(parts, part)
		}
	}

	buttons, err := buttons(m, values)
	if err != nil {
		return nil, err
	}

	return append(parts, buttons...), nil
}

// placesFor is a text with n places.
func placesFor(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString("{{" + strconv.Itoa(i+1) + "}}")
	}
	return text.String()
}

// texts takes the values of one part's places and gives back the rest. Named places carry their names.
func texts(part string, values []string) (list []parameter, rest []string) {
	names := template.Placeholders(part)

	named := false
	for _, name := range names {
		if _, err := strconv.Atoi(name); err != nil {
			named = true
		}
	}

	for i, name := range names {
		p := parameter{Type: "text", Text: values[i]}
		if named {
			p.Name = name
		}

		list = append(list, p)
	}

	return list, values[len(names):]
}

func headerMedia(kind template.HeaderKind, m provider.Media) (parameter, error) {
	p := parameter{Type: string(kind)}
	switch kind {
	case template.HeaderImage, template.HeaderVideo, template.HeaderDocument:
		if m.Link == "" {
			return parameter{}, errNoMedia
		}
	case template.HeaderLocation:
		if m.Latitude == "" || m.Longitude == "" {
			return parameter{}, errNoPlace
		}

		p.Location = &place{m.Latitude, m.Longitude, m.Name, m.Address}

		return p, nil
	default:
		return parameter{}, fmt.Errorf("kaleyra: header kind %q: %w", string(kind), provider.ErrUnsupported)
	}

	switch kind {
	case template.HeaderImage:
		p.Image = &file{Link: m.Link}
	case template.HeaderVideo:
		p.Video = &file{Link: m.Link}
	default:
		p.Document = &file{Link: m.Link, Filename: m.Filename}
	}

	return p, nil
}

// buttons are the buttons that carry something: quick replies with a postback, links with values.
func buttons(m provider.TemplateMessage, values []string) ([]component, error) {
	var parts []component
	for i, b := range m.Template.Buttons {
		var list []parameter
		switch b.Kind {
		case template.ButtonQuickReply:
			if i < len(m.Postbacks) && m.Postbacks[i] != "" {
				list = []parameter{{Type: "payload", Payload: m.Postbacks[i]}}
			}
		case template.ButtonURL:
			list, values = texts(b.URL, values)
			for j := range list {
				list[j].Name = ""
			}
		case template.ButtonPhone:
			// Nothing of it changes from message to message.
		default:
			return nil, fmt.Errorf("kaleyra: button kind %q: %w", string(b.Kind), provider.ErrUnsupported)
		}
		if len(list) > 0 {
			parts = append(parts, component{
				Type:       "button",
				SubType:    string(b.Kind),
				Index:      strconv.Itoa(i),
				Parameters: list,
			})
		}
	}
	if len(m.Template.Buttons) == 0 {
		for i, back := range m.Postbacks {
			if back != "" {
				parts = append(parts, component{
					Type:       "button",
					SubType:    string(template.ButtonQuickReply),
					Index:      strconv.Itoa(i),
					Parameters: []parameter{{Type: "payload", Payload: back}},
				})
			}
		}
	}

	return parts, nil
}
