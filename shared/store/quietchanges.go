package store

import (
	"context"
	"reflect"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// QuietChange is the note that an account has other quiet hours, or other clocks, while messages may wait for the end of the former ones:
// they are to be decided on anew. It is written with the settings.
type QuietChange struct {
	AccountID string `firestore:"account"`
	// Version is that of the settings with the change. What was decided by it, or by a later one, need not be brought back.
	Version int64     `firestore:"version"`
	At      time.Time `firestore:"at"`
	// UpdateTime is the document's.
	UpdateTime time.Time `firestore:"-"`
}

func (s *Store) quietChange(accountID string) *firestore.DocumentRef {
	return s.client.Collection("quietChanges").Doc(safeID(accountID))
}

func (c QuietChange) add(s *Store, b *batch) { b.Set(s.quietChange(c.AccountID), c) }

// changesQuiet reports whether what waits for the end of an account's quiet hours may have to wait for another time.
func changesQuiet(before, after account.Account) bool {
	waits := before.Quiet != nil && before.Quiet.Enabled

	return waits && (before.TimeZone != after.TimeZone || !reflect.DeepEqual(before.Quiet, after.Quiet))
}

// QuietChanges lists the accounts whose quiet hours were changed, the longest ago first, at most limit.
func (s *Store) QuietChanges(ctx context.Context, limit int) ([]QuietChange, error) {
	const op = "store.QuietChanges"

	snaps, err := s.client.Collection("quietChanges").OrderBy("at", firestore.Asc).Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	all := make([]QuietChange, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&all[i]); err != nil {
			return nil, failure(op, err)
		}

		all[i].UpdateTime = snap.UpdateTime
	}

	return all, nil
}

// EndQuietChange deletes a note; ErrConflict if the quiet hours were changed again since it was read.
func (s *Store) EndQuietChange(ctx context.Context, c QuietChange) error {
	_, err := s.quietChange(c.AccountID).Delete(ctx, firestore.LastUpdateTime(c.UpdateTime))
	return failure("store.EndQuietChange", err)
}
