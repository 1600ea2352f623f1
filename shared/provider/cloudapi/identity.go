package cloudapi

import (
	"cmp"
	"regexp"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// system is what a message of that type says (CONTRACT.md section 5.4).
type system struct {
	Type text `json:"type"`
	Body text `json:"body"`
	// Phone is the new number; NewPhone is its name in the older API, and Customer the old number's.
	Phone          text `json:"wa_id"`
	NewPhone       text `json:"new_wa_id"`
	Customer       text `json:"customer"`
	UserID         text `json:"user_id"`
	PreviousUserID text `json:"previous_user_id"`
}

// moves are the types of system messages that tell of another number or user id; the first is the older API's.
var moves = map[text]bool{
	"customer_changed_number": true,
	"user_changed_number":     true,
	changedUserID:             true,
}

// changedUserID says that the number has stayed.
const changedUserID = "user_changed_user_id"

// changed finds the old number or user id in the sentence of a system message, which some of Meta's samples name nowhere else.
var changed = regexp.MustCompile(`changed (?:\w+ )*from (\S+) to (\S+)`)

// identity returns the event of a shopper's new number or user id. It is ignored for any other system message, for one in a group,
// and for one that does not say who was meant or what is new.
func (r Reader) identity(m inbound) *provider.Event {
	s := m.System
	if !moves[s.Type] || m.GroupID != "" || m.ID == "" {
		return new(provider.Ignored())
	}

	oldPhone, oldID := r.Person(cmp.Or(s.Customer, m.From), cmp.Or(s.PreviousUserID, m.UserID))
	newPhone, newID := r.Person(cmp.Or(s.Phone, s.NewPhone), s.UserID)

	// The sender may stand for who it is now as well as for who it was.
	if oldID == newID && s.PreviousUserID == "" {
		oldID = ""
	}
	if oldPhone == newPhone && s.Type != changedUserID {
		oldPhone = ""
	}
	if told := changed.FindStringSubmatch(string(s.Body)); told != nil {
		phone, id := r.Person(text(told[1]), "")
		oldPhone, oldID = cmp.Or(oldPhone, phone), cmp.Or(oldID, id)
	}

	if oldPhone == "" && oldID == "" || newPhone == "" && newID == "" {
		return new(provider.Ignored())
	}

	return &provider.Event{Kind: provider.KindIdentity, At: m.Timestamp.Millis(), Identity: &provider.IdentityEvent{
		ID:             string(m.ID),
		PreviousPhone:  oldPhone,
		Phone:          newPhone,
		PreviousUserID: oldID,
		UserID:         newID,
		SameNumber:     s.Type == changedUserID,
	}}
}
