package meta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Limits of messages, in characters (CONTRACT.md section 2).
const (
	maxRef  = 512
	maxText = 4096
)

// What cannot be sent, and why.
var (
	errNoRecipient = errors.New("meta: no recipient")
	errLongRef     = errors.New("meta: reference is longer than 512 characters")
	errText        = errors.New("meta: text must have 1 to 4096 characters")
)

// outbound is the body of a send. The number carries its plus: without it Meta may put the business's own country code
// before it.
type outbound struct {
	Product     string                `json:"messaging_product"`
	Recipient   string                `json:"recipient_type"`
	To          string                `json:"to"`
	Type        string                `json:"type"`
	Ref         string                `json:"biz_opaque_callback_data,omitempty"`
	Template    *cloudapi.Filled      `json:"template,omitempty"`
	Text        *textBody             `json:"text,omitempty"`
	Interactive *cloudapi.Interactive `json:"interactive,omitempty"`
}

type textBody struct {
	Body string `json:"body"`
}

// The routes of a number (CONTRACT.md section 2.6).
const (
	routeMessages  = "/messages"
	routeMarketing = "/marketing_messages"
)

// routeOf returns the route that takes a template: by its category now, and not by one that WhatsApp has only announced.
func routeOf(t template.Template) string {
	if t.IsMarketing() {
		return routeMarketing
	}

	return routeMessages
}

// BuildTemplate makes the request of a template message. The message's Ref travels as biz_opaque_callback_data, which
// every status of it brings back. A marketing template goes by the route for these.
func (p *Provider) BuildTemplate(
	ctx context.Context, app provider.App, m provider.TemplateMessage,
) (*http.Request, error) {
	parts, err := components(m)
	if err != nil {
		return nil, err
	}

	return p.send(ctx, app, routeOf(m.Template), outbound{
		To:       m.To.E164(),
		Type:     "template",
		Ref:      m.Ref,
		Template: cloudapi.Fill(m.Template.Name, m.Template.Language, parts),
	})
}

// BuildText makes the request of a session text.
func (p *Provider) BuildText(ctx context.Context, app provider.App, m provider.TextMessage) (*http.Request, error) {
	if !within(m.Text, maxText) {
		return nil, errText
	}

	return p.send(ctx, app, routeMessages, outbound{
		To:   m.To.E164(),
		Type: "text",
		Ref:  m.Ref,
		Text: &textBody{m.Text},
	})
}

// BuildButtons makes the request of a session text with reply buttons.
func (p *Provider) BuildButtons(ctx context.Context, app provider.App, m provider.ButtonMessage) (*http.Request, error) {
	if err := cloudapi.CheckButtons(m); err != nil {
		return nil, fmt.Errorf("meta: %w", err)
	}

	return p.send(ctx, app, routeMessages, outbound{
		To:          m.To.E164(),
		Type:        "interactive",
		Ref:         m.Ref,
		Interactive: cloudapi.Buttons(m),
	})
}

// send completes a message and makes its request.
func (p *Provider) send(ctx context.Context, app provider.App, route string, m outbound) (*http.Request, error) {
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}

	switch {
	case m.To == "" || m.To == "+":
		return nil, errNoRecipient
	case utf8.RuneCountInString(m.Ref) > maxRef:
		return nil, errLongRef
	}

	m.Product, m.Recipient = "whatsapp", "individual"
	req, err := p.post(ctx, app, app.ProviderIDs[KeyPhoneNumberID]+route, m)
	if err != nil {
		return nil, fmt.Errorf("meta: send: %w", err)
	}

	return req, nil
}

func within(s string, most int) bool { return s != "" && utf8.RuneCountInString(s) <= most }
