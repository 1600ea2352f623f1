package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

var (
	errDropAll     = errors.New("these are all that there are: name a group of them, as TOPIC/GROUP, or one, as TOPIC/ID; -f drops all")
	errDropMessage = errors.New("some may hold a shopper's message, such as a STOP, which nobody else has: replay them; -f drops them all the same")
)

// dropDeadLetters takes dead letters away for good: those of a group, or one. All of a topic, or of all topics, and such as may hold a shopper's
// message go with -f only: nothing keeps them.
func (o ops) dropDeadLetters(ctx context.Context, subject string, dry bool) error {
	name, which, one := strings.Cut(subject, "/")
	if one && (which == "" || name == allTopics) {
		return errLetter
	}

	topics, err := o.deadTopicsOf(name)
	if err != nil {
		return err
	}

	gone := dropped{name: subject, which: which, dry: dry}

	for _, t := range topics {
		err = o.withLetters(ctx, t, func(held *queue.Held, all []letter) error { return o.dropOf(ctx, t, &gone, held, all) })
		if t.optional && fault.Is(err, fault.NotFound) {
			err = nil
		}
		if err != nil {
			return err
		}
	}

	return nil
}

// dropped is what is dropped.
type dropped struct {
	// name is the subject, and which the group or the id in it; empty for all of a topic.
	name, which string
	dry         bool
	// results say what is gone of each topic.
	results []string
}

// dropOf takes those of a topic away that were named, once it has said how many there are of each group.
func (o ops) dropOf(ctx context.Context, t deadTopic, d *dropped, held *queue.Held, all []letter) error {
	chosen := ofThese(all, d.which)

	switch {
	case len(chosen) == 0 && d.which != "":
		return errNoLetter
	case len(chosen) == 0:
		o.say("%s: no dead letters: %s", t.source, heldElsewhere)
		return nil
	}

	o.say("%s: %s to drop%s", t.source, count(len(chosen), "dead letter"), more(held))
	o.sayGroups(chosen)

	switch {
	case !o.force && d.which == "":
		return errDropAll
	case !o.force && slices.ContainsFunc(chosen, letter.mayHoldMessage):
		return errDropMessage
	case d.dry:
		o.say("%s of %s would be gone for good", count(len(chosen), "dead letter"), t.source)
		return nil
	}

	if err := o.begin(ctx, d.name); err != nil {
		return err
	}

	ids := make([]string, len(chosen))
	for i, l := range chosen {
		ids[i] = l.ID
	}

	result := fmt.Sprintf("%s of %s gone for good: %s", count(len(ids), "dead letter"), t.source, sums(chosen))

	if err := held.Acknowledge(ctx, ids...); err != nil {
		return fmt.Errorf("some of %s are gone, repeat it: %w", sums(chosen), err)
	}

	d.results = append(d.results, result)
	o.say("%s", result)
	o.note.Result = strings.Join(d.results, "; ")

	return nil
}
