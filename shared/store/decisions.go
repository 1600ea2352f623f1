package store

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

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

// FirstMessage returns the message of the first id that has one; ErrNotFound if none has.
func (s *Store) FirstMessage(ctx context.Context, ids []string) (message.Message, error) {
	refs := make([]*firestore.DocumentRef, len(ids))
	for i, id := range ids {
		refs[i] = s.message(id)
	}

	snaps, err := s.client.GetAll(ctx, refs)
	if err != nil {
		return message.Message{}, failure("store.FirstMessage", err)
	}

	for _, snap := range snaps {
		if snap.Exists() {
			return messageOf(snap)
		}
	}

	return message.Message{}, ErrNotFound
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
	// Passed is the message that the mark was on, if evidence of it may still come.
	Passed string
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
		b.Update(s.customer(d.Mark.ID), markOf(d), firestore.LastUpdateTime(d.Mark.UpdateTime))
	}

	return commit(ctx, "store.Decide", b)
}

// maxPassed is how many messages without evidence are remembered of a customer; an older one's reports find it no more.
const maxPassed = 4

// markOf returns the write that puts the customer's mark on the message of a decision.
func markOf(d Decision) []firestore.Update {
	ups := []firestore.Update{{Path: "inFlight", Value: d.Message.ID}}
	if d.Passed == "" {
		return ups
	}

	known := func(id string) bool { return id == d.Passed || id == d.Message.ID }
	passed := append(slices.DeleteFunc(slices.Clone(d.Mark.Passed), known), d.Passed)

	return append(ups, firestore.Update{Path: "passed", Value: passed[max(len(passed)-maxPassed, 0):]})
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

// takeOver are the fields that a worker changes when it decides on a message that exists, those of the event among them,
// since a second look goes by a later one; what is known of attempts stays.
func takeOver(m message.Message) []firestore.Update {
	return []firestore.Update{
		changed,
		{Path: "order", Value: m.OrderID},
		{Path: "subject", Value: m.Subject},
		{Path: "occurredAt", Value: m.OccurredAt},
		{Path: "day", Value: m.Day},
		{Path: "createdAt", Value: m.CreatedAt},
		{Path: "expireAt", Value: m.ExpireAt},
		{Path: "secondLook", Value: m.SecondLook},
		{Path: "phase", Value: m.Phase},
		{Path: "reason", Value: m.Reason},
		{Path: "grounds", Value: m.Grounds},
		{Path: "attempt", Value: m.Attempt},
		{Path: "nonce", Value: m.Nonce},
		{Path: "lease", Value: m.LeaseUntil},
		{Path: "due", Value: orDelete(m.Due)},
		givenUp(m),
		{Path: "tries", Value: m.Tries},
		{Path: "ticket", Value: m.Ticket},
		{Path: "doubts", Value: m.Doubts},
		{Path: "resent", Value: m.Resent},
		{Path: "silence", Value: m.Silence},
		{Path: "retried", Value: m.Retried},
		{Path: "app", Value: m.AppID},
		{Path: "provider", Value: m.Provider},
		{Path: "ownership", Value: m.Ownership},
		{Path: "template", Value: m.TemplateID},
		{Path: "filling", Value: m.Filling},
		{Path: "settingsVersion", Value: m.SettingsVersion},
		{Path: "erased", Value: m.IsErased},
		{Path: "phone", Value: m.Phone},
		{Path: "customer", Value: m.CustomerID},
		{Path: "learnedId", Value: m.LearnedID},
		{Path: "activity", Value: m.Activity},
		{Path: "estimate", Value: m.Estimate},
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
