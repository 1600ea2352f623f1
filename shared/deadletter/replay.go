package deadletter

import (
	"context"
	"fmt"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// AtOnce is how many dead letters are published, and then acknowledged, at once.
const AtOnce = 100

// Replayed is what came of a replay.
type Replayed struct {
	Topic Topic
	// Done is how many of the letters were published to the topic again.
	Done, Found int
	// More says that the topic may have more.
	More bool
}

// Sentence says what came of it.
func (r Replayed) Sentence() string {
	return fmt.Sprintf("%s published to %s again%s", count(r.Done, "dead letter"), r.Topic.Source, andMore(r.More))
}

func andMore(more bool) string {
	if more {
		return ", and there may be more"
	}

	return ""
}

// Replay publishes the dead letters of a topic, those of TOPIC/GROUP, or one, to the topic that they came from, with their attributes, and takes each
// away once it is durable there. Whatever kills it in between leaves letters that are replayed once more, which is safe. The note is begun before the
// first of them. A topic without dead letters is no error: none are done then. If seen is not empty, and not the [Seen] of the letters, the error is
// [ErrOthers] and none are done.
func (d *Desk) Replay(ctx context.Context, c access.Caller, subject, seen string, note *audit.Note) (Replayed, error) {
	var r Replayed

	err := d.chosen(ctx, c, subject, func(held *queue.Held, p Pile) error {
		r.Topic, r.Found, r.More = p.Topic, len(p.Letters), p.More

		if len(p.Letters) == 0 {
			return nil
		}
		if err := others(p.Letters, seen); err != nil {
			return err
		}
		if err := note.Begin(ctx, subject); err != nil {
			return err
		}

		publisher := d.d.Queue.Publisher(p.Topic.Source, queue.Options{})
		defer func() { _ = publisher.Close(context.WithoutCancel(ctx)) }() // it waits for nothing: what was published is durable

		for part := range slices.Chunk(p.Letters, AtOnce) {
			if err := replay(ctx, publisher, held, part); err != nil {
				note.Result(Replayed{Topic: p.Topic, Done: r.Done}.Sentence())
				return fmt.Errorf("stopped after %d of %d; repeat it: %w", r.Done, r.Found, err)
			}

			r.Done += len(part)
		}

		note.Result(r.Sentence())

		return nil
	})

	return r, err
}

// replay publishes letters again and takes them away.
func replay(ctx context.Context, p *queue.Publisher, held *queue.Held, part []Letter) error {
	again := make([]queue.Message, len(part))
	for i, l := range part {
		again[i] = queue.Message{Data: l.Data, Attributes: l.again()}
	}

	if err := p.PublishAll(ctx, again); err != nil {
		return err
	}

	return held.Acknowledge(ctx, ids(part)...)
}

// chosen has a function deal with the letters of one topic that a subject names.
func (d *Desk) chosen(ctx context.Context, c access.Caller, subject string, do func(held *queue.Held, p Pile) error) error {
	if err := c.May(access.Operate, ""); err != nil {
		return err
	}

	t, which, err := d.one(subject)
	if err != nil {
		return err
	}

	return d.hold(ctx, t, which, do)
}
