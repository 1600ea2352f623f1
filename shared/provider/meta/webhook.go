package meta

import (
	"fmt"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// reader reads Meta's news as they are.
var reader = cloudapi.Reader{Classify: func(c text) message.Failure {
	means, _ := codes.Classify(string(code(c)))
	return means
}}

// scopeOf returns whose news an app wants.
func scopeOf(app provider.App) cloudapi.Scope {
	return cloudapi.Scope{PhoneNumberID: app.ProviderIDs[KeyPhoneNumberID], WABAID: app.ProviderIDs[KeyWABAID]}
}

// TellsApart reports whether the app has the id of its number or of its business account.
func (*Provider) TellsApart(app provider.App) bool { return scopeOf(app) != cloudapi.Scope{} }

// ParseWebhook reads a callback of the Cloud API, with any number of entries, changes and items, in their order; or one of
// the retired On-Premises API, which has no envelope. Fields of unexpected types count as absent; items that cannot be read
// become one event of KindUnknown. ErrMalformed is for bodies that are not UTF-8, not JSON, or neither shape.
//
// An app may share its webhook with others: what names another number or another business account than the app's is left
// out. An app whose ids are not known gets everything: see [Provider.TellsApart].
func (*Provider) ParseWebhook(app provider.App, body []byte) ([]provider.Event, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("meta: not UTF-8: %w", provider.ErrMalformed)
	}
	var e cloudapi.Envelope
	if err := lenient.Decode(body, &e); err != nil {
		return nil, fmt.Errorf("meta: not a JSON object: %w", provider.ErrMalformed)
	}

	switch {
	case e.Is():
		return reader.Envelope(scopeOf(app), body, e).Callback(body), nil
	case e.Object != "":
		return []provider.Event{provider.Unknown(body, true)}, nil
	}
	if !isBare(body) {
		return nil, fmt.Errorf("meta: neither envelope nor statuses nor messages: %w", provider.ErrMalformed)
	}

	return reader.Read(scopeOf(app), body, 0).Callback(body), nil
}
