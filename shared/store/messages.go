package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// Message reads a message; ErrNotFound if there is none.
func (s *Store) Message(ctx context.Context, id string) (message.Message, error) {
	snap, err := s.message(id).Get(ctx)
	if err != nil {
		return message.Message{}, failure("store.Message", err)
	}
	return messageOf(snap)
}

// MessageOf reads a message of an account; ErrNotFound if it has none of that id, also if another account has one. An id may be any text.
func (s *Store) MessageOf(ctx context.Context, accountID, id string) (message.Message, error) {
	if accountID == "" || !message.IsID(id) {
		return message.Message{}, ErrNotFound
	}

	m, err := s.Message(ctx, id)
	if err == nil && m.AccountID != accountID {
		return message.Message{}, ErrNotFound
	}

	return m, err
}

// OnItsWay reports whether the message that a customer is marked with has no answer yet.
func (s *Store) OnItsWay(ctx context.Context, c Customer) (bool, error) {
	if c.InFlight == "" {
		return false, nil
	}

	m, err := s.Message(ctx, c.InFlight)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}

	return err == nil && m.Open(), err
}

func messageOf(snap *firestore.DocumentSnapshot) (message.Message, error) {
	var m message.Message
	if err := snap.DataTo(&m); err != nil {
		return message.Message{}, failure("store.Message", err)
	}

	m.ID, m.UpdateTime = snap.Ref.ID, snap.UpdateTime

	return m, nil
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

	// The message of a shopper who was erased has hashes of them.
	wanted := slices.Clone(ids)
	for _, id := range ids {
		wanted = append(wanted, message.HashedID(id))
	}

	return s.firstMessage(ctx, s.log.Where("ids", "array-contains-any", anys(appID+":", wanted)))
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
	q := s.log.Where("bucket", "in", allBuckets()).Where("due", "<=", now)

	return s.messages(ctx, q.OrderBy("due", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc).Limit(limit))
}

// AppsDue lists the apps of which messages are due by now, with one read for each app that has open messages.
func (s *Store) AppsDue(ctx context.Context, now time.Time) ([]string, error) {
	var due []string

	q := s.log.OrderBy("app", firestore.Asc).OrderBy("due", firestore.Asc).Limit(1)
	for last := ""; ; {
		snaps, err := q.Where("app", ">", last).Documents(ctx).GetAll()
		if err != nil {
			return nil, unread("store.AppsDue", err)
		}
		if len(snaps) == 0 {
			return due, nil
		}

		// Of a message that cannot be read these two can: it was found by them.
		app, _ := snaps[0].Data()["app"].(string)
		if earliest, _ := snaps[0].Data()["due"].(time.Time); !earliest.After(now) {
			due = append(due, app)
		}

		last = app
	}
}

// DueMessagesOf lists those messages of an app that are due by now, the longest overdue first, at most limit, as DueMessages does. It
// begins after last, as it was read in such a list (nil: from the first).
func (s *Store) DueMessagesOf(ctx context.Context, appID string, now time.Time, last *message.Message, limit int) ([]message.Message, error) {
	q := s.log.Where("app", "==", appID).Where("due", "<=", now).OrderBy("due", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
	if last != nil {
		q = q.StartAfter(last.Due, last.ID)
	}

	return s.messages(ctx, q.Limit(limit))
}

// NextDue returns when the next message is due, past or future; the zero time if none is.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	q := s.log.Where("bucket", "in", allBuckets()).OrderBy("due", firestore.Asc).Limit(1)

	snaps, err := q.Documents(ctx).GetAll()
	if err != nil || len(snaps) == 0 {
		return time.Time{}, unread("store.NextDue", err)
	}

	due, _ := snaps[0].Data()["due"].(time.Time) // of a message that cannot be read this can: it was found by it

	return due, nil
}

// MessagesOfOrder returns the account's messages about an order, the oldest first. An empty account is an error: it must
// not mean all accounts.
func (s *Store) MessagesOfOrder(ctx context.Context, accountID, orderID string) ([]message.Message, error) {
	if accountID == "" {
		return nil, noAccount("store.MessagesOfOrder")
	}

	return s.messages(ctx, s.ofOrder(accountID, orderID))
}

// ofOrder is the query of an account's messages about an order, the oldest first.
func (s *Store) ofOrder(accountID, orderID string) firestore.Query {
	return s.log.Where("order", "==", orderID).Where("account", "==", accountID).OrderBy("createdAt", firestore.Asc)
}

// MessagesOfOrderInAllAccounts returns every account's messages about an order, the oldest first. It is for operators and
// tests; what a brand sees comes from MessagesOfOrder.
func (s *Store) MessagesOfOrderInAllAccounts(ctx context.Context, orderID string) ([]message.Message, error) {
	return s.messages(ctx, s.log.Where("order", "==", orderID).OrderBy("createdAt", firestore.Asc))
}

// OrderNumbers returns what the account's messages of these ids call their orders to shoppers, by the ids. A message that is not there, cannot be read or
// has no number is left out. An id may be any text.
func (s *Store) OrderNumbers(ctx context.Context, accountID string, ids []string) (map[string]string, error) {
	var refs []*firestore.DocumentRef

	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if message.IsID(id) {
			refs = append(refs, s.message(id))
		}
	}

	if len(refs) == 0 {
		return nil, nil //nolint:nilnil // none
	}

	snaps, err := s.client.GetAll(ctx, refs)
	if err != nil {
		return nil, failure("store.OrderNumbers", err)
	}

	numbers := map[string]string{}

	for _, snap := range snaps {
		if !snap.Exists() {
			continue
		}
		if m, unreadable := messageOf(snap); unreadable == nil && m.AccountID == accountID && m.Activity.OrderNumber != "" {
			numbers[m.ID] = m.Activity.OrderNumber
		}
	}

	return numbers, nil
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
