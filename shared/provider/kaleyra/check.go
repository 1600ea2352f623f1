package kaleyra

import (
	"context"
	"errors"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// What a brand is told of each result.
var details = map[provider.CheckState]string{
	provider.CheckNumberUnconfirmed: "Key, SID and WhatsApp business account are right. Kaleyra cannot be asked for the " +
		"number; the first message will show whether it fits.",
	provider.CheckInvalidKey: "Kaleyra refuses SID or API key; it does not say which. Copy both from the same account, without " +
		"blanks, and look whether the pod is right.",
	provider.CheckUnknownApp:   "Kaleyra does not know this WhatsApp business account for the SID.",
	provider.CheckThrottled:    "Kaleyra is asked too often; try again later.",
	provider.CheckProviderDown: "Kaleyra cannot be reached at the moment. This says nothing about the key.",
}

// reasons are more exact than a state where Kaleyra is.
var reasons = map[string]string{
	codeOtherVersion: "The number is set up for version 1 of Kaleyra's WhatsApp API. Only version 2 can be used: ask " +
		"Kaleyra to move the number.",
	codeForeignNumber: "The number is not in this account, or not approved yet.",
	codeNoAccess:      "Kaleyra has not opened its WhatsApp API for this account: ask Kaleyra's support.",
}

// Explain is what a brand is told of the code of an error that one of its settings has caused; empty for all others.
func (*Provider) Explain(code string) string { return reasons[code] }

// Check tries key, SID and WhatsApp business account by listing templates. Nothing documented reports whether the number
// belongs to them, so the best result is VERIFIED_NUMBER_UNCONFIRMED.
func (p *Provider) Check(ctx context.Context, client *http.Client, app provider.App) provider.CheckResult {
	if err := p.CheckConfig(app); err != nil {
		return provider.Incomplete(app, err)
	}

	_, err := p.Templates(ctx, client, app)
	result := provider.CheckResult{State: checkState(err)}
	result.Detail = details[result.State]
	if e, ok := errors.AsType[*provider.SendError](err); ok && reasons[e.Code] != "" {
		result.Detail = reasons[e.Code]
	}

	return result.After(err)
}

// checkState reads the error of the list. Whatever is not plainly about the key or the account counts as Kaleyra's
// fault.
func checkState(err error) provider.CheckState {
	e, ok := errors.AsType[*provider.SendError](err)
	switch {
	case err == nil:
		return provider.CheckNumberUnconfirmed
	case !ok:
		return provider.CheckProviderDown
	case e.Code == codeOtherVersion:
		return provider.CheckWrongVersion
	case e.Code == codeForeignNumber, e.Code == codeNoAccess:
		return provider.CheckUnknownApp
	case e.Class == message.ClassThrottled:
		return provider.CheckThrottled
	case e.Cause == message.CauseBalance:
		// It knows the account well enough to name its balance.
		return provider.CheckNumberUnconfirmed
	case e.HTTPStatus == http.StatusUnauthorized, e.Cause == message.CauseCredentials:
		return provider.CheckInvalidKey
	case e.Class == message.ClassBadRequest:
		return provider.CheckUnknownApp
	default:
		return provider.CheckProviderDown
	}
}
