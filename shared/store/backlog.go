package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Backlog are the messages of one phase that sweep is still to look at. One in doubt or given up whose fate became known since is none of them.
type Backlog struct {
	Count int64
	// Oldest is when the oldest of them was made, as far as the first maxAged tell: those that sweep looks at first. It is zero if there are
	// none.
	Oldest time.Time
	// More says that there are more than these, so that an older one is possible.
	More bool
}

// maxAged is how many messages are read to find the oldest.
const maxAged = 50

// Backlog counts an account's messages of a phase that sweep is still to look at, with one read a thousand, and reads at most maxAged of them.
func (s *Store) Backlog(ctx context.Context, accountID string, phase message.Phase) (Backlog, error) {
	const op = "store.Backlog"

	if accountID == "" {
		return Backlog{}, noAccount(op)
	}

	q := s.log.Where("account", "==", accountID).Where("phase", "==", string(phase)).Where("due", ">", time.Unix(0, 0))

	all, err := count(ctx, op, q)
	if err != nil || all == 0 {
		return Backlog{}, err
	}

	snaps, err := q.OrderBy("due", firestore.Asc).Select("createdAt").Limit(maxAged).Documents(ctx).GetAll()
	if err != nil {
		return Backlog{}, unread(op, err)
	}

	b := Backlog{Count: max(all, int64(len(snaps))), More: all > maxAged}
	for _, snap := range snaps {
		made, ok := snap.Data()["createdAt"].(time.Time)
		if ok && (b.Oldest.IsZero() || made.Before(b.Oldest)) {
			b.Oldest = made
		}
	}

	return b, nil
}

// MessageTracked returns a message of the account about the parcel that a courier has under a tracking id; ErrNotFound if there is none.
func (s *Store) MessageTracked(ctx context.Context, accountID, trackingID string) (message.Message, error) {
	if accountID == "" {
		return message.Message{}, noAccount("store.MessageTracked")
	}
	if trackingID == "" {
		return message.Message{}, ErrNotFound
	}

	return s.firstMessage(ctx, s.log.Where("account", "==", accountID).Where("activity.trackingId", "==", trackingID))
}
