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
	// names is what it names, if that is no message of ours that is kept.
	names naming
}

// naming is what a reply names that answers no message of ours.
type naming int

const (
	// namesNothing: it may be about what its shopper was last asked or told.
	namesNothing naming = iota
	// namesUnknown: a message by an id that nobody knows. It may be one of ours, of which not all ids are known.
	namesUnknown
	// namesAnother: a message of ours that is kept no longer, or that its sender never got.
	namesAnother
	// namesForeign: what somebody else sent from the same number, such as a brand's own bot. That one answers it.
	namesForeign
)

// bind finds the message that a reply answers: by what our button sent back, which only we can have made, or else by the message that its
// provider says it answers (shared/provider/cloudapi/CONTRACT.md section 5.2, shared/provider/gupshup/CONTRACT.md section 6.2). Only who got a
// message may answer it with a button.
func (i *Intake) bind(ctx context.Context, c Callback, r provider.ReplyEvent) (bound, error) {
	none := bound{button: -1}

	ref, index, ours := provider.ReadPostback(r.Postback)
	if ours {
		keys, err := i.keys.Get(ctx)
		if err != nil {
			return none, err
		}

		opened, err := keys.Reference.Open(c.AppID, ref)
		if err != nil {
			return bound{button: -1, forged: true}, nil //nolint:nilerr // what is not ours is no failure of ours
		}

		m, err := i.store.Message(ctx, opened.MessageID)
		if err == nil {
			b := bound{message: m, button: index}
			b.forged, err = i.isStranger(ctx, m, r)

			return b, err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return none, err
		}

		none.names = namesAnother
	}

	found, err := i.store.MessageByProviderIDs(ctx, c.AppID, r.ContextIDs)
	switch {
	case err == nil:
		return bound{message: found, button: -1}, nil
	case !errors.Is(err, store.ErrNotFound):
		return none, err
	case ours:
		return none, nil
	}

	none.names, err = i.namingOf(ctx, c, r)

	return none, err
}

// namingOf returns what a reply names that neither its payload nor its context binds to a message of ours.
//
// What a button of ours sends back we made ourselves, so any other payload is of a button of somebody else's. A payload that repeats the
// label is none: Meta and Kaleyra send that for a button without one. An id that is not known is of somebody else's message where all ids are
// known once a message was taken. Where a report brings another id, one of our messages may still turn out to have it; where nobody
// documents which id a reply names, any may.
func (i *Intake) namingOf(ctx context.Context, c Callback, r provider.ReplyEvent) (naming, error) {
	if r.Postback != "" && !sameLabel(r.Postback, r.Text) {
		return namesForeign, nil
	}

	if len(r.ContextIDs) == 0 {
		return namesNothing, nil
	}

	for _, id := range r.ContextIDs { // a shopper may answer what was said by the shopper before
		own, err := i.hasReply(ctx, store.ReplyID(c.Provider, c.AppID, id))
		if err != nil || own {
			return namesNothing, err
		}
	}

	if ids := i.idsOf(c); ids == 0 || ids > len(r.ContextIDs) {
		return namesUnknown, nil
	}

	return namesForeign, nil
}

// idsOf returns how many ids a message has at the provider of a callback; 0 if nobody knows.
func (i *Intake) idsOf(c Callback) int {
	known, ok := i.providers.Get(c.Provider)
	if !ok {
		return 0
	}

	return known.Capabilities().IDs
}

// mayBe reports whether a message may be the one that a reply names, as far as ids tell it.
func (i *Intake) mayBe(c Callback, b bound, m message.Message) bool {
	ids := i.idsOf(c)
	if b.names == namesNothing || ids == 0 {
		return true
	}

	for _, a := range m.Attempts {
		if len(a.IDs) < ids {
			return true
		}
	}

	return false
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

// codeOf returns the action that a tap on a message asks for; empty for what asks for none. root is the message that began it.
func (i *Intake) codeOf(ctx context.Context, c Callback, r provider.ReplyEvent, b bound, root message.Message) conversation.Code {
	if !tapped(r) || root.ID == "" || root.Test || root.Event != order.FailedDelivery.String() {
		return ""
	}

	if b.message.Session != nil {
		button, _ := buttonOf(b.message.Session, b.button, r.Text)
		if code := conversation.Code(button.Choice); code.Valid() {
			return code
		}

		return ""
	}

	index, label := b.button, r.Text
	known := index >= 0 && root.Filling.Action(index, label) != "" || index < 0 && len(root.Filling.Actions) == 0
	if b.message.ID == "" || !known {
		var has bool
		if index, label, has = i.templateButton(ctx, c, root, index, label); b.message.ID == "" && !has {
			return "" // the message is a guess, and has no such button
		}
	}

	return conversation.Code(root.Filling.Action(index, label))
}

// templateButton completes what is known of a button of a message's template, its place or its label, by the other. The provider tells one
// of them at least; the template's copy has both. It reports whether the template has the button, which holds of one that cannot be read.
func (i *Intake) templateButton(ctx context.Context, c Callback, m message.Message, index int, label string) (place int, shown string, has bool) {
	t, err := i.apps.Template(ctx, settings.Ref{AccountID: m.AccountID, AppID: c.AppID, TemplateID: m.TemplateID})
	if err != nil {
		return index, label, true // what is known may say it
	}

	if index >= 0 && index < len(t.Buttons) {
		return index, t.Buttons[index].Text, true
	}

	for n, b := range t.Buttons {
		if sameLabel(b.Text, label) {
			return n, label, true
		}
	}

	return index, label, false
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
