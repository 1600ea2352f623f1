package main

import (
	"context"
	"errors"
	"flag"

	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
)

var (
	errDropAll     = errors.New("these are all that there are: name a group of them, as TOPIC/GROUP, or one, as TOPIC/ID; -f drops all")
	errDropMessage = errors.New("some may hold a shopper's message, such as a STOP, which nobody else has: replay them; -f drops them all the same")
)

// askedWithOps is noted as the reason of who sees a letter with ops, where -clear asks for none.
const askedWithOps = "asked for with ops dead-letter -clear"

// clearFlag declares -clear.
func clearFlag(f *flag.FlagSet, c *command) {
	f.BoolVar(&c.unmasked, "clear", false, "show what shoppers wrote, which is noted")
}

// deadLetter shows one dead letter. Without -clear values are replaced by what they are.
func (o ops) deadLetter(ctx context.Context, subject string, dry bool) error {
	unmasked := o.unmasked && !dry

	var (
		l   deadletter.Letter
		err error
	)

	if unmasked {
		l, err = o.desk().Reveal(ctx, operator, subject, askedWithOps, o.note)
	} else {
		l, err = o.desk().Letter(ctx, operator, subject)
	}
	if err != nil {
		return o.worded(err)
	}

	o.say("dead letter %s of group %s, received %s: %s", l.Name(), l.Group(), utc(l.Received()), l.Cause())

	for _, a := range l.Shown() {
		o.say("  %s: %s", a.Name, a.Value)
	}

	if unmasked {
		o.say("%s", l.Data)
	} else {
		o.say("%s", l.Masked())
	}

	return nil
}

// replayDeadLetters publishes the dead letters of a topic, those of a group, or one, to the topic that they came from; dry says of each what would
// come of that.
func (o ops) replayDeadLetters(ctx context.Context, subject string, dry bool) error {
	if dry {
		return o.tryDeadLetters(ctx, subject)
	}

	done, err := o.desk().Replay(ctx, operator, subject, "", o.note)

	switch {
	case err != nil && done.Found > 0:
		o.say("%s", done.Sentence())
		return err
	case err != nil:
		return o.worded(err)
	case done.Found == 0:
		o.sayNone(done.Topic)
	default:
		o.say("%s", done.Sentence())
	}

	return nil
}

// tryDeadLetters says of each dead letter what would come of it if it were replayed now.
func (o ops) tryDeadLetters(ctx context.Context, subject string) error {
	tried, err := o.desk().Try(ctx, operator, subject, func(l deadletter.Letter, came deadletter.Outcome) {
		_, sentence := came.Verdict()
		o.say("%s %s", l.Name(), sentence)
	})
	if err != nil {
		return o.worded(err)
	}

	if tried.Found == 0 {
		o.sayNone(tried.Topic)
	} else {
		o.say("%s", tried.Sentence())
	}

	return nil
}

// sayNone says that a topic seems to have no dead letters.
func (o ops) sayNone(t deadletter.Topic) { o.say("%s: no dead letters: %s", t.Source, heldElsewhere) }

// dropDeadLetters takes dead letters away for good: those of a group, or one. All of a topic, or of all topics, and such as may hold a shopper's
// message go with -f only: nothing keeps them. It says how many there are of each group first.
func (o ops) dropDeadLetters(ctx context.Context, subject string, dry bool) error {
	how := deadletter.Dropping{
		Force: o.force,
		Dry:   dry,
		Found: func(p deadletter.Pile) {
			if len(p.Letters) == 0 {
				o.sayNone(p.Topic)
				return
			}

			o.say("%s: %s to drop%s", p.Topic.Source, count(len(p.Letters), "dead letter"), more(p))
			o.sayGroups(p)
		},
		Gone: func(sentence string) { o.say("%s", sentence) },
	}

	_, err := o.desk().Drop(ctx, operator, subject, how, o.note)

	return o.worded(err)
}
