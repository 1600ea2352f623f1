package cloudapi

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// preference is one of "user_preferences".
type preference struct {
	Phone  text `json:"wa_id"`
	UserID text `json:"user_id"`
	// UserID2 is Gupshup's spelling of it.
	UserID2   text   `json:"userid"`
	Category  text   `json:"category"`
	Value     text   `json:"value"`
	Timestamp moment `json:"timestamp"`
}

// Preferences reads the choices that shoppers made in WhatsApp itself. One that cannot be read is kept as it came and costs no
// other: a stop beside it must be heeded.
func Preferences(at int64, raw json.RawMessage) Reading {
	var v struct {
		Contacts    []Contact    `json:"contacts"`
		Preferences lenient.List `json:"user_preferences"`
	}
	if lenient.Decode(raw, &v) != nil || v.Preferences == nil {
		return unread(raw, true)
	}

	var all Reading

	rests := all.each(v.Preferences, func(item json.RawMessage) Reading {
		return One(preferenceEvent(at, item, v.Contacts), item, true)
	})
	if len(rests) > 0 {
		all.Rest = lenient.Replace(raw, map[string]any{"user_preferences": rests})
	}

	return all
}

// preferenceEvent is the event of one choice; nil for one of an unknown value or of nobody. The contacts beside it may know
// the number of a shopper whom it names by the user id alone.
func preferenceEvent(at int64, raw json.RawMessage, contacts []Contact) *provider.Event {
	var c preference
	if lenient.Decode(raw, &c) != nil {
		return nil
	}

	phone, userID := Person(c.Phone, cmp.Or(c.UserID, c.UserID2))
	phone, userID, _ = complete(contacts, phone, userID, false)
	choice := provider.PreferenceEvent{
		From:      phone,
		UserID:    userID,
		Marketing: strings.HasPrefix(string(c.Category), "marketing"),
		Stop:      c.Value == "stop",
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
