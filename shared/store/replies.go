package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// Reply is one message from a shopper.
type Reply struct {
	ID        string `firestore:"-"`
	AccountID string `firestore:"account"`
	AppID     string `firestore:"app"`
	// InboundID is WhatsApp's id of the message.
	InboundID  string `firestore:"inboundId"`
	CustomerID string `firestore:"customer"`
	// UserID is what the provider calls the shopper, if it has an id for shoppers.
	UserID string `firestore:"userId"`
	// MessageID is the message it answers, if that is known.
	MessageID string `firestore:"message"`
	OrderID   string `firestore:"order"`
	Type      string `firestore:"type"`
	Tap       bool   `firestore:"tap"`
	Text      string `firestore:"text"`
	Postback  string `firestore:"postback"`
	// Content is the inner payload of anything but text and taps, as JSON.
	Content []byte `firestore:"content"`
	// Keyword is what the text asked for, if it was a keyword.
	Keyword    string    `firestore:"keyword"`
	At         time.Time `firestore:"at"`
	ReceivedAt time.Time `firestore:"receivedAt"`
	ExpireAt   time.Time `firestore:"expireAt"`
}

// ReplyID names the document of an inbound message.
func ReplyID(provider, appID, inboundID string) string {
	return hashID("reply", provider, appID, inboundID)
}

// Consequence is what a reply changes of one customer, written together with it.
type Consequence struct {
	// Customer as read; a zero UpdateTime means that it must be new.
	Customer Customer
	// Entry is added to the ledger when Changed, and Next becomes the customer's state.
	Changed bool
	Next    consent.State
	Entry   consent.Entry
}

// AddReply stores an inbound message with all its consequences in one write; ErrExists if the reply is stored already or
// another writer created a customer first, ErrConflict if a customer changed.
func (s *Store) AddReply(ctx context.Context, r Reply, effects []Consequence) error {
	b := s.batch()
	b.Create(s.client.Collection("replies").Doc(r.ID), r)

	for _, e := range effects {
		s.addConsequence(b, r, e)
	}

	_, err := commit(ctx, "store.AddReply", b)

	return err
}

func (s *Store) addConsequence(b *batch, r Reply, e Consequence) {
	c := e.Customer
	if c.UpdateTime.IsZero() {
		c.Consent, c.LastReplyAt = e.Next, r.At
		b.Create(s.customer(c.ID), c)
	} else {
		ups := []firestore.Update{{Path: "lastReplyAt", Value: later(c.LastReplyAt, r.At)}}
		if r.UserID != "" && r.UserID != c.UserID {
			ups = append(ups, firestore.Update{Path: "userId", Value: r.UserID})
		}
		if e.Changed {
			ups = append(ups, firestore.Update{Path: "consent", Value: e.Next})
		}

		b.Update(s.customer(c.ID), ups, firestore.LastUpdateTime(c.UpdateTime))
	}
	if e.Changed {
		b.Create(s.entry(c.ID, e.Entry.Sequence), e.Entry)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Reply reads a stored inbound message; ErrNotFound if there is none.
func (s *Store) Reply(ctx context.Context, id string) (Reply, error) {
	snap, err := s.client.Collection("replies").Doc(id).Get(ctx)
	if err != nil {
		return Reply{}, failure("store.Reply", err)
	}

	var r Reply
	if err := snap.DataTo(&r); err != nil {
		return Reply{}, failure("store.Reply", err)
	}

	r.ID = snap.Ref.ID

	return r, nil
}
