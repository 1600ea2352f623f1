package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/reopen"
)

var errSince = errors.New("name an account and a day, such as 811/2026-11-30, or an account, an app and a day, such as 811/gupshup-neem/2026-11-30")

// reopenAll has all messages of an account, or of one of its apps, sent once more that were made from a day on and given up. Those that cannot be
// reopened, or were settled meanwhile, are passed over and named.
func (o ops) reopenAll(ctx context.Context, subject string, dry bool) error {
	scope, err := o.givenUpSince(subject)
	if err != nil {
		return err
	}

	how := reopen.Going{
		Dry: dry,
		Found: func(m message.Message) {
			o.say("message %s of order %s: %s through app %s, made at %s", m.ID, m.OrderID, m.Event, m.AppID, utc(m.CreatedAt))
		},
		Passed: func(err error) { o.say("  passed over: %v", err) },
	}

	n, err := o.givenUp().All(ctx, operator, scope, how, subject, o.note)
	if err != nil {
		return err
	}

	if n.Found > 0 {
		o.say("%s", reopen.Warning)
	}

	switch {
	case dry:
		o.say("%s given up since then", count(n.Found, "message"))
	case n.Found == 0:
		o.say("no messages were given up since then")
	default:
		o.say("%s", n.Sentence())
	}

	return nil
}

// givenUpSince reads what a subject names.
func (o ops) givenUpSince(subject string) (reopen.Scope, error) {
	parts := strings.Split(subject, "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return reopen.Scope{}, errSince
	}

	since, err := time.ParseInLocation(time.DateOnly, parts[len(parts)-1], o.zone)
	if err != nil {
		return reopen.Scope{}, errSince
	}

	scope := reopen.Scope{AccountID: parts[0], Since: since}
	if len(parts) == 3 {
		scope.AppID = parts[1]
	}

	return scope, nil
}
