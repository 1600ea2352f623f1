package cloudapi

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// userPreference is one of "user_preferences".
type userPreference struct {
	Phone  text `json:"wa_id"`
	UserID text `json:"user_id"`
	// UserID2 is Gupshup's spelling of it.
	UserID2   text   `json:"userid"`
	Category  text   `json:"category"`
	Value     text   `json:"value"`
	Timestamp moment `json:"timestamp"`
}

// preference returns the event of one choice; nil for one of an unknown value or of nobody. The contacts beside it may know
// the number of a shopper whom it names by the user id alone.
func (r Reader) preference(at int64, raw json.RawMessage, contacts []Contact) *provider.Event {
	var c userPreference
	if lenient.Decode(raw, &c) != nil {
		return nil
	}

	phone, userID := r.Person(c.Phone, cmp.Or(c.UserID, c.UserID2))
	phone, userID, _ = r.complete(contacts, phone, userID, false)
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
