package meta

import (
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// inbound is a shopper's message.
type inbound struct {
	tenant.Inbound[*message]

	app *app
}

// Answer takes in a shopper's reply and tells the webhook (shared/provider/cloudapi/CONTRACT.md section 5).
func (s *Server) Answer(phone string, r handset.Reply) (string, error) {
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
	if r.HideNumber && in.app.Behaviour.Older {
		return "", &handset.FieldError{Field: "hideNumber", Problem: "the app's behaviour is older than user ids"}
	}

	msg := object{"id": in.ID, "timestamp": strconv.FormatInt(in.At.Unix(), 10)}
	if err := in.say(msg); err != nil {
		return "", err
	}

	in.app.Hear(phone, in.At)
	s.emit(in.app, &notice{
		kind:      "inbound",
		messageID: in.ID,
		at:        in.At,
		field:     in.field(),
		value:     in.value(msg),
	}, in.app.Behaviour.Inbound(s.cfg.IDs))

	return in.ID, nil
}

// field is where the message comes: on standby while another sender holds the conversation.
func (in *inbound) field() string {
	if in.Reply.Standby {
		return "standby"
	}
	return "messages"
}

// value names the shopper beside the message.
func (in *inbound) value(msg object) object {
	b := &in.app.Behaviour
	contact := object{"profile": object{"name": in.Name()}}
	if !b.Older {
		contact["user_id"], msg["from_user_id"] = tenant.UserID(in.From), tenant.UserID(in.From)
	}

	if !b.HidePhone && !in.Reply.HideNumber {
		contact["wa_id"], msg["from"] = in.From, in.From
	}

	if c := in.context(); c != nil && in.Reply.Original == "" && in.Reply.Kind != "reaction" {
		msg["context"] = c
	}

	return in.app.value(object{"contacts": []object{contact}, "messages": []object{msg}})
}

// context is what the message answers or asks about; nil for neither.
func (in *inbound) context() object {
	c := object{}
	if in.Answered != nil && !in.app.Behaviour.OmitContext {
		c["from"], c["id"] = in.app.Phone, in.Answered.ID
	}
	if in.Reply.Product != "" {
		c["referred_product"] = object{"catalog_id": in.Reply.CatalogID, "product_retailer_id": in.Reply.Product}
	}

	if len(c) == 0 {
		return nil
	}

	return c
}

// mediaTypes are the content types of the simulated files.
var mediaTypes = map[string]string{
	"image": "image/jpeg", "document": "application/pdf", "audio": "audio/ogg; codecs=opus", "video": "video/mp4",
	"sticker": "image/webp",
}

// say puts what was written into msg.
func (in *inbound) say(msg object) error {
	if in.Reply.Button != "" {
		return in.tap(msg)
	}

	kind := in.Reply.Kind
	switch kind {
	case "", "text":
		msg["type"], msg["text"] = "text", object{"body": in.Reply.Text}
		return nil
	case "location":
		latitude, longitude := in.Reply.Where()
		place := object{"latitude": latitude, "longitude": longitude}
		if in.Reply.Place != "" {
			place["name"] = in.Reply.Place
		}

		msg["location"] = place
	case "order":
		msg["order"] = in.order()
	case "edit":
		msg["edit"] = object{"original_message_id": in.Reply.Original, "message": in.edited()}
	case "revoke":
		msg["revoke"] = object{"original_message_id": in.Reply.Original}
	case "contact":
		kind = "contacts"
		msg["contacts"] = []object{{"name": object{"formatted_name": "Example Contact"}}}
	case "reaction":
		reaction := object{}
		if in.Reply.Text != "" {
			reaction["emoji"] = in.Reply.Text
		}
		if in.Answered != nil {
			reaction["message_id"] = in.Answered.ID
		}

		msg["reaction"] = reaction
	default:
		file := object{
			"id": strconv.FormatInt(in.At.UnixNano(), 10), "mime_type": mediaTypes[kind], "sha256": "c2ltdWxhdGVk",
			"url": "https://media.example.com/" + strings.NewReplacer("/", "", "+", "", "=", "").Replace(in.ID),
		}
		if in.Reply.Text != "" {
			file["caption"] = in.Reply.Text
		}

		msg[kind] = file
	}

	msg["type"] = kind

	return nil
}

// order is a cart that the shopper sends off.
func (in *inbound) order() object {
	var items []object
	for _, i := range in.Reply.Items {
		items = append(items, object{
			"product_retailer_id": i.RetailerID, "quantity": i.Quantity, "item_price": i.Price, "currency": i.Currency,
		})
	}

	order := object{"catalog_id": in.Reply.CatalogID, "product_items": items}
	if in.Reply.Text != "" {
		order["text"] = in.Reply.Text
	}

	return order
}

// edited is a message as its shopper changed it (shared/provider/cloudapi/CONTRACT.md section 5.3).
func (in *inbound) edited() object {
	changed := object{"type": "text", "text": object{"body": in.Reply.Text}}
	if c := in.context(); c != nil {
		changed["context"] = c
	}

	return changed
}

// tap finds the button and what was sent with it. A template's quick reply comes back as a button, with its label where
// it had no payload; a session message's as interactive.
func (in *inbound) tap(msg object) error {
	label := in.Reply.Button
	if f := in.Answered.filled; f != nil {
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

	i := slices.IndexFunc(in.Answered.replies, func(c choice) bool { return c.title == label })
	if i < 0 {
		return handset.ErrUnknownButton
	}

	msg["type"] = "interactive"
	msg["interactive"] = object{
		"type": "button_reply", "button_reply": object{"id": in.Answered.replies[i].id, "title": label},
	}

	return nil
}
