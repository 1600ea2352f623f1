package businessonbot

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// What a brand is told of each result.
var details = map[provider.CheckState]string{
	provider.VerifiedNumberUnconfirmed: "BusinessOnBot takes the key. It does not tell which WhatsApp number belongs to it.",
	provider.InvalidKey:                "BusinessOnBot refuses this key. Ask its support for the guest API key, and copy it without blanks.",
	provider.UnknownApp:                "BusinessOnBot does not know this address. Its support tells it together with the key.",
	provider.Throttled:                 "BusinessOnBot is asked too often; try again in a minute.",
	provider.ProviderDown:              "BusinessOnBot cannot be reached at the moment. This says nothing about the key.",
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
	state := provider.ProviderDown
	req, err := p.post(ctx, app, target, header, struct{}{})
	if err == nil {
		if a, failure := provider.Fetch(ctx, client, req); failure == nil {
			state = p.checkState(a)
		}
	}
	return provider.CheckResult{State: state, Detail: details[state]}
}

func (p *Provider) checkState(a provider.Answer) provider.CheckState {
	_, err := p.ReadReceipt(a.Status, a.Header, a.Body)
	body, own := read(a.Body)
	switch class := provider.ClassOf(err); {
	case err == nil, own && body.failed() && class == provider.ClassBadRequest && a.Status != http.StatusNotFound:
		return provider.VerifiedNumberUnconfirmed
	case class == provider.ClassAccount, a.Status == http.StatusForbidden:
		return provider.InvalidKey
	case class == provider.ClassThrottled:
		return provider.Throttled
	case a.Status == http.StatusNotFound:
		return provider.UnknownApp
	default:
		return provider.ProviderDown
	}
}
