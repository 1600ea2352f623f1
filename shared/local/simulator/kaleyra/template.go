package kaleyra

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/placeholder"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// Template is the object of the template API: category, company_id and components are documented, the rest is Meta's
// (shared/provider/kaleyra/CONTRACT.md section 6).
type Template struct {
	ID         string      `json:"id,omitempty"`
	Name       string      `json:"name"`
	Language   string      `json:"language"`
	Category   string      `json:"category"`
	CompanyID  string      `json:"company_id,omitempty"`
	Status     string      `json:"status"`
	Components []Component `json:"components"`
}

// Component is a part of a template, in Meta's words: HEADER with a format, BODY, FOOTER, BUTTONS.
type Component struct {
	Type    string   `json:"type"`
	Format  string   `json:"format,omitempty"`
	Text    string   `json:"text,omitempty"`
	Buttons []Button `json:"buttons,omitempty"`
}

// Button is one button of a template.
type Button struct {
	Type        string `json:"type"`
	Text        string `json:"text"`
	URL         string `json:"url,omitempty"`
	PhoneNumber string `json:"phone_number,omitempty"`
}

// QuickReply is the button type that shoppers tap, URL that of a link.
const (
	QuickReply = "QUICK_REPLY"
	URL        = "URL"
)

// Content is what a text template says.
type Content struct {
	Header, Body, Footer string
	Buttons              []Button
}

// NewTemplate returns an approved English UTILITY template with a text header, if any.
func NewTemplate(id, name string, c Content) Template {
	t := Template{
		ID:       id,
		Name:     name,
		Language: "en",
		Category: "UTILITY",
		Status:   "APPROVED",
	}
	if c.Header != "" {
		t.Components = append(t.Components, Component{Type: "HEADER", Format: "TEXT", Text: c.Header})
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

// compiled is a template taken apart.
type compiled struct {
	Template
	header, body, footer Component
	buttons              []Button
}

func (a *app) put(t Template) error {
	if t.Name == "" || t.Language == "" || t.Status == "" {
		return fmt.Errorf("%w: name, language and status are required", tenant.ErrInvalidTemplate)
	}

	c := &compiled{Template: t}
	for _, part := range t.Components {
		switch part.Type {
		case "HEADER":
			c.header = part
		case "BODY":
			c.body = part
		case "FOOTER":
			c.footer = part
		case "BUTTONS":
			c.buttons = part.Buttons
		default:
			return fmt.Errorf("%w: unknown component %q", tenant.ErrInvalidTemplate, part.Type)
		}
	}

	i := slices.IndexFunc(a.templates, func(o *compiled) bool { return o.Name == t.Name && o.Language == t.Language })
	if i < 0 {
		a.templates = append(a.templates, c)
	} else {
		a.templates[i] = c
	}

	return nil
}

func (a *app) template(name, language string) *compiled {
	for _, t := range a.templates {
		if t.Name == name && t.Language == language {
			return t
		}
	}

	return nil
}

// render is header, body and footer with their values, one line each.
func (c *compiled) render(header, body map[string]string) string {
	var lines []string
	for _, l := range []string{placeholder.Fill(c.header.Text, header), placeholder.Fill(c.body.Text, body), c.footer.Text} {
		if l != "" {
			lines = append(lines, l)
		}
	}

	return strings.Join(lines, "\n")
}

func (c *compiled) labels() []string {
	out := make([]string, len(c.buttons))
	for i, b := range c.buttons {
		out[i] = b.Text
	}
	return out
}

// listTemplates answers with the templates of a WhatsApp business account (shared/provider/kaleyra/CONTRACT.md section 6).
func (s *Server) listTemplates(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	ref := s.account(r)

	list, found := []Template{}, false
	for _, a := range s.sorted() {
		if a.SID != r.PathValue("sid") || a.WABAID != r.PathValue("waba") {
			continue
		}

		found = true

		switch {
		case ref != nil:
		case a.NoAccess:
			ref = errAccess
		case a.Version1:
			ref = errVersion
		}

		for _, t := range a.templates {
			list = append(list, t.Template)
		}
	}
	s.mu.Unlock()

	switch {
	case ref != nil:
		s.refuse(w, ref)
	case !found:
		// Not documented: the documented answer to what Kaleyra cannot read.
		s.refuse(w, errPayload)
	default:
		s.answer(w, http.StatusOK, envelope{Code: "WA200", Message: "Templates fetched successfully", Data: list})
	}
}

// sorted are the apps by id. Call with mu held.
func (s *Server) sorted() []*app {
	var out []*app
	for _, a := range s.apps {
		out = append(out, a)
	}

	slices.SortFunc(out, func(a, b *app) int { return strings.Compare(a.ID, b.ID) })

	return out
}
