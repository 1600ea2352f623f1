package gupshup

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// inbound is a shopper's message.
type inbound struct {
	tenant.Inbound[*message]

	app     *app
	outer   string
	payload string
	// place is that of the button in its message, from 0.
	place int
}

// Lacking is what has no form in Gupshup's documents of version 2.
func Lacking() handset.Lacking {
	return handset.Lacking{Provider: "Gupshup", Fields: []string{"standby", "product", "place"}, Kinds: []string{"order", "edit", "revoke"}}
}

// Answer takes in a shopper's reply and tells the subscribers (shared/provider/gupshup/CONTRACT.md section 6.2).
func (s *Server) Answer(phone string, r handset.Reply) (string, error) {
	err := Lacking().Refuse(&r)
	if err != nil {
		return "", err
	}

	common, err := tenant.NewInbound[*message](&s.cfg, phone, r)
	if err != nil {
		return "", err
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	in := &inbound{Inbound: common, app: s.apps[r.App]}
	if in.app == nil {
		return "", handset.ErrNoConversation
	}

	if r.Button != "" {
		if err := in.tap(); err != nil {
			return "", err
		}
	}

	in.app.Hear(phone, in.At)
	s.emit(in.app, &notice{
		kind:      "inbound",
		mode:      "MESSAGE",
		messageID: in.ID,
		build:     in.body,
	}, in.app.Behaviour.Inbound(s.cfg.IDs))

	return in.ID, nil
}

// tap finds the button and what was sent with it. Call with mu held.
func (in *inbound) tap() error {
	if in.Answered.session != nil {
		return in.choose()
	}

	t := in.Answered.template
	if t == nil {
		return handset.ErrUnknownButton
	}

	i := slices.IndexFunc(t.content.Buttons, func(b Button) bool { return b.Type == QuickReply && b.Text == in.Reply.Button })
	if i < 0 {
		return handset.ErrUnknownButton
	}

	in.payload = in.Answered.postbacks[i]
	in.outer = cmp.Or(in.app.Behaviour.TapShape, TapQuickReply)
	if in.outer == TapAlternate {
		in.outer = []string{TapQuickReply, TapText}[in.app.taps%2]
		in.app.taps++
	}

	return nil
}

// choose finds the button of a session message and what was sent with it.
func (in *inbound) choose() error {
	i := slices.IndexFunc(in.Answered.session.replies, func(c choice) bool { return c.title == in.Reply.Button })
	if i < 0 {
		return handset.ErrUnknownButton
	}

	in.outer, in.payload, in.place = "button_reply", in.Answered.session.replies[i].postback, i

	return nil
}

func (in *inbound) body(version int) []byte {
	if version == 3 {
		return in.body3()
	}

	outer, inner := in.content()
	name := in.Name()
	payload := object{
		"id": in.ID, "source": in.From, "type": outer, "payload": inner,
		"sender": object{"phone": in.From, "name": name, "country_code": in.From[:2], "dial_code": in.From[2:]},
	}

	if in.Reply.HideNumber {
		payload["source"], payload["sender"] = "", object{"name": name, "userId": tenant.UserID(in.From)}
	}

	if c := in.context("gsId"); c != nil {
		payload["context"] = c
	}

	return in.app.envelope2("message", in.At, payload)
}

func (in *inbound) context(gsKey string) object {
	if in.Answered == nil || in.app.Behaviour.OmitContext {
		return nil
	}

	c := object{}
	in.Answered.ids(c, gsKey)

	return c
}

// mediaTypes are the content types of the simulated files.
var mediaTypes = map[string]string{
	"image": "image/jpeg", "file": "application/pdf", "audio": "audio/ogg", "video": "video/mp4", "sticker": "image/webp",
}

// content is the outer type and the inner payload in version 2.
func (in *inbound) content() (string, object) {
	if in.Reply.Button != "" {
		inner := object{"text": in.Reply.Button, "type": "button"}
		if in.outer == "button_reply" {
			inner = object{
				"title": in.Reply.Button, "id": in.Answered.session.msgid, "reply": in.Reply.Button + " " + strconv.Itoa(in.place+1),
			}
		}
		if in.payload != "" && !in.app.Behaviour.OmitPostback {
			inner["postbackText"] = in.payload
		}

		return in.outer, inner
	}

	kind := in.Reply.Kind
	switch kind {
	case "", "text":
		return "text", object{"text": in.Reply.Text}
	case "location":
		latitude, longitude := in.Reply.Where()
		return kind, object{"latitude": degrees(latitude), "longitude": degrees(longitude)}
	case "contact":
		return kind, object{"contacts": []object{{"name": object{"formatted_name": "Example Contact"}}}}
	case "reaction":
		inner := object{"emoji": in.Reply.Text}
		if in.Answered != nil {
			in.Answered.ids(inner, "gsId")
		}
		return kind, inner
	case "document":
		kind = "file"
	}

	inner := object{
		"url":         "https://media.example.com/" + strings.NewReplacer("/", "", "+", "", "=", "").Replace(in.ID),
		"contentType": mediaTypes[kind], "urlExpiry": in.At.Add(tenant.Window).UnixMilli(),
	}

	if in.Reply.Text != "" {
		inner["caption"] = in.Reply.Text
	}

	return kind, inner
}

// body3 is Meta's shape (shared/provider/gupshup/CONTRACT.md section 6.8).
func (in *inbound) body3() []byte {
	msg := object{"from": in.From, "id": in.ID, "timestamp": strconv.FormatInt(in.At.Unix(), 10)}
	if c := in.context("gs_id"); c != nil {
		c["from"] = in.app.Phone
		msg["context"] = c
	}

	outer, inner := in.content()
	switch {
	case outer == "button_reply":
		msg["type"] = "interactive"
		msg["interactive"] = object{"type": outer, outer: object{"id": in.payload, "title": in.Reply.Button}}
	case in.Reply.Button != "":
		payload := in.Reply.Button
		if in.payload != "" && !in.app.Behaviour.OmitPostback {
			payload = in.payload
		}

		msg["type"], msg["button"] = "button", object{"payload": payload, "text": in.Reply.Button}
	case outer == "text":
		msg["type"], msg["text"] = "text", object{"body": in.Reply.Text}
	case outer == "location":
		latitude, longitude := in.Reply.Where()
		msg["type"], msg["location"] = outer, object{"latitude": latitude, "longitude": longitude}
	case outer == "contact":
		msg["type"], msg["contacts"] = "contacts", inner["contacts"]
	case outer == "reaction":
		msg["type"], msg["reaction"] = outer, object{"message_id": inner["id"], "emoji": in.Reply.Text}
	default:
		kind := outer
		if kind == "file" {
			kind = "document"
		}

		msg["type"], msg[kind] = kind, object{"id": in.ID[len("wamid."):], "mime_type": inner["contentType"]}
	}

	contact := object{"profile": object{"name": in.Name()}, "wa_id": in.From}
	if in.Reply.HideNumber {
		delete(msg, "from")
		delete(contact, "wa_id")

		msg["from_user_id"], contact["user_id"] = tenant.UserID(in.From), tenant.UserID(in.From)
	}

	return in.app.envelope3("messages", object{"contacts": []object{contact}, "messages": []object{msg}}, false)
}

// degrees is a part of a place as version 2 writes it.
func degrees(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
