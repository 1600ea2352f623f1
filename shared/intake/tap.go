package intake

import (
	"context"
	"errors"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

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

// codeOf returns the action that a tap asks for; empty for what asks for none.
func (i *Intake) codeOf(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply, root message.Message) string {
	if !tapped(r) || root.ID == "" || root.Test || root.Event != order.FailedDelivery.String() {
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
