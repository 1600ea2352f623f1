package meta

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

const (
	// maxLink is the longest address of a link button with its value in place.
	maxLink = 2000
	// maxCode is the longest code to copy, in characters; 15 before 3 December 2025.
	maxCode = 20
)

var (
	errNoTemplate  = errors.New("meta: template has no name or no language")
	errHeaderVars  = errors.New("meta: template has more than one variable in its header")
	errNoMedia     = errors.New("meta: header needs the link or id of its media")
	errNoPlace     = errors.New("meta: header needs latitude, longitude, name and address")
	errLongLink    = errors.New("meta: link of a button is longer than 2000 characters")
	errLinkVars    = errors.New("meta: link of a button has more than one variable")
	errNoCode      = errors.New("meta: button needs a code to copy, of 1 to 20 characters")
	errNoOrderPart = errors.New("meta: button needs the details of an order")
)

// components are the parts of a filled template that carry parameters, in the order of the template.
func components(m provider.TemplateMessage) ([]cloudapi.Component, error) {
	header, body, links, err := share(m)
	if err != nil {
		return nil, err
	}
	var parts []cloudapi.Component
	top, err := headerParameter(m, header)
	if err != nil {
		return nil, err
	}
	if top != nil {
		parts = append(parts, cloudapi.Component{Type: "header", Parameters: []cloudapi.Parameter{*top}})
	}
	if len(body) > 0 {
		parts = append(parts, cloudapi.Component{Type: "body", Parameters: texts(template.Placeholders(m.Template.Body), body)})
	}
	if m.OrderStatus != nil {
		if err := checkStatus(*m.OrderStatus); err != nil {
			return nil, err
		}

		parts = append(parts, cloudapi.OrderStatusComponent(
			m.OrderStatus.Reference, m.OrderStatus.Status, m.OrderStatus.Description,
		))
	}

	for i := range max(len(m.Template.Buttons), len(m.Postbacks)) {
		button, err := buttonParameter(m, i, &links)
		if err != nil {
			return nil, err
		}
		if button != nil {
			parts = append(parts, *button)
		}
	}

	return parts, nil
}

// share parts the values among header, body and links, in the order of [template.Template.Render]. A template whose text
// is not known takes all that is neither the header's nor a link's as its body's.
func share(m provider.TemplateMessage) (header, body, links []string, err error) {
	t := m.Template
	if t.Name == "" || t.Language == "" {
		return nil, nil, nil, errNoTemplate
	}

	top := len(template.Placeholders(t.Header.Text))
	if top > 1 {
		return nil, nil, nil, errHeaderVars
	}

	below := 0
	for _, b := range t.Buttons {
		n := len(template.Placeholders(b.URL))
		if n > 1 {
			return nil, nil, nil, errLinkVars
		}

		below += n
	}
	if want := t.Count(); len(m.Values) != want && (t.Body != "" || len(m.Values) < want) {
		return nil, nil, nil, fmt.Errorf("meta: %w: %d values for %d places", template.ErrParamCount, len(m.Values), want)
	}

	end := len(m.Values) - below

	return m.Values[:top], m.Values[top:end], m.Values[end:], nil
}

// texts are text parameters. A name that is no number belongs to a template with named parameters, all of which carry
// theirs; without names they are positional.
func texts(names, values []string) []cloudapi.Parameter {
	named := false
	for _, n := range names {
		named = named || strings.Trim(n, "0123456789") != ""
	}

	list := make([]cloudapi.Parameter, len(values))
	for i, v := range values {
		list[i] = cloudapi.Parameter{Type: "text", Text: v}
		if named && i < len(names) {
			list[i].Name = names[i]
		}
	}

	return list
}

// headerParameter is nil for a header without variables.
func headerParameter(m provider.TemplateMessage, values []string) (*cloudapi.Parameter, error) {
	switch kind := m.Template.Header.Kind; kind {
	case template.HeaderNone, template.HeaderText:
		if len(values) == 0 {
			return nil, nil //nolint:nilnil // nothing to fill is no error
		}
		return &texts(template.Placeholders(m.Template.Header.Text), values)[0], nil
	case template.HeaderLocation:
		where := cloudapi.Place{
			Latitude:  m.Media.Latitude,
			Longitude: m.Media.Longitude,
			Name:      m.Media.Name,
			Address:   m.Media.Address,
		}
		if where.Latitude == "" || where.Longitude == "" || where.Name == "" || where.Address == "" {
			return nil, errNoPlace
		}

		return &cloudapi.Parameter{Type: string(kind), Location: &where}, nil
	case template.HeaderImage, template.HeaderVideo, template.HeaderDocument:
		file := cloudapi.File{ID: m.Media.ID, Link: m.Media.Link, Filename: m.Media.Filename}
		switch {
		case file.ID != "":
			file.Link = ""
		case file.Link == "":
			return nil, errNoMedia
		}

		return new(cloudapi.FileParameter(kind, file)), nil
	default:
		return nil, fmt.Errorf("meta: header kind %q: %w", string(kind), provider.ErrUnsupported)
	}
}

// buttonOrderDetails is a kind of button beside those of package template.
const buttonOrderDetails template.ButtonKind = "order_details"

// unfillable are the buttons that need parameters which an order notification has not.
var unfillable = map[template.ButtonKind]bool{
	template.ButtonOTP: true, "flow": true, "mpm": true, "spm": true,
}

// buttonParameter is nil for a button without parameters. Links take their value from the front of links.
func buttonParameter(m provider.TemplateMessage, i int, links *[]string) (*cloudapi.Component, error) {
	// A tap brings back what a button was sent with, or else its label. Of a template whose buttons are not known, those
	// with a postback are taken for such.
	button := template.Button{Kind: template.ButtonQuickReply}
	if i < len(m.Template.Buttons) {
		button = m.Template.Buttons[i]
	}

	part := cloudapi.Component{Type: "button", SubType: string(button.Kind), Index: strconv.Itoa(i)}
	switch {
	case button.Kind == template.ButtonQuickReply:
		if i >= len(m.Postbacks) || m.Postbacks[i] == "" {
			return nil, nil //nolint:nilnil // nothing to fill is no error
		}

		part.Parameters = []cloudapi.Parameter{{Type: "payload", Payload: m.Postbacks[i]}}
	case button.Kind == template.ButtonURL:
		if len(template.Placeholders(button.URL)) == 0 {
			return nil, nil //nolint:nilnil // nothing to fill is no error
		}

		value := escape((*links)[0])
		*links = (*links)[1:]
		whole, err := template.Template{Body: button.URL}.Render([]string{value})
		if err != nil || utf8.RuneCountInString(whole.Body) > maxLink {
			return nil, errLongLink
		}

		part.Parameters = []cloudapi.Parameter{{Type: "text", Text: value}}
	case button.Kind == template.ButtonCopyCode:
		if !within(m.CopyCode, maxCode) {
			return nil, errNoCode
		}

		part.Parameters = []cloudapi.Parameter{{Type: "coupon_code", CouponCode: m.CopyCode}}
	case button.Kind == buttonOrderDetails:
		if m.OrderDetails == nil {
			return nil, errNoOrderPart
		}

		details, err := detailsParameter(*m.OrderDetails)
		if err != nil {
			return nil, err
		}

		part.Parameters = []cloudapi.Parameter{details}
	case unfillable[button.Kind]:
		return nil, fmt.Errorf("meta: button kind %q: %w", string(button.Kind), provider.ErrUnsupported)
	default:
		return nil, nil //nolint:nilnil // a call to a number, or a kind of button that is not known to need anything
	}

	return &part, nil
}

// escape makes a value fit for the end of a link: what cannot stand in one is written by its bytes, what has a meaning
// there keeps it, since a value may bring its own query and be escaped already.
func escape(s string) string {
	const legal = "-._~:/?#[]@!$&'()*+,;="
	const hexes = "0123456789abcdefABCDEF"

	var b strings.Builder
	for i, c := range []byte(s) {
		escaped := c == '%' && len(s) > i+2 && strings.IndexByte(hexes, s[i+1]) >= 0 && strings.IndexByte(hexes, s[i+2]) >= 0
		switch {
		case escaped, c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(legal, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}

	return b.String()
}
