package main

import (
	"context"
	"crypto/rand"
	"fmt"
)

// guestKey makes a key with which the account's bot calls brandapi, beside those that it has.
func (o ops) guestKey(ctx context.Context, accountID string, dry bool) error {
	if _, err := o.store.Account(ctx, accountID); err != nil {
		return fmt.Errorf("account %s: %w", accountID, err)
	}

	if dry {
		o.say("account %s would get a guest key", accountID)
		return nil
	}

	key := rand.Text() + rand.Text()
	if err := o.store.PutGuestKey(ctx, key, accountID, o.clock.Now()); err != nil {
		return err
	}

	o.say("account %s has a guest key, shown this once, for the header x-guest-id: %s", accountID, key)

	return nil
}
