package kaleyra

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
)

const (
	// maxRef is the longest reference that comes back (CONTRACT.md section 2.3); Kaleyra cuts the rest off, so we do.
	maxRef = 255
	// maxText is WhatsApp's limit of a text message, in characters.
	maxText = 4096
)

// What cannot be sent, and why.
var (
	errNoRecipient = errors.New("kaleyra: no recipient")
	errNoTemplate  = errors.New("kaleyra: template has no name or no language")
	errNoMedia     = errors.New("kaleyra: header needs the link of its media")
	errNoPlace     = errors.New("kaleyra: header needs latitude and longitude")
	errNoText      = errors.New("kaleyra: no text")
	errLongText    = errors.New("kaleyra: text has more than 4,096 characters")
	errBill        = fmt.Errorf("kaleyra: order_details is not documented for templates: %w", provider.ErrUnsupported)
	errCopyCode    = fmt.Errorf("kaleyra: buttons that copy a code are not documented: %w", provider.ErrUnsupported)
)

// envelope is the body of every send: Meta's message, and beside it, not in it, what Kaleyra keeps for us.
type envelope struct {
	Message messagingObject `json:"messaging_object"`
	Extra   extraInfo       `json:"extra_info"`
}

// extraInfo comes back in callbacks and stands in Kaleyra's reports, so only opaque ids belong here.
type extraInfo struct {
	Ref    string `json:"ref,omitempty"`
	Source string `json:"wa_source"`
}

// messagingObject is Meta's message.
type messagingObject struct {
	Product       string                `json:"messaging_product"`
	RecipientType string                `json:"recipient_type"`
	To            string                `json:"to"`
	Type          string                `json:"type"`
	Template      *cloudapi.Filled      `json:"template,omitempty"`
	Text          *plainText            `json:"text,omitempty"`
	Interactive   *cloudapi.Interactive `json:"interactive,omitempty"`
}

type plainText struct {
	Body string `json:"body"`
}

// BuildTemplate makes the request of developers.kaleyra.io/docs/whatsapp-api-v2-send-template-messages or, for a message
// with an OrderStatus, that of CONTRACT.md section 2.4.
func (p *Provider) BuildTemplate(
	ctx context.Context, app provider.App, m provider.TemplateMessage,
) (*http.Request, error) {
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}

	switch {
	case m.To.IsZero():
		return nil, errNoRecipient
	case m.Template.Name == "" || m.Template.Language == "":
		return nil, errNoTemplate
	case m.OrderDetails != nil:
		return nil, errBill
	case m.CopyCode != "":
		return nil, errCopyCode
	}

	build := components
	if m.OrderStatus != nil {
		build = orderStatus
	}

	parts, err := build(m)
	if err != nil {
		return nil, err
	}

	return p.send(ctx, app, messagingObject{
		To: m.To.E164(), Type: "template", Template: cloudapi.Fill(m.Template.Name, m.Template.Language, parts),
	}, m.Ref)
}

// BuildText makes the request of developers.kaleyra.io/docs/whatsapp-api-v2-send-text-messages.
func (p *Provider) BuildText(ctx context.Context, app provider.App, m provider.TextMessage) (*http.Request, error) {
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}

	switch {
	case m.To.IsZero():
		return nil, errNoRecipient
	case m.Text == "":
		return nil, errNoText
	case len([]rune(m.Text)) > maxText:
		return nil, errLongText
	}

	return p.send(ctx, app, messagingObject{To: m.To.E164(), Type: "text", Text: &plainText{m.Text}}, m.Ref)
}

// BuildButtons makes the request of a session text with reply buttons, in Meta's form (CONTRACT.md section 2.2).
func (p *Provider) BuildButtons(ctx context.Context, app provider.App, m provider.ButtonMessage) (*http.Request, error) {
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}
	if m.To.IsZero() {
		return nil, errNoRecipient
	}
	if err := cloudapi.CheckButtons(m); err != nil {
		return nil, fmt.Errorf("kaleyra: %w", err)
	}

	return p.send(ctx, app, messagingObject{To: m.To.E164(), Type: "interactive", Interactive: cloudapi.Buttons(m)}, m.Ref)
}

func (p *Provider) send(ctx context.Context, app provider.App, m messagingObject, ref string) (*http.Request, error) {
	m.Product, m.RecipientType = "whatsapp", "individual"
	runes := []rune(ref)
	body, err := provider.Encode(envelope{Message: m, Extra: extraInfo{Ref: string(runes[:min(len(runes), maxRef)]), Source: "api"}})
	if err != nil {
		return nil, err
	}

	return p.request(ctx, app, http.MethodPost, bytes.NewReader(body), "+"+app.Number, "messages")
}
