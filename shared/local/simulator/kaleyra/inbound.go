package kaleyra

import (
	"slices"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// inbound is a shopper's message.
type inbound struct {
	tenant.Inbound[*message]

	app     *app
	payload string
	// chosen says that the button is of a session message.
	chosen bool
}

// Lacking is what has no form in Kaleyra's documents.
func Lacking() handset.Lacking {
	return handset.Lacking{Provider: "Kaleyra", Fields: []string{"hideNumber", "standby"}, Kinds: []string{"edit", "revoke"}}
}

// Answer takes in a shopper's reply and tells the receiver (shared/provider/kaleyra/CONTRACT.md section 5.3).
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
	if r.Button != "" && !in.tap() {
		return "", handset.ErrUnknownButton
	}

	in.app.Hear(phone, in.At)
	s.emit(in.app, &notice{kind: "inbound", messageID: in.ID, body: in.body()}, in.app.Behaviour.Inbound(s.cfg.IDs))

	return in.ID, nil
}

// tap finds what was sent with the button. Call with mu held.
func (in *inbound) tap() bool {
	if len(in.Answered.replies) > 0 {
		return in.choose()
	}

	t := in.Answered.template
	if t == nil {
		return false
	}

	i := slices.IndexFunc(t.buttons, func(b Button) bool { return b.Type == QuickReply && b.Text == in.Reply.Button })
	if i < 0 {
		return false
	}

	in.payload = in.Answered.content.postbacks[i]
	if in.payload == "" {
		// WhatsApp sends the label of a button that was given nothing.
		in.payload = in.Reply.Button
	}

	return true
}

// choose finds what was sent with a button of a session message.
func (in *inbound) choose() bool {
	i := slices.IndexFunc(in.Answered.replies, func(c choice) bool { return c.Title == in.Reply.Button })
	if i < 0 {
		return false
	}

	in.payload, in.chosen = in.Answered.replies[i].ID, true

	return true
}

// choice is Meta's form of a tap on a session message's button.
func (in *inbound) choice() object {
	return object{"type": "button_reply", "button_reply": object{"id": in.payload, "title": in.Reply.Button}}
}

// body is the callback in the form of the app's behaviour.
func (in *inbound) body() []byte {
	meta := in.meta()
	if in.app.Behaviour.InboundForm == FormMeta {
		return object{
			"contacts": []object{{"profile": object{"name": in.Name()}, "wa_id": in.From}}, "messages": []object{meta},
		}.Marshal()
	}

	kind, text := in.kind(), in.Reply.Text
	values := map[string]string{
		"from": in.From, "name": in.Name(), "type": kind, "created_at": in.At.UTC().Format(time.DateTime),
		"wanumber": in.app.Number, "body": text,
	}

	if in.Answered != nil {
		values["reply_to"] = in.Answered.ID
	}

	switch kind {
	case "button":
		values["body"] = in.Reply.Button
		values["custom_response"] = string(object{"payload": in.payload, "text": in.Reply.Button}.Marshal())
	case "interactive":
		values["body"] = in.Reply.Button
		values["custom_response"] = string(in.choice().Marshal())
	case "location":
		values["location"] = string(in.place().Marshal())
	case "contacts", "reaction", "text", "order":
	default:
		values["media_url"], values["mime_type"] = "https://media.example.com/"+strconv.FormatInt(in.At.UnixNano(), 36), mimeTypes[kind]
	}

	// The flat variables have no place for products; Meta's message has.
	if in.app.Behaviour.InboundForm == FormMessage || kind == "order" || in.Reply.Product != "" {
		values["message"] = string(meta.Marshal())
		delete(values, "custom_response")
	}

	return in.app.fillIn(values)
}

var mimeTypes = map[string]string{
	"image": "image/jpeg", "document": "application/pdf", "audio": "audio/ogg", "video": "video/mp4", "sticker": "image/webp",
}

// place is where the shopper is.
func (in *inbound) place() object {
	latitude, longitude := in.Reply.Where()
	p := object{"latitude": latitude, "longitude": longitude}
	if in.Reply.Place != "" {
		p["name"] = in.Reply.Place
	}

	return p
}

// order is a cart that the shopper sends off. Kaleyra's sample has numbers as texts.
func (in *inbound) order() object {
	var items []object
	for _, i := range in.Reply.Items {
		items = append(items, object{
			"product_retailer_id": i.RetailerID,
			"quantity":            strconv.Itoa(i.Quantity),
			"item_price":          strconv.FormatFloat(i.Price, 'f', -1, 64),
			"currency":            i.Currency,
		})
	}

	return object{"catalog_id": in.Reply.CatalogID, "text": in.Reply.Text, "product_items": items}
}

// kind is Meta's word for the message.
func (in *inbound) kind() string {
	switch kind := in.Reply.Kind; {
	case in.chosen:
		return "interactive"
	case in.Reply.Button != "":
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
	msg := object{"from": in.From, "id": in.ID, "timestamp": strconv.FormatInt(in.At.Unix(), 10), "type": kind}
	context := object{}
	if in.Answered != nil {
		context["from"], context["id"] = in.app.Number, in.Answered.ID
	}
	if in.Reply.Product != "" {
		context["referred_product"] = object{"catalog_id": in.Reply.CatalogID, "product_retailer_id": in.Reply.Product}
	}

	if len(context) > 0 {
		msg["context"] = context
	}

	switch kind {
	case "interactive":
		msg[kind] = in.choice()
	case "button":
		msg[kind] = object{"payload": in.payload, "text": in.Reply.Button}
	case "text":
		msg[kind] = object{"body": in.Reply.Text}
	case "location":
		msg[kind] = in.place()
	case "order":
		msg[kind] = in.order()
	case "contacts":
		msg[kind] = []object{{"name": object{"formatted_name": "Example Contact"}}}
	case "reaction":
		msg[kind] = object{"emoji": in.Reply.Text}
	default:
		msg[kind] = object{"id": strconv.FormatInt(in.At.UnixNano(), 36), "mime_type": mimeTypes[kind], "caption": in.Reply.Text}
	}

	return msg
}
