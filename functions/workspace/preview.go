package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// previewBody is what a shopper's phone shows, with sample values.
type previewBody struct {
	Template previewedTemplate `json:"template"`
	Header   *previewedHeader  `json:"header"`
	Body     string            `json:"body"`
	Footer   string            `json:"footer"`
	Buttons  []buttonBody      `json:"buttons"`
	Values   []previewedValue  `json:"values"`
	// Text is the message's text as the phone shows it, Plain all of the message.
	Text  string `json:"text"`
	Plain string `json:"plain"`
	// Findings are what WhatsApp may refuse the template for, or charge it as marketing for.
	Findings []findingBody `json:"findings"`
	Risk     *riskBody     `json:"risk"`
}

// previewedTemplate names the template of a preview.
type previewedTemplate struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Language string `json:"language"`
}

// previewedHeader is what stands above the body.
type previewedHeader struct {
	headerBody
	Media *previewedMedia `json:"media,omitempty"`
}

// previewedMedia is what a header shows that is no text.
type previewedMedia struct {
	Link      string `json:"link,omitempty"`
	ID        string `json:"id,omitempty"`
	Filename  string `json:"filename,omitempty"`
	Latitude  string `json:"latitude,omitempty"`
	Longitude string `json:"longitude,omitempty"`
	Name      string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
}

// previewedValue is what stands in a placeholder, and where it comes from.
type previewedValue struct {
	Component template.Component `json:"component"`
	Index     int                `json:"index"`
	Name      string             `json:"name"`
	Variable  string             `json:"variable,omitempty"`
	Text      string             `json:"text"`
	Source    string             `json:"source"`
}

func previewOf(shown settings.Preview) previewBody {
	t, p := shown.Template, shown.Shown
	body := previewBody{
		Template: previewedTemplate{ID: t.ID, Name: t.Name, Language: t.Language},
		Body:     p.Body,
		Footer:   p.Footer,
		Buttons:  buttonsOf(p.Buttons, p.Code),
		Values:   make([]previewedValue, len(p.Values)),
		Text:     p.Text,
		Plain:    p.Plain,
		Findings: findingsOf(shown.Risks),
		Risk:     trust(),
	}

	if shown := headerOf(p.Header); shown != nil {
		body.Header = &previewedHeader{headerBody: *shown}
		if m := p.Media; m != (template.PreviewedMedia{}) {
			body.Header.Media = &previewedMedia{
				Link:      m.Link,
				ID:        m.ID,
				Filename:  m.Filename,
				Latitude:  m.Latitude,
				Longitude: m.Longitude,
				Name:      m.Name,
				Address:   m.Address,
			}
		}
	}

	for i, v := range p.Values {
		body.Values[i] = previewedValue{
			Component: v.Component,
			Index:     v.Index,
			Name:      v.Name,
			Variable:  v.Variable,
			Text:      v.Text,
			Source:    v.Source,
		}
	}

	return body
}

// proposal reads a template and what fills it, for a look before it is saved. A request without a body is about what is saved.
func (c *call) proposal() (settings.Proposal, error) {
	p := settings.Proposal{AppID: c.app()}
	if c.r.ContentLength == 0 {
		return p, nil
	}

	var fields struct {
		Content *contentBody `json:"content" api:"nullable"`
	}
	if err := c.decode(&fields); err != nil {
		return p, err
	}

	var err error
	p.Content, err = fields.Content.input("content.")

	return p, err
}

func (h *handler) preview(c *call) error {
	p, err := c.proposal()
	if err != nil {
		return err
	}

	shown, err := h.Workspace.Preview(c.r.Context(), c.caller, c.args["accountId"], c.kind(), p)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, previewOf(shown))
}

func (h *handler) lint(c *call) error {
	p, err := c.proposal()
	if err != nil {
		return err
	}

	findings, err := h.Workspace.Lint(c.r.Context(), c.caller, c.args["accountId"], c.kind(), p)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, map[string]any{"findings": findingsOf(findings), "risk": trust()})
}
