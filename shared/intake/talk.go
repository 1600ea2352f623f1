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

// failureAge is how old the message about a failed delivery may be that an answer without a reference is taken to be about.
const failureAge = 7 * 24 * time.Hour

// talk is what a reply adds to the conversation with its shopper.
type talk struct {
	conversation *conversation.Conversation
	// root is the message that began what it is about; without an ID if there is none.
	root message.Message
	// label is what the order's activity says of it.
	label string
	// concerns says that the reply is about the root, although it may name no message: it chooses an action, or answers a question.
	concerns bool
}

// link notes on a reply the order that it is about. Of any other text that answers nothing that is not known.
func (t talk) link(r store.Reply) store.Reply {
	if t.root.OrderID == "" || !t.concerns {
		return r
	}

	r.AccountID, r.OrderID = t.root.AccountID, t.root.OrderID

	return r
}

// talkOf returns the conversation that a reply belongs to, with the reply in it. A keyword, and what is forged, belong to none.
func (i *Intake) talkOf(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply, p party) (talk, error) {
	if s.Keyword != consent.None || s.bound.forged {
		return talk{}, nil
	}

	if s.Answered.ID != "" {
		stranger, err := i.isStranger(ctx, s.Answered, r)
		if err != nil {
			return talk{}, err
		}
		if stranger {
			s.Answered, s.bound = message.Message{}, bound{button: -1} // it was passed on: what its next reader says is no answer to it
		}
	}

	root, err := i.rootOf(ctx, c, s, p)
	if err != nil {
		return talk{}, err
	}

	whose, err := i.whose(ctx, c, r, root, s, p)
	if err != nil || whose.CustomerID == "" {
		return talk{}, err
	}

	now := i.clock.Now()
	whose.AppID = c.AppID
	whose.Phone = cmp.Or(e164(r.From), root.Phone, whose.Phone)
	whose.UserID = cmp.Or(r.UserID, whose.UserID)
	whose.ExpireAt = now.Add(i.cfg.Retention.Conversations)

	at := c.happenedAt()
	if at.After(now) {
		at = now
	}

	t := talk{conversation: &whose, root: root}

	if code := i.codeOf(ctx, c, r, s, root); code != "" {
		a := conversation.Action{
			ID:         s.Reply.ID,
			Code:       conversation.Code(code),
			State:      conversation.Chosen,
			MessageID:  root.ID,
			OrderID:    root.OrderID,
			Subject:    root.Subject,
			TrackingID: root.Activity.TrackingID,
			Attempt:    root.OccurredAt,
			Standby:    c.Event.Standby,
			At:         at,
			HeardAt:    now,
		}
		whose.Choose(a)

		t.label, t.concerns = a.Label(), true

		return t, nil
	}

	t.concerns = whose.Asks()

	said := saidOf(r, s, root, c.Event.Standby, at)
	whose.Hear(said)

	t.label = labelOf(said, r)

	return t, nil
}

// rootOf finds the message that began what a reply is about: the one that it answers, or the one that an answer of ours goes back to; else
// the newest about a failed delivery to its shopper.
func (i *Intake) rootOf(ctx context.Context, c Callback, s storedReply, p party) (message.Message, error) {
	answered := s.Answered
	if answered.Session != nil {
		root, err := i.store.Message(ctx, answered.Session.RootID)
		if errors.Is(err, store.ErrNotFound) || answered.Session.RootID == "" {
			return message.Message{}, nil
		}

		return root, err
	}
	if answered.ID != "" {
		return answered, nil
	}

	var newest message.Message

	since := i.clock.Now().Add(-failureAge)
	for _, customer := range p.own {
		m, err := i.store.NewestMessageTo(ctx, c.AppID, customer.ID, order.FailedDelivery.String(), since)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return message.Message{}, err
		}
		if m.ID != "" && m.Session == nil && m.MaxRank() >= message.RankAccepted && m.CreatedAt.After(newest.CreatedAt) {
			newest = m
		}
	}

	return newest, nil
}

// maxSides is how many accounts behind one number are looked through for an open question.
const maxSides = 8

// whose returns the conversation of a reply's shopper with the account that it concerns: that of the message which it is about, else the
// one that has asked something, else the only one that knows the shopper. Who is not known, or known to several, talks to the app itself.
func (i *Intake) whose(ctx context.Context, c Callback, r provider.ReplyEvent, root message.Message, s storedReply, p party) (conversation.Conversation, error) {
	if id := cmp.Or(root.CustomerID, s.Answered.CustomerID); id != "" {
		return i.conversation(ctx, id, cmp.Or(root.AccountID, s.Answered.AccountID), "")
	}

	for n, customer := range p.own {
		if customer.AccountID == "" || n >= maxSides {
			continue
		}

		one, err := i.conversation(ctx, customer.ID, customer.AccountID, customer.Phone)
		if err != nil || len(p.own) == 1 || one.Asks() {
			return one, err
		}
	}

	key := s.Reply.PhoneKey
	switch {
	case key == "":
		return conversation.Conversation{}, nil // nobody could be answered
	case c.AccountID != "":
		return i.conversation(ctx, store.CustomerID(c.AccountID, key), c.AccountID, e164(r.From))
	default:
		return i.conversation(ctx, store.AppCustomerID(c.AppID, key), "", e164(r.From))
	}
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
func saidOf(r provider.ReplyEvent, s storedReply, root message.Message, standby bool, at time.Time) conversation.Said {
	said := conversation.Said{ID: s.Reply.ID, At: at, Kind: conversation.SaidOther, Standby: standby}
	if root.Event == order.FailedDelivery.String() && !root.Test {
		said.About = conversation.About{MessageID: root.ID, OrderID: root.OrderID, Subject: root.Subject, TrackingID: root.Activity.TrackingID}
	}

	if said.Quotes = s.Answered.ID; said.Quotes == "" && len(r.ContextIDs) > 0 {
		said.Quotes = conversation.QuotesAnother
	}

	session := s.Answered.Session
	if session != nil {
		said.ActionID = session.ActionID
	}

	switch {
	case tapped(r) && session != nil:
		if b, ok := buttonOf(session, s.bound.button, r.Text); ok {
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
