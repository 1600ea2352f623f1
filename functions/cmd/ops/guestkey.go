package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var (
	errGuestKey   = errors.New("the account has no such key; guest-key -n lists those that it has")
	errNoGuestKey = errors.New("ACCOUNT/KEY is needed, as guest-key -n lists it")
)

// guestKey lists the keys with which the account's bot calls brandapi, and makes another one, which works beside them.
func (o ops) guestKey(ctx context.Context, accountID string, dry bool) error {
	if _, err := o.store.Account(ctx, accountID); err != nil {
		return fmt.Errorf("account %s: %w", accountID, err)
	}

	keys, err := o.store.GuestKeys(ctx, accountID)
	if err != nil {
		return err
	}

	for _, k := range keys {
		o.say("key %s/%s, made at %s", accountID, k.Hash, k.AddedAt.UTC().Format(time.RFC3339))
	}

	if dry {
		o.say("account %s would get a guest key", accountID)
		return nil
	}

	if err = o.begin(ctx, accountID); err != nil {
		return err
	}

	key := rand.Text() + rand.Text()
	if err = o.store.PutGuestKey(ctx, key, accountID, o.clock.Now()); err != nil {
		return err
	}

	o.say("account %s has a guest key, shown this once, for the header x-guest-id: %s", accountID, key)

	o.note.Result("made a guest key")

	return nil
}

// endGuestKey ends a key, named by its account and its hash, so that the key itself is in no shell's history.
func (o ops) endGuestKey(ctx context.Context, subject string, dry bool) error {
	accountID, hash, _ := strings.Cut(subject, "/")
	if accountID == "" || hash == "" {
		return errNoGuestKey
	}

	keys, err := o.store.GuestKeys(ctx, accountID)
	if err != nil {
		return err
	}

	if !slices.ContainsFunc(keys, func(k store.GuestKey) bool { return k.Hash == hash }) {
		return errGuestKey
	}

	left := count(len(keys)-1, "guest key")
	if dry {
		o.say("account %s would have %s left", accountID, left)
		return nil
	}

	if err = o.begin(ctx, subject); err != nil {
		return err
	}
	if err = o.store.EndGuestKey(ctx, hash); err != nil {
		return err
	}

	o.did("ended: account %s has %s left. brandapi knows the ended one for SETTINGS_TTL more, 30s at most", accountID, left)

	return nil
}
