package store

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
)

// Reply is one message from a shopper.
type Reply struct {
	ID        string `firestore:"-"`
	AccountID string `firestore:"account"`
	AppID     string `firestore:"app"`
	// InboundID is WhatsApp's id of the message.
	InboundID  string `firestore:"inboundId"`
	CustomerID string `firestore:"customer"`
	// PhoneKey is the key of the number that it came from; empty of a shopper who hides it, and in a document of the old form.
	PhoneKey string `firestore:"phoneKey,omitempty"`
	// UserID is what the provider calls the shopper, if it has an id for shoppers.
	UserID string `firestore:"userId"`
	// MessageID is the message it answers, if that is known.
	MessageID string `firestore:"message"`
	// OrderID is the order that it is about, RootID the message that began that, and Shown what the order's activity says of the reply. All
	// three are empty for what is about no order.
	OrderID  string `firestore:"order"`
	RootID   string `firestore:"root,omitempty"`
	Shown    string `firestore:"shown,omitempty"`
	Type     string `firestore:"type"`
	Tap      bool   `firestore:"tap"`
	Text     string `firestore:"text"`
	Postback string `firestore:"postback"`
	// Content is the inner payload of anything but text and taps, as JSON.
	Content []byte `firestore:"content"`
	// Keyword is what the text asked for, if it was a keyword.
	Keyword string `firestore:"keyword"`
	// Standby says that another sender held the conversation when the message came; it must not be answered.
	Standby    bool      `firestore:"standby,omitempty"`
	At         time.Time `firestore:"at"`
	ReceivedAt time.Time `firestore:"receivedAt"`
	ExpireAt   time.Time `firestore:"expireAt"`
}

// ReplyID names the document of an inbound message.
func ReplyID(provider, appID, inboundID string) string {
	return hashID("reply", provider, appID, inboundID)
}

// Consequence is what something said changes of one customer.
type Consequence struct {
	// Customer as read; a zero UpdateTime means that it must be new.
	Customer Customer
	// Entries are added to the ledger, and lead to Next.
	Entries []consent.Entry
	Next    consent.State
	// Said is the reply of the customer's own number or user id, which opens the service window; nil where there is none. The
	// [UserID] of its user id has the customer's number, or gets it in the same write.
	Said *Reply
}

// Record adds an entry to the consequence, if it changes the ledger that it leads to.
func (e *Consequence) Record(entry consent.Entry) {
	if recorded, next, changed := consent.Record(e.Next, entry); changed {
		e.Entries, e.Next = append(e.Entries, recorded...), next
	}
}

// RecordAll adds entries that are in no ledger yet, as recorded at a time.
func (e *Consequence) RecordAll(entries []consent.Entry, recordedAt time.Time) {
	for _, entry := range entries {
		entry.RecordedAt = recordedAt
		e.Record(entry)
	}
}

// ConsequenceFor returns the consequence for a customer that changes nothing yet.
func ConsequenceFor(c Customer) Consequence {
	c.Consent.Subject = c.ID // who is to be made has none yet

	return Consequence{Customer: c, Next: c.Consent}
}

// Consequences gathers what something changes of several customers, each of whom is written once.
type Consequences []Consequence

// Of returns the consequence for a customer, which is added if it is not there.
func (c *Consequences) Of(customer Customer) *Consequence {
	at := slices.IndexFunc(*c, func(known Consequence) bool { return known.Customer.ID == customer.ID })
	if at < 0 {
		at = len(*c)
		*c = append(*c, ConsequenceFor(customer))
	}

	return &(*c)[at]
}

// Changing returns those that add something to a ledger.
func (c Consequences) Changing() []Consequence {
	return slices.DeleteFunc(slices.Clone(c), func(e Consequence) bool { return len(e.Entries) == 0 })
}

// ReplyWrite is an inbound message with all that it changes.
type ReplyWrite struct {
	Reply   Reply
	Effects []Consequence
	// Users is what has become known of user ids.
	Users []UserID
	// Conversation is the one that it belongs to, with it in it; nil if it belongs to none.
	Conversation *conversation.Conversation
}

// AddReply stores an inbound message with all its consequences in one write. ErrExists if the reply is stored already or another writer
// created a document first, ErrConflict if one changed.
func (s *Store) AddReply(ctx context.Context, w ReplyWrite) error {
	b := s.batch()
	b.Create(s.client.Collection("replies").Doc(w.Reply.ID), w.Reply)

	s.addConsequences(b, w.Effects)

	for _, user := range w.Users {
		s.addUserID(b, user)
	}

	if w.Conversation != nil {
		s.addConversation(b, *w.Conversation)
	}

	_, err := commit(ctx, "store.AddReply", b)

	return err
}

// addConsequences adds what something changes of customers. Each of them is there once.
func (s *Store) addConsequences(b *batch, effects []Consequence) {
	for _, e := range effects {
		s.addCustomer(b, e)
		s.addEntries(b, e.Customer, e.Entries)
	}

	s.addNotes(b, effects...)
}

// writes reports whether the customer's own document is written.
func (e Consequence) writes() bool {
	return e.Customer.UpdateTime.IsZero() || len(e.Entries) > 0 || e.Said != nil
}

// addCustomer adds what a consequence changes of the customer itself.
func (s *Store) addCustomer(b *batch, e Consequence) {
	c := e.Customer
	if c.UpdateTime.IsZero() {
		c.Consent = e.Next
		if e.Said != nil {
			c.LastReplyAt, c.UserID = e.Said.At, e.Said.UserID
			if c.UserID != "" {
				c.Learned = map[string]string{e.Said.AppID: c.UserID}
			}
		}

		s.addNewcomer(b, c)

		return
	}

	var ups []firestore.Update
	if len(e.Entries) > 0 {
		ups = append(ups, firestore.Update{Path: "consent", Value: e.Next})
	}
	if r := e.Said; r != nil {
		ups = append(ups, firestore.Update{Path: "lastReplyAt", Value: later(c.LastReplyAt, r.At)})
		if r.UserID != "" && r.UserID != c.UserID {
			ups = append(ups, firestore.Update{Path: "userId", Value: r.UserID})
		}
		if r.UserID != "" && r.UserID != c.Learned[r.AppID] {
			ups = append(ups, learnedAt(r.AppID, r.UserID))
		}
	}
	if len(ups) > 0 {
		b.Update(s.customer(c.ID), ups, firestore.LastUpdateTime(c.UpdateTime))
	}
}

// OpenWindow opens the service window of a shopper who reached the brand at that time otherwise than by a message; ErrConflict if
// the customer changed since it was read.
func (s *Store) OpenWindow(ctx context.Context, c Customer, at time.Time) error {
	if !at.After(c.LastReplyAt) {
		return nil
	}

	_, err := s.customer(c.ID).Update(ctx, []firestore.Update{{Path: "lastReplyAt", Value: at}}, firestore.LastUpdateTime(c.UpdateTime))

	return failure("store.OpenWindow", err)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// NewestReply finds the newest message to an app, not older than since, from any of the numbers whose keys are given; ErrNotFound if none
// came.
func (s *Store) NewestReply(ctx context.Context, appID string, phoneKeys []string, since time.Time) (Reply, error) {
	if len(phoneKeys) == 0 {
		return Reply{}, ErrNotFound
	}

	q := s.client.Collection("replies").Where("app", "==", appID).Where("phoneKey", "in", phoneKeys).Where("at", ">=", since)

	snaps, err := q.OrderBy("at", firestore.Desc).Limit(1).Documents(ctx).GetAll()
	if err != nil {
		return Reply{}, unread("store.NewestReply", err)
	}
	if len(snaps) == 0 {
		return Reply{}, ErrNotFound
	}

	var r Reply
	if err := snaps[0].DataTo(&r); err != nil {
		return Reply{}, failure("store.NewestReply", err)
	}

	r.ID = snaps[0].Ref.ID

	return r, nil
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
