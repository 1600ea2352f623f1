package gupshup

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Paths of sends.
const (
	templatePath = "/wa/api/v1/template/msg"
	sessionPath  = "/wa/api/v1/msg"
)

// What cannot be sent, and why.
var (
	errNoRecipient = errors.New("gupshup: no recipient")
	errNoTemplate  = errors.New("gupshup: template has no id")
	errHeaderVar   = fmt.Errorf("gupshup: variable in a header, whose order is not documented: %w", provider.ErrUnsupported)
	errNoMedia     = errors.New("gupshup: header needs the link of its media")
	errNoPlace     = errors.New("gupshup: header needs latitude and longitude")
	errNoText      = errors.New("gupshup: no text")
)

// filled is the template field. Gupshup's id pins the language; every parameter is a string.
type filled struct {
	ID     string   `json:"id"`
	Params []string `json:"params"`
}

// postback is one entry of postbackTexts; Index counts all buttons from 0.
type postback struct {
	Index int    `json:"index"`
	Text  string `json:"text"`
}

// BuildTemplate makes the request of docs.gupshup.io/reference/template-messages-2.
func (p *Provider) BuildTemplate(
	ctx context.Context, app provider.App, m provider.TemplateMessage,
) (*http.Request, error) {
	if err := p.sendable(app, m); err != nil {
		return nil, err
	}

	params := m.Values
	if params == nil {
		params = []string{}
	}

	content, err := encode(filled{ID: m.Template.ID, Params: params})
	if err != nil {
		return nil, err
	}

	media, err := header(m.Template.Header.Kind, m.Media)
	if err != nil {
		return nil, err
	}

	postbacks, err := postbackTexts(m)
	if err != nil {
		return nil, err
	}

	return p.post(ctx, http.MethodPost, app, templatePath,
		field{"channel", "whatsapp"},
		field{"source", app.Number},
		field{"destination", m.To.Digits()},
		field{"src.name", app.ProviderIDs[KeyAppName]},
		field{"template", content},
		field{"message", media},
		field{"postbackTexts", postbacks},
	)
}

func (p *Provider) sendable(app provider.App, m provider.TemplateMessage) error {
	if err := p.CheckConfig(app); err != nil {
		return err
	}

	switch {
	case m.To.IsZero():
		return errNoRecipient
	case m.Template.ID == "":
		return errNoTemplate
	case len(template.Placeholders(m.Template.Header.Text)) > 0:
		return errHeaderVar
	}
	if err := provider.Ordinary(m); err != nil {
		return fmt.Errorf("gupshup: %w", err)
	}
	// Without its text a template's places are not known, and Gupshup counts them itself.
	if want := m.Template.Count(); m.Template.Body != "" && len(m.Values) != want {
		return fmt.Errorf("gupshup: %w: %d values for %d places", template.ErrParamCount, len(m.Values), want)
	}

	return nil
}

// header is the message field, which a header of anything but text needs; empty where there is none.
func header(kind template.HeaderKind, m provider.Media) (string, error) {
	type link struct {
		Link     string `json:"link"`
		Filename string `json:"filename,omitempty"`
	}
	type place struct {
		Longitude string `json:"longitude"`
		Latitude  string `json:"latitude"`
	}

	name := string(kind)
	switch kind {
	case template.HeaderNone, template.HeaderText:
		return "", nil
	case template.HeaderImage, template.HeaderVideo, template.HeaderDocument:
		if m.Link == "" {
			return "", errNoMedia
		}

		content := link{Link: m.Link}
		if kind == template.HeaderDocument {
			content.Filename = m.Filename
		}

		return encode(map[string]any{"type": name, name: content})
	case template.HeaderLocation:
		if m.Latitude == "" || m.Longitude == "" {
			return "", errNoPlace
		}
		return encode(map[string]any{"type": name, name: place{m.Longitude, m.Latitude}})
	default:
		return "", fmt.Errorf("gupshup: header kind %q: %w", name, provider.ErrUnsupported)
	}
}

// postbackTexts is the field of that name; only quick-reply buttons send anything back.
func postbackTexts(m provider.TemplateMessage) (string, error) {
	var list []postback
	for i, back := range m.Postbacks {
		quick := i >= len(m.Template.Buttons) || m.Template.Buttons[i].Kind == template.ButtonQuickReply
		if back != "" && quick {
			list = append(list, postback{Index: i, Text: back})
		}
	}
	if len(list) == 0 {
		return "", nil
	}

	return encode(list)
}

// BuildText makes the request of a session message.
func (p *Provider) BuildText(ctx context.Context, app provider.App, m provider.TextMessage) (*http.Request, error) {
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}

	switch {
	case m.To.IsZero():
		return nil, errNoRecipient
	case m.Text == "":
		return nil, errNoText
	}

	content, err := encode(struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}{"text", m.Text})
	if err != nil {
		return nil, err
	}

	return p.session(ctx, app, m.To, content)
}

// quickReply is a session text with buttons.
type quickReply struct {
	Type string `json:"type"`
	// ID comes back with a tap. It tells messages apart where the postback is missing.
	ID      string           `json:"msgid,omitempty"`
	Content quickReplyText   `json:"content"`
	Options []quickReplyPart `json:"options"`
}

type quickReplyText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type quickReplyPart struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Postback string `json:"postbackText"`
}

// BuildButtons makes the request of a session message with reply buttons (CONTRACT.md section 2.3).
func (p *Provider) BuildButtons(ctx context.Context, app provider.App, m provider.ButtonMessage) (*http.Request, error) {
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}
	if m.To.IsZero() {
		return nil, errNoRecipient
	}
	if err := cloudapi.CheckButtons(m); err != nil {
		return nil, fmt.Errorf("gupshup: %w", err)
	}

	out := quickReply{Type: "quick_reply", ID: m.Ref, Content: quickReplyText{"text", m.Text}}
	for _, b := range m.Buttons {
		out.Options = append(out.Options, quickReplyPart{Type: "text", Title: b.Title, Postback: b.ID})
	}

	content, err := encode(out)
	if err != nil {
		return nil, err
	}

	return p.session(ctx, app, m.To, content)
}

// session makes the request of a session message with this content.
func (p *Provider) session(ctx context.Context, app provider.App, to phone.Number, content string) (*http.Request, error) {
	return p.post(ctx, http.MethodPost, app, sessionPath,
		field{"channel", "whatsapp"},
		field{"source", app.Number},
		field{"destination", to.Digits()},
		field{"src.name", app.ProviderIDs[KeyAppName]},
		field{"message", content},
	)
}
