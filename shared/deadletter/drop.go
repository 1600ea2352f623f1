package deadletter

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

var (
	// ErrDropAll is returned for a drop of all of a topic, or of all topics, that is not forced.
	ErrDropAll = fault.New(fault.Invalid, "deadletter.Drop", "these are all that there are: choose a group of them, or one")
	// ErrDropMessage is returned for a drop that is not forced of letters in which a shopper's message may lie.
	ErrDropMessage = fault.New(fault.Invalid, "deadletter.Drop", "some may hold a shopper's message, such as a STOP, which nobody else has: replay them")
)

// Dropping says how letters are dropped.
type Dropping struct {
	// Force also drops all of a topic, and such as may hold a shopper's message.
	Force bool
	// Seen is the [Seen] of the letters of a topic that may be dropped: others are [ErrOthers], and none are dropped. Empty stands for any.
	Seen string
	// Dry only checks, and drops nothing.
	Dry bool
	// Found hears of the letters of each topic, before anything is done to them; Gone hears, in a sentence, what is gone of it, or would be. Nil is
	// heard by nobody.
	Found func(p Pile)
	Gone  func(sentence string)
}

func (d Dropping) gone(sentence string) {
	if d.Gone != nil {
		d.Gone(sentence)
	}
}

// Drop takes dead letters away for good, of a topic or of all topics; of TOPIC/GROUP those of a group, and of TOPIC/ID one. All of a topic, and such as may
// hold a shopper's message, need force: nothing keeps them. The note is begun before the first of them. It returns how many are gone.
func (d *Desk) Drop(ctx context.Context, c access.Caller, subject string, how Dropping, note *audit.Note) (int, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return 0, err
	}

	name, which, one := strings.Cut(subject, "/")
	if one && (which == "" || name == All) {
		return 0, ErrSubject
	}

	var (
		results []string
		gone    int
	)

	err := d.each(ctx, subject, func(held *queue.Held, p Pile) error {
		if how.Found != nil {
			how.Found(p)
		}

		switch {
		case len(p.Letters) == 0:
			return nil
		case others(p.Letters, how.Seen) != nil:
			return ErrOthers
		case !how.Force && which == "":
			return ErrDropAll
		case !how.Force && slices.ContainsFunc(p.Letters, Letter.MayHoldMessage):
			return ErrDropMessage
		case how.Dry:
			how.gone(fmt.Sprintf("%s of %s would be gone for good", count(len(p.Letters), "dead letter"), p.Topic.Source))
			return nil
		}

		if err := note.Begin(ctx, subject); err != nil {
			return err
		}
		if err := held.Acknowledge(ctx, ids(p.Letters)...); err != nil {
			return fmt.Errorf("some of %s are gone, repeat it: %w", sums(p.Letters), err)
		}

		gone += len(p.Letters)
		results = append(results, fmt.Sprintf("%s of %s gone for good: %s", count(len(p.Letters), "dead letter"), p.Topic.Source, sums(p.Letters)))
		note.Result(strings.Join(results, "; "))

		how.gone(results[len(results)-1])

		return nil
	})

	return gone, err
}
