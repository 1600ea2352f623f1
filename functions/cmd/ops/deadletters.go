package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

var (
	errTopic    = errors.New("name the topic that the dead letters came from")
	errNoLetter = errors.New("there is no such dead letter; dead-letters lists those that there are, by groups, and dead-letters TOPIC/GROUP one by one; " + heldElsewhere)
)

// heldElsewhere is said where there seem to be no dead letters: Pub/Sub cannot tell those that there are not from those that it has given to another
// command, which may have been killed.
const heldElsewhere = "those that another command looks at show again within a minute"

// maxLetters is the most dead letters of a topic that are looked at by one command.
const maxLetters = 10_000

// allTopics stands for every topic.
const allTopics = "all"

// deadTopic is where dead letters are kept.
type deadTopic struct {
	// source is the topic that they came from, and go to again.
	source string
	// kept is the subscription that keeps them.
	kept string
	// tried is what a scratch calls the topic; empty if no function of ours takes it.
	tried string
	// callbacks says that it is that of callbacks, in which a shopper's message may lie.
	callbacks bool
	// optional says that it may not be there.
	optional bool
}

// letter is a dead letter.
type letter struct {
	queue.KeptMessage
	source string
	// callback says that it came from the topic of callbacks.
	callback bool
}

// deadTopicsOf returns the topics that a name stands for.
func (o ops) deadTopicsOf(name string) ([]deadTopic, error) {
	var (
		found []deadTopic
		names []string
	)

	for _, t := range o.dead {
		names = append(names, t.source)

		if name == allTopics || name == t.source {
			t.optional = t.optional && name == allTopics
			found = append(found, t)
		}
	}

	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %s", errTopic, strings.Join(names, ", "))
	}

	return found, nil
}

// deadLetters lists the dead letters of a topic by groups, or those of one group each by itself. It prints ids, attributes that are plain words,
// and names of fields, and leaves everything where it is.
func (o ops) deadLetters(ctx context.Context, subject string, _ bool) error {
	name, which, _ := strings.Cut(subject, "/")

	topics, err := o.deadTopicsOf(name)
	if err != nil {
		return err
	}

	for _, t := range topics {
		if err = o.listTopic(ctx, t, which); err != nil {
			return err
		}
	}

	return nil
}

// listTopic lists the dead letters of one topic.
func (o ops) listTopic(ctx context.Context, t deadTopic, which string) error {
	err := o.withLetters(ctx, t, func(held *queue.Held, all []letter) error {
		found := ofThese(all, which)
		if which != "" && len(found) == 0 {
			return errNoLetter
		}

		o.say("%s: %s%s", t.source, count(len(found), "dead letter"), more(held))

		if len(found) == 0 {
			return nil
		}

		if which == "" {
			o.sayGroups(found)
			return nil
		}

		for _, l := range found {
			o.say("  %s/%s  received %s, %s", t.source, l.ID, utc(l.received()), l.cause())
		}

		return nil
	})
	if t.optional && fault.Is(err, fault.NotFound) {
		return nil
	}

	return err
}

// withLetters has a function look at the dead letters of a topic while nobody else gets them, and gives back what it has not acknowledged.
func (o ops) withLetters(ctx context.Context, t deadTopic, do func(held *queue.Held, all []letter) error) error {
	held, err := o.topics.Kept(t.kept, o.keeping).Pull(ctx, maxLetters)
	if err != nil {
		return fmt.Errorf("subscription %s: %w", t.kept, err)
	}

	all := make([]letter, len(held.Messages))
	for i, m := range held.Messages {
		all[i] = letter{m, t.source, t.callbacks}
	}

	return errors.Join(do(held, all), held.Release(ctx))
}

// more says that there may be more than what was pulled.
func more(held *queue.Held) string {
	switch {
	case held.More:
		return ", and there may be more"
	case len(held.Messages) == 0:
		return ": " + heldElsewhere
	default:
		return ""
	}
}

// ofThese returns the letters of an id or a group; all of them if it is empty.
func ofThese(all []letter, which string) []letter {
	if which == "" {
		return all
	}

	var found []letter

	for _, l := range all {
		if l.ID == which || l.group() == which {
			found = append(found, l)
		}
	}

	return found
}

// received returns when it was received at first.
func (l letter) received() time.Time {
	return queue.Push{Attributes: l.Attributes, PublishTime: l.PublishTime}.ReceivedAt()
}

// fewestAttempts is the least number of deliveries after which Pub/Sub itself moves a message to a dead-letter topic.
const fewestAttempts = 5

// cause says why it is a dead letter.
func (l letter) cause() string {
	n, _ := strconv.Atoi(l.Attributes["CloudPubSubDeadLetterSourceDeliveryCount"])
	if n < fewestAttempts {
		return "no parser read it"
	}

	return fmt.Sprintf("%d deliveries failed", n)
}
