package meta

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/placeholder"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// Template is the object of the template API, field for field (shared/provider/meta/CONTRACT.md section 3.1).
type Template struct {
	ID              string      `json:"id"`
	Name            string      `json:"name"`
	Language        string      `json:"language"`
	Status          string      `json:"status"`
	Category        string      `json:"category"`
	SubCategory     string      `json:"sub_category,omitempty"`
	ParameterFormat string      `json:"parameter_format"`
	RejectedReason  string      `json:"rejected_reason,omitempty"`
	Quality         Quality     `json:"quality_score"`
	Components      []Component `json:"components"`
}

// Quality is a template's quality score.
type Quality struct {
	Score string `json:"score"`
	Date  int64  `json:"date,omitempty"`
}

// Component is one part of a template.
type Component struct {
	Type    string   `json:"type"`
	Format  string   `json:"format,omitempty"`
	Text    string   `json:"text,omitempty"`
	Example any      `json:"example,omitempty"`
	Buttons []Button `json:"buttons,omitempty"`
}

// Button is one button of a template.
type Button struct {
	Type        string `json:"type"`
	Text        string `json:"text"`
	URL         string `json:"url,omitempty"`
	PhoneNumber string `json:"phone_number,omitempty"`
}

// QuickReply is the button type that shoppers tap.
const QuickReply = "QUICK_REPLY"

// Content is what a template says.
type Content struct {
	// HeaderFormat is TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION, or empty for no header; Header is the text of a TEXT one.
	HeaderFormat, Header string
	Body, Footer         string
	Buttons              []Button
}

// NewTemplate returns an approved UTILITY template in that language. Whether its parameters are named follows from the
// body.
func NewTemplate(id, name, language string, c Content) Template {
	t := Template{
		ID:              id,
		Name:            name,
		Language:        language,
		Status:          "APPROVED",
		Category:        "UTILITY",
		ParameterFormat: "POSITIONAL",
		Quality:         Quality{Score: "UNKNOWN"},
	}

	if isNamed(c.Header + c.Body) {
		t.ParameterFormat = "NAMED"
	}

	if c.HeaderFormat != "" {
		t.Components = append(t.Components, Component{Type: "HEADER", Format: c.HeaderFormat, Text: c.Header})
	}

	t.Components = append(t.Components, Component{Type: "BODY", Text: c.Body})
	if c.Footer != "" {
		t.Components = append(t.Components, Component{Type: "FOOTER", Text: c.Footer})
	}

	if len(c.Buttons) > 0 {
		t.Components = append(t.Components, Component{Type: "BUTTONS", Buttons: c.Buttons})
	}

	return t
}

func isNamed(text string) bool {
	return slices.ContainsFunc(placeholder.Sorted(text), func(n string) bool {
		_, err := strconv.Atoi(n)
		return err != nil
	})
}

// compiled is a template taken apart.
type compiled struct {
	Template
	headerFormat, header, body, footer string
	buttons                            []Button
}

func compile(t *Template) (*compiled, error) {
	if !idShape.MatchString(t.ID) || !nameShape.MatchString(t.Name) || !localeShape.MatchString(t.Language) || t.Status == "" {
		return nil, fmt.Errorf("%w: id, name, language and status are required in Meta's forms", tenant.ErrInvalidTemplate)
	}

	c := &compiled{Template: *t}
	for _, part := range t.Components {
		switch part.Type {
		case "HEADER":
			c.headerFormat, c.header = part.Format, part.Text
		case "BODY":
			c.body = part.Text
		case "FOOTER":
			c.footer = part.Text
		case "BUTTONS":
			c.buttons = part.Buttons
		}
	}

	if c.body == "" || len(placeholder.Sorted(c.header)) > 1 {
		return nil, fmt.Errorf("%w: a body is required and one variable in the header allowed", tenant.ErrInvalidTemplate)
	}

	return c, nil
}

func (c *compiled) labels() []string {
	out := make([]string, len(c.buttons))
	for i, b := range c.buttons {
		out[i] = b.Text
	}
	return out
}

// lines are the texts that are not empty, one line each.
func lines(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n")
}
