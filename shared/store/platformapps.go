package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
)

func (s *Store) platformApp(id string) *firestore.DocumentRef {
	return s.client.Collection("platformApps").Doc(id)
}

// maxPlatformApps is the most apps of the platform's that are listed. There are a few.
const maxPlatformApps = 100

// PlatformApps lists the platform's own apps, in the order of their ids.
func (s *Store) PlatformApps(ctx context.Context) ([]account.PlatformApp, error) {
	snaps, err := page(s.client.Collection("platformApps").Query, "", maxPlatformApps).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.PlatformApps", err)
	}

	all := make([]account.PlatformApp, len(snaps))
	for i, snap := range snaps {
		if all[i], err = platformAppOf(snap); err != nil {
			return nil, failure("store.PlatformApps", fmt.Errorf("app %s: %w", snap.Ref.ID, err))
		}
	}

	return all, nil
}

// PlatformApp reads one of the platform's own apps; ErrNotFound if there is none of that id.
func (s *Store) PlatformApp(ctx context.Context, id string) (account.PlatformApp, error) {
	p, _, err := s.readPlatformApp(ctx, id)
	return p, err
}

func (s *Store) readPlatformApp(ctx context.Context, id string) (account.PlatformApp, time.Time, error) {
	snap, err := s.platformApp(id).Get(ctx)
	if err != nil {
		return account.PlatformApp{}, time.Time{}, failure("store.PlatformApp", err)
	}

	p, err := platformAppOf(snap)

	return p, snap.UpdateTime, failure("store.PlatformApp", err)
}

func platformAppOf(snap *firestore.DocumentSnapshot) (account.PlatformApp, error) {
	var p account.PlatformApp
	if err := snap.DataTo(&p); err != nil {
		return account.PlatformApp{}, err
	}

	p.App.ID = snap.Ref.ID

	return p, nil
}

// platformVersion is one change of a platform's app.
type platformVersion struct {
	At  time.Time           `firestore:"at"`
	By  Author              `firestore:"by"`
	App account.PlatformApp `firestore:"settings"`
	// Nonce is as that of a [Version].
	Nonce string `firestore:"nonce"`
}

// SavePlatformApp makes a change of one of the platform's own apps: it writes the app and a version that tells who made it, in one batch,
// with what is to be written also, and returns the app as it is then. save gets it as it is stored, the zero one if there is none of
// that id, and returns it as it is to be; its version is given here. An error of save is returned as it is. If somebody else writes to it meanwhile, save is called again, a few
// times, after which the error is ErrConflict. A save whose answer was lost is no conflict with itself.
func (s *Store) SavePlatformApp(
	ctx context.Context, id string, by Author, at time.Time, save func(account.PlatformApp) (account.PlatformApp, error), also ...Also,
) (account.PlatformApp, error) {
	var saved account.PlatformApp

	nonce := rand.Text()

	err := untilNoConflict(func() error {
		now, read, err := s.readPlatformApp(ctx, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}

		if saved, err = save(now); err != nil {
			return err
		}

		saved.App.ID, saved.Version, saved.Followed, saved.Categories = id, now.Version+1, now.Followed, now.Categories

		b := s.batch()
		ref := s.platformApp(id)
		if read.IsZero() {
			b.Create(ref, saved)
		} else {
			b.Update(ref, []firestore.Update{
				{Path: "app", Value: saved.App},
				{Path: "version", Value: saved.Version},
				{Path: "templates", Value: saved.Templates},
				{Path: "unexpected", Value: saved.Unexpected},
				{Path: "untold", Value: saved.Untold},
			}, firestore.LastUpdateTime(read))
		}

		b.Create(ref.Collection("versions").Doc(strconv.FormatInt(saved.Version, 10)), platformVersion{at, by, saved, nonce})

		for _, one := range also {
			one.add(s, b)
		}

		_, err = commit(ctx, "store.SavePlatformApp", b)

		return s.unlessWritten(ctx, ref.Collection("versions"), saved.Version, nonce, err)
	})
	if err != nil {
		return account.PlatformApp{}, err
	}

	return saved, nil
}

// NoteFollowed notes that the events of all accounts are told by the templates of an app's version, which are of these categories by then.
func (s *Store) NoteFollowed(ctx context.Context, id string, version int64, categories map[string]billing.Category) error {
	_, err := s.platformApp(id).Update(ctx, []firestore.Update{
		{Path: "followed", Value: firestore.FieldTransformMaximum(version)},
		{Path: "categories", Value: categories},
	})

	return failure("store.NoteFollowed", err)
}

// NoteTold notes that the provider of an app holds the address of a webhook token, given by its id, and reports whether it did. If the app
// is not marked with that token it changes nothing: another one took its place, or was told.
func (s *Store) NoteTold(ctx context.Context, id, tokenID string) (noted bool, _ error) {
	failed := untilNoConflict(func() error {
		now, read, err := s.readPlatformApp(ctx, id)
		if noted = err == nil && now.Untold == tokenID; !noted {
			return err
		}

		_, err = s.platformApp(id).Update(ctx, []firestore.Update{{Path: "untold", Value: ""}}, firestore.LastUpdateTime(read))

		return failure("store.NoteTold", err)
	})

	return noted && failed == nil, failed
}
