package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

func (e *eraser) messages(ctx context.Context, all []message.Message) error {
	for _, m := range all {
		if m.IsErased && !personal(m) {
			continue
		}

		c := m.Erased()
		ups := []firestore.Update{
			{Path: "erased", Value: true},
			{Path: "phone", Value: firestore.Delete},
			{Path: "userId", Value: firestore.Delete},
			{Path: "learnedId", Value: firestore.Delete},
			{Path: "linkedKey", Value: firestore.Delete},
			{Path: "activity", Value: c.Activity},
			{Path: "eventData", Value: firestore.Delete},
			{Path: "eventAttrs", Value: firestore.Delete},
			{Path: "ids", Value: c.ProviderIDs},
		}

		if c.Session != nil {
			ups = append(ups, firestore.Update{Path: "session", Value: c.Session})
		}

		for n, a := range c.Attempts {
			ups = append(ups, firestore.Update{FieldPath: []string{"attempts", n, "ids"}, Value: a.IDs})
		}

		if err := e.update(ctx, e.store.message(m.ID), m.UpdateTime, ups); err != nil {
			return err
		}
	}

	return nil
}

// personal reports whether a message that was erased has personal data again.
func personal(m message.Message) bool {
	a := m.Activity
	return m.Phone != "" || m.UserID != "" || m.LearnedID != "" || a.CustomerName != "" || a.CustomerPhone != "" || a.CustomerEmail != "" ||
		len(m.EventData) > 0 || m.Session != nil && m.Session.Text != "" ||
		slices.ContainsFunc(m.ProviderIDs, func(key string) bool { return !message.IsHashedKey(key) })
}

// accounts are the accounts whose documents are looked at.
func (e *eraser) accounts() []string {
	if e.person.Sole {
		return []string{e.person.AccountID, ""}
	}

	return []string{e.person.AccountID}
}

// where calls do with each document that a field of a collection leads to.
func (e *eraser) where(ctx context.Context, in, field string, values []string, do func(*firestore.DocumentSnapshot) error) error {
	for _, account := range e.accounts() {
		for _, value := range values {
			if value == "" {
				continue
			}

			snaps, err := e.store.client.Collection(in).Where("account", "==", account).Where(field, "==", value).Documents(ctx).GetAll()
			if err != nil {
				return unread("store.Erase", err)
			}

			for _, snap := range snaps {
				if err := do(snap); err != nil {
					return err
				}
			}
		}
	}

	return nil
}

func (e *eraser) replies(ctx context.Context) error {
	for field, values := range map[string][]string{"customer": e.person.customerIDs(), "phoneKey": e.person.PhoneKeys, "userId": e.person.UserIDs} {
		err := e.where(ctx, "replies", field, values, func(snap *firestore.DocumentSnapshot) error {
			var r Reply
			if err := snap.DataTo(&r); err != nil {
				return failure("store.Erase", err)
			}

			if e.person.others(r.At) {
				return nil
			}

			return e.update(ctx, snap.Ref, snap.UpdateTime, erasedReply(r))
		})
		if err != nil {
			return err
		}
	}

	return nil
}

// erasedReply returns the writes that take personal data out of a reply. The label of a button is the brand's own.
func erasedReply(r Reply) []firestore.Update {
	var ups []firestore.Update

	blank := func(path, value string) {
		if value != "" {
			ups = append(ups, firestore.Update{Path: path, Value: ""})
		}
	}

	blank("inboundId", r.InboundID)
	blank("userId", r.UserID)

	if !r.Tap {
		blank("text", r.Text)
		blank("shown", r.Shown)
		blank("postback", r.Postback)
	}
	if len(r.Content) > 0 {
		ups = append(ups, firestore.Update{Path: "content", Value: []byte{}})
	}

	return ups
}

func (e *eraser) conversations(ctx context.Context) error {
	for _, id := range e.person.customerIDs() {
		c, err := e.store.Conversation(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if !c.Personal() || e.person.others(c.WindowUntil.Add(-conversation.ServiceWindow)) {
			continue
		}

		e.counts["conversations"]++

		if e.dry {
			continue
		}
		if _, err = e.store.SaveConversation(ctx, c.Erased(e.now)); err != nil && !IsConflict(err) {
			return err
		}
	}

	return nil
}

// erasedReason stands in the place of what somebody typed.
const erasedReason = "(erased)"

func (e *eraser) reveals(ctx context.Context) error {
	return e.where(ctx, "reveals", "customer", e.person.customerIDs(), func(snap *firestore.DocumentSnapshot) error {
		reason, _ := snap.Data()["reason"].(string)
		at, _ := snap.Data()["at"].(time.Time)

		if reason == "" || reason == erasedReason || e.person.others(at) {
			return nil
		}

		return e.update(ctx, snap.Ref, snap.UpdateTime, []firestore.Update{{Path: "reason", Value: erasedReason}})
	})
}

// parked deletes what waits for a message of the shopper's: those messages have ended.
func (e *eraser) parked(ctx context.Context) error {
	for field, values := range map[string][]string{"customer": e.person.customerIDs(), "phoneKey": e.person.PhoneKeys, "userId": e.person.UserIDs} {
		for _, value := range values {
			snaps, err := e.store.client.Collection("parked").Where(field, "==", value).Documents(ctx).GetAll()
			if err != nil {
				return unread("store.Erase", err)
			}

			for _, snap := range snaps {
				if err := e.unpark(ctx, snap); err != nil {
					return err
				}
			}
		}
	}

	return nil
}

// unpark deletes what waits for a message, if it is the account's. A STOP to the platform's app may be another account's too.
func (e *eraser) unpark(ctx context.Context, snap *firestore.DocumentSnapshot) error {
	app, _ := snap.Data()["app"].(string)
	customer, _ := snap.Data()["customer"].(string)
	ownApp := slices.Contains(e.person.Apps, app)

	if !ownApp && (snap.Data()["stop"] != nil || !slices.Contains(e.person.customerIDs(), customer)) {
		return nil
	}

	if !e.count(snap.Ref) {
		return nil
	}

	_, err := snap.Ref.Delete(ctx)

	return failure("store.Erase", err)
}

// atApps takes what providers call the shopper out of the documents of the numbers at the account's own apps. The STOP in them stays.
func (e *eraser) atApps(ctx context.Context) error {
	for _, app := range e.person.Apps {
		for _, key := range e.person.PhoneKeys {
			c, err := e.store.Customer(ctx, AppCustomerID(app, key))
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if err = e.customer(ctx, c, false); err != nil {
				return err
			}
		}
	}

	return nil
}

// customer takes personal data out of a customer's document.
func (e *eraser) customer(ctx context.Context, c Customer, mark bool) error {
	if c.Phone == "" && c.Email == "" && c.Name == "" && c.UserID == "" && len(c.Learned) == 0 && c.InFlight == "" && len(c.Passed) == 0 && (!mark || !c.ErasedAt.IsZero()) {
		return nil
	}

	ups := []firestore.Update{
		{Path: "phone", Value: ""},
		{Path: "email", Value: ""},
		{Path: "name", Value: ""},
		{Path: "userId", Value: ""},
		{Path: "learned", Value: firestore.Delete},
		{Path: "inFlight", Value: ""},
		{Path: "passed", Value: firestore.Delete},
	}
	if mark {
		ups = append(ups, firestore.Update{Path: "erasedAt", Value: e.now})
	}

	return e.update(ctx, e.store.customer(c.ID), c.UpdateTime, ups)
}
