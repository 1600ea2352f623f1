// Package reopen is the use case of messages that were given up: the provider may have taken them, nothing ever proved it, and a person decides to have
// them sent once more, for as long as their events are kept.
//
// Each use case checks by itself, before it reads anything, whether its caller may: only the platform's people may send what may be a second message.
package reopen

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Warning is what whoever reopens messages has to know.
const Warning = "a message that was given up may have arrived, and is a second one then: look it up at the provider first; explain says why it was given up"

// Page is how many messages are read at once.
const Page = 300

// Desk is what people do to messages that were given up. It is safe for concurrent use.
type Desk struct {
	store *store.Store
	clock clock.Clock
}

// New returns a Desk; it makes no call.
func New(db *store.Store, c clock.Clock) *Desk { return &Desk{store: db, clock: c} }

// Given is a message that was given up, without its shopper and its text.
type Given struct {
	ID, AccountID, OrderID string
	// Number is the order's for the shopper; empty if it is not known.
	Number                 string
	Event, AppID, Provider string
	Attempt                int
	// MadeAt is when the message was made, GivenUpAt when it was given up, and Until when it can be reopened no more.
	MadeAt, GivenUpAt, Until time.Time
}

// List is one page of messages that were given up.
type List struct {
	Messages []Given
	// Next is the cursor of the next page; empty on the last one.
	Next string
}

// List lists the messages of all accounts that were given up and may still be reopened, those first that were given up last. cursor is the Next of the page
// before; empty begins.
func (d *Desk) List(ctx context.Context, c access.Caller, cursor string, limit int) (List, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return List{}, err
	}

	after, err := placeOf(cursor)
	if err != nil {
		return List{}, err
	}

	found, err := d.store.GivenUp(ctx, after, limit+1)
	if err != nil && len(found) == 0 {
		return List{}, err // else one of them cannot be read, and the others are shown
	}

	var l List

	for i, m := range found {
		if i == limit {
			l.Next = cursorOf(found[i-1])
			break
		}

		if !m.Recorded() {
			l.Messages = append(l.Messages, GivenOf(m))
		}
	}

	return l, nil
}

// GivenOf returns what may be shown of a message that was given up.
func GivenOf(m message.Message) Given {
	return Given{
		ID:        m.ID,
		AccountID: m.AccountID,
		OrderID:   m.OrderID,
		Number:    m.Activity.OrderNumber,
		Event:     m.Event,
		AppID:     m.AppID,
		Provider:  m.Provider,
		Attempt:   m.Attempt,
		MadeAt:    m.CreatedAt,
		GivenUpAt: m.Due.Add(-message.ReopenableFor),
		Until:     m.Due,
	}
}

// cursorOf returns the cursor of the page after a message.
func cursorOf(m message.Message) string {
	return base64.RawURLEncoding.EncodeToString([]byte(m.Due.UTC().Format(time.RFC3339Nano) + " " + m.ID))
}

// placeOf reads a cursor; nil of an empty one.
func placeOf(cursor string) (*message.Message, error) {
	if cursor == "" {
		return nil, nil //nolint:nilnil // the beginning
	}

	text, _ := base64.RawURLEncoding.DecodeString(cursor) // what it is not is no place

	var (
		due, id string
		m       message.Message
	)

	_, err := fmt.Sscan(string(text), &due, &id)
	if err == nil {
		m.ID = id
		m.Due, err = time.Parse(time.RFC3339Nano, due)
	}
	if err != nil || !message.IsID(id) {
		return nil, fault.Field("cursor", "must be the next of an earlier answer")
	}

	return &m, nil
}

// Message returns a message, which need not be one that was given up.
func (d *Desk) Message(ctx context.Context, c access.Caller, id string) (message.Message, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return message.Message{}, err
	}
	if !message.IsID(id) {
		return message.Message{}, fault.Field("message", "must be a message's id")
	}

	m, err := d.store.Message(ctx, id)
	if err != nil {
		return m, fmt.Errorf("message %s: %w", id, known(err, "there is no such message"))
	}

	return m, nil
}

// Reopen has a message sent once more, on condition that it still is as m, which was read. The note is begun before it is changed.
func (d *Desk) Reopen(ctx context.Context, c access.Caller, m message.Message, note *audit.Note) error {
	if err := c.May(access.Operate, ""); err != nil {
		return err
	}
	if err := note.Begin(ctx, m.ID); err != nil {
		return err
	}
	if err := outcome.Reopen(ctx, d.store, m, d.clock.Now()); err != nil {
		if store.IsConflict(err) {
			err = fault.Wrap(fault.Conflict, "reopen.Reopen", err)
		}

		return fmt.Errorf("message %s: %w", m.ID, err)
	}

	note.Result(Reopened)

	return nil
}

// known returns an error of the store; of what is not there one of kind NotFound, with a sentence for callers.
func known(err error, sentence string) error {
	if errors.Is(err, store.ErrNotFound) {
		return &fault.Error{Kind: fault.NotFound, Op: "reopen", Msg: sentence, Err: err}
	}

	return err
}

// Reopened says what comes of a message that was reopened.
const Reopened = "reopened: sweep sends it within a minute or two, if it still may be sent"

// Scope names messages of an account, or of one of its apps, that were made from a moment on.
type Scope struct {
	AccountID, AppID string
	Since            time.Time
}

// Name is what a note calls the scope, by its day in a zone: 811/2026-11-30, or 811/gupshup-neem/2026-11-30 of one app.
func (s Scope) Name(zone *time.Location) string {
	day := s.Since.In(zone).Format(time.DateOnly)
	if s.AppID == "" {
		return s.AccountID + "/" + day
	}

	return s.AccountID + "/" + s.AppID + "/" + day
}

// Going says how messages are reopened together.
type Going struct {
	// Dry only lists them.
	Dry bool
	// Found hears of each message that was given up, before it is reopened; Passed hears why one was passed over.
	Found  func(m message.Message)
	Passed func(err error)
}

// Count is how many messages were found to be given up, and how many of them were reopened.
type Count struct{ Found, Reopened int }

// All reopens all messages of a scope that were given up and may still be reopened. Those that cannot be reopened, or were settled meanwhile, are passed over. subject is what the note
// calls the scope; it is begun before the first one is changed.
func (d *Desk) All(ctx context.Context, c access.Caller, s Scope, how Going, subject string, note *audit.Note) (Count, error) {
	var n Count

	if err := c.May(access.Operate, s.AccountID); err != nil {
		return n, err
	}
	if _, err := d.store.Account(ctx, s.AccountID); err != nil {
		return n, fmt.Errorf("account %s: %w", s.AccountID, known(err, "there is no such account"))
	}

	err := d.each(ctx, s, how.Passed, func(m message.Message) error {
		n.Found++
		how.Found(m)

		if how.Dry {
			return nil
		}
		if err := note.Begin(ctx, subject); err != nil {
			return err
		}

		err := outcome.Reopen(ctx, d.store, m, d.clock.Now())
		if store.IsConflict(err) || fault.Is(err, fault.Invalid) {
			how.Passed(err)
			return nil
		}
		if err == nil {
			n.Reopened++
		}

		return err
	})
	if err != nil {
		return n, fmt.Errorf("stopped after %d; repeat it: %w", n.Reopened, err)
	}

	if n.Found > 0 && !how.Dry {
		note.Result(n.Sentence())
	}

	return n, nil
}

// Sentence says what came of it.
func (n Count) Sentence() string {
	thing := "messages"
	if n.Reopened == 1 {
		thing = "message"
	}

	return fmt.Sprintf("%d %s of %d reopened: sweep sends each within a minute or two, if it still may be sent", n.Reopened, thing, n.Found)
}

// each hands each message of a scope that was given up and may still be reopened to a function, those first that can be no more the soonest. It reads
// nothing else, however much the account has sent. passed hears of those that cannot be read.
func (d *Desk) each(ctx context.Context, s Scope, passed func(error), do func(m message.Message) error) error {
	now := d.clock.Now()

	var after *message.Message

	for {
		page, err := d.store.GivenUpOf(ctx, s.AccountID, now, after, Page)
		if err != nil && len(page) == 0 {
			return err
		}
		if err != nil {
			passed(err) // others can be reopened all the same
		}

		for _, m := range page {
			if m.Recorded() || m.CreatedAt.Before(s.Since) || s.AppID != "" && m.AppID != s.AppID {
				continue
			}
			if err = do(m); err != nil {
				return fmt.Errorf("message %s: %w", m.ID, err)
			}
		}

		if len(page) < Page {
			return nil
		}

		after = &page[len(page)-1]
	}
}
