package store

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// accountDoc is an account with the flag that sweep finds unhealthy ones by.
type accountDoc struct {
	account.Account
	Attention bool `firestore:"attention"`
}

func (s *Store) account(id string) *firestore.DocumentRef {
	return s.client.Collection("accounts").Doc(safeID(id))
}

// Account reads the settings of an account; ErrNotFound if there is none of that id.
func (s *Store) Account(ctx context.Context, id string) (account.Account, error) {
	a, _, err := s.readAccount(ctx, id)
	return a, err
}

func (s *Store) readAccount(ctx context.Context, id string) (account.Account, time.Time, error) {
	snap, err := s.account(id).Get(ctx)
	if err != nil {
		return account.Account{}, time.Time{}, failure("store.Account", err)
	}
	var doc accountDoc
	if err := snap.DataTo(&doc); err != nil {
		return account.Account{}, time.Time{}, failure("store.Account", err)
	}
	doc.ID = id
	return doc.Account, snap.UpdateTime, nil
}

// AccountIDBySlug finds an account by its workspace's name; ErrNotFound if there is none.
func (s *Store) AccountIDBySlug(ctx context.Context, slug string) (string, error) {
	snaps, err := s.client.Collection("accounts").Where("slug", "==", slug).Limit(1).Documents(ctx).GetAll()
	if err != nil {
		return "", unread("store.AccountIDBySlug", err)
	}
	if len(snaps) == 0 {
		return "", ErrNotFound
	}
	return snaps[0].Ref.ID, nil
}

// PutAccount replaces the settings of an account.
func (s *Store) PutAccount(ctx context.Context, a account.Account) error {
	_, err := s.account(a.ID).Set(ctx, accountDoc{Account: a, Attention: !account.Fitness{Apps: a.Apps, Events: a.Events}.Whole()})
	return failure("store.PutAccount", err)
}

// AccountsNeedingAttention lists accounts with an unhealthy app or a template that is held in the order of their ids, from
// the one that follows the id last, which is empty for the first; at most limit.
func (s *Store) AccountsNeedingAttention(ctx context.Context, last string, limit int) ([]account.Account, error) {
	q := s.client.Collection("accounts").Where("attention", "==", true).OrderBy(firestore.DocumentID, firestore.Asc)
	if last != "" {
		q = q.StartAfter(last)
	}
	snaps, err := q.Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.AccountsNeedingAttention", err)
	}
	accounts := make([]account.Account, 0, len(snaps))
	for _, snap := range snaps {
		var doc accountDoc
		if err := snap.DataTo(&doc); err != nil {
			return nil, failure("store.AccountsNeedingAttention", err)
		}
		doc.ID = snap.Ref.ID
		accounts = append(accounts, doc.Account)
	}
	return accounts, nil
}

// ChangeFitness reads what of an account can be used, lets change alter it, and writes it back if it reports a change and
// nobody else wrote to the account meanwhile; it tries again on a conflict, a few times, and gives up with ErrConflict.
// change may be called several times. The rest of the account stays as it is.
func (s *Store) ChangeFitness(ctx context.Context, id string, change func(*account.Fitness) bool) error {
	const tries = 5
	var err error
	for range tries {
		var a account.Account
		var read time.Time
		if a, read, err = s.readAccount(ctx, id); err != nil {
			return err
		}
		fitness := account.Fitness{Apps: a.Apps, Events: a.Events}
		if !change(&fitness) {
			return nil
		}
		_, err = s.account(id).Update(ctx, []firestore.Update{
			{Path: "apps", Value: fitness.Apps},
			{Path: "events", Value: fitness.Events},
			{Path: "attention", Value: !fitness.Whole()},
		}, firestore.LastUpdateTime(read))
		if err = failure("store.ChangeFitness", err); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}
