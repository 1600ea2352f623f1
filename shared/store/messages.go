package store

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
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

func (s *Store) mergeTimes(b *firestore.WriteBatch, d Decision) {
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
		{Path: "variables", Value: m.Variables},
		{Path: "media", Value: m.Media},
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

// Progress is what has become known of an attempt; it commutes with every other Progress.
type Progress struct {
	MessageID string
	Attempt   int
	Status    message.Status
	// At is the provider's time in epoch milliseconds.
	At int64
	// IDs are the provider's ids of the attempt, AppID the app they are of.
	AppID string
	IDs   []string
	// Code, Class and Cause tell a failure's error.
	Code, Class, Cause string
	// Pricing is kept when it is not zero, one fact for each attempt and PricingKind, which names the callback it came in.
	Pricing     message.Pricing
	PricingKind string
	// Over: the message will not be sent again, so the event can go.
	Over bool
	// SettledAsOf, when set, is the update time of a message that this progress settles: nobody need look at it again. It
	// is a condition, since whoever wrote meanwhile may have given the message something else to wait for.
	SettledAsOf time.Time
}

// PricingKey is the key of the progress's price in [message.Message.Pricing].
func (p Progress) PricingKey() string { return message.Number(p.Attempt) + "." + p.PricingKind }

// Record writes progress without reading; ErrNotFound if there is no such message, ErrConflict if it is no longer as of
// SettledAsOf.
func (s *Store) Record(ctx context.Context, p Progress) error {
	var as []firestore.Precondition
	if !p.SettledAsOf.IsZero() {
		as = append(as, firestore.LastUpdateTime(p.SettledAsOf))
	}
	_, err := s.message(p.MessageID).Update(ctx, p.updates(), as...)
	return failure("store.Record", err)
}

// RecordAs is Record together with a change of phase, on condition that the message is as read at its UpdateTime. The
// change says when the message is due; SettledAsOf must not be set.
func (s *Store) RecordAs(ctx context.Context, p Progress, c Change) error {
	return s.apply(ctx, "store.RecordAs", p.updates(), c)
}

func (p Progress) updates() []firestore.Update {
	attempt := func(path ...string) []string { return append([]string{"attempts", message.Number(p.Attempt)}, path...) }
	var ups []firestore.Update
	if p.Status != "" {
		ups = append(ups,
			firestore.Update{FieldPath: attempt("rank"), Value: firestore.FieldTransformMaximum(int(message.RankOf(p.Status)))},
			firestore.Update{FieldPath: attempt("at", string(p.Status)), Value: firestore.FieldTransformMinimum(p.At)})
	}
	if len(p.IDs) > 0 {
		ups = append(ups,
			firestore.Update{FieldPath: attempt("ids"), Value: firestore.ArrayUnion(anys("", p.IDs)...)},
			firestore.Update{Path: "ids", Value: firestore.ArrayUnion(anys(p.AppID+":", p.IDs)...)})
	}
	if p.Class != "" {
		ups = append(ups,
			firestore.Update{FieldPath: attempt("code"), Value: p.Code},
			firestore.Update{FieldPath: attempt("class"), Value: p.Class})
	}
	if !p.Pricing.IsZero() {
		ups = append(ups, firestore.Update{FieldPath: []string{"pricing", p.PricingKey()}, Value: p.Pricing})
	}
	if !p.SettledAsOf.IsZero() {
		ups = append(ups, firestore.Update{Path: "due", Value: firestore.Delete})
	}
	if p.Over {
		ups = append(ups, firestore.Update{Path: "eventData", Value: firestore.Delete})
	}
	return ups
}

func anys(prefix string, texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = prefix + t
	}
	return out
}

// Change is a change of phase, on condition that the message is as read.
type Change struct {
	// Message holds the new phase, reason, due and counts, and the UpdateTime at which it was read.
	Message message.Message
	// Customer, Next and Entry are written with it when Customer is set.
	Customer *Customer
	Next     consent.State
	Entry    consent.Entry
}

// Change writes a change of phase; ErrConflict if the message, or the customer, is no longer as read.
func (s *Store) Change(ctx context.Context, c Change) error {
	return s.apply(ctx, "store.Change", nil, c)
}

func (s *Store) apply(ctx context.Context, op string, ups []firestore.Update, c Change) error {
	m := c.Message
	ups = append(ups,
		firestore.Update{Path: "phase", Value: m.Phase},
		firestore.Update{Path: "reason", Value: m.Reason},
		firestore.Update{Path: "tries", Value: m.Tries},
		firestore.Update{Path: "resent", Value: m.Resent},
		firestore.Update{Path: "retried", Value: m.Retried},
		firestore.Update{Path: "due", Value: orDelete(m.Due)})
	b := s.batch()
	b.Update(s.message(m.ID), ups, firestore.LastUpdateTime(m.UpdateTime))
	if c.Customer != nil {
		s.addConsent(b, *c.Customer, c.Next, c.Entry)
	}
	_, err := commit(ctx, op, b)
	return err
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
	found, err := s.messages(ctx, q.Limit(1))
	if err != nil {
		return message.Message{}, err
	}
	if len(found) == 0 {
		return message.Message{}, ErrNotFound
	}
	return found[0], nil
}

// DueMessages lists the messages that are due by now, the longest overdue first, at most limit.
func (s *Store) DueMessages(ctx context.Context, now time.Time, limit int) ([]message.Message, error) {
	return s.messages(ctx, s.log.
		Where("bucket", "in", allBuckets()).Where("due", "<=", now).OrderBy("due", firestore.Asc).Limit(limit))
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
	for _, snap := range snaps {
		m, err := messageOf(snap)
		if err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, nil
}

// IsConflict tells whether a conditional write lost to another: the document changed or is gone.
func IsConflict(err error) bool {
	return errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound)
}
