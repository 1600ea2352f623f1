package store

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
)

// Disposal is what is to be destroyed of an app at a time: secrets and tokens of its webhook. It is written before they are made, or
// before their app is uninstalled, so that whatever is cut off in the middle leaves nothing that nobody knows of.
type Disposal struct {
	// ID is the disposal's own, a name of ours.
	ID string `firestore:"-"`
	// AccountID is that of the app's account; empty for an app of the platform's.
	AccountID string `firestore:"account"`
	AppID     string `firestore:"app"`
	// Credential is the Secret Manager name, without a version, of the credential that the app has while it keeps all this: as long as it
	// is installed with it, nothing is destroyed. Empty if it keeps nothing.
	Credential string `firestore:"credential"`
	// Uninstalls says that all this is the app's of that time of install: as long as that one is installed, nothing is destroyed.
	Uninstalls  bool      `firestore:"uninstalls"`
	InstalledAt time.Time `firestore:"installedAt"`
	// Secrets are Secret Manager names, and Tokens the ids of webhook tokens.
	Secrets []string `firestore:"secrets"`
	Tokens  []string `firestore:"tokens"`
	// Prunes is the Secret Manager name of the app's credential of which the version that the app names is kept, and others are
	// destroyed. A disposal that prunes does nothing else.
	Prunes string `firestore:"prunes,omitempty"`
	// Signs is the Secret Manager name of a secret that the app's callbacks are signed with in place of Secrets. If no webhook of the app has
	// it when the disposal is due, it was never adopted, and it is destroyed instead of them.
	Signs string `firestore:"signs,omitempty"`
	// At is when it is due.
	At time.Time `firestore:"at"`
}

func (s *Store) disposal(id string) *firestore.DocumentRef {
	return s.client.Collection("disposals").Doc(id)
}

// PutDisposal writes a disposal, or replaces the one of its id.
func (s *Store) PutDisposal(ctx context.Context, d Disposal) error {
	_, err := s.disposal(d.ID).Set(ctx, d)
	return failure("store.PutDisposal", err)
}

// EndDisposal deletes a disposal. Ending it again changes nothing.
func (s *Store) EndDisposal(ctx context.Context, id string) error {
	_, err := s.disposal(id).Delete(ctx)
	return failure("store.EndDisposal", err)
}

// DueDisposals lists the disposals that are due, the longest due first, at most limit.
func (s *Store) DueDisposals(ctx context.Context, now time.Time, limit int) ([]Disposal, error) {
	const op = "store.DueDisposals"

	return s.disposals(ctx, op, s.client.Collection("disposals").Where("at", "<=", now).OrderBy("at", firestore.Asc).Limit(limit))
}

// Disposals lists the disposals of an app, due or not; accountID is empty for an app of the platform's.
func (s *Store) Disposals(ctx context.Context, accountID, appID string) ([]Disposal, error) {
	all, err := s.disposals(ctx, "store.Disposals", s.client.Collection("disposals").Where("app", "==", appID))

	return slices.DeleteFunc(all, func(d Disposal) bool { return d.AccountID != accountID }), err
}

func (s *Store) disposals(ctx context.Context, op string, q firestore.Query) ([]Disposal, error) {
	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	all := make([]Disposal, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&all[i]); err != nil {
			return nil, failure(op, err)
		}

		all[i].ID = snap.Ref.ID
	}

	return all, nil
}

// HasOpenMessages reports whether a message of an app waits, is held or under way, or in doubt.
func (s *Store) HasOpenMessages(ctx context.Context, appID string) (bool, error) {
	found, err := s.log.Where("app", "==", appID).OrderBy("due", firestore.Asc).Limit(1).Select().Documents(ctx).GetAll()
	return len(found) > 0, unread("store.HasOpenMessages", err)
}
