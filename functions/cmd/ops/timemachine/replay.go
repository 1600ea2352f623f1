// Package timemachine delivers an account's events of a day once more to the code of today, in a scratch, and says what would be
// otherwise than it was: messages that would appear or vanish, and messages that would say something else, cost something else or be refused for
// another reason. Nothing is sent and nothing is changed: see package scratch.
//
// # What a decision finds
//
// Each event is delivered at the moment at which it was decided on, as its message tells it; one that led to no message at the time at which it
// was published. It finds what was stored then, as far as that can be told:
//
//   - The account has the settings that the message was decided by, or those that counted then. By [Options.Now] it has those of today, and
//     [Options.Change] may change either. A template has the text that the message was claimed with.
//   - No message is there that was made on the day or later; those of before are as they are now.
//   - Customers have the consent that their ledger leads to up to then.
//   - Orders have no status time of the day or later, but those that the events themselves tell.
//   - Rate cards are dated, and are as they are now. [Options.Cards] puts others.
//
// Copies of waiting messages that sweep published are delivered at their times. A message that waits in the scratch and did not wait in reality
// is brought when it is due.
//
// # What cannot be judged
//
// An event that the code of today cannot read, or fails over, is a difference, and the whole replay [Result.Fails].
//
// What is not stored cannot be found: whether an app or a template was held, a provider throttled or the order platform down; whether a status
// of before the day was known already; what an order said before it was last read; what an account had spent, to the minute; what goes on
// beyond the end of the day. The platform's apps are as they are today, and so is a template that no message of the event was claimed with. Tests and
// answers in conversations come of no event, and are only counted. A message for which that makes a difference is not judged. It is counted by the reason in [Result.NotJudged], and
// never as equal. The values that stand in a message's text are not stored and not compared: what is compared is the template, its text, and
// which variable fills which place.
package timemachine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Options say what is replayed.
type Options struct {
	AccountID string
	// Day is a day in the account's time zone.
	Day billing.Day
	// Events are the messages of order-events, in any order. Those of other accounts and other days are left out. See [Concerns].
	Events []Event
	// Now has every decision find the settings and the templates of today.
	Now bool
	// Change, where set, changes the settings that a decision finds.
	Change func(a account.Account) (account.Account, error)
	// Cards are rate cards that are put beside those that are stored, or in the place of one of the same version.
	Cards []billing.Card

	// Real is the real store, Keys the product's keys, and Zone that of the platform's times.
	Real *store.Store
	Keys dispatch.Keys
	Zone *time.Location
	// Scratch opens the scratch; its Clock, Seed, NoOrders and Cached are not read.
	Scratch scratch.Options

	// before, where set, changes each event before it is delivered: a fault for tests to find.
	before func(e *Event)
}

// Result is what came of a replay.
type Result struct {
	// Events is how many events of the account were delivered, Copies how many of them sweep had published again, and Brought how many more were
	// brought since they waited in the scratch only.
	Events, Copies, Brought int
	// Unreadable is how many events name the account and cannot be read by the code of today.
	Unreadable int
	// Messages is how many messages were compared, Equal how many of them are as they were.
	Messages, Equal int
	Differences     []Difference
	// NotJudged counts the messages that could not be compared, by why.
	NotJudged map[string]int

	// was and is are what the messages that were compared were expected to cost, and would be.
	was, is costs
}

// Fails reports whether the code of today cannot read an event, or fails over one: then it must not be deployed, whatever else is equal.
func (r Result) Fails() bool {
	return r.Unreadable > 0 || slices.ContainsFunc(r.Differences, func(d Difference) bool { return d.Kind == Fails })
}

// From returns when a day begins and ends in an account's zone.
func From(a account.Account, day billing.Day) (from, until time.Time) {
	return day.Begin(a.Zone()), day.Next().Begin(a.Zone())
}

// machine is one replay.
type machine struct {
	o           Options
	from, until time.Time
	clock       eager
	scratch     *scratch.Scratch
	settings    settings

	// deliveries are the events of the day in the order of their decisions.
	deliveries []*delivery
	// stored are the messages that the events are about, and those that were made on the day, as they are in reality.
	stored map[string]message.Message
	ledger ledger
	known  known
	// unreadable are the events that the code of today cannot read, and failed says of messages why it could not decide on them.
	unreadable []Event
	failed     map[string]string

	result Result
}

// cached is how long the scratch caches settings: what is put into it is read at once.
const cached = 30 * time.Second

// Run replays a day.
func Run(ctx context.Context, o Options) (Result, error) {
	m := &machine{
		o:      o,
		stored: map[string]message.Message{},
		failed: map[string]string{},
		result: Result{NotJudged: map[string]int{}, was: costs{}, is: costs{}},
	}

	var err error
	if m.settings, err = readSettings(ctx, o); err != nil {
		return Result{}, err
	}

	m.from, m.until = From(m.settings.today, o.Day)
	m.clock = eager{clock.NewManual(m.from)}

	if err = m.plan(ctx); err != nil {
		return Result{}, err
	}

	open := o.Scratch
	open.Clock, open.Seed, open.NoOrders, open.Cached = m.clock, m.rewind, true, cached

	if m.scratch, err = scratch.Open(ctx, open); err != nil {
		return Result{}, err
	}

	err = errors.Join(m.run(ctx), m.scratch.Close())

	return m.result, err
}

// plan finds out when what happened.
func (m *machine) plan(ctx context.Context) error {
	if err := m.readMessages(ctx); err != nil {
		return err
	}

	m.readEvents()

	if err := m.readOlder(ctx); err != nil {
		return err
	}

	m.place()

	var err error
	if m.ledger, err = m.readLedger(ctx); err != nil {
		return err
	}

	m.known = m.newKnown()

	return nil
}

// run sets the scratch up, delivers everything, and compares.
func (m *machine) run(ctx context.Context) error {
	for _, card := range m.o.Cards {
		if err := m.scratch.Store.ReplaceRateCard(ctx, store.RateCard{Card: card}); err != nil {
			return err
		}
	}

	if err := m.rebuild(ctx); err != nil {
		return err
	}
	if err := m.deliverAll(ctx); err != nil {
		return err
	}

	return m.compareAll(ctx)
}

// at moves the clock on; it never goes back.
func (m *machine) at(t time.Time) {
	if d := t.Sub(m.clock.Now()); d > 0 {
		m.clock.Advance(d)
	}
}

// messagesPage is how many messages one query reads.
const messagesPage = 1000

// readMessages reads the messages that were made on the day.
func (m *machine) readMessages(ctx context.Context) error {
	q := store.LogQuery{AccountID: m.o.AccountID, From: m.from, Until: m.until}

	for {
		page, err := m.o.Real.SendLog(ctx, q, messagesPage)
		if err != nil {
			return err
		}

		for _, one := range page {
			m.stored[one.ID] = one
		}

		if len(page) < messagesPage {
			return nil
		}

		last := page[len(page)-1]
		q.After = &store.LogPlace{CreatedAt: last.CreatedAt, ID: last.ID}
	}
}

// readOlder reads the messages that events of the day are about and that were not made on it.
func (m *machine) readOlder(ctx context.Context) error {
	for _, d := range m.deliveries {
		if _, known := m.stored[d.id]; known || d.id == "" {
			continue
		}

		one, err := m.o.Real.Message(ctx, d.id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("message %s: %w", d.id, err)
		}

		m.stored[d.id] = one
	}

	return nil
}
