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
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
)

var errMessageID = errors.New("a message's id has 32 hex digits, as message_id in the log")

// mayHaveArrived is said before messages are sent once more.
const mayHaveArrived = "a message that was given up may have arrived, and is a second one then: look it up at the provider first; explain says why it was given up"

// reopen prints what is known of a message and has it sent once more, on condition that it still is as printed.
func (o ops) reopen(ctx context.Context, id string, dry bool) error {
	if !message.IsID(id) {
		return errMessageID
	}

	m, err := o.store.Message(ctx, id)
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}

	o.show(m)

	if dry {
		o.say("%s", mayHaveArrived)
		return nil
	}
	if err = o.begin(ctx, id); err != nil {
		return err
	}
	if err = outcome.Reopen(ctx, o.store, m, o.clock.Now()); err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}

	o.did("reopened: sweep sends it within a minute or two, if it still may be sent")

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
