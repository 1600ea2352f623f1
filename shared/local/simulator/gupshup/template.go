package gupshup

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/placeholder"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// Template is the object of the template APIs, field for field (shared/provider/gupshup/CONTRACT.md section 3.2).
type Template struct {
	AppID           string `json:"appId,omitempty"`
	WABAID          string `json:"wabaId,omitempty"`
	ID              string `json:"id"`
	ExternalID      any    `json:"externalId,omitempty"`
	ElementName     string `json:"elementName"`
	Namespace       string `json:"namespace,omitempty"`
	LanguageCode    string `json:"languageCode"`
	LanguagePolicy  string `json:"languagePolicy,omitempty"`
	Category        string `json:"category"`
	TemplateType    string `json:"templateType"`
	Status          string `json:"status"`
	Reason          string `json:"reason,omitempty"`
	Quality         string `json:"quality,omitempty"`
	ButtonSupported string `json:"buttonSupported,omitempty"`
	Data            string `json:"data"`
	Meta            string `json:"meta,omitempty"`
	ContainerMeta   string `json:"containerMeta,omitempty"`
	CreatedOn       int64  `json:"createdOn,omitempty"`
	ModifiedOn      int64  `json:"modifiedOn,omitempty"`
}

// Button is one button of a template's containerMeta.
type Button struct {
	Type        string `json:"type"`
	Text        string `json:"text"`
	URL         string `json:"url,omitempty"`
	PhoneNumber string `json:"phone_number,omitempty"`
}

// Container is the decoded containerMeta.
type Container struct {
	Data         string   `json:"data"`
	Header       string   `json:"header,omitempty"`
	Footer       string   `json:"footer,omitempty"`
	Buttons      []Button `json:"buttons,omitempty"`
	SampleText   string   `json:"sampleText,omitempty"`
	MediaURL     string   `json:"mediaUrl,omitempty"`
	EnableSample bool     `json:"enableSample,omitempty"`
}

// QuickReply is the button type that shoppers tap.
const QuickReply = "QUICK_REPLY"

// NewTemplate returns an approved English UTILITY text template. c gives its content; data, meta and containerMeta are
// made from it as Gupshup does.
func NewTemplate(id, name string, c Container) Template {
	t := Template{
		ID:             id,
		ElementName:    name,
		LanguageCode:   "en",
		LanguagePolicy: "deterministic",
		Category:       "UTILITY",
		TemplateType:   "TEXT",
		Status:         "APPROVED",
		Quality:        "UNKNOWN",
	}

	c.EnableSample = true
	t.Data = flatten(&c)
	if len(c.Buttons) > 0 {
		t.ButtonSupported = "QR"
		if c.Buttons[0].Type != QuickReply {
			t.ButtonSupported = c.Buttons[0].Type
		}
	}

	t.ContainerMeta = encode(c)
	t.Meta = encode(map[string]string{"example": c.SampleText})

	return t
}

func flatten(c *Container) string {
	var lines []string
	for _, l := range []string{c.Header, c.Data, c.Footer} {
		if l != "" {
			lines = append(lines, l)
		}
	}

	parts := []string{strings.Join(lines, "\n")}
	for _, b := range c.Buttons {
		if b.URL != "" {
			parts = append(parts, "["+b.Text+","+b.URL+"]")
		} else {
			parts = append(parts, "["+b.Text+"]")
		}
	}

	return strings.Join(parts, " | ")
}

// encode is for our own types, which always encode.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// compiled is a template taken apart.
type compiled struct {
	Template
	content Container
	// params is how many values a send needs: header, body and buttons, in this order.
	header, body, buttons, params int
}

func compile(t *Template) (*compiled, error) {
	if t.ID == "" || t.ElementName == "" || t.Status == "" || t.TemplateType == "" {
		return nil, fmt.Errorf("%w: id, elementName, status and templateType are required", tenant.ErrInvalidTemplate)
	}

	c := &compiled{Template: *t}
	if t.ContainerMeta == "" {
		// Old templates have the flattened text only.
		c.content.Data, _, _ = strings.Cut(t.Data, " | [")
	} else if err := json.Unmarshal([]byte(t.ContainerMeta), &c.content); err != nil {
		return nil, fmt.Errorf("%w: containerMeta is no JSON", tenant.ErrInvalidTemplate)
	}

	c.header, c.body = len(placeholder.Sorted(c.content.Header)), len(placeholder.Sorted(c.content.Data))
	for _, b := range c.content.Buttons {
		c.buttons += len(placeholder.Sorted(b.URL))
	}

	c.params = c.header + c.body + c.buttons

	return c, nil
}

// fill puts params for the placeholders of text, which must be as many.
func fill(text string, params []string) string {
	values := map[string]string{}
	for i, name := range placeholder.Sorted(text) {
		if i < len(params) {
			values[name] = params[i]
		}
	}

	return placeholder.Fill(text, values)
}

// render is header, body and footer with their values, one line each; params must be as many as the template needs.
func (c *compiled) render(params []string) string {
	var lines []string
	for _, l := range []string{
		fill(c.content.Header, params[:c.header]), fill(c.content.Data, params[c.header:c.header+c.body]), c.content.Footer,
	} {
		if l != "" {
			lines = append(lines, l)
		}
	}

	return strings.Join(lines, "\n")
}

func (c *compiled) labels() []string {
	out := make([]string, len(c.content.Buttons))
	for i, b := range c.content.Buttons {
		out[i] = b.Text
	}
	return out
}
