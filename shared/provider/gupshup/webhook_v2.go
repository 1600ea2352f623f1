package gupshup

import (
	"cmp"
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// version2 reads the payload by the envelope's type.
func (e envelope) version2(body []byte) cloudapi.Reading {
	at := e.Timestamp.Millis()
	switch e.Type {
	case "message-event":
		return cloudapi.One(statusV2(at, e.Payload), body, false)
	case "message":
		return cloudapi.One(replyV2(at, e.Payload), body, true)
	case "billing-event":
		return cloudapi.One(billingV2(at, e.Payload), body, false)
	case "user-event":
		return cloudapi.One(userV2(at, e.Payload), body, true)
	case "template-event":
		return cloudapi.One(templateV2(at, e.Payload), body, false)
	case "account-event", "onboarding-event", "docker-status-event":
		return cloudapi.One(accountV2(at, string(e.Type), e.Payload), body, false)
	case "preference-event":
		return preferencesV2(at, body, e.Payload)
	default:
		return cloudapi.Unfamiliar(e.Type, e.Payload, body)
	}
}

// reportV2 is the payload of a message-event.
type reportV2 struct {
	ID          text `json:"id"`
	GsID        text `json:"gsId"`
	Type        text `json:"type"`
	Destination text `json:"destination"`
	UserID      text `json:"userId"`
	Payload     struct {
		TS         number `json:"ts"`
		Code       text   `json:"code"`
		WhatsAppID text   `json:"whatsappMessageId"`
	} `json:"payload"`
	Conversation struct {
		Type text `json:"type"`
	} `json:"conversation"`
	Pricing pricing `json:"pricing"`
}

// pricing is what a report of sending says of the price; whether it is charged, only sometimes.
type pricing struct {
	Policy   text  `json:"policy"`
	Model    text  `json:"pricing_model"`
	Category text  `json:"category"`
	Type     text  `json:"type"`
	Billable truth `json:"billable"`
}

// facts are empty where nothing was said.
func (p pricing) facts(conversation text, at int64) message.Pricing {
	out := message.Pricing{
		Known:    p.Billable.Set,
		Billable: p.Billable.Value,
		Model:    string(cmp.Or(p.Policy, p.Model)),
		Category: cmp.Or(p.Category, conversation).Lower(),
		Type:     string(p.Type),
	}
	if !out.IsZero() {
		out.At = at
	}

	return out
}

// idleV2 are message-events that change nothing (CONTRACT.md section 6.3).
var idleV2 = map[text]bool{"deleted": true, "mismatch": true, "referral": true, "others": true}

func statusV2(at int64, payload json.RawMessage) *provider.Event {
	var p reportV2
	if lenient.Decode(payload, &p) != nil {
		return nil
	}
	if idleV2[p.Type] {
		return new(provider.Ignored())
	}

	s, ok := statuses[p.Type]
	if !ok {
		return nil
	}
	if ts := p.Payload.TS.Millis(); ts != 0 {
		at = ts
	}

	phone, userID := person(p.Destination, p.UserID)
	report := provider.StatusEvent{
		Status:    s,
		Recipient: phone,
		UserID:    userID,
		Pricing:   p.Pricing.facts(p.Conversation.Type, at),
	}
	if s == message.StatusFailed {
		report.Code = code(p.Payload.Code)
	}
	// The order is that of CONTRACT.md section 6.4: gsId is always ours, id is ours in early events and WhatsApp's in later ones.
	return status(at, lenient.Distinct(p.GsID, p.ID, p.Payload.WhatsAppID), report)
}

// inboundV2 is the payload of a message.
type inboundV2 struct {
	ID      text            `json:"id"`
	Source  text            `json:"source"`
	Type    text            `json:"type"`
	UserID  text            `json:"userId"`
	GroupID text            `json:"groupId"`
	Payload json.RawMessage `json:"payload"`
	Sender  struct {
		Phone  text `json:"phone"`
		Name   text `json:"name"`
		UserID text `json:"userId"`
	} `json:"sender"`
	Context contextV2 `json:"context"`
}

// contextV2 names the message that is answered.
type contextV2 struct {
	ID   text `json:"id"`
	GsID text `json:"gsId"`
	Old  text `json:"gs_id"`
}

// contentV2 is the part of an inbound payload that we read.
type contentV2 struct {
	Type     text `json:"type"`
	Text     text `json:"text"`
	Title    text `json:"title"`
	Caption  text `json:"caption"`
	ID       text `json:"id"`
	GsID     text `json:"gsId"`
	Postback text `json:"postbackText"`
}

func replyV2(at int64, payload json.RawMessage) *provider.Event {
	var p inboundV2
	if lenient.Decode(payload, &p) != nil {
		return nil
	}
	var c contentV2
	_ = lenient.Decode(p.Payload, &c)

	phone, userID := person(p.Source, cmp.Or(p.Sender.UserID, p.UserID))
	if phone == "" {
		phone, userID = person(p.Sender.Phone, text(userID))
	}

	reply := provider.ReplyEvent{
		ID:         string(p.ID),
		From:       phone,
		UserID:     userID,
		Name:       string(p.Sender.Name),
		Type:       string(p.Type),
		ContextIDs: lenient.Distinct(p.Context.GsID, p.Context.Old, p.Context.ID),
	}
	switch {
	// A tap on a template's button has come as quick_reply and as text; a button inside is the mark of both.
	case c.Type == "button" || p.Type == "quick_reply" || p.Type == "button_reply":
		reply.Tap = true
		reply.Text = string(cmp.Or(c.Text, c.Title))
		reply.Postback = string(cmp.Or(c.Postback, c.ID))
	case p.Type == "text":
		reply.Text = string(c.Text)
	case p.Type == "list_reply":
		reply.Text, reply.Postback = string(c.Title), string(cmp.Or(c.Postback, c.ID))
		reply.Content = p.Payload
	case p.Type == "reaction":
		if len(reply.ContextIDs) == 0 {
			reply.ContextIDs = lenient.Distinct(c.GsID, c.ID)
		}

		reply.Content = p.Payload
	default:
		reply.Text = string(cmp.Or(c.Title, c.Caption, c.Text))
		reply.Postback = string(c.Postback)
		reply.Content = p.Payload
	}

	return provider.ReplyOf(at, string(p.GroupID), reply)
}

func billingV2(at int64, payload json.RawMessage) *provider.Event {
	var p struct {
		Deductions deductions `json:"deductions"`
		References references `json:"references"`
	}
	if lenient.Decode(payload, &p) != nil {
		return nil
	}

	return billing(at, p.Deductions, p.References)
}

// userV2 reads user-events: the call that tries a new URL, and the choices of shoppers in old apps.
func userV2(at int64, payload json.RawMessage) *provider.Event {
	var p struct {
		Phone  text `json:"phone"`
		UserID text `json:"userId"`
		Type   text `json:"type"`
	}
	if lenient.Decode(payload, &p) != nil {
		return nil
	}

	switch p.Type {
	case "opted-in", "opted-out":
		from, userID := person(p.Phone, p.UserID)
		if from == "" && userID == "" {
			return nil
		}

		return &provider.Event{Kind: provider.KindPreference, At: at, Preference: &provider.PreferenceEvent{
			From:   from,
			UserID: userID,
			Stop:   p.Type == "opted-out",
		}}
	case "sandbox-start":
		return &provider.Event{Kind: provider.KindUser, At: at}
	default:
		return nil
	}
}

// preferencesV2 reads the choices that shoppers made in WhatsApp itself.
func preferencesV2(at int64, body, payload json.RawMessage) cloudapi.Reading {
	var p struct {
		Payload json.RawMessage `json:"payload"`
	}
	if lenient.Decode(payload, &p) != nil {
		return cloudapi.One(nil, body, true)
	}

	r := reader.Read(cloudapi.Scope{}, p.Payload, at)
	if r.Rest != nil {
		inner := lenient.Replace(payload, map[string]any{"payload": r.Rest})
		r.Rest = lenient.Replace(body, map[string]any{"payload": inner})
	}

	return r
}
