package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// talk is what a reply adds to the conversation with its shopper.
type talk struct {
	// conversation is nil of a reply that belongs to none.
	conversation *conversation.Conversation
	// about is the message that began what the reply is about; without an ID of a reply that is about no order.
	about message.Message
	// label is what the order's activity says of it.
	label string
}

// link notes on a reply the order that it is about. That one note decides for both, the platform's activity and the story of the order.
func (t talk) link(r store.Reply) store.Reply {
	r.OrderID = ""
	if t.about.ID == "" || t.about.OrderID == "" || t.about.Test {
		return r
	}

	r.AccountID, r.OrderID, r.RootID, r.Shown = t.about.AccountID, t.about.OrderID, t.about.ID, t.label

	return r
}

// talkOf returns the conversation that a reply belongs to, with the reply in it. What is forged, and what answers somebody else's message on
// the number, belongs to none. Nor does a keyword, which may be an answer about an order all the same.
func (i *Intake) talkOf(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply, p party) (talk, error) {
	if s.bound.forged || s.bound.names == namesForeign && s.Keyword == consent.None {
		return talk{}, nil
	}

	if s.Answered.ID != "" {
		stranger, err := i.isStranger(ctx, s.Answered, r)
		if err != nil {
			return talk{}, err
		}

		// It was passed on: what its next reader says is no answer to it. A STOP is one, since it is also the STOP of who got the message.
		if stranger && s.Keyword != consent.Stop {
			s.Answered, s.bound = message.Message{}, bound{button: -1, names: namesAnother}
		}
	}

	if s.Keyword != consent.None {
		root, err := i.rootOf(ctx, s.Answered)
		return talk{about: root, label: labelOf(conversation.Said{}, r)}, err
	}

	a, err := i.aimOf(ctx, c, r, s, p)
	if err != nil || a.whose.CustomerID == "" {
		return talk{}, err
	}

	return i.said(c, r, s, a), nil
}

// said returns what a reply adds to the conversation that it belongs to.
func (i *Intake) said(c Callback, r provider.ReplyEvent, s storedReply, a aim) talk {
	now := i.clock.Now()

	whose := a.whose
	whose.AppID = c.AppID
	whose.Phone = cmp.Or(e164(r.From), a.root.Phone, whose.Phone)
	whose.UserID = cmp.Or(r.UserID, whose.UserID)
	whose.ExpireAt = now.Add(i.cfg.Retention.Conversations)

	at := c.happenedAt()
	if at.After(now) {
		at = now
	}

	t := talk{conversation: &whose, about: a.root}

	if a.code != "" {
		chosen := conversation.Action{
			ID:         s.Reply.ID,
			Code:       a.code,
			State:      conversation.Chosen,
			MessageID:  a.root.ID,
			OrderID:    a.root.OrderID,
			Subject:    a.root.Subject,
			TrackingID: a.root.Activity.TrackingID,
			Attempt:    a.root.OccurredAt,
			Standby:    c.Event.Standby,
			At:         at,
			HeardAt:    now,
		}
		whose.Choose(chosen)

		t.label = chosen.Label()

		return t
	}

	said := saidOf(r, s.Reply.ID, a, c.Event.Standby, at)
	whose.Hear(said)

	t.label = labelOf(said, r)

	return t
}

// conversation reads a conversation, or begins it.
func (i *Intake) conversation(ctx context.Context, customerID, accountID, number string) (conversation.Conversation, error) {
	known, err := i.store.Conversation(ctx, customerID)
	if errors.Is(err, store.ErrNotFound) {
		return conversation.Conversation{ID: customerID, CustomerID: customerID, AccountID: accountID, Phone: number}, nil
	}

	return known, err
}

// saidOf returns what a reply says that is the choice of no action.
func saidOf(r provider.ReplyEvent, id string, a aim, standby bool, at time.Time) conversation.Said {
	said := conversation.Said{ID: id, At: at, Kind: conversation.SaidOther, Standby: standby}
	if root := a.root; root.Event == order.FailedDelivery.String() && !root.Test {
		said.About = conversation.About{MessageID: root.ID, OrderID: root.OrderID, Subject: root.Subject, TrackingID: root.Activity.TrackingID}
	}

	if said.Quotes = a.answered.message.ID; said.Quotes == "" && a.answered.names != namesNothing {
		said.Quotes = conversation.QuotesAnother
	}

	said.ActionID = a.question

	session := a.answered.message.Session
	if session != nil {
		said.ActionID = session.ActionID
	}

	switch {
	case tapped(r) && session != nil:
		if b, ok := buttonOf(session, a.answered.button, r.Text); ok {
			said.Kind, said.Choice = conversation.SaidChoice, b.Choice
		}
	case tapped(r):
	case isAboutGoods(r):
		said.Kind = conversation.SaidGoods
	case r.Type == "text":
		said.Kind, said.Text = conversation.SaidText, r.Text
	case r.Type == "location":
		said.Kind, said.Text = conversation.SaidPlace, placeOf(r.Content)
	}

	return said
}

// place is a location as WhatsApp tells it.
type place struct {
	Latitude  json.Number `json:"latitude"`
	Longitude json.Number `json:"longitude"`
	Name      string      `json:"name"`
	Address   string      `json:"address"`
}

// placeOf returns the coordinates of a location, and what it is called. Kaleyra has it as a text within what it tells.
func placeOf(content json.RawMessage) string {
	var (
		p     place
		outer struct {
			Location json.RawMessage `json:"location"`
		}
		text string
	)

	if json.Unmarshal(content, &outer) == nil && len(outer.Location) > 0 {
		content = outer.Location
	}
	if json.Unmarshal(content, &text) == nil {
		content = json.RawMessage(text)
	}
	if json.Unmarshal(content, &p) != nil || p.Latitude == "" {
		return ""
	}

	parts := []string{p.Latitude.String() + "," + p.Longitude.String(), p.Name, p.Address}

	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// labels are what an order's activity says of replies, by their type.
var labels = map[string]string{
	"text": "Replied with a text", "image": "Replied with an image", "video": "Replied with a video", "audio": "Replied with a voice message",
	"voice": "Replied with a voice message", "document": "Replied with a document", "file": "Replied with a document", "location": "Replied with a location",
	"reaction": "Reacted", "sticker": "Replied with a sticker", "contacts": "Replied with a contact", "contact": "Replied with a contact",
	"order": "Sent a cart",
}

// labelOf returns what an order's activity says of a reply that chooses no action.
func labelOf(said conversation.Said, r provider.ReplyEvent) string {
	switch {
	case said.Kind == conversation.SaidChoice:
		return "Answered: " + r.Text
	case tapped(r):
		return "Tapped a button"
	default:
		return cmp.Or(labels[r.Type], "Replied")
	}
}
