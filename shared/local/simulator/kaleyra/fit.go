package kaleyra

import (
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/placeholder"
)

// WhatsApp's codes for what it finds wrong with an accepted message (shared/provider/cloudapi/CONTRACT.md section 10.1).
const (
	codeBalance       = "131042"
	codeLocked        = "131031"
	codeOrderStatus   = "2046"
	codeParameter     = "131009"
	codeMissing       = "131008"
	codeUndeliverable = "131026"
	codeWindow        = "131047"
	codeCount         = "132000"
	codeNoTemplate    = "132001"
	codeTooLong       = "132005"
	codeFormat        = "132012"
	codePaused        = "132015"
	codeDisabled      = "132016"
)

// reasons are the texts beside the codes.
var reasons = map[string]string{
	codeBalance:       "Business eligibility payment issue",
	codeLocked:        "Business Account locked",
	codeOrderStatus:   "New order status was not correctly transitioned",
	codeParameter:     "Parameter value is not valid",
	codeMissing:       "Required parameter is missing",
	codeUndeliverable: "Message undeliverable",
	codeWindow:        "Re-engagement message",
	codeCount:         "Number of parameters does not match the expected number of params",
	codeNoTemplate:    "Template name does not exist in the translation",
	codeTooLong:       "Translated text too long",
	codeFormat:        "Parameter format mismatch",
	codePaused:        "Template is paused",
	codeDisabled:      "Template is disabled",
}

func reasonOf(code string) string {
	if r := reasons[code]; r != "" {
		return r
	}
	return "Message failed"
}

// content is what a message gives its template.
type content struct {
	header, body map[string]string
	// params are all values in the order in which they came.
	params    []string
	postbacks map[int]string
	reference string
	status    string
	detail    string
}

// fit gives the components of a send to their template and returns the code that WhatsApp fails it with, empty if they
// fit.
func (c *compiled) fit(parts []part) (content, string) {
	out := content{header: map[string]string{}, body: map[string]string{}, postbacks: map[int]string{}}
	switch strings.ToUpper(c.Status) {
	case "APPROVED":
	case "PAUSED":
		return out, codePaused
	case "DISABLED":
		return out, codeDisabled
	default:
		return out, codeNoTemplate
	}

	var texts, links int

	media := false
	for _, p := range parts {
		var code string
		switch p.Type {
		case "header":
			if c.header.Format == "TEXT" {
				code = values(p, c.header.Text, out.header, &out.params)
				texts += len(out.header)
			} else {
				media, code = true, c.headerCode(p)
			}
		case "body":
			code = values(p, c.body.Text, out.body, &out.params)
			texts += len(out.body)
		case "button":
			code = c.button(p, &out, &links)
		default:
			one := p.Parameters[0].OrderStatus
			out.reference, out.status, out.detail = one.Reference, one.Order.Status, one.Order.Description
		}

		if code != "" {
			return out, code
		}
	}

	return out, c.whole(out, texts, links, media)
}

// whole checks that nothing is missing.
func (c *compiled) whole(out content, texts, links int, media bool) string {
	wanted := len(placeholder.Names(c.header.Text)) + len(placeholder.Names(c.body.Text))

	wantedLinks := 0
	for _, b := range c.buttons {
		if b.Type == URL && len(placeholder.Names(b.URL)) > 0 {
			wantedLinks++
		}
	}

	needsMedia := c.header.Type != "" && c.header.Format != "TEXT"
	switch {
	case texts != wanted:
		return codeCount
	case links != wantedLinks || needsMedia && !media:
		return codeMissing
	case len([]rune(placeholder.Fill(c.body.Text, out.body))) > maxFilled:
		return codeTooLong
	}

	return ""
}

// values reads the texts of a component into its places.
func values(p part, text string, into map[string]string, params *[]string) string {
	places := placeholder.Names(text)
	if len(p.Parameters) != len(places) {
		return codeCount
	}

	for i, v := range p.Parameters {
		name := strconv.Itoa(i + 1)
		if v.Name != "" {
			name = v.Name
		}

		switch {
		case v.Type != "text":
			return codeFormat
		case v.Text == "":
			return codeMissing
		case strings.ContainsAny(v.Text, "\n\r\t") || strings.Contains(v.Text, "     "):
			return codeFormat
		case !strings.Contains(text, "{{"+name+"}}"):
			return codeParameter
		}

		into[name] = v.Text
		*params = append(*params, v.Text)
	}

	return ""
}

// headerCode checks the media of a header against the template's.
func (c *compiled) headerCode(p part) string {
	v := p.Parameters[0]
	if len(p.Parameters) != 1 || !strings.EqualFold(v.Type, c.header.Format) {
		return codeFormat
	}

	var m *media
	switch v.Type {
	case "image":
		m = v.Image
	case "video":
		m = v.Video
	case "document":
		m = v.Document
	case "location":
		if v.Location == nil || v.Location.Latitude == "" || v.Location.Longitude == "" {
			return codeMissing
		}
		return ""
	}

	if m == nil || m.ID == "" && !isWebAddress(m.Link) {
		return codeMissing
	}

	return ""
}

func (c *compiled) button(p part, out *content, links *int) string {
	// The form was checked: the index is a number.
	at, _ := strconv.Atoi(p.Index.String())

	v := p.Parameters[0]
	switch {
	case at >= len(c.buttons):
		return codeParameter
	case p.SubType == "quick_reply":
		if c.buttons[at].Type != QuickReply || v.Type != "payload" || v.Payload == "" {
			return codeParameter
		}

		out.postbacks[at] = v.Payload
	default:
		if c.buttons[at].Type != URL || v.Type != "text" || v.Text == "" || len(placeholder.Names(c.buttons[at].URL)) != 1 {
			return codeParameter
		}

		out.params = append(out.params, v.Text)
		*links++
	}

	return ""
}

// orderCode keeps the rules of order_status: an order_details message of that reference came before, and what is over
// stays over (shared/provider/kaleyra/CONTRACT.md section 2.4). Call with the server's mutex held.
func (a *app) orderCode(c content) string {
	if c.reference == "" {
		return ""
	}

	last, known := a.orders[c.reference]
	switch {
	case !known:
		return codeParameter
	case last == "completed" || last == "canceled":
		return codeOrderStatus
	}

	a.orders[c.reference] = c.status

	return ""
}
