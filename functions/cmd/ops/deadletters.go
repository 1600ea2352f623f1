package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
)

var (
	errTopic    = errors.New("name the topic that the dead letters came from")
	errLetter   = errors.New("name a topic and a dead letter of it, such as provider-events/12345678901234567")
	errNoLetter = errors.New("there is no such dead letter; dead-letters lists those that there are, by groups, and dead-letters TOPIC/GROUP one by one; " + heldElsewhere)
)

// heldElsewhere is said where there seem to be no dead letters: Pub/Sub cannot tell those that there are not from those that it has given to another
// command, which may have been killed.
const heldElsewhere = "those that another command looks at show again within a minute"

// desk is what the commands of dead letters are a skin over.
func (o ops) desk() *deadletter.Desk {
	return deadletter.New(deadletter.Deps{
		Queue:   o.topics,
		Topics:  o.dead,
		Keeping: o.keeping,
		Trier:   scratch.Trier(o.scratch),
		Clock:   o.clock,
	})
}

// worded returns an error of dead letters in words that name the commands and their flags.
func (o ops) worded(err error) error {
	for _, w := range []struct{ is, said error }{
		{deadletter.ErrSubject, errLetter},
		{deadletter.ErrNone, errNoLetter},
		{deadletter.ErrDropAll, errDropAll},
		{deadletter.ErrDropMessage, errDropMessage},
	} {
		if errors.Is(err, w.is) {
			return w.said
		}
	}

	if !errors.Is(err, deadletter.ErrTopic) {
		return err
	}

	var names []string
	for _, t := range o.dead {
		names = append(names, t.Source)
	}

	return fmt.Errorf("%w: %s", errTopic, strings.Join(names, ", "))
}

// deadLetters lists the dead letters of a topic by groups, or those of one group each by itself. It prints ids, attributes that are plain words,
// and names of fields, and leaves everything where it is.
func (o ops) deadLetters(ctx context.Context, subject string, _ bool) error {
	piles, err := o.desk().List(ctx, operator, subject)
	for _, p := range piles {
		o.sayPile(p, strings.Contains(subject, "/"))
	}

	return o.worded(err)
}

// sayPile prints dead letters of a topic, each by itself or by groups.
func (o ops) sayPile(p deadletter.Pile, each bool) {
	o.say("%s: %s%s", p.Topic.Source, count(len(p.Letters), "dead letter"), more(p))

	if !each {
		o.sayGroups(p)
		return
	}

	for _, l := range p.Letters {
		o.say("  %s  received %s, %s", l.Name(), utc(l.Received()), l.Cause())
	}
}

// sayGroups prints groups of letters, at most as many as a person reads.
func (o ops) sayGroups(p deadletter.Pile) {
	groups := p.Groups()

	for _, g := range groups[:min(len(groups), deadletter.MaxGroups)] {
		first := g.First()
		age := o.clock.Now().Sub(first.Received()).Truncate(time.Second)

		o.say("  %s  %s, the oldest %s old: %s%s", g.ID, count(len(g.Letters), "letter"), age, first.Cause(), warned(first))
		o.say("    %s", first.Form())

		if words := first.Words(); words != "" {
			o.say("    %s", words)
		}
	}

	if rest := len(groups) - deadletter.MaxGroups; rest > 0 {
		o.say("  and %d more", rest)
	}
}

// warned says of a letter that a shopper's message may lie in it.
func warned(l deadletter.Letter) string {
	if l.MayHoldMessage() {
		return "; may hold a shopper's message"
	}

	return ""
}

// more says that there may be more than what was looked at.
func more(p deadletter.Pile) string {
	switch {
	case p.More:
		return ", and there may be more"
	case p.None:
		return ": " + heldElsewhere
	default:
		return ""
	}
}
