package businessonbot

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// What a brand is told of each result.
var details = map[provider.CheckState]string{
	provider.CheckNumberUnconfirmed: "BusinessOnBot takes the key. It does not tell which WhatsApp number belongs to it.",
	provider.CheckInvalidKey:        "BusinessOnBot refuses this key. Ask its support for the guest API key, and copy it without blanks.",
	provider.CheckUnknownApp:        "BusinessOnBot does not know this address. Its support tells it together with the key.",
	provider.CheckThrottled:         "BusinessOnBot is asked too often; try again later.",
	provider.CheckProviderDown:      "BusinessOnBot cannot be reached at the moment. This says nothing about the key.",
}

// Check tries the key. BusinessOnBot documents no question to ask, so the check tells it nothing: an empty object, which
// names no order and no shopper and must be refused as a bad payload. That refusal shows that the key was good enough to
// look at the payload.
func (p *Provider) Check(ctx context.Context, client *http.Client, app provider.App) provider.CheckResult {
	if err := p.CheckConfig(app); err != nil {
		return provider.Incomplete(app, err)
	}

	target, header := pathDelivery, headerGuest
	if p.ByTemplate(app) {
		target, header = pathTemplate, headerAPIKey
	}

	state := provider.CheckProviderDown

	var refusal error

	req, err := p.post(ctx, app, target, header, struct{}{})
	if err == nil {
		if a, failure := provider.Fetch(ctx, client, req); failure == nil {
			state = p.checkState(a)
			_, refusal = p.ReadReceipt(a.Status, a.Header, a.Body)
		}
	}

	return provider.CheckResult{State: state, Detail: details[state]}.After(refusal)
}

func (p *Provider) checkState(a provider.Answer) provider.CheckState {
	_, err := p.ReadReceipt(a.Status, a.Header, a.Body)

	body, own := read(a.Body)
	switch class := provider.ClassOf(err); {
	case err == nil, own && body.failed() && class == message.ClassBadRequest && a.Status != http.StatusNotFound:
		return provider.CheckNumberUnconfirmed
	case class == message.ClassAccount, a.Status == http.StatusForbidden:
		return provider.CheckInvalidKey
	case class == message.ClassThrottled:
		return provider.CheckThrottled
	case a.Status == http.StatusNotFound:
		return provider.CheckUnknownApp
	default:
		return provider.CheckProviderDown
	}
}
