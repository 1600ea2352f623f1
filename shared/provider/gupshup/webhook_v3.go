package gupshup

import (
	"cmp"
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/loose"
)

// entry is one part of Meta's envelope. Its time is the only one of a price.
type entry struct {
	Time    number            `json:"time"`
	Changes []json.RawMessage `json:"changes"`
}

// change is one piece of news of an entry. Its items are kept raw so that one odd item spoils no other.
type change struct {
	Field text `json:"field"`
	Value struct {
		Statuses []json.RawMessage `json:"statuses"`
		Messages []json.RawMessage `json:"messages"`
		Contacts []contact         `json:"contacts"`
		Billing  struct {
			Deductions deductions `json:"deductions"`
			References references `json:"references"`
		} `json:"billing"`
	} `json:"value"`
}

// contact names a shopper of a change.
type contact struct {
	Phone   text `json:"wa_id"`
	UserID  text `json:"user_id"`
	Profile struct {
		Name text `json:"name"`
	} `json:"profile"`
}

func (e envelope) version3() []provider.Event {
	var events []provider.Event
	for _, part := range e.Entry {
		for _, raw := range part.Changes {
			found := changes(part.Time.Millis(), raw)
			if len(found) == 0 {
				found = []provider.Event{unknown(raw)}
			}
			events = append(events, found...)
		}
	}
	return events
}

// changes are the events of one change; none for what is of no use.
func changes(at int64, raw json.RawMessage) []provider.Event {
	var c change
	if loose.Decode(raw, &c) != nil {
		return nil
	}
	v := c.Value
	switch c.Field {
	case "messages":
		var events []provider.Event
		for _, raw := range v.Statuses {
			events = append(events, orUnknown(statusV3(raw), raw))
		}
		for _, raw := range v.Messages {
			events = append(events, orUnknown(replyV3(raw, v.Contacts), raw))
		}
		return events
	case "billing-event":
		return one(billing(at, v.Billing.Deductions, v.Billing.References))
	default:
		return nil
	}
}

func orUnknown(e *provider.Event, raw json.RawMessage) provider.Event {
	if e == nil {
		return unknown(raw)
	}
	return *e
}

func statusV3(raw json.RawMessage) *provider.Event {
	var s struct {
		ID        text    `json:"id"`
		GsID      text    `json:"gs_id"`
		Recipient text    `json:"recipient_id"`
		Status    text    `json:"status"`
		Timestamp number  `json:"timestamp"`
		Pricing   pricing `json:"pricing"`
		Errors    []struct {
			Code text `json:"code"`
		} `json:"errors"`
		Conversation struct {
			Origin struct {
				Type text `json:"type"`
			} `json:"origin"`
		} `json:"conversation"`
	}
	if loose.Decode(raw, &s) != nil {
		return nil
	}
	word, ok := statuses[s.Status]
	if !ok {
		return nil
	}
	at := s.Timestamp.Millis()
	report := provider.StatusEvent{
		Status:    word,
		Recipient: loose.Digits(s.Recipient),
		Pricing:   s.Pricing.facts(s.Conversation.Origin.Type, at),
	}
	if word == message.StatusFailed && len(s.Errors) > 0 {
		report.Code = code(s.Errors[0].Code)
	}
	return status(at, loose.Distinct(s.GsID, s.ID), report)
}

// inboundV3 is Meta's inbound message.
type inboundV3 struct {
	ID        text   `json:"id"`
	From      text   `json:"from"`
	UserID    text   `json:"from_user_id"`
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
		Type  text `json:"type"`
		Reply struct {
			ID    text `json:"id"`
			Title text `json:"title"`
		} `json:"button_reply"`
	} `json:"interactive"`
	Context contextV2 `json:"context"`
}

func replyV3(raw json.RawMessage, contacts []contact) *provider.Event {
	var m inboundV3
	if loose.Decode(raw, &m) != nil || m.ID == "" {
		return nil
	}
	reply := provider.ReplyEvent{
		ID:         string(m.ID),
		From:       loose.Digits(m.From),
		UserID:     string(m.UserID),
		Type:       string(m.Type),
		ContextIDs: loose.Distinct(m.Context.Old, m.Context.GsID, m.Context.ID),
	}
	for _, c := range contacts {
		if len(contacts) == 1 || c.Phone != "" && c.Phone == m.From || c.UserID != "" && c.UserID == m.UserID {
			reply.Name, reply.UserID = string(c.Profile.Name), string(cmp.Or(m.UserID, c.UserID))
			break
		}
	}
	switch {
	case m.Type == "text":
		reply.Text = string(m.Text.Body)
	case m.Type == "button":
		reply.Tap, reply.Text, reply.Postback = true, string(m.Button.Text), string(m.Button.Payload)
	case m.Type == "interactive" && m.Interactive.Type == "button_reply":
		reply.Tap, reply.Text = true, string(m.Interactive.Reply.Title)
		reply.Postback = string(m.Interactive.Reply.ID)
	default:
		reply.Content = content(raw, string(m.Type))
	}
	return &provider.Event{Kind: provider.KindReply, At: m.Timestamp.Millis(), Reply: &reply}
}

// content is the part of a message that is named for its type, or else the whole message.
func content(raw json.RawMessage, kind string) json.RawMessage {
	var parts map[string]json.RawMessage
	if loose.Decode(raw, &parts) == nil && kind != "" && len(parts[kind]) > 0 {
		return parts[kind]
	}
	return raw
}
