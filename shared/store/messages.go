package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// buckets is how many parts the index of due times is spread over, against a hot spot at its growing end.
const buckets = 16

// Bucket is the part of the due index that a message belongs to; its id is a hash in hex.
func Bucket(messageID string) int {
	if messageID == "" {
		return 0
	}
	c := messageID[len(messageID)-1]
	if c >= 'a' {
		return int(c-'a'+10) % buckets
	}
	return int(c-'0') % buckets
}

func allBuckets() []int {
	all := make([]int, buckets)
	for i := range all {
		all[i] = i
	}
	return all
}

func (s *Store) message(id string) *firestore.DocumentRef {
	return s.log.Doc(id)
}

// Facts are what a decision reads afresh; what does not exist is nil.
type Facts struct {
	Customer *Customer
	Order    *Order
	Message  *message.Message
}

// FactsOf names the documents that a decision needs; an empty id is not read.
type FactsOf struct{ CustomerID, OrderID, MessageID string }

// Facts reads customer, order and message in one call.
func (s *Store) Facts(ctx context.Context, of FactsOf) (Facts, error) {
	var refs []*firestore.DocumentRef
	if of.CustomerID != "" {
		refs = append(refs, s.customer(of.CustomerID))
	}
	if of.OrderID != "" {
		refs = append(refs, s.order(of.OrderID))
	}
	if of.MessageID != "" {
		refs = append(refs, s.message(of.MessageID))
	}
	snaps, err := s.client.GetAll(ctx, refs)
	if err != nil {
		return Facts{}, failure("store.Facts", err)
	}
	var f Facts
	for _, snap := range snaps {
		if !snap.Exists() {
			continue
		}
		if err := f.add(snap); err != nil {
			return Facts{}, err
		}
	}
	return f, nil
}

func (f *Facts) add(snap *firestore.DocumentSnapshot) error {
	switch snap.Ref.Parent.ID {
	case "customers":
		c, err := customerOf(snap)
		f.Customer = &c
		return err
	case "orders":
		o, err := orderOf(snap)
		f.Order = &o
		return err
	default:
		m, err := messageOf(snap)
		f.Message = &m
		return err
	}
}

// Message reads a message; ErrNotFound if there is none.
func (s *Store) Message(ctx context.Context, id string) (message.Message, error) {
	snap, err := s.message(id).Get(ctx)
	if err != nil {
		return message.Message{}, failure("store.Message", err)
	}
	return messageOf(snap)
}

func messageOf(snap *firestore.DocumentSnapshot) (message.Message, error) {
	var m message.Message
	if err := snap.DataTo(&m); err != nil {
		return message.Message{}, failure("store.Message", err)
	}
	m.ID, m.UpdateTime = snap.Ref.ID, snap.UpdateTime
	return m, nil
}

// Decision is what is written when an event is decided on, in one atomic write: the message, the order's status times,
// and for an app without echo the mark on the customer.
type Decision struct {
	// Message is written whole. If its UpdateTime is zero it must be new (else ErrExists), otherwise it must be as read
	// at that time (else ErrConflict).
	Message message.Message
	// Times are merged into the order, which must be as read: Order, or not there if that is nil (else ErrConflict). So a
	// status that would have spoken against the message cannot slip in between reading and claiming.
	Times StatusTimes
	Order *Order
	// Mark, when set, is the customer to be marked with the message in flight, who must be as read (else ErrConflict).
	Mark *Customer
}

// Decide writes a decision and returns the message's update time.
func (s *Store) Decide(ctx context.Context, d Decision) (time.Time, error) {
	b := s.batch()
	ref := s.message(d.Message.ID)
	if d.Message.UpdateTime.IsZero() {
		b.Create(ref, d.Message)
	} else {
		b.Update(ref, takeOver(d.Message), firestore.LastUpdateTime(d.Message.UpdateTime))
	}
	s.mergeTimes(b, d)
	if d.Mark != nil {
		b.Update(s.customer(d.Mark.ID), []firestore.Update{{Path: "inFlight", Value: d.Message.ID}}, firestore.LastUpdateTime(d.Mark.UpdateTime))
	}
	return commit(ctx, "store.Decide", b)
}

func (s *Store) mergeTimes(b *batch, d Decision) {
	switch {
	case len(d.Times.Times) == 0:
	case d.Order == nil:
		b.Create(s.order(d.Times.OrderID), d.Times.fresh())
	default:
		b.Update(s.order(d.Times.OrderID), d.Times.updates(), firestore.LastUpdateTime(d.Order.UpdateTime))
	}
}

// takeOver are the fields that a worker changes when it decides on a message that exists; what is known of attempts
// stays.
func takeOver(m message.Message) []firestore.Update {
	return []firestore.Update{
		{Path: "phase", Value: m.Phase},
		{Path: "reason", Value: m.Reason},
		{Path: "attempt", Value: m.Attempt},
		{Path: "nonce", Value: m.Nonce},
		{Path: "lease", Value: m.LeaseUntil},
		{Path: "due", Value: orDelete(m.Due)},
		{Path: "tries", Value: m.Tries},
		{Path: "resent", Value: m.Resent},
		{Path: "retried", Value: m.Retried},
		{Path: "app", Value: m.AppID},
		{Path: "provider", Value: m.Provider},
		{Path: "ownership", Value: m.Ownership},
		{Path: "template", Value: m.TemplateID},
		{Path: "filling", Value: m.Filling},
		{Path: "phone", Value: m.Phone},
		{Path: "customer", Value: m.CustomerID},
		{Path: "activity", Value: m.Activity},
		{Path: "eventData", Value: orDeleteBytes(m.EventData)},
		{Path: "eventAttrs", Value: m.EventAttrs},
		{Path: "attempts", Value: m.Attempts},
	}
}

func orDelete(t time.Time) any {
	if t.IsZero() {
		return firestore.Delete
	}
	return t
}

func orDeleteBytes(b []byte) any {
	if len(b) == 0 {
		return firestore.Delete
	}
	return b
}

// MessageToUser finds a message that went through the app to the shopper whom the provider calls by that id; ErrNotFound if
// none did.
func (s *Store) MessageToUser(ctx context.Context, appID, userID string) (message.Message, error) {
	return s.firstMessage(ctx, s.log.Where("app", "==", appID).Where("userId", "==", userID))
}

// MessageByProviderIDs finds the message of an app that any of the provider's ids belongs to; ErrNotFound if none does.
func (s *Store) MessageByProviderIDs(ctx context.Context, appID string, ids []string) (message.Message, error) {
	if len(ids) == 0 {
		return message.Message{}, ErrNotFound
	}
	q := s.log.Query
	if len(ids) == 1 {
		q = q.Where("ids", "array-contains", appID+":"+ids[0])
	} else {
		q = q.Where("ids", "array-contains-any", anys(appID+":", ids))
	}
	return s.firstMessage(ctx, q)
}

// firstMessage is the first that a query finds; ErrNotFound if it finds none.
func (s *Store) firstMessage(ctx context.Context, q firestore.Query) (message.Message, error) {
	found, err := s.messages(ctx, q.Limit(1))
	if err != nil {
		return message.Message{}, err
	}
	if len(found) == 0 {
		return message.Message{}, ErrNotFound
	}
	return found[0], nil
}

// DueMessages lists the messages that are due by now, the longest overdue first, at most limit. A message that cannot be
// read is an error, with which all others come.
func (s *Store) DueMessages(ctx context.Context, now time.Time, limit int) ([]message.Message, error) {
	return s.messages(ctx, s.dueMessages(now).Limit(limit))
}

// DueMessagesAfter goes on where a list of DueMessages ended: with what follows its last message as it was read.
func (s *Store) DueMessagesAfter(ctx context.Context, now time.Time, last message.Message, limit int) ([]message.Message, error) {
	return s.messages(ctx, s.dueMessages(now).StartAfter(last.Due, last.ID).Limit(limit))
}

func (s *Store) dueMessages(now time.Time) firestore.Query {
	return s.log.
		Where("bucket", "in", allBuckets()).Where("due", "<=", now).OrderBy("due", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
}

// MessagesOfOrder lists the messages of an order, the oldest first.
func (s *Store) MessagesOfOrder(ctx context.Context, accountID, orderID string) ([]message.Message, error) {
	q := s.log.Where("order", "==", orderID)
	if accountID != "" {
		q = q.Where("account", "==", accountID)
	}
	return s.messages(ctx, q.OrderBy("createdAt", firestore.Asc))
}

func (s *Store) messages(ctx context.Context, q firestore.Query) ([]message.Message, error) {
	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.messages", err)
	}
	found := make([]message.Message, 0, len(snaps))
	var problems []error
	for _, snap := range snaps {
		m, unreadable := messageOf(snap)
		if unreadable != nil {
			problems = append(problems, fmt.Errorf("message %s: %w", snap.Ref.ID, unreadable))
			continue
		}
		found = append(found, m)
	}
	return found, errors.Join(problems...)
}

// IsConflict tells whether a conditional write lost to another: the document changed or is gone.
func IsConflict(err error) bool {
	return errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound)
}
