package meta

import (
	"encoding/json"
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

// envelope is the outside of a callback: object and entry in the Cloud API, a bare [cloudapi.Value] in the older one.
type envelope struct {
	Object text    `json:"object"`
	Entry  []entry `json:"entry"`
}

// entry is one business account's part. Its items are kept raw so that one odd item spoils no other.
type entry struct {
	ID      text              `json:"id"`
	Time    number            `json:"time"`
	Changes []json.RawMessage `json:"changes"`
}

type change struct {
	Field text            `json:"field"`
	Value json.RawMessage `json:"value"`
}

// scope says whose news is wanted; empty fields want everybody's.
type scope struct{ phoneNumberID, wabaID string }

// other reports whether an id is somebody else's. Some callbacks name none.
func other(own string, named text) bool { return own != "" && named != "" && own != string(named) }

// ParseWebhook reads a callback of the Cloud API, with any number of entries, changes and items, in their order; or one of
// the retired On-Premises API, which has no envelope. Fields of unexpected types count as absent; items that are of no
// use or cannot be told apart become KindUnknown with what was sent. ErrMalformed is for bodies that are not UTF-8, not
// JSON, or neither shape.
//
// An app may share its webhook with others: what names another number or another business account than the app's is left
// out. An app whose ids are not known gets nothing, which is ErrMalformed as well; the zero App gets everything.
func (*Provider) ParseWebhook(app provider.App, body []byte) ([]provider.Event, error) {
	whose := scope{app.ProviderIDs[KeyPhoneNumberID], app.ProviderIDs[KeyWABAID]}
	if app.ID != "" && whose == (scope{}) {
		return nil, fmt.Errorf("meta: the app's ids are not known: %w", provider.ErrMalformed)
	}
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("meta: not UTF-8: %w", provider.ErrMalformed)
	}
	var e envelope
	if err := lenient.Decode(body, &e); err != nil {
		return nil, fmt.Errorf("meta: not a JSON object: %w", provider.ErrMalformed)
	}

	switch {
	case e.Object == cloudapi.Object:
		return e.events(whose, body), nil
	case e.Object != "":
		return []provider.Event{provider.Unknown(body)}, nil
	}
	if !isBare(body) {
		return nil, fmt.Errorf("meta: neither envelope nor statuses nor messages: %w", provider.ErrMalformed)
	}
	var v cloudapi.Value
	if err := lenient.Decode(body, &v); err != nil {
		return nil, fmt.Errorf("meta: not a JSON object: %w", provider.ErrMalformed)
	}
	if events := reader.Events(v, 0); len(events) > 0 {
		return events, nil
	}

	return []provider.Event{provider.Unknown(body)}, nil
}

// events are those of all entries that are wanted; the whole body as unknown where nothing could be read.
func (e envelope) events(whose scope, body []byte) []provider.Event {
	var events []provider.Event

	left := false
	for _, part := range e.Entry {
		for _, raw := range part.Changes {
			found, foreign := changes(whose, part, raw)
			switch {
			case foreign:
				left = true
			case len(found) == 0:
				events = append(events, provider.Unknown(raw))
			default:
				events = append(events, found...)
			}
		}
	}
	if len(events) == 0 && !left {
		return []provider.Event{provider.Unknown(body)}
	}

	return events
}

// changes are the events of one change, none for what is of no use; foreign says that it is somebody else's.
func changes(whose scope, part entry, raw json.RawMessage) (events []provider.Event, foreign bool) {
	var c change
	if lenient.Decode(raw, &c) != nil || other(whose.wabaID, part.ID) {
		return nil, other(whose.wabaID, part.ID)
	}

	at := part.Time.Millis()
	switch c.Field {
	case "messages", "user_preferences":
		var v cloudapi.Value
		if lenient.Decode(c.Value, &v) != nil {
			return nil, false
		}
		if other(whose.phoneNumberID, v.Metadata.PhoneNumberID) {
			return nil, true
		}
		if c.Field == "messages" {
			return reader.Events(v, at), false
		}

		return preferences(at, c.Value), false
	case "message_template_status_update", "message_template_quality_update", "message_template_components_update",
		"template_category_update":
		return one(templateEvent(at, string(c.Field), c.Value)), false
	default:
		return one(accountEvent(at, string(c.Field), c.Value)), false
	}
}

// one is the event as a list; none for nil.
func one(e *provider.Event) []provider.Event {
	if e == nil {
		return nil
	}
	return []provider.Event{*e}
}
