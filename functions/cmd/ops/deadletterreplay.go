package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// atOnce is how many dead letters are published, and then acknowledged, at once.
const atOnce = 100

// replayDeadLetters publishes the dead letters of a topic, those of a group, or one, to the topic that they came from, with their attributes, and
// takes each away once it is durable there. Whatever kills it in between leaves letters that are replayed once more, which is safe.
func (o ops) replayDeadLetters(ctx context.Context, subject string, dry bool) error {
	return o.withChosen(ctx, subject, func(held *queue.Held, chosen []letter) error {
		if dry {
			return o.tryLetters(ctx, chosen)
		}
		if err := o.begin(ctx, subject); err != nil {
			return err
		}

		p := o.topics.Publisher(chosen[0].source, queue.Options{})
		defer func() { _ = p.Close(context.WithoutCancel(ctx)) }() // it waits for nothing: what was published is durable

		done := 0

		for part := range slices.Chunk(chosen, atOnce) {
			if err := replay(ctx, p, held, part); err != nil {
				o.did("%s published to %s again", count(done, "dead letter"), chosen[0].source)
				return fmt.Errorf("stopped after %d of %d; repeat it: %w", done, len(chosen), err)
			}

			done += len(part)
		}

		o.did("%s published to %s again%s", count(done, "dead letter"), chosen[0].source, more(held))

		return nil
	})
}

// replay publishes letters again and takes them away.
func replay(ctx context.Context, p *queue.Publisher, held *queue.Held, part []letter) error {
	var (
		again []queue.Message
		ids   []string
	)

	for _, l := range part {
		again = append(again, queue.Message{Data: l.Data, Attributes: l.attributes()})
		ids = append(ids, l.ID)
	}

	if err := p.PublishAll(ctx, again); err != nil {
		return err
	}

	return held.Acknowledge(ctx, ids...)
}

// attributes returns those that it is published with again: all but those that Pub/Sub keeps for itself.
func (l letter) attributes() map[string]string {
	all := maps.Clone(l.Attributes)
	maps.DeleteFunc(all, func(name, _ string) bool { return strings.HasPrefix(name, "goog") })

	return all
}

// withChosen has a function deal with the dead letters that a subject names, at least one.
func (o ops) withChosen(ctx context.Context, subject string, do func(held *queue.Held, chosen []letter) error) error {
	name, which, one := strings.Cut(subject, "/")
	if one && which == "" || name == allTopics {
		return errLetter
	}

	topics, err := o.deadTopicsOf(name)
	if err != nil {
		return err
	}

	return o.withLetters(ctx, topics[0], func(held *queue.Held, all []letter) error {
		chosen := ofThese(all, which)

		switch {
		case len(chosen) > 0:
			return do(held, chosen)
		case which != "":
			return errNoLetter
		default:
			o.say("%s: no dead letters: %s", topics[0].source, heldElsewhere)
			return nil
		}
	})
}
