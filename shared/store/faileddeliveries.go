package store

import (
	"context"
	"slices"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

const (
	// documentsAtOnce is how many documents one call reads.
	documentsAtOnce = 300
	// rootsAtOnce is how many values a query takes.
	rootsAtOnce = 30
)

// MessagesOfEvent lists the messages and refusals about an event that an account's days have, from one day to another, which does not count,
// as far as usage goes by them, with what they are about; at most limit, in the order of their days.
func (s *Store) MessagesOfEvent(ctx context.Context, accountID, event string, from, to billing.Day, limit int) ([]message.Message, error) {
	const op = "store.MessagesOfEvent"

	if accountID == "" {
		return nil, noAccount(op)
	}

	q := s.log.Where("account", "==", accountID).Where("event", "==", event).Where("day", ">=", string(from)).Where("day", "<", string(to))
	q = q.Select(append([]string{"order", "subject", "occurredAt", "customer", "createdAt"}, priced...)...)

	return s.messages(ctx, q.OrderBy("day", firestore.Asc).Limit(limit))
}

// OrdersNamed reads orders by the names of their documents; those that are not stored are not among them.
func (s *Store) OrdersNamed(ctx context.Context, ids []string) (map[string]Order, error) {
	found := map[string]Order{}

	err := s.each(ctx, "store.OrdersNamed", s.orders, ids, func(snap *firestore.DocumentSnapshot) error {
		o, err := orderOf(snap)
		found[snap.Ref.ID] = o

		return err
	})

	return found, err
}

// Conversations reads conversations; those that there are not are not among them.
func (s *Store) Conversations(ctx context.Context, ids []string) (map[string]conversation.Conversation, error) {
	found := map[string]conversation.Conversation{}

	err := s.each(ctx, "store.Conversations", s.client.Collection("conversations"), ids, func(snap *firestore.DocumentSnapshot) error {
		c, err := conversationOf(snap)
		found[snap.Ref.ID] = c

		return err
	})

	return found, err
}

// each calls do with each document of a collection that is there, of those that are named. A name that is there twice is read once.
func (s *Store) each(ctx context.Context, op string, in *firestore.CollectionRef, ids []string, do func(*firestore.DocumentSnapshot) error) error {
	for some := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), documentsAtOnce) {
		refs := make([]*firestore.DocumentRef, len(some))
		for i, id := range some {
			refs[i] = in.Doc(id)
		}

		snaps, err := s.client.GetAll(ctx, refs)
		if err != nil {
			return failure(op, err)
		}

		for _, snap := range snaps {
			if !snap.Exists() {
				continue
			}
			if err := do(snap); err != nil {
				return err
			}
		}
	}

	return nil
}

// Answered returns those of some messages that a shopper wrote something about: an answer to them, or to a question that followed.
func (s *Store) Answered(ctx context.Context, messageIDs []string) (map[string]bool, error) {
	answered := map[string]bool{}

	for some := range slices.Chunk(messageIDs, rootsAtOnce) {
		snaps, err := s.client.Collection("replies").Where("root", "in", some).Select("root").Documents(ctx).GetAll()
		if err != nil {
			return nil, unread("store.Answered", err)
		}

		for _, snap := range snaps {
			if root, _ := snap.Data()["root"].(string); root != "" {
				answered[root] = true
			}
		}
	}

	return answered, nil
}
