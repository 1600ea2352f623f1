package store

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// Version is one change of an account's settings.
type Version struct {
	// Number is that of the account after the change.
	Number int64     `firestore:"version"`
	At     time.Time `firestore:"at"`
	By     Author    `firestore:"by"`
	// Action is a word for what was done, such as "account.put".
	Action string `firestore:"action"`
	// BackTo is the number of the version that settings were put back to; 0 of a change that put none back, and of an old one.
	BackTo  int64            `firestore:"backTo,omitempty"`
	Changes []account.Change `firestore:"changes"`
	// Settings are those after the change, without the health of apps and templates. A list of versions has none.
	Settings account.Account `firestore:"settings"`
	// Nonce tells the save that wrote it from all others.
	Nonce string `firestore:"nonce"`
}

// Author is a person or a service that made a change.
type Author struct {
	Subject string `firestore:"subject"`
	Name    string `firestore:"name"`
}

func (s *Store) versions(accountID string) *firestore.CollectionRef {
	return s.account(accountID).Collection("versions")
}

// SaveSettings makes a change of an account's settings: it writes the account and the version that tells of the change in one batch, and
// returns the account as it is then. What is to be written also is in the batch too, and so is a [QuietChange] where one is needed. The account's slug is claimed in the same batch, and the one that it had before is released: no two
// accounts get one slug, also if they are saved at the same time. ErrSlugTaken means that another account has it.
//
// save gets the account as it is stored, or the zero Account if there is none of that id. It returns the version, whose Settings are the
// account as it is to be, health included; the number is given here. An error of save is returned as it is, and nothing is written.
//
// If somebody else writes to the account meanwhile, save is called again with what is stored then: a few times, after which the error is
// ErrConflict. So a change of settings loses no mark of health, and [Store.ChangeCondition] loses no change of settings. A save whose answer
// was lost is no conflict with itself: Firestore's client repeats such a write, which then meets what it has written.
func (s *Store) SaveSettings(ctx context.Context, id string, save func(account.Account) (Version, error), also ...Also) (account.Account, error) {
	var saved account.Account

	nonce := rand.Text()

	err := untilNoConflict(func() error {
		now, read, err := s.readAccount(ctx, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}

		v, err := save(now)
		if err != nil {
			return err
		}

		if v.Number, err = s.nextVersion(ctx, id, now); err != nil {
			return err
		}

		saved = v.Settings
		saved.ID, saved.Slug, saved.Version = id, strings.ToLower(saved.Slug), v.Number
		v.Settings, v.Nonce = withoutHealth(saved), nonce

		also := also
		if changesQuiet(now, saved) {
			also = append(slices.Clone(also), QuietChange{AccountID: id, Version: v.Number, At: v.At})
		}

		return s.unlessWritten(ctx, s.versions(id), v.Number, nonce, s.saveVersion(ctx, now.Slug, saved, read, v, also))
	})
	if err != nil {
		return account.Account{}, err
	}

	return saved, nil
}

// unlessWritten returns the error of a save, but nil for a conflict with the version that the same save has written.
func (s *Store) unlessWritten(ctx context.Context, versions *firestore.CollectionRef, number int64, nonce string, err error) error {
	if errors.Is(err, ErrExists) || errors.Is(err, ErrNotFound) {
		err = ErrConflict // it was made, or is gone, or its slug was claimed, since that was read
	}
	if !errors.Is(err, ErrConflict) {
		return err
	}

	snap, readErr := versions.Doc(strconv.FormatInt(number, 10)).Get(ctx)
	if readErr = failure("store.unlessWritten", readErr); readErr != nil {
		if errors.Is(readErr, ErrNotFound) {
			return err
		}
		return readErr
	}
	if written, _ := snap.DataAt("nonce"); written != nonce { // an older version has none
		return err
	}

	return nil
}

// nextVersion returns the number of an account's next version. An account that [Store.PutAccount] has replaced forgets its own, and goes
// on after those that are there.
func (s *Store) nextVersion(ctx context.Context, id string, now account.Account) (int64, error) {
	if now.Version > 0 {
		return now.Version + 1, nil
	}

	newest, err := s.Versions(ctx, id, 0, 1)
	if err != nil || len(newest) == 0 {
		return 1, err
	}

	return newest[0].Number + 1, nil
}

// saveVersion writes an account as it was read at that time, or one that is new if the time is zero, with the version. slug is the one that
// it had.
func (s *Store) saveVersion(ctx context.Context, slug string, a account.Account, read time.Time, v Version, also []Also) error {
	b := s.batch()
	if read.IsZero() {
		b.Create(s.account(a.ID), docOf(a))
	} else {
		b.Update(s.account(a.ID), fieldsOf(docOf(a)), firestore.LastUpdateTime(read))
	}

	b.Create(s.versions(a.ID).Doc(strconv.FormatInt(v.Number, 10)), v)

	for _, one := range also {
		one.add(s, b)
	}

	if err := s.moveSlug(ctx, b, a.ID, slug, a.Slug); err != nil {
		return err
	}

	_, err := commit(ctx, "store.SaveSettings", b)

	return err
}

// fieldsOf returns the writes that give a document all of its fields, the empty ones too: a batch can replace no document on condition
// of its update time.
func fieldsOf(doc accountDoc) []firestore.Update {
	updates := []firestore.Update{
		{Path: "events", Value: doc.Events},
		{Path: "attention", Value: doc.Attention},
		{Path: "numbers", Value: firestore.Delete},
	}
	if len(doc.Numbers) > 0 {
		updates[2].Value = doc.Numbers
	}

	v := reflect.ValueOf(doc.Account)
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("firestore"), ",")
		if name == "-" || name == "events" {
			continue
		}

		u := firestore.Update{Path: name, Value: v.Field(i).Interface()}
		if option != "" && v.Field(i).IsZero() {
			u.Value = firestore.Delete
		}

		updates = append(updates, u)
	}

	return updates
}

// withoutHealth returns a copy of the account for its history, without what the product itself maintains.
func withoutHealth(a account.Account) account.Account {
	a.Apps = maps.Clone(a.Apps)
	for id, app := range a.Apps {
		app.Health, app.Checked = account.Health{}, account.Checked{}
		a.Apps[id] = app
	}

	return a
}

// Versions lists the changes of an account's settings, the newest first, at most limit, beginning before the number before (0: with the
// newest).
func (s *Store) Versions(ctx context.Context, accountID string, before int64, limit int) ([]Version, error) {
	q := s.versions(accountID).OrderBy("version", firestore.Desc)
	if before > 0 {
		q = q.StartAfter(before)
	}

	snaps, err := q.Select("version", "at", "by", "action", "backTo", "changes").Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.Versions", err)
	}

	all := make([]Version, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&all[i]); err != nil {
			return nil, failure("store.Versions", err)
		}
	}

	return all, nil
}

// VersionAt returns the number of the account's settings at a time; 0 if there were none yet.
func (s *Store) VersionAt(ctx context.Context, accountID string, at time.Time) (int64, error) {
	q := s.versions(accountID).Where("at", "<=", at).OrderBy("at", firestore.Desc).Select("version").Limit(1)

	snaps, err := q.Documents(ctx).GetAll()
	if err != nil || len(snaps) == 0 {
		return 0, unread("store.VersionAt", err)
	}

	number, _ := snaps[0].Data()["version"].(int64)

	return number, nil
}

// Version reads one change of an account's settings; ErrNotFound if there is none of that number.
func (s *Store) Version(ctx context.Context, accountID string, number int64) (Version, error) {
	snap, err := s.versions(accountID).Doc(strconv.FormatInt(number, 10)).Get(ctx)
	if err != nil {
		return Version{}, failure("store.Version", err)
	}

	var v Version
	if err := snap.DataTo(&v); err != nil {
		return Version{}, failure("store.Version", err)
	}

	v.Settings.ID = accountID

	return v, nil
}
