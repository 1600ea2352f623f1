package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// accountDoc is an account as it is stored, with the flag that sweep finds unhealthy ones by, and the numbers of its own apps, by which
// it is found.
type accountDoc struct {
	account.Account
	Events    map[string]eventDoc `firestore:"events"`
	Attention bool                `firestore:"attention"`
	Numbers   []string            `firestore:"numbers,omitempty"`
}

// eventDoc is an event of an account as it is stored: the health of its template lies beside the settings.
type eventDoc struct {
	account.Event
	HeldReason  message.Cause `firestore:"heldReason,omitempty"`
	HeldDetail  string        `firestore:"heldDetail,omitempty"`
	HeldSince   time.Time     `firestore:"heldSince,omitzero"`
	HeldRetryAt time.Time     `firestore:"heldRetryAt,omitzero"`
	HeldChecks  int           `firestore:"heldChecks,omitempty"`
}

// eventDocs returns the events as they are stored; nil for nil.
func eventDocs(events map[string]account.Event) map[string]eventDoc {
	if events == nil {
		return nil
	}

	docs := make(map[string]eventDoc, len(events))
	for kind, e := range events {
		docs[kind] = eventDoc{
			Event:       e,
			HeldReason:  e.Health.Reason,
			HeldDetail:  e.Health.Detail,
			HeldSince:   e.Health.Since,
			HeldRetryAt: e.Health.RetryAt,
			HeldChecks:  e.Health.Checks,
		}
	}

	return docs
}

// docOf returns an account as it is stored.
func docOf(a account.Account) accountDoc {
	return accountDoc{
		Account:   a,
		Events:    eventDocs(a.Events),
		Attention: a.Condition().NeedsAttention(),
		Numbers:   a.OwnNumbers(),
	}
}

// read returns the account of that id as the document has it.
func (d accountDoc) read(id string) account.Account {
	a := d.Account
	a.ID = id
	if d.Events == nil {
		return a
	}

	a.Events = make(map[string]account.Event, len(d.Events))

	for kind, stored := range d.Events {
		e := stored.Event
		e.Health = account.Health{
			Reason:  stored.HeldReason,
			Detail:  stored.HeldDetail,
			Since:   stored.HeldSince,
			RetryAt: stored.HeldRetryAt,
			Checks:  stored.HeldChecks,
		}
		a.Events[kind] = e
	}

	return a
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

	return doc.read(id), snap.UpdateTime, nil
}

// PutAccount replaces an account without a version that tells of it: for what sets up a stage, and for tests. [Store.SaveSettings] is
// how people change one. The slug is kept in lower case.
func (s *Store) PutAccount(ctx context.Context, a account.Account) error {
	a.Slug = strings.ToLower(a.Slug)
	_, err := s.account(a.ID).Set(ctx, docOf(a))
	return failure("store.PutAccount", err)
}

// AccountsNeedingAttention lists accounts with an unhealthy app or a template that is held, or with one that its provider is to be
// asked about. They come in the order of their ids, at most limit, beginning after the id last (empty: from the first). One that
// cannot be read is an error, with which all others come.
func (s *Store) AccountsNeedingAttention(ctx context.Context, last string, limit int) ([]account.Account, error) {
	return readAccounts(ctx, "store.AccountsNeedingAttention", page(s.client.Collection("accounts").Where("attention", "==", true), last, limit))
}

// Accounts lists all accounts in the order of their ids, at most limit, beginning after the id last (empty: from the first).
func (s *Store) Accounts(ctx context.Context, last string, limit int) ([]account.Account, error) {
	return readAccounts(ctx, "store.Accounts", page(s.client.Collection("accounts").Query, last, limit))
}

// readAccounts reads the accounts that a query finds. One that cannot be read is an error, with which all others come.
func readAccounts(ctx context.Context, op string, q firestore.Query) ([]account.Account, error) {
	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	accounts := make([]account.Account, 0, len(snaps))

	var problems []error
	for _, snap := range snaps {
		var doc accountDoc
		if err := snap.DataTo(&doc); err != nil {
			problems = append(problems, failure(op, fmt.Errorf("account %s: %w", snap.Ref.ID, err)))
			continue
		}

		accounts = append(accounts, doc.read(snap.Ref.ID))
	}

	return accounts, errors.Join(problems...)
}

// AppUser is an account that has an app installed.
type AppUser struct {
	AccountID string
	// Sender is the id of the app that its messages go through.
	Sender string
}

// AppUsers lists the accounts that have an app of a provider installed, in the order of their ids, at most limit,
// beginning after the id last (empty: from the first). It reads nothing else of them, so that an account that cannot be
// read hides no other. It needs Firestore's own index of the field: apps must not be exempted from indexing.
func (s *Store) AppUsers(ctx context.Context, provider, appID, last string, limit int) ([]AppUser, error) {
	if appID == "" {
		return nil, nil
	}

	installed := firestore.FieldPath{"apps", appID, "provider"}
	q := page(s.client.Collection("accounts").WherePath(installed, "==", provider).Select("sender"), last, limit)

	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.AppUsers", err)
	}

	users := make([]AppUser, len(snaps))
	for i, snap := range snaps {
		sender, _ := snap.Data()["sender"].(string)
		users[i] = AppUser{AccountID: snap.Ref.ID, Sender: sender}
	}

	return users, nil
}

// AccountsWithNumber lists the ids of accounts that have an app of their own on a business number, at most limit. An account that was
// written last before there was such a list is not found.
func (s *Store) AccountsWithNumber(ctx context.Context, number string, limit int) ([]string, error) {
	snaps, err := s.client.Collection("accounts").Where("numbers", "array-contains", number).Select().Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.AccountsWithNumber", err)
	}

	ids := make([]string, len(snaps))
	for i, snap := range snaps {
		ids[i] = snap.Ref.ID
	}

	return ids, nil
}

// page limits a query to at most limit documents in the order of their ids, beginning after the id last (empty: from the first).
func page(q firestore.Query, last string, limit int) firestore.Query {
	q = q.OrderBy(firestore.DocumentID, firestore.Asc)
	if last != "" {
		q = q.StartAfter(last)
	}

	return q.Limit(limit)
}

// ChangeCondition reads the condition of an account, lets change alter it, and writes it back if change reports that it did
// and nobody else wrote to the account meanwhile. It tries again on a conflict, a few times, and gives up with ErrConflict.
// change may be called several times. The rest of the account stays as it is.
func (s *Store) ChangeCondition(ctx context.Context, id string, change func(*account.Condition) bool) error {
	return untilNoConflict(func() error {
		a, read, err := s.readAccount(ctx, id)
		if err != nil {
			return err
		}

		condition := a.Condition()
		if !change(&condition) {
			return nil
		}

		_, err = s.account(id).Update(ctx, []firestore.Update{
			{Path: "apps", Value: condition.Apps},
			{Path: "events", Value: eventDocs(condition.Events)},
			{Path: "attention", Value: condition.NeedsAttention()},
		}, firestore.LastUpdateTime(read))

		return failure("store.ChangeCondition", err)
	})
}

// overtaken returns the error of a write that creates or changes what was read before, as a conflict where another has made or deleted it since.
func overtaken(err error) error {
	if errors.Is(err, ErrExists) || errors.Is(err, ErrNotFound) {
		return ErrConflict
	}

	return err
}

// untilNoConflict makes a conditional change again when another writer was faster, a few times.
func untilNoConflict(change func() error) error {
	const tries = 5

	var err error
	for range tries {
		if err = change(); !errors.Is(err, ErrConflict) {
			return err
		}
	}

	return err
}
