package gupshup

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// inbound is a shopper's message.
type inbound struct {
	app      *app
	id, from string
	at       time.Time
	reply    handset.Reply
	outer    string
	answered *message
	payload  string
}

// Answer takes in a shopper's reply and tells the subscribers (contract 6.2).
func (s *Server) Answer(phone string, r handset.Reply) (string, error) {
	in := &inbound{from: phone, id: s.cfg.IDs.Wamid(), at: s.cfg.Clock.Now(), reply: r}
	if r.To != "" {
		m, ok := s.cfg.Handset.Find(phone, r.To).(*message)
		if !ok {
			return "", handset.ErrUnknownMessage
		}
		in.answered = m
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in.app = s.apps[r.App]
	if in.app == nil {
		return "", handset.ErrNoConversation
	}
	if r.Button != "" {
		if err := in.tap(); err != nil {
			return "", err
		}
	}
	in.app.inbound[phone] = in.at
	b := &in.app.behaviour
	lags := callback.Copies{Duplicate: b.Duplicate, Lag: b.DuplicateLag}.Lags(b.Lag.Inbound, s.cfg.IDs)
	s.emit(in.app, &notice{kind: "inbound", mode: "MESSAGE", messageID: in.id, build: in.body}, lags)
	return in.id, nil
}

// tap finds the button and what was sent with it. Call with mu held.
func (in *inbound) tap() error {
	t := in.answered.template
	if t == nil {
		return handset.ErrUnknownButton
	}
	i := slices.IndexFunc(t.content.Buttons, func(b Button) bool { return b.Type == QuickReply && b.Text == in.reply.Button })
	if i < 0 {
		return handset.ErrUnknownButton
	}
	in.payload = in.answered.postbacks[i]
	in.outer = in.app.behaviour.TapShape
	if in.outer == TapAlternate {
		in.outer = []string{TapQuickReply, TapText}[in.app.taps%2]
		in.app.taps++
	}
	return nil
}

func (in *inbound) body(version int) []byte {
	if version == 3 {
		return in.body3()
	}
	outer, inner := in.content()
	name := in.name()
	payload := object{
		"id": in.id, "source": in.from, "type": outer, "payload": inner,
		"sender": object{"phone": in.from, "name": name, "country_code": in.from[:2], "dial_code": in.from[2:]},
	}
	if c := in.context("gsId"); c != nil {
		payload["context"] = c
	}
	return in.app.envelope2("message", in.at, payload)
}

func (in *inbound) name() string {
	if in.reply.Name != "" {
		return in.reply.Name
	}
	return "Shopper"
}

func (in *inbound) context(gsKey string) object {
	if in.answered == nil || in.app.behaviour.OmitContext {
		return nil
	}
	c := object{}
	in.answered.ids(c, gsKey)
	return c
}

// mediaTypes are the content types of the simulated files.
var mediaTypes = map[string]string{
	"image": "image/jpeg", "file": "application/pdf", "audio": "audio/ogg", "video": "video/mp4", "sticker": "image/webp",
}

// content is the outer type and the inner payload in version 2.
func (in *inbound) content() (string, object) {
	if in.reply.Button != "" {
		inner := object{"text": in.reply.Button, "type": "button"}
		if in.payload != "" && !in.app.behaviour.OmitPostback {
			inner["postbackText"] = in.payload
		}
		return in.outer, inner
	}
	kind := in.reply.Kind
	switch kind {
	case "", "text":
		return "text", object{"text": in.reply.Text}
	case "location":
		return kind, object{"latitude": "18.5204", "longitude": "73.8567"}
	case "contact":
		return kind, object{"contacts": []object{{"name": object{"formatted_name": "Example Contact"}}}}
	case "reaction":
		inner := object{"emoji": in.reply.Text}
		if in.answered != nil {
			in.answered.ids(inner, "gsId")
		}
		return kind, inner
	case "document":
		kind = "file"
	}
	inner := object{
		"url":         "https://media.example.com/" + strings.NewReplacer("/", "", "+", "", "=", "").Replace(in.id),
		"contentType": mediaTypes[kind], "urlExpiry": in.at.Add(window).UnixMilli(),
	}
	if in.reply.Text != "" {
		inner["caption"] = in.reply.Text
	}
	return kind, inner
}

// body3 is Meta's shape (contract 6.8).
func (in *inbound) body3() []byte {
	msg := object{"from": in.from, "id": in.id, "timestamp": strconv.FormatInt(in.at.Unix(), 10)}
	if c := in.context("gs_id"); c != nil {
		c["from"] = in.app.Phone
		msg["context"] = c
	}
	outer, inner := in.content()
	switch {
	case in.reply.Button != "":
		payload := in.reply.Button
		if in.payload != "" && !in.app.behaviour.OmitPostback {
			payload = in.payload
		}
		msg["type"], msg["button"] = "button", object{"payload": payload, "text": in.reply.Button}
	case outer == "text":
		msg["type"], msg["text"] = "text", object{"body": in.reply.Text}
	case outer == "location":
		msg["type"], msg["location"] = outer, object{"latitude": 18.5204, "longitude": 73.8567}
	case outer == "contact":
		msg["type"], msg["contacts"] = "contacts", inner["contacts"]
	case outer == "reaction":
		msg["type"], msg["reaction"] = outer, object{"message_id": inner["id"], "emoji": in.reply.Text}
	default:
		kind := outer
		if kind == "file" {
			kind = "document"
		}
		msg["type"], msg[kind] = kind, object{"id": in.id[len("wamid."):], "mime_type": inner["contentType"]}
	}
	return in.app.envelope3("messages", object{
		"contacts": []object{{"profile": object{"name": in.name()}, "wa_id": in.from}}, "messages": []object{msg},
	}, false)
}
