package kaleyra

import (
	"slices"
	"strconv"
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
	payload  string
}

// Answer takes in a shopper's reply and tells the receiver (contract 1.7).
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
	if r.Button != "" && !in.tap() {
		return "", handset.ErrUnknownButton
	}
	in.app.inbound[phone] = in.at
	b := &in.app.behaviour
	lags := callback.Copies{Duplicate: b.Duplicate, Lag: b.DuplicateLag}.Lags(b.Lag.Inbound, s.cfg.IDs)
	s.emit(in.app, &notice{kind: "inbound", messageID: in.id, body: in.body()}, lags)
	return in.id, nil
}

// tap finds what was sent with the button. Call with mu held.
func (in *inbound) tap() bool {
	t := in.answered.template
	if t == nil {
		return false
	}
	i := slices.IndexFunc(t.buttons, func(b Button) bool { return b.Type == QuickReply && b.Text == in.reply.Button })
	if i < 0 {
		return false
	}
	in.payload = in.answered.content.postbacks[i]
	if in.payload == "" {
		// WhatsApp sends the label of a button that was given nothing.
		in.payload = in.reply.Button
	}
	return true
}

func (in *inbound) name() string {
	if in.reply.Name != "" {
		return in.reply.Name
	}
	return "Shopper"
}

// body is the callback in the form of the app's behaviour.
func (in *inbound) body() []byte {
	meta := in.meta()
	if in.app.behaviour.InboundForm == FormMeta {
		return object{
			"contacts": []object{{"profile": object{"name": in.name()}, "wa_id": in.from}}, "messages": []object{meta},
		}.Marshal()
	}
	kind, text := in.kind(), in.reply.Text
	values := map[string]string{
		"from": in.from, "name": in.name(), "type": kind, "created_at": in.at.UTC().Format(time.DateTime),
		"wanumber": in.app.Number, "body": text,
	}
	if in.answered != nil {
		values["reply_to"] = in.answered.id
	}
	switch kind {
	case "button":
		values["body"] = in.reply.Button
		values["custom_response"] = string(object{"payload": in.payload, "text": in.reply.Button}.Marshal())
	case "location":
		values["location"] = string(place().Marshal())
	case "contacts", "reaction", "text":
	default:
		values["media_url"], values["mime_type"] = "https://media.example.com/"+strconv.FormatInt(in.at.UnixNano(), 36), mimeTypes[kind]
	}
	if in.app.behaviour.InboundForm == FormMessage {
		values["message"] = string(meta.Marshal())
		delete(values, "custom_response")
	}
	return in.app.fillIn(values)
}

var mimeTypes = map[string]string{
	"image": "image/jpeg", "document": "application/pdf", "audio": "audio/ogg", "video": "video/mp4", "sticker": "image/webp",
}

func place() object { return object{"latitude": 18.5204, "longitude": 73.8567} }

// kind is Meta's word for the message.
func (in *inbound) kind() string {
	switch kind := in.reply.Kind; {
	case in.reply.Button != "":
		return "button"
	case kind == "":
		return "text"
	case kind == "contact":
		return "contacts"
	default:
		return kind
	}
}

// meta is the message in Meta's words.
func (in *inbound) meta() object {
	kind := in.kind()
	msg := object{"from": in.from, "id": in.id, "timestamp": strconv.FormatInt(in.at.Unix(), 10), "type": kind}
	if in.answered != nil {
		msg["context"] = object{"from": in.app.Number, "id": in.answered.id}
	}
	switch kind {
	case "button":
		msg[kind] = object{"payload": in.payload, "text": in.reply.Button}
	case "text":
		msg[kind] = object{"body": in.reply.Text}
	case "location":
		msg[kind] = place()
	case "contacts":
		msg[kind] = []object{{"name": object{"formatted_name": "Example Contact"}}}
	case "reaction":
		msg[kind] = object{"emoji": in.reply.Text}
	default:
		msg[kind] = object{"id": strconv.FormatInt(in.at.UnixNano(), 36), "mime_type": mimeTypes[kind], "caption": in.reply.Text}
	}
	return msg
}
