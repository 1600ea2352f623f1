// Package usage is the use case that tells an account what was sent for it, through which app, and what that cost.
//
//	messages of a day ─▶ billing.Counter ─▶ closed by sweep the night after ─▶ Usage
//	                                        open days are counted when asked ──┘
//
// Nothing is counted as it happens. The messages themselves are the ledger, and every figure is a sum over them: [Book.Close] adds up a day
// that is over and keeps the sums, and does so again when something is heard of its messages later. So a figure is the same in whatever
// order, and however often, callbacks came.
//
// A message counts on the day, in the account's zone, on which it was made, whenever it was delivered.
package usage

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Deps are what a Book works with.
type Deps struct {
	Store     *store.Store
	Accounts  *settings.Accounts
	Providers settings.Providers
	Clock     clock.Clock
}

// Book keeps the usage of accounts. It is safe for concurrent use.
type Book struct {
	Deps

	// maxFailed is the most failed deliveries that a report counts.
	maxFailed int
}

// New returns a Book; it makes no call.
func New(d Deps) *Book { return &Book{Deps: d, maxFailed: maxFailed} }

const (
	// closesAfter is how long after its end a day is closed. Most messages have their last report by then.
	closesAfter = 6 * time.Hour
	// overlap is how far back changes are looked for beyond the last look, against clocks that differ and writes under way.
	overlap = 5 * time.Minute
	// looksEvery is how often closed days are looked at for changes.
	looksEvery = 20 * time.Hour
	// reopensFor is how old a day is closed again at most. Its statement is final then, and its messages may be deleted.
	reopensFor = 90 * 24 * time.Hour
	// daysACall is the most days that one call closes; a later one goes on.
	daysACall = 31
	// maxCloses is how often a day is counted at most that somebody else closes at the same time.
	maxCloses = 5
	// cardsOverlap is overlap for rate cards, which an instance keeps for some minutes.
	cardsOverlap = time.Hour
	// deliversWithin is how many days WhatsApp tries to deliver a message.
	deliversWithin = 30
)

// Close closes the days of an account that are over, and closes again those of which something was heard since. It may be called at any
// time, by several at once, and stop at any point: the same messages give the same day.
func (b *Book) Close(ctx context.Context, accountID string) error {
	a, err := b.Accounts.Get(ctx, accountID)
	if err != nil {
		return err
	}

	l, err := b.Store.Closing(ctx, accountID)
	if err != nil {
		return err
	}

	now := b.Clock.Now()
	until := billing.Day(a.Day(now.Add(-closesAfter))) // of the zone, so that it is over

	next := l
	if next.ClosedTo == "" {
		first, failed := b.Store.FirstDay(ctx, accountID)
		if failed != nil {
			return failed
		}

		next.ClosedTo = until // it is looked at on its first day, so that events which are off are counted from then on
		if first != "" {
			next.ClosedTo = min(next.ClosedTo, first)
		}

		next.LookedAt = now
	}

	// A day that cannot be closed, such as one with a message that cannot be read, stops those after it. What was done before is kept, and
	// the days that are closed are looked at all the same.
	for n := 0; next.ClosedTo < until && n < daysACall && err == nil; n++ {
		if err = b.closeDay(ctx, accountID, next.ClosedTo, now); err == nil {
			next.ClosedTo = next.ClosedTo.Next()
		}
	}

	if now.Sub(next.LookedAt) >= looksEvery {
		failed := b.reopen(ctx, accountID, l, now)
		if failed == nil {
			next.LookedAt = now
		}

		err = errors.Join(err, failed)
	}

	if next == l {
		return err
	}

	put := b.Store.PutClosing(ctx, accountID, next)
	if store.IsConflict(put) || errors.Is(put, store.ErrExists) {
		put = nil // somebody else has done the same
	}

	return errors.Join(err, put)
}

// reopen closes again the days that were closed when l was read and whose messages, or prices, have changed since its last look.
func (b *Book) reopen(ctx context.Context, accountID string, l store.Closing, now time.Time) error {
	changed, err := b.Store.ChangedDays(ctx, accountID, l.ClosedTo, l.LookedAt.Add(-overlap))
	if err != nil {
		return err
	}

	final := billing.Day(now.Add(-reopensFor).UTC().Format(time.DateOnly))

	from, err := b.repricedFrom(ctx, l.LookedAt)
	if err != nil {
		return err
	}

	for day := max(from, final); from != "" && day < l.ClosedTo; day = day.Next() {
		changed[day] = true
	}

	for day := range changed {
		if day < final {
			continue
		}
		if err := b.closeDay(ctx, accountID, day, now); err != nil {
			return err
		}
	}

	return nil
}

// repricedFrom returns the first day whose messages a rate card may have given a price since a time, which was put after its own first day: one
// for a market, or a currency, that had none. It is empty if there is no such card.
func (b *Book) repricedFrom(ctx context.Context, since time.Time) (first billing.Day, err error) {
	cards, err := b.Store.RateCards(ctx)
	if err != nil {
		return "", err
	}

	for _, c := range cards {
		// The price is that of the day of the delivery, which comes some days after the message's own at most.
		from := c.From.Plus(-deliversWithin)
		if c.PutAt.After(since.Add(-cardsOverlap)) && c.From <= billing.Day(c.PutAt.UTC().Format(time.DateOnly)) && (first == "" || from < first) {
			first = from
		}
	}

	return first, nil
}

// closeDay closes a day. If somebody else does so at the same time it counts afresh, so that the figures that stay are the newest.
func (b *Book) closeDay(ctx context.Context, accountID string, day billing.Day, now time.Time) error {
	err := b.tryClose(ctx, accountID, day, now)
	for n := 1; n < maxCloses && (store.IsConflict(err) || errors.Is(err, store.ErrExists)); n++ {
		err = b.tryClose(ctx, accountID, day, now)
	}

	return err
}

// tryClose adds up a day and keeps the sums, unless others were put since it began. One whose sums are those that are kept is left alone, and so
// is one of which messages have been deleted since. The events that were off are counted when the day is first closed, and never again, since
// the orders that tell of them expire.
func (b *Book) tryClose(ctx context.Context, accountID string, day billing.Day, now time.Time) error {
	kept, err := b.Store.ClosedDays(ctx, accountID, day, day.Next())
	if err != nil {
		return err
	}

	counted, err := b.count(ctx, accountID, day, day.Next())
	if err != nil {
		return err
	}

	next := store.ClosedDay{Day: day, ClosedAt: now, Usage: counted, Closings: 1}

	switch {
	case len(kept) > 0 && (reflect.DeepEqual(kept[0].Usage, counted) || counted.Total().Messages() < kept[0].Usage.Total().Messages()):
		return nil
	case len(kept) > 0:
		next.Closings, next.Off, next.UpdateTime = kept[0].Closings+1, kept[0].Off, kept[0].UpdateTime
	default:
		if next.Off, err = b.countOff(ctx, accountID, day); err != nil {
			return err
		}
	}

	if len(counted.Rows)+len(next.Off) == 0 && len(kept) == 0 {
		return nil
	}

	return b.Store.PutClosedDay(ctx, accountID, next)
}

// countOff counts the events of a day that were off, by their kinds. Of an account that has none it makes one count for every thirty kinds, of
// others one for each kind besides.
func (b *Book) countOff(ctx context.Context, accountID string, day billing.Day) (map[string]int64, error) {
	kinds := make([]string, 0, store.MaxOff)
	for _, e := range order.Catalog() {
		kinds = append(kinds, e.Kind.String())
	}

	off := map[string]int64{}

	for some := range slices.Chunk(kinds, store.MaxOff) {
		found, err := b.Store.CountOff(ctx, accountID, some, day)
		if err != nil {
			return nil, err
		}
		if found == 0 {
			continue
		}

		for _, kind := range some {
			n, err := b.Store.CountOff(ctx, accountID, []string{kind}, day)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				off[kind] = n
			}
		}
	}

	return off, nil
}

// count adds up the messages of days.
func (b *Book) count(ctx context.Context, accountID string, from, to billing.Day) (billing.Usage, error) {
	cards, err := b.Accounts.Cards(ctx)
	if err != nil {
		return billing.Usage{}, err
	}

	var n billing.Counter

	err = b.Store.EachOfDays(ctx, accountID, from, to, func(m message.Message) {
		n.Count(m, cards.Of(m, settings.Teller(b.Providers, m.Provider)))
	})

	return n.Usage(), err
}
