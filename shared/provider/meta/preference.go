package meta

import (
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// preference is one of "user_preferences".
type preference struct {
	Phone     text   `json:"wa_id"`
	UserID    text   `json:"user_id"`
	Category  text   `json:"category"`
	Value     text   `json:"value"`
	Timestamp number `json:"timestamp"`
}

// preferences are the choices that shoppers made in WhatsApp itself. One that cannot be read is kept as it came and costs
// no other: a stop beside it must be heeded.
func preferences(at int64, raw json.RawMessage) []provider.Event {
	var v struct {
		Contacts    []cloudapi.Contact `json:"contacts"`
		Preferences []json.RawMessage  `json:"user_preferences"`
	}
	if lenient.Decode(raw, &v) != nil {
		return nil
	}

	events := make([]provider.Event, 0, len(v.Preferences))
	for _, item := range v.Preferences {
		events = append(events, provider.OrUnknown(preferenceEvent(at, item, v.Contacts), item))
	}

	return events
}

// preferenceEvent is the event of one choice; nil for one of an unknown value or of nobody. The contacts beside it may know
// the number of a shopper whom it names by the user id alone.
func preferenceEvent(at int64, raw json.RawMessage, contacts []cloudapi.Contact) *provider.Event {
	var c preference
	if lenient.Decode(raw, &c) != nil {
		return nil
	}

	choice := provider.PreferenceEvent{
		From:      cloudapi.Digits(c.Phone),
		UserID:    string(c.UserID),
		Marketing: strings.HasPrefix(string(c.Category), "marketing"),
		Stop:      c.Value == "stop",
	}
	for _, known := range contacts {
		if choice.From == "" && c.UserID != "" && known.UserID == c.UserID {
			choice.From = cloudapi.Digits(known.Phone)
		}
	}

	sound := c.Value == "stop" || c.Value == "resume" || c.Value == "signup"
	if !sound || choice.From == "" && choice.UserID == "" {
		return nil
	}
	if t := c.Timestamp.Millis(); t != 0 {
		at = t
	}

	return &provider.Event{Kind: provider.KindPreference, At: at, Preference: &choice}
}
