package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// failedDelivery is the event after which shoppers choose an action.
const failedDelivery = "shipment/failed_delivery"

// failureAge is how old the message about a failed delivery may be that an answer without a reference is taken to be about.
const failureAge = 7 * 24 * time.Hour

// bound is what a reply is bound to.
type bound struct {
	// message is the message that it answers; without an ID if it answers none of ours.
	message message.Message
	// button is the index of the button that was tapped; below 0 if nobody knows.
	button int
	// forged says that it names a message of ours that its sender cannot answer.
	forged bool
}

// bind finds the message that a reply answers: by what our button sent back, which only we can have made, or else by the message that its
// provider says it answers (shared/provider/cloudapi/CONTRACT.md section 5.2, shared/provider/gupshup/CONTRACT.md section 6.2). Only who got a
// message may answer it with a button.
func (i *Intake) bind(ctx context.Context, c Callback, r provider.ReplyEvent) (bound, error) {
	b := bound{button: -1}

	ref, index, ours := provider.ReadPostback(r.Postback)
	if ours {
		keys, err := i.keys.Get(ctx)
		if err != nil {
			return b, err
		}

		opened, err := keys.Reference.Open(c.AppID, ref)
		if err != nil {
			return bound{button: -1, forged: true}, nil //nolint:nilerr // what is not ours is no failure of ours
		}

		b.message, err = i.store.Message(ctx, opened.MessageID)
		if err == nil {
			b.button = index
			b.forged, err = i.isStranger(ctx, b.message, r)

			return b, err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return b, err
		}
	}

	found, err := i.store.MessageByProviderIDs(ctx, c.AppID, r.ContextIDs)
	if errors.Is(err, store.ErrNotFound) {
		return bound{button: -1}, nil
	}

	return bound{message: found, button: -1}, err
}

// isStranger reports whether a reply is of somebody else than the message that it answers was sent to.
func (i *Intake) isStranger(ctx context.Context, m message.Message, r provider.ReplyEvent) (bool, error) {
	if r.From == "" {
		return r.UserID != "" && m.UserID != "" && r.UserID != m.UserID, nil
	}

	key, err := i.phoneKey(ctx, r.From)
	if err != nil {
		return false, err
	}

	_, respelled := phone.Respelling(m.Phone, r.From)

	return key != store.PhoneKeyOf(m.CustomerID) && key != m.LinkedKey && !respelled, nil
}

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

	root, err := i.rootOf(ctx, c, r, s, p)
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
func (i *Intake) rootOf(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply, p party) (message.Message, error) {
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
		m, err := i.store.NewestMessageTo(ctx, c.AppID, customer.ID, failedDelivery, since)
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

// codeOf returns the action that a tap asks for; empty for what asks for none.
func (i *Intake) codeOf(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply, root message.Message) string {
	if !tapped(r) || root.ID == "" || root.Test || root.Event != failedDelivery {
		return ""
	}

	if s.Answered.Session != nil {
		b, _ := buttonOf(s.Answered.Session, s.bound.button, r.Text)
		if !conversation.Code(b.Choice).Valid() {
			return ""
		}

		return b.Choice
	}

	index, label := i.templateButton(ctx, c, root, s.bound.button, r.Text)

	return root.Filling.Action(index, label)
}

// templateButton completes what is known of a button of a message's template, its place or its label, by the other. The provider tells one
// of them at least; the template's copy has both.
func (i *Intake) templateButton(ctx context.Context, c Callback, m message.Message, index int, label string) (int, string) {
	if index >= 0 && m.Filling.Action(index, label) != "" || index < 0 && len(m.Filling.Actions) == 0 {
		return index, label
	}

	t, err := i.apps.Template(ctx, settings.Ref{AccountID: m.AccountID, AppID: c.AppID, TemplateID: m.TemplateID})
	if err != nil {
		return index, label // what is known may say it
	}

	if index >= 0 && index < len(t.Buttons) {
		return index, t.Buttons[index].Text
	}

	for n, b := range t.Buttons {
		if sameLabel(b.Text, label) {
			return n, label
		}
	}

	return index, label
}

// tapped reports whether a reply is a choice of what we offered, in whichever form its provider tells that.
func tapped(r provider.ReplyEvent) bool { return r.Tap || r.Postback != "" }

func sameLabel(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// buttonOf returns the button of an answer that was tapped, by its place, else by its label.
func buttonOf(s *message.Session, index int, label string) (message.Button, bool) {
	if index >= 0 && index < len(s.Buttons) {
		return s.Buttons[index], true
	}

	for _, b := range s.Buttons {
		if sameLabel(b.Title, label) {
			return b, true
		}
	}

	return message.Button{}, false
}

// saidOf returns what a reply says that is the choice of no action.
func saidOf(r provider.ReplyEvent, s storedReply, root message.Message, standby bool, at time.Time) conversation.Said {
	said := conversation.Said{ID: s.Reply.ID, At: at, Kind: conversation.SaidOther, Standby: standby}
	if root.Event == failedDelivery && !root.Test {
		said.About = conversation.About{MessageID: root.ID, OrderID: root.OrderID, Subject: root.Subject, TrackingID: root.Activity.TrackingID}
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
	case r.Type == "text":
		said.Kind, said.Text = conversation.SaidText, r.Text
	case r.Type == "location":
		said.Kind, said.Text = conversation.SaidPlace, placeOf(r.Content)
	}

	return said
}

// placeOf returns the coordinates of a location, and what it is called.
func placeOf(content json.RawMessage) string {
	var place struct {
		Latitude  json.Number `json:"latitude"`
		Longitude json.Number `json:"longitude"`
		Name      string      `json:"name"`
		Address   string      `json:"address"`
	}
	if json.Unmarshal(content, &place) != nil || place.Latitude == "" {
		return ""
	}

	text := place.Latitude.String() + "," + place.Longitude.String()
	for _, more := range []string{place.Name, place.Address} {
		if more != "" {
			text += ", " + more
		}
	}

	return text
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
