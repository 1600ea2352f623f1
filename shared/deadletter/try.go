package deadletter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// The topics whose messages can be tried, as a [Trial] calls them.
const (
	OrderEvents    = "order-events"
	ProviderEvents = "provider-events"
)

// ErrNoTrier is returned where a replay cannot be tried.
var ErrNoTrier = fault.New(fault.Conflict, "deadletter.Try", "a replay cannot be tried here")

// Trier opens a copy of what is stored, on which messages can be tried without changing anything or calling anybody.
type Trier func(ctx context.Context) (Trial, error)

// Trial is such a copy. Messages that are given to it build on each other.
type Trial interface {
	// Deliver gives a message to the code of the function that takes the topic.
	Deliver(ctx context.Context, topic string, push queue.Push) Outcome
	// Close ends it. Everything in it is gone.
	Close() error
}

// Outcome is what came of a message that was tried.
type Outcome struct {
	// Report is what the function would log.
	Report outcome.Report
	// Err is why the message would be delivered again, or become a dead letter; nil if nothing is left to do for it.
	Err error
	// Written are the paths of the documents that it would have written, as "messages/id".
	Written []string
	// Sent are the names of the providers that would have got a message, one for each.
	Sent []string
}

// unreadable reports whether the message would become a dead letter again at once.
func (o Outcome) unreadable() bool {
	_, unreadable := errors.AsType[*queue.UnreadableError](o.Err)
	return unreadable
}

// Verdict says what came of it: in a few words, by which letters are counted, and in a sentence.
func (o Outcome) Verdict() (what, sentence string) {
	r := o.Report

	switch {
	case o.unreadable():
		return "still unreadable", "stays unreadable: " + o.Err.Error()
	case o.Err != nil:
		return "failing", "would fail and be delivered again: " + o.Err.Error()
	case len(o.Sent) > 0:
		return "sent", fmt.Sprintf("would be sent through %s: %s of order %s, account %s%s", strings.Join(o.Sent, ", "), r.Event, logging.Number(r.OrderID), r.AccountID, o.changed())
	case r.Result == outcome.Refused || r.Result == outcome.Dropped:
		return "refused", fmt.Sprintf("would be refused as %s: %s of order %s, account %s%s", r.Reason, r.Event, logging.Number(r.OrderID), r.AccountID, o.changed())
	default:
		return string(r.Result), strings.TrimSpace("would be "+string(r.Result)+" "+r.Reason) + o.changed()
	}
}

// changed names the collections of what a letter would change.
func (o Outcome) changed() string {
	names := make([]string, 0, len(o.Written))
	for _, c := range o.Changes() {
		names = append(names, c.Collection)
	}

	if len(names) == 0 {
		return ", which changes nothing"
	}

	return ", which changes " + strings.Join(names, ", ")
}

// Change is how many documents of a collection would be written.
type Change struct {
	Collection string
	Documents  int
}

// Changes returns what would be written, in the order of the collections' names.
func (o Outcome) Changes() []Change {
	found := map[string]int{}

	for _, path := range o.Written {
		parts := strings.Split(path, "/")
		found[parts[max(len(parts)-2, 0)]]++
	}

	changes := make([]Change, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		changes = append(changes, Change{name, found[name]})
	}

	return changes
}

// Tried is what would come of letters.
type Tried struct {
	Topic Topic
	// Found is how many there are, and Seen the [Seen] of them.
	Found int
	Seen  string
	// Sums counts them by what would come of each.
	Sums map[string]int
}

// Sentence says it in short, such as "2 dead letters: 1 duplicate, 1 sent".
func (t Tried) Sentence() string {
	if t.Topic.Tried == "" {
		return fmt.Sprintf("%s would be published to %s again, which no function of ours takes", count(t.Found, "dead letter"), t.Topic.Source)
	}

	var parts []string
	for _, what := range slices.SortedFunc(maps.Keys(t.Sums), strings.Compare) {
		parts = append(parts, fmt.Sprintf("%d %s", t.Sums[what], what))
	}

	return count(t.Found, "dead letter") + ": " + cmp.Or(strings.Join(parts, ", "), "nothing comes of them")
}

// CanTry reports whether replays can be tried here.
func (d *Desk) CanTry() bool { return d.d.Trier != nil }

// Try says of each dead letter that a subject names, as for [Desk.Replay], what would come of it if it were replayed now: it is given to the code of
// the function that takes its topic, on a copy of what is stored. No provider hears of it, and nothing is written. tell hears of each. The error is
// [ErrNoTrier] where that cannot be done.
func (d *Desk) Try(ctx context.Context, c access.Caller, subject string, tell func(l Letter, o Outcome)) (Tried, error) {
	var t Tried

	err := d.chosen(ctx, c, subject, func(_ *queue.Held, p Pile) error {
		t = Tried{Topic: p.Topic, Found: len(p.Letters), Seen: Seen(p.Letters), Sums: map[string]int{}}

		if t.Found == 0 || t.Topic.Tried == "" {
			return nil
		}
		if d.d.Trier == nil {
			return ErrNoTrier
		}

		trial, err := d.d.Trier(ctx)
		if err != nil {
			return fmt.Errorf("the replay cannot be tried: %w", err)
		}
		defer func() { _ = trial.Close() }() // it has only copies

		for _, l := range p.Letters {
			came := trial.Deliver(ctx, t.Topic.Tried, l.push(d.d.Clock.Now()))
			if err = ctx.Err(); err != nil {
				return err
			}

			what, _ := came.Verdict()
			t.Sums[what]++

			tell(l, came)
		}

		return nil
	})

	return t, err
}
