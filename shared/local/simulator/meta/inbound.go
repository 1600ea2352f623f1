package meta

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
	answered *message
}

// Answer takes in a shopper's reply and tells the webhook (contract 4.4).
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
	msg := object{"id": in.id, "timestamp": strconv.FormatInt(in.at.Unix(), 10)}
	if err := in.say(msg); err != nil {
		return "", err
	}
	in.app.inbound[phone] = in.at
	b := &in.app.behaviour
	lags := callback.Copies{Duplicate: b.Duplicate, Lag: b.DuplicateLag}.Lags(b.Lag.Inbound, s.cfg.IDs)
	s.emit(in.app, &notice{
		kind: "inbound", messageID: in.id, at: in.at, field: "messages", value: in.value(msg),
	}, lags)
	return in.id, nil
}

// value names the shopper beside the message.
func (in *inbound) value(msg object) object {
	b := &in.app.behaviour
	name := in.reply.Name
	if name == "" {
		name = "Shopper"
	}
	contact := object{"profile": object{"name": name}}
	if !b.Older {
		contact["user_id"], msg["from_user_id"] = userID(in.from), userID(in.from)
	}
	if !b.HidePhone {
		contact["wa_id"], msg["from"] = in.from, in.from
	}
	if in.answered != nil && !b.OmitContext && in.reply.Kind != "reaction" {
		msg["context"] = object{"from": in.app.Phone, "id": in.answered.id}
	}
	return in.app.value(object{"contacts": []object{contact}, "messages": []object{msg}})
}

// mediaTypes are the content types of the simulated files.
var mediaTypes = map[string]string{
	"image": "image/jpeg", "document": "application/pdf", "audio": "audio/ogg; codecs=opus", "video": "video/mp4",
	"sticker": "image/webp",
}

// say puts what was written into msg.
func (in *inbound) say(msg object) error {
	if in.reply.Button != "" {
		return in.tap(msg)
	}
	kind := in.reply.Kind
	switch kind {
	case "", "text":
		msg["type"], msg["text"] = "text", object{"body": in.reply.Text}
		return nil
	case "location":
		msg["location"] = object{"latitude": 18.5204, "longitude": 73.8567}
	case "contact":
		kind = "contacts"
		msg["contacts"] = []object{{"name": object{"formatted_name": "Example Contact"}}}
	case "reaction":
		reaction := object{}
		if in.reply.Text != "" {
			reaction["emoji"] = in.reply.Text
		}
		if in.answered != nil {
			reaction["message_id"] = in.answered.id
		}
		msg["reaction"] = reaction
	default:
		file := object{
			"id": strconv.FormatInt(in.at.UnixNano(), 10), "mime_type": mediaTypes[kind], "sha256": "c2ltdWxhdGVk",
			"url": "https://media.example.com/" + strings.NewReplacer("/", "", "+", "", "=", "").Replace(in.id),
		}
		if in.reply.Text != "" {
			file["caption"] = in.reply.Text
		}
		msg[kind] = file
	}
	msg["type"] = kind
	return nil
}

// tap finds the button and what was sent with it. A template's quick reply comes back as a button, with its label where
// it had no payload; a session message's as interactive.
func (in *inbound) tap(msg object) error {
	label := in.reply.Button
	if f := in.answered.filled; f != nil {
		i := slices.IndexFunc(f.t.buttons, func(b Button) bool { return b.Type == QuickReply && b.Text == label })
		if i < 0 {
			return handset.ErrUnknownButton
		}
		payload := label
		if given, ok := f.postback[i]; ok {
			payload = given
		}
		msg["type"], msg["button"] = "button", object{"payload": payload, "text": label}
		return nil
	}
	i := slices.IndexFunc(in.answered.replies, func(c choice) bool { return c.title == label })
	if i < 0 {
		return handset.ErrUnknownButton
	}
	msg["type"] = "interactive"
	msg["interactive"] = object{
		"type": "button_reply", "button_reply": object{"id": in.answered.replies[i].id, "title": label},
	}
	return nil
}
