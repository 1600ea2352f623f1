package kaleyra

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/loose"
)

// passedOn is Meta's own news, as Kaleyra's examples pass it on. Its items are kept raw so that one odd item spoils no
// other.
type passedOn struct {
	Statuses []json.RawMessage `json:"statuses"`
	Messages []json.RawMessage `json:"messages"`
	Contacts []contact         `json:"contacts"`
}

// contact names a shopper.
type contact struct {
	Phone   text `json:"wa_id"`
	UserID  text `json:"user_id"`
	Profile struct {
		Name text `json:"name"`
	} `json:"profile"`
}

// metaEvents reads Meta's messages and statuses, or one message, or a list of messages; none where it is neither. ref is
// what the callback says beside it.
func metaEvents(raw json.RawMessage, ref string) []provider.Event {
	var p passedOn
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")):
		if loose.Decode(raw, &p.Messages) != nil {
			return nil
		}
	case loose.Decode(raw, &p) != nil:
		return nil
	case len(p.Messages) == 0 && len(p.Statuses) == 0:
		if e := metaReply(raw, p.Contacts); e != nil {
			return []provider.Event{*e}
		}
		return nil
	}
	var events []provider.Event
	sound := false
	for _, item := range p.Statuses {
		e := metaStatus(item, ref)
		sound = sound || e != nil
		events = append(events, orUnknown(e, item))
	}
	for _, item := range p.Messages {
		e := metaReply(item, p.Contacts)
		sound = sound || e != nil
		events = append(events, orUnknown(e, item))
	}
	if !sound {
		// Kept whole instead, or read by the flat variables.
		return nil
	}
	return events
}

func orUnknown(e *provider.Event, raw json.RawMessage) provider.Event {
	if e == nil {
		return unknown(raw)
	}
	return *e
}

func metaStatus(raw json.RawMessage, ref string) *provider.Event {
	var s struct {
		ID        text `json:"id"`
		Recipient text `json:"recipient_id"`
		Status    text `json:"status"`
		Timestamp text `json:"timestamp"`
		Opaque    text `json:"biz_opaque_callback_data"`
		Pricing   struct {
			Billable truth `json:"billable"`
			Model    text  `json:"pricing_model"`
			Category text  `json:"category"`
			Type     text  `json:"type"`
		} `json:"pricing"`
		Errors []struct {
			Code text `json:"code"`
		} `json:"errors"`
	}
	if loose.Decode(raw, &s) != nil {
		return nil
	}
	word, ok := statusOf(string(s.Status))
	ids, own := messageIDs(string(s.ID)), cmp.Or(ref, string(s.Opaque))
	if !ok || len(ids) == 0 && own == "" {
		return nil
	}
	at := millis(string(s.Timestamp))
	report := provider.StatusEvent{
		IDs: ids, Status: word, Recipient: loose.Digits(s.Recipient), Ref: own,
		Pricing: message.Pricing{
			Known: s.Pricing.Billable.Set, Billable: s.Pricing.Billable.Value, Model: string(s.Pricing.Model),
			Category: string(s.Pricing.Category), Type: string(s.Pricing.Type),
		},
	}
	if !report.Pricing.IsZero() {
		report.Pricing.At = at
	}
	if len(s.Errors) > 0 {
		report.Code = string(s.Errors[0].Code)
	}
	e := statusEvent(at, report)
	return &e
}

// button is a pressed button in each of its shapes: of a template, and of a session message.
type button struct {
	Payload text `json:"payload"`
	Text    text `json:"text"`
	ID      text `json:"id"`
	Title   text `json:"title"`
}

// pressed is where a button stands in a message.
type pressed struct {
	button
	Button      button `json:"button"`
	Interactive struct {
		Reply button `json:"button_reply"`
	} `json:"interactive"`
	Reply button `json:"button_reply"`
}

// tapped finds label and postback of a pressed button, whichever shape it has.
func tapped(raw json.RawMessage) (label, back string) {
	var p pressed
	if raw == nil || loose.Decode(raw, &p) != nil {
		return "", ""
	}
	for _, b := range []button{p.Button, p.Interactive.Reply, p.Reply, p.button} {
		if back := string(cmp.Or(b.Payload, b.ID)); back != "" {
			return string(cmp.Or(b.Text, b.Title)), back
		}
	}
	return "", ""
}

func metaReply(raw json.RawMessage, contacts []contact) *provider.Event {
	var m struct {
		ID        text `json:"id"`
		From      text `json:"from"`
		UserID    text `json:"from_user_id"`
		Timestamp text `json:"timestamp"`
		Type      text `json:"type"`
		Text      struct {
			Body text `json:"body"`
		} `json:"text"`
		Button      button `json:"button"`
		Interactive struct {
			Type  text   `json:"type"`
			Reply button `json:"button_reply"`
			List  button `json:"list_reply"`
		} `json:"interactive"`
		Context struct {
			ID text `json:"id"`
		} `json:"context"`
	}
	// A flat callback has from and type as well; only Meta's has an object of that type.
	if loose.Decode(raw, &m) != nil || m.ID == "" || m.Type == "" || part(raw, string(m.Type)) == nil {
		return nil
	}
	r := provider.ReplyEvent{
		ID: string(m.ID), From: loose.Digits(m.From), UserID: string(m.UserID), Type: string(m.Type),
		ContextIDs: messageIDs(string(m.Context.ID)),
	}
	for _, c := range contacts {
		if len(contacts) == 1 || c.Phone != "" && c.Phone == m.From || c.UserID != "" && c.UserID == m.UserID {
			r.Name, r.UserID = string(c.Profile.Name), string(cmp.Or(m.UserID, c.UserID))
			break
		}
	}
	switch {
	case m.Type == "text":
		r.Text = string(m.Text.Body)
	case m.Type == "button":
		r.Tap, r.Text, r.Postback = true, string(m.Button.Text), string(m.Button.Payload)
	case m.Type == "interactive" && m.Interactive.Type == "button_reply":
		r.Tap, r.Text, r.Postback = true, string(m.Interactive.Reply.Title), string(m.Interactive.Reply.ID)
	case m.Type == "interactive" && m.Interactive.Type == "list_reply":
		r.Text, r.Postback = string(m.Interactive.List.Title), string(m.Interactive.List.ID)
		r.Content = part(raw, string(m.Type))
	default:
		r.Content = part(raw, string(m.Type))
	}
	return &provider.Event{Kind: provider.KindReply, At: millis(string(m.Timestamp)), Reply: &r}
}

// part is the object or list of a message that is named for its type, such as its order; nil where there is none.
func part(raw json.RawMessage, kind string) json.RawMessage {
	var parts map[string]json.RawMessage
	if loose.Decode(raw, &parts) != nil {
		return nil
	}
	found := bytes.TrimSpace(parts[kind])
	if len(found) == 0 || found[0] != '{' && found[0] != '[' {
		return nil
	}
	return found
}
