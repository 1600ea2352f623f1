package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// tryLetters says of each dead letter what would come of it if it were replayed now: it is given to the code of the function that takes its
// topic, on a copy of what is stored. No provider hears of it, and nothing is written.
func (o ops) tryLetters(ctx context.Context, chosen []letter) error {
	t := o.dead[slices.IndexFunc(o.dead, func(t deadTopic) bool { return t.source == chosen[0].source })]
	if t.tried == "" {
		o.say("%s would be published to %s again, which no function of ours takes", count(len(chosen), "dead letter"), t.source)
		return nil
	}

	s, err := o.scratch(ctx)
	if err != nil {
		return fmt.Errorf("the replay cannot be tried: %w", err)
	}
	defer func() { _ = s.Close() }() // it has only copies

	sums := map[string]int{}

	for _, l := range chosen {
		came := s.Deliver(ctx, t.tried, queue.Push{
			Data:        l.Data,
			Attributes:  l.attributes(),
			ID:          l.ID,
			PublishTime: o.clock.Now(),
			Attempt:     1,
		})
		if err = ctx.Err(); err != nil {
			return err
		}

		what, sentence := verdict(came)
		sums[what]++

		o.say("%s/%s %s", l.source, l.ID, sentence)
	}

	var parts []string
	for _, what := range slices.Sorted(maps.Keys(sums)) {
		parts = append(parts, fmt.Sprintf("%d %s", sums[what], what))
	}

	o.say("%s: %s", count(len(chosen), "dead letter"), strings.Join(parts, ", "))

	return nil
}

// verdict says what came of a letter that was tried: in a few words, by which letters are counted, and in a sentence.
func verdict(o scratch.Outcome) (what, sentence string) {
	r := o.Report

	switch {
	case o.Unreadable():
		return "still unreadable", "stays unreadable: " + o.Err.Error()
	case o.Err != nil:
		return "failing", "would fail and be delivered again: " + o.Err.Error()
	case len(o.Sent) > 0:
		return "sent", fmt.Sprintf("would be sent through %s: %s of order %s, account %s%s", strings.Join(o.Sent, ", "), r.Event, logging.Number(r.OrderID), r.AccountID, changed(o))
	case r.Result == outcome.Refused || r.Result == outcome.Dropped:
		return "refused", fmt.Sprintf("would be refused as %s: %s of order %s, account %s%s", r.Reason, r.Event, logging.Number(r.OrderID), r.AccountID, changed(o))
	default:
		return string(r.Result), strings.TrimSpace("would be "+string(r.Result)+" "+r.Reason) + changed(o)
	}
}

// changed names the collections of what a letter would change.
func changed(o scratch.Outcome) string {
	var collections []string

	for _, path := range o.Written {
		parts := strings.Split(path, "/")
		collections = append(collections, parts[max(len(parts)-2, 0)])
	}

	if len(collections) == 0 {
		return ", which changes nothing"
	}

	slices.Sort(collections)

	return ", which changes " + strings.Join(slices.Compact(collections), ", ")
}
