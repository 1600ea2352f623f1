package workspace

import (
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templateBody is a template as the provider has it.
type templateBody struct {
	ID string `json:"id"`
	approvedBody
	Placeholders []placeholderBody `json:"placeholders"`
}

// approvedBody is what the provider has approved of a template.
type approvedBody struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Category string `json:"category"`
	// Status is the provider's word in capitals; empty where the provider tells none.
	Status  string       `json:"status"`
	Header  *headerBody  `json:"header"`
	Body    string       `json:"body"`
	Footer  string       `json:"footer"`
	Buttons []buttonBody `json:"buttons"`
}

func approvedOf(t template.Template) approvedBody {
	return approvedBody{
		Name:     t.Name,
		Language: t.Language,
		Category: t.Category,
		Status:   strings.ToUpper(t.Status),
		Header:   headerOf(t.Header),
		Body:     t.Body,
		Footer:   t.Footer,
		Buttons:  buttonsOf(t.Buttons, ""),
	}
}

// headerBody is what stands above the body.
type headerBody struct {
	Kind template.HeaderKind `json:"kind"`
	Text string              `json:"text,omitempty"`
}

// buttonBody is one button.
type buttonBody struct {
	Kind  template.ButtonKind `json:"kind"`
	Text  string              `json:"text"`
	URL   string              `json:"url,omitempty"`
	Phone string              `json:"phone,omitempty"`
	// Code is what a copy-code button copies; in previews only.
	Code string `json:"code,omitempty"`
}

// placeholderBody is one place for a value.
type placeholderBody struct {
	Component template.Component `json:"component"`
	Index     int                `json:"index"`
	Name      string             `json:"name"`
	Sample    string             `json:"sample,omitempty"`
	// Suggestion is a variable, if one can be told for the event of the request.
	Suggestion string `json:"suggestion,omitempty"`
}

func templateOf(t template.Template, suggestion []string) templateBody {
	places := t.Places()
	body := templateBody{ID: t.ID, approvedBody: approvedOf(t), Placeholders: make([]placeholderBody, len(places))}

	for i, p := range places {
		body.Placeholders[i] = placeholderBody{
			Component:  p.Component,
			Index:      p.Index,
			Name:       p.Name,
			Sample:     p.Sample,
			Suggestion: at(suggestion, i),
		}
	}

	return body
}

// headerOf returns a header as it is answered; nil if there is none.
func headerOf(h template.Header) *headerBody {
	if h.Kind == template.HeaderNone {
		return nil
	}

	return &headerBody{Kind: h.Kind, Text: h.Text}
}

func buttonsOf(buttons []template.Button, code string) []buttonBody {
	all := make([]buttonBody, len(buttons))
	for i, b := range buttons {
		all[i] = buttonBody{Kind: b.Kind, Text: b.Text, URL: b.URL, Phone: b.Phone}
		if b.Kind == template.ButtonCopyCode {
			all[i].Code = code
		}
	}

	return all
}

func (h *handler) listTemplates(c *call) error {
	list, err := h.Workspace.Templates(c.r.Context(), c.caller, c.args["accountId"], c.app())
	if err != nil {
		return err
	}

	all := make([]templateBody, len(list))
	for i, t := range list {
		all[i] = templateOf(t, nil)
	}

	return httpx.WriteJSON(c.w, http.StatusOK, map[string]any{"templates": all})
}

func (h *handler) getTemplate(c *call) error {
	var kind order.Kind

	if text := c.r.URL.Query().Get("event"); text != "" {
		var known bool
		if kind, known = order.ParseKind(text); !known {
			return fault.Field("event", "must be an event such as shipment/created")
		}
	}

	t, err := h.Workspace.Template(c.r.Context(), c.caller, c.args["accountId"], c.app(), c.args["templateId"], kind)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, templateOf(t.Template, t.Suggestion))
}
