package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// givenUpAt is the field of a message that was given up and may still be reopened: when that was. By it the few of all accounts are found, without an
// index of every message's phase.
const givenUpAt = "givenUpAt"

// givenUp is the write of that field with a change of phase.
func givenUp(m message.Message) firestore.Update {
	if m.Phase == message.GivenUp && !m.Due.IsZero() {
		return firestore.Update{Path: givenUpAt, Value: m.Due.Add(-message.ReopenableFor)}
	}

	return firestore.Update{Path: givenUpAt, Value: firestore.Delete}
}

// GivenUp lists the messages of all accounts that were given up and may still be reopened, those first that were given up last, at most limit. after is the
// last message of the page before; nil begins with the newest. A message that cannot be read is an error, with which all others come.
func (s *Store) GivenUp(ctx context.Context, after *message.Message, limit int) ([]message.Message, error) {
	q := s.log.OrderBy(givenUpAt, firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
	if after != nil {
		q = q.StartAfter(after.Due.Add(-message.ReopenableFor), after.ID)
	}

	return s.messages(ctx, q.Limit(limit))
}

// GivenUpOf lists the messages of an account that were given up and may still be reopened after now, those first that can be no more the soonest, at most
// limit. after is the last message of the page before; nil begins. A message that cannot be read is an error, with which all others come. An empty account
// is an error: it must not mean all accounts.
func (s *Store) GivenUpOf(ctx context.Context, accountID string, now time.Time, after *message.Message, limit int) ([]message.Message, error) {
	if accountID == "" {
		return nil, noAccount("store.GivenUpOf")
	}

	q := s.log.Where("account", "==", accountID).Where("phase", "==", string(message.GivenUp)).Where("due", ">", now)

	q = q.OrderBy("due", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
	if after != nil {
		q = q.StartAfter(after.Due, after.ID)
	}

	return s.messages(ctx, q.Limit(limit))
}
