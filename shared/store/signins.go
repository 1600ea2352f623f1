package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
)

// SignIn is the right of a person to enter the console once. Neither it nor its document's name holds the token that the person has.
type SignIn struct {
	// Subject, Name and Role are the person's, AccountID is the one account that it is for.
	Subject   string `firestore:"subject"`
	Name      string `firestore:"name,omitempty"`
	Role      string `firestore:"role"`
	AccountID string `firestore:"account"`
	// Path is the page of the console that the person enters at.
	Path string `firestore:"path"`
	// ExpireAt ends the right. Firestore deletes the document some time after it.
	ExpireAt time.Time `firestore:"expireAt"`
}

// SignInHash is what is kept of a token: its SHA-256 in hex, which the name of the document is made of. Tokens are long and random.
func SignInHash(token string) string {
	sum := sha256.Sum256([]byte("sign-in\x00" + token))
	return hex.EncodeToString(sum[:])
}

func (s *Store) signIn(hash string) *firestore.DocumentRef {
	return s.client.Collection("signIns").Doc(hashID("sign-in", hash))
}

// AddSignIn keeps a sign-in under the [SignInHash] of its token; ErrExists if there is one.
func (s *Store) AddSignIn(ctx context.Context, hash string, in SignIn) error {
	_, err := s.signIn(hash).Create(ctx, in)
	return failure("store.AddSignIn", err)
}

// TakeSignIn returns a sign-in and deletes it: of several that take it at once, one gets it. ErrNotFound if there is none, if it is taken, or if it
// has ended before now.
func (s *Store) TakeSignIn(ctx context.Context, hash string, now time.Time) (SignIn, error) {
	const op = "store.TakeSignIn"

	snap, err := s.signIn(hash).Get(ctx)
	if err != nil {
		return SignIn{}, failure(op, err)
	}

	var in SignIn
	if err = snap.DataTo(&in); err != nil {
		return SignIn{}, failure(op, err)
	}
	if !now.Before(in.ExpireAt) {
		return SignIn{}, fmt.Errorf("%s: it has ended: %w", op, ErrNotFound)
	}

	_, err = snap.Ref.Delete(ctx, firestore.LastUpdateTime(snap.UpdateTime))
	if err = failure(op, err); IsConflict(err) {
		return SignIn{}, fmt.Errorf("%s: somebody else has it: %w", op, ErrNotFound)
	}
	if err != nil {
		return SignIn{}, err
	}

	return in, nil
}
