package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/reopen"
)

var errMessageID = errors.New("a message's id has 32 hex digits, as message_id in the log")

// givenUp is what the commands that reopen messages are a skin over.
func (o ops) givenUp() *reopen.Desk { return reopen.New(o.store, o.clock) }

// reopen prints what is known of a message and has it sent once more, on condition that it still is as printed.
func (o ops) reopen(ctx context.Context, id string, dry bool) error {
	if !message.IsID(id) {
		return errMessageID
	}

	m, err := o.givenUp().Message(ctx, operator, id)
	if err != nil {
		return err
	}

	o.show(m)

	if dry {
		o.say("%s", reopen.Warning)
		return nil
	}
	if err = o.givenUp().Reopen(ctx, operator, m, o.note); err != nil {
		return err
	}

	o.say("%s", reopen.Reopened)

	return nil
}

// show prints a message without its shopper and its text.
func (o ops) show(m message.Message) {
	o.say("message %s of account %s, order %s: %s through app %s (%s), %s", m.ID, m.AccountID, m.OrderID, m.Event, m.AppID, m.Provider, m.Status())
	if m.OccurredAt != 0 {
		o.say("  occurred   %s", time.Unix(m.OccurredAt, 0).UTC().Format(time.RFC3339))
	}

	for _, n := range slices.Sorted(maps.Keys(m.Attempts)) {
		a := m.Attempts[n]
		o.say("  attempt %s  %s", n, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", a.Rank.Status(), strings.Join(a.IDs, " "), a.Class, a.Code)))

		for _, status := range slices.Sorted(maps.Keys(a.At)) {
			o.say("    %-10s %s", status, time.UnixMilli(a.At[status]).UTC().Format(time.RFC3339))
		}
	}
}
