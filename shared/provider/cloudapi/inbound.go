package cloudapi

import (
	"cmp"
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// inbound is one of "messages".
type inbound struct {
	MessageID
	From      text   `json:"from"`
	UserID    text   `json:"from_user_id"`
	GroupID   text   `json:"group_id"`
	Timestamp moment `json:"timestamp"`
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
	System system `json:"system"`
	Edit   struct {
		Message json.RawMessage `json:"message"`
	} `json:"edit"`
	Context struct {
		MessageID
		Product json.RawMessage `json:"referred_product"`
	} `json:"context"`
	Referral json.RawMessage `json:"referral"`
}

// choice is what was tapped.
type choice struct {
	ID    text `json:"id"`
	Title text `json:"title"`
}

// notices are the types of messages that say nothing: an opened chat, a message that was taken back.
var notices = map[text]bool{"request_welcome": true, "revoke": true}

// Message returns the event of one of "messages", which is ignored for what is no message from one shopper to us. It returns
// nil for what cannot be read, such as a message of which no text is found.
func (r Reader) Message(raw json.RawMessage, contacts []Contact) *provider.Event {
	var m inbound
	if lenient.Decode(raw, &m) != nil {
		return nil
	}

	switch {
	case notices[m.Type]:
		return new(provider.Ignored())
	case m.Type == "system":
		return r.identity(m)
	}

	phone, userID := r.Person(m.From, m.UserID)
	phone, userID, who := r.complete(contacts, phone, userID, true)

	m, raw = m.edited(raw)
	reply := provider.ReplyEvent{
		ID:         string(m.ID),
		From:       phone,
		UserID:     userID,
		Name:       string(who.Profile.Name),
		Type:       string(m.Type),
		ContextIDs: r.ids(m.Context.MessageID),
	}

	m.say(&reply, raw)

	return provider.ReplyOf(m.Timestamp.Millis(), string(m.GroupID), reply)
}

// edited returns the message as its sender changed it, and its JSON; any other is returned as it is. Meta tells of an edit as a
// message of its own, which holds the whole new one with what that answers: it is as good as said now.
func (m inbound) edited(raw json.RawMessage) (changed inbound, inner json.RawMessage) {
	if m.Type != "edit" || lenient.Decode(m.Edit.Message, &changed) != nil || changed.Type == "" {
		return m, raw
	}

	changed.ID, changed.Timestamp = m.ID, m.Timestamp
	changed.GroupID = cmp.Or(m.GroupID, changed.GroupID)
	if changed.Context.MessageID == (MessageID{}) {
		changed.Context = m.Context
	}

	return changed, m.Edit.Message
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
			r.ContextIDs = lenient.Distinct(m.Reaction.MessageID)
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
		if lenient.Decode(r.Content, &c) == nil {
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

// content returns the part of a message that is named for its type, or else the whole message.
func content(raw json.RawMessage, kind string) json.RawMessage {
	var parts map[string]json.RawMessage
	if lenient.Decode(raw, &parts) == nil && kind != "" && len(parts[kind]) > 0 {
		return parts[kind]
	}
	return raw
}
