package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var errSince = errors.New("name an account and a day, such as 811/2026-11-30, or an account, an app and a day, such as 811/gupshup-neem/2026-11-30")

// logPage is how many messages are read at once.
const logPage = 300

// reopenAll has all messages of an account, or of one of its apps, sent once more that were made from a day on and given up. Those that cannot be
// reopened, or were settled meanwhile, are passed over and named.
func (o ops) reopenAll(ctx context.Context, subject string, dry bool) error {
	q, err := o.givenUpSince(subject)
	if err != nil {
		return err
	}
	if _, err = o.store.Account(ctx, q.AccountID); err != nil {
		return fmt.Errorf("account %s: %w", q.AccountID, err)
	}

	found, reopened := 0, 0

	err = o.eachGivenUp(ctx, q, func(m message.Message) error {
		found++

		done, failed := o.reopenOne(ctx, subject, m, dry)
		if done {
			reopened++
		}

		return failed
	})
	if err != nil {
		return fmt.Errorf("stopped after %d; repeat it: %w", reopened, err)
	}

	if found > 0 {
		o.say("%s", mayHaveArrived)
	}

	switch {
	case dry:
		o.say("%s given up since then", count(found, "message"))
	case found == 0:
		o.say("no messages were given up since then")
	default:
		o.did("%s of %d reopened: sweep sends each within a minute or two, if it still may be sent", count(reopened, "message"), found)
	}

	return nil
}

// eachGivenUp hands each message that was given up to a function, the newest first.
func (o ops) eachGivenUp(ctx context.Context, q store.LogQuery, do func(m message.Message) error) error {
	for {
		page, err := o.store.SendLog(ctx, q, logPage)
		if err != nil && len(page) == 0 {
			return err
		}
		if err != nil {
			o.say("passed over: %v", err) // others can be reopened all the same
		}

		for _, m := range page {
			if m.Phase != message.GivenUp || m.Recorded() {
				continue
			}
			if err = do(m); err != nil {
				return fmt.Errorf("message %s: %w", m.ID, err)
			}
		}

		if len(page) < logPage {
			return nil
		}

		last := page[len(page)-1]
		q.After = &store.LogPlace{CreatedAt: last.CreatedAt, ID: last.ID}
	}
}

// givenUpSince reads what a subject names.
func (o ops) givenUpSince(subject string) (store.LogQuery, error) {
	parts := strings.Split(subject, "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return store.LogQuery{}, errSince
	}

	since, err := time.ParseInLocation(time.DateOnly, parts[len(parts)-1], o.zone)
	if err != nil {
		return store.LogQuery{}, errSince
	}

	q := store.LogQuery{AccountID: parts[0], From: since}
	if len(parts) == 3 {
		q.AppID = parts[1]
	}

	return q, nil
}

// reopenOne prints a message and reopens it; false if it cannot be.
func (o ops) reopenOne(ctx context.Context, subject string, m message.Message, dry bool) (bool, error) {
	o.say("message %s of order %s: %s through app %s, made at %s", m.ID, m.OrderID, m.Event, m.AppID, utc(m.CreatedAt))

	if dry {
		return true, nil
	}
	if err := o.begin(ctx, subject); err != nil {
		return false, err
	}

	err := outcome.Reopen(ctx, o.store, m, o.clock.Now())
	if store.IsConflict(err) || fault.Is(err, fault.Invalid) {
		o.say("  passed over: %v", err)
		return false, nil
	}

	return err == nil, err
}
