package kaleyra

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// components gives the message's values to the parts of its template, in the order of [template.Template.Render]. It is
// never nil: Kaleyra wants the field.
func components(m provider.TemplateMessage) ([]cloudapi.Component, error) {
	t, values := m.Template, m.Values
	if t.Body == "" {
		// The approved text is not known, so neither are its places: what the other parts leave over is the body's.
		t.Body = placesFor(len(values) - t.Count())
	}
	if want := t.Count(); len(values) != want {
		return nil, fmt.Errorf("kaleyra: %w: %d values for %d places", template.ErrParamCount, len(values), want)
	}

	parts := []cloudapi.Component{}
	head, values := texts(t.Header.Text, values)
	if t.Header.Kind != template.HeaderText && t.Header.Kind != template.HeaderNone {
		shown, err := headerMedia(t.Header.Kind, m.Media)
		if err != nil {
			return nil, err
		}

		head = []cloudapi.Parameter{shown}
	}

	body, values := texts(t.Body, values)
	for _, part := range []cloudapi.Component{{Type: "header", Parameters: head}, {Type: "body", Parameters: body}} {
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
func texts(part string, values []string) (list []cloudapi.Parameter, rest []string) {
	names := template.Placeholders(part)

	named := false
	for _, name := range names {
		if _, err := strconv.Atoi(name); err != nil {
			named = true
		}
	}

	for i, name := range names {
		p := cloudapi.Parameter{Type: "text", Text: values[i]}
		if named {
			p.Name = name
		}

		list = append(list, p)
	}

	return list, values[len(names):]
}

func headerMedia(kind template.HeaderKind, m provider.Media) (cloudapi.Parameter, error) {
	switch kind {
	case template.HeaderImage, template.HeaderVideo, template.HeaderDocument:
		if m.Link == "" {
			return cloudapi.Parameter{}, errNoMedia
		}

		return cloudapi.FileParameter(kind, cloudapi.File{Link: m.Link, Filename: m.Filename}), nil
	case template.HeaderLocation:
		if m.Latitude == "" || m.Longitude == "" {
			return cloudapi.Parameter{}, errNoPlace
		}

		return cloudapi.Parameter{Type: string(kind), Location: &cloudapi.Place{
			Latitude:  m.Latitude,
			Longitude: m.Longitude,
			Name:      m.Name,
			Address:   m.Address,
		}}, nil
	default:
		return cloudapi.Parameter{}, fmt.Errorf("kaleyra: header kind %q: %w", string(kind), provider.ErrUnsupported)
	}
}

// buttons are the buttons that carry something: quick replies with a postback, links with values.
func buttons(m provider.TemplateMessage, values []string) ([]cloudapi.Component, error) {
	var parts []cloudapi.Component
	for i, b := range m.Template.Buttons {
		var list []cloudapi.Parameter
		switch b.Kind {
		case template.ButtonQuickReply:
			if i < len(m.Postbacks) && m.Postbacks[i] != "" {
				list = []cloudapi.Parameter{{Type: "payload", Payload: m.Postbacks[i]}}
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
			parts = append(parts, cloudapi.Component{
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
				parts = append(parts, cloudapi.Component{
					Type:       "button",
					SubType:    string(template.ButtonQuickReply),
					Index:      strconv.Itoa(i),
					Parameters: []cloudapi.Parameter{{Type: "payload", Payload: back}},
				})
			}
		}
	}

	return parts, nil
}
