package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// ErrSlugTaken means that another account has the slug.
var ErrSlugTaken = errors.New("the slug is that of another account")

// slugDoc is the claim of an account to its slug. It is written and deleted in one batch with the account's settings.
type slugDoc struct {
	AccountID string `firestore:"account"`
}

// slugClaim returns the document that claims a slug, whatever its case. A text that is no slug has one, too, which no slug has.
func (s *Store) slugClaim(slug string) *firestore.DocumentRef {
	id := strings.ToLower(slug)
	if !account.IsSlug(slug) {
		id = "_" + hashID(slug)
	}

	return s.client.Collection("slugs").Doc(id)
}

// slugOwner returns the account that claims a slug, and when the claim was written; empty if nobody does.
func (s *Store) slugOwner(ctx context.Context, slug string) (accountID string, written time.Time, err error) {
	snap, err := s.slugClaim(slug).Get(ctx)
	if err = failure("store.slugOwner", err); errors.Is(err, ErrNotFound) {
		return "", time.Time{}, nil
	}
	if err != nil {
		return "", time.Time{}, err
	}

	var doc slugDoc
	if err = snap.DataTo(&doc); err != nil {
		return "", time.Time{}, failure("store.slugOwner", err)
	}

	return doc.AccountID, snap.UpdateTime, nil
}

// accountsWithSlug lists the accounts, two at most, that have one of the spellings of a slug.
func (s *Store) accountsWithSlug(ctx context.Context, spellings ...string) ([]string, error) {
	const most = 2

	snaps, err := s.client.Collection("accounts").Where("slug", "in", spellings).Limit(most).Select().Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.accountsWithSlug", err)
	}

	ids := make([]string, len(snaps))
	for i, snap := range snaps {
		ids[i] = snap.Ref.ID
	}

	return ids, nil
}

// AccountIDBySlug finds an account by its workspace's name, in any case; ErrNotFound if there is none. The account that claims the slug
// has it. One that was saved last before there were claims is found by the slug that it has; if that has capitals, by just these.
func (s *Store) AccountIDBySlug(ctx context.Context, slug string) (string, error) {
	lower := strings.ToLower(slug)
	if slug != lower {
		if id, err := s.firstWithSlug(ctx, slug); !errors.Is(err, ErrNotFound) {
			return id, err
		}
	}

	owner, _, err := s.slugOwner(ctx, lower)
	if err != nil || owner != "" {
		return owner, err
	}

	return s.firstWithSlug(ctx, lower)
}

// firstWithSlug finds an account by the slug as its document has it; ErrNotFound if there is none.
func (s *Store) firstWithSlug(ctx context.Context, slug string) (string, error) {
	ids, err := s.accountsWithSlug(ctx, slug)
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", ErrNotFound
	default:
		return ids[0], nil
	}
}

// moveSlug adds to a batch that writes an account what claims its slug, and releases the one that it had. It is ErrSlugTaken if the
// slug is a new one to the account and another has it, by a claim or from before there were claims. A batch with a claim that another
// account has made meanwhile fails with ErrExists.
//
// Two accounts of the old form may have one slug. Each keeps it, and neither claims it, until one of them gets another.
func (s *Store) moveSlug(ctx context.Context, b *batch, id, former, slug string) error {
	if slug != "" {
		if err := s.claimSlug(ctx, b, id, former, slug); err != nil {
			return err
		}
	}

	if former == "" || strings.EqualFold(former, slug) {
		return nil
	}

	owner, written, err := s.slugOwner(ctx, former)
	if err == nil && owner == id {
		b.Delete(s.slugClaim(former), firestore.LastUpdateTime(written))
	}

	return err
}

// claimSlug adds to a batch the claim of an account to its slug, unless it has it.
func (s *Store) claimSlug(ctx context.Context, b *batch, id, former, slug string) error {
	owner, _, err := s.slugOwner(ctx, slug)
	if err != nil || owner == id {
		return err
	}

	free := owner == ""

	if free {
		having, err := s.accountsWithSlug(ctx, spellingsOf(slug)...)
		if err != nil {
			return err
		}

		free = !slices.ContainsFunc(having, func(other string) bool { return other != safeID(id) })
	}

	switch {
	case free:
		b.Create(s.slugClaim(slug), slugDoc{AccountID: id})
		return nil
	case strings.EqualFold(former, slug):
		return nil
	default:
		return ErrSlugTaken
	}
}

// spellingsOf lists how an account of the old form may have a slug: in small letters, in capitals, and with one at its beginning. They are
// the ones that people write.
func spellingsOf(slug string) []string {
	lower := strings.ToLower(slug)

	return []string{lower, strings.ToUpper(lower), strings.ToUpper(lower[:1]) + lower[1:]}
}
