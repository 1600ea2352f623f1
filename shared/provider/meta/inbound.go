package meta

import (
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/loose"
)

// inbound is one of "messages".
type inbound struct {
	ID        text   `json:"id"`
	From      text   `json:"from"`
	UserID    text   `json:"from_user_id"`
	GroupID   text   `json:"group_id"`
	Timestamp number `json:"timestamp"`
	Type      text   `json:"type"`
	Text      struct {
		Body text `json:"body"`
	} `json:"text"`
	Button struct {
		Payload text `json:"payload"`
		Text    text `json:"text"`
	} `json:"button"`
	Interactive struct {
		Type   text   `json:"type"`
		Button choice `json:"button_reply"`
		List   choice `json:"list_reply"`
		Flow   struct {
			Body text `json:"body"`
		} `json:"nfm_reply"`
	} `json:"interactive"`
	Order struct {
		Text text `json:"text"`
	} `json:"order"`
	Reaction struct {
		MessageID text `json:"message_id"`
	} `json:"reaction"`
	Context struct {
		ID      text            `json:"id"`
		Product json.RawMessage `json:"referred_product"`
	} `json:"context"`
	Referral json.RawMessage `json:"referral"`
}

// choice is what was tapped.
type choice struct {
	ID    text `json:"id"`
	Title text `json:"title"`
}

// notices are the types of messages that no shopper wrote: a changed number, an opened chat, an edit or a deletion of a
// message written on the business's own phone.
var notices = map[text]bool{"system": true, "request_welcome": true, "edit": true, "revoke": true}

// reply is the event of a message; nil for what is none from one shopper to us, and for messages without an id, which
// could not be known again when they are delivered twice.
func reply(raw json.RawMessage, contacts []contact) *provider.Event {
	var m inbound
	if loose.Decode(raw, &m) != nil || m.ID == "" || m.GroupID != "" || notices[m.Type] {
		return nil
	}
	r := provider.ReplyEvent{
		ID:         string(m.ID),
		From:       digits(m.From),
		UserID:     string(m.UserID),
		Type:       string(m.Type),
		ContextIDs: loose.Distinct(m.Context.ID),
	}
	if r.From == "" && r.UserID == "" && strings.Contains(string(m.From), ".") {
		// Shoppers without a number are said to stand here with their user id as well.
		r.UserID = string(m.From)
	}
	m.introduce(&r, contacts)
	m.say(&r, raw)
	return &provider.Event{Kind: provider.KindReply, At: m.Timestamp.Millis(), Reply: &r}
}

// introduce fills in what the contacts tell of the sender.
func (m inbound) introduce(r *provider.ReplyEvent, contacts []contact) {
	for _, c := range contacts {
		if c.UserID != "" && r.UserID != "" && string(c.UserID) != r.UserID {
			continue // somebody else, whose number would be taken for the sender's
		}
		if len(contacts) == 1 || c.Phone != "" && c.Phone == m.From || c.UserID != "" && string(c.UserID) == r.UserID {
			r.Name = string(c.Profile.Name)
			if r.UserID == "" {
				r.UserID = string(c.UserID)
			}
			if r.From == "" {
				r.From = digits(c.Phone)
			}
			return
		}
	}
}

// say fills in what was written, by type.
func (m inbound) say(r *provider.ReplyEvent, raw json.RawMessage) {
	switch m.Type {
	case "text":
		r.Text = string(m.Text.Body)
		r.Content = m.occasion()
	case "button":
		r.Tap, r.Text, r.Postback = true, string(m.Button.Text), string(m.Button.Payload)
	case "interactive":
		m.choose(r, raw)
	case "reaction":
		if len(r.ContextIDs) == 0 {
			r.ContextIDs = loose.Distinct(m.Reaction.MessageID)
		}
		r.Content = content(raw, "reaction")
	case "order":
		r.Text = string(m.Order.Text)
		r.Content = content(raw, "order")
	default:
		r.Content = content(raw, string(m.Type))
		var c struct {
			Caption text `json:"caption"`
		}
		if loose.Decode(r.Content, &c) == nil {
			r.Text = string(c.Caption)
		}
	}
}

// choose reads an answer to a message with buttons, a list or a form.
func (m inbound) choose(r *provider.ReplyEvent, raw json.RawMessage) {
	switch i := m.Interactive; i.Type {
	case "button_reply":
		r.Tap, r.Text, r.Postback = true, string(i.Button.Title), string(i.Button.ID)
	case "list_reply":
		r.Text, r.Postback = string(i.List.Title), string(i.List.ID)
		r.Content = content(raw, "interactive")
	default:
		r.Text = string(i.Flow.Body)
		r.Content = content(raw, "interactive")
	}
}

// occasion is the product or the advertisement that a text is about; nil for most.
func (m inbound) occasion() json.RawMessage {
	parts := map[string]json.RawMessage{}
	if isObject(m.Context.Product) {
		parts["referred_product"] = m.Context.Product
	}
	if isObject(m.Referral) {
		parts["referral"] = m.Referral
	}
	if len(parts) == 0 {
		return nil
	}
	out, err := provider.Encode(parts)
	if err != nil {
		return nil
	}
	return out
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// content is the part of a message that is named for its type, or else the whole message.
func content(raw json.RawMessage, kind string) json.RawMessage {
	var parts map[string]json.RawMessage
	if loose.Decode(raw, &parts) == nil && kind != "" && len(parts[kind]) > 0 {
		return parts[kind]
	}
	return raw
}

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
		Contacts    []contact         `json:"contacts"`
		Preferences []json.RawMessage `json:"user_preferences"`
	}
	if loose.Decode(raw, &v) != nil {
		return nil
	}
	events := make([]provider.Event, 0, len(v.Preferences))
	for _, item := range v.Preferences {
		events = append(events, orUnknown(preferenceEvent(at, item, v.Contacts), item))
	}
	return events
}

// preferenceEvent is the event of one choice; nil for one of an unknown value or of nobody. The contacts beside it may know
// the number of a shopper whom it names by the user id alone.
func preferenceEvent(at int64, raw json.RawMessage, contacts []contact) *provider.Event {
	var c preference
	if loose.Decode(raw, &c) != nil {
		return nil
	}
	choice := provider.PreferenceEvent{
		From: digits(c.Phone), UserID: string(c.UserID), Marketing: strings.HasPrefix(string(c.Category), "marketing"),
		Stop: c.Value == "stop",
	}
	for _, known := range contacts {
		if choice.From == "" && c.UserID != "" && known.UserID == c.UserID {
			choice.From = digits(known.Phone)
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
