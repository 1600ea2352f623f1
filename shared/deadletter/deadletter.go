// Package deadletter is the use case of what no parser read and what failed too often: it lists dead letters by groups, shows one, says what would
// come of it if it were replayed, publishes letters to where they came from, and drops them for good.
//
// Each use case checks by itself, before it reads anything, whether its caller may: dead letters are of all accounts, and only the platform's people
// may see them.
//
//	kept subscription ─▶ Letter ─▶ Group, by form, attributes and cause
//	                       ├─ Try     on a copy of what is stored, which changes nothing
//	                       ├─ Replay  to the topic that it came from
//	                       └─ Drop    for good
package deadletter

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// All stands for every topic.
const All = "all"

// maxLetters is how many dead letters of a topic are looked at at once, where nothing else is said.
const maxLetters = 10_000

var (
	// ErrSubject is returned where one topic is needed, or one letter, and the subject names none.
	ErrSubject = fault.New(fault.Invalid, "deadletter", "name a topic and a dead letter of it, such as provider-events/12345678901234567")
	// ErrTopic is returned for a topic that has no dead letters.
	ErrTopic = fault.New(fault.NotFound, "deadletter", "there is no such topic of dead letters")
	// ErrOthers is returned if the letters are not those that the caller has seen.
	ErrOthers = fault.New(fault.Conflict, "deadletter", "the letters are not those that you looked at: some came or went meanwhile")
	// ErrNone is returned if the letters that a subject names are not there. Another command may hold them.
	ErrNone = fault.New(fault.NotFound, "deadletter", "there is no such dead letter; one that somebody else looks at shows again within a minute")
)

// Topic is where dead letters are kept.
type Topic struct {
	// Source is the topic that they came from, and go to again.
	Source string
	// Kept is the subscription that keeps them.
	Kept string
	// Tried is what a [Trial] calls the topic; empty if no function of ours takes it.
	Tried string
	// Callbacks says that it is that of callbacks, in which a shopper's message may lie.
	Callbacks bool
	// Optional says that it may not be there.
	Optional bool
}

// Pile is the dead letters of a topic, or those of them that were asked for.
type Pile struct {
	Topic Topic
	// Letters are in the order of their publish times.
	Letters []Letter
	// More says that there may be more than were looked at; None that the topic seems to have no dead letters at all. Those that somebody else looks
	// at seem not to be there, and show again within a minute.
	More, None bool
}

// Groups returns the groups of the letters: those first that may hold a shopper's message, and of these the one with the oldest letter.
func (p Pile) Groups() []Group { return groupsOf(p.Letters) }

// Deps are what a Desk works with.
type Deps struct {
	Queue  *queue.Client
	Topics []Topic
	// Keeping says how long to wait for dead letters.
	Keeping queue.KeptOptions
	// Most is how many dead letters of a topic are looked at at once, all of which are in memory; 0 means [maxLetters].
	Most int
	// Trier tries a replay; nil if that cannot be done here.
	Trier Trier
	Clock clock.Clock
}

// Desk is what people do to dead letters. It is safe for concurrent use: letters that one call looks at seem not to be there for another one.
type Desk struct{ d Deps }

// New returns a Desk; it makes no call.
func New(d Deps) *Desk { return &Desk{d} }

// List returns the dead letters that a subject names: a topic, or [All]; of TOPIC/GROUP those of a group, and of TOPIC/ID one. Everything stays where
// it is. A topic that may not be there, and is not, is left out of all. It is ErrNone if a group or a letter is not there.
func (d *Desk) List(ctx context.Context, c access.Caller, subject string) ([]Pile, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return nil, err
	}

	var piles []Pile

	err := d.each(ctx, subject, func(_ *queue.Held, p Pile) error {
		piles = append(piles, p)
		return nil
	})

	return piles, err
}

// Letter returns one dead letter, by TOPIC/ID.
func (d *Desk) Letter(ctx context.Context, c access.Caller, subject string) (Letter, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return Letter{}, err
	}

	_, id, err := d.one(subject)
	if err != nil {
		return Letter{}, err
	}
	if id == "" {
		return Letter{}, ErrSubject
	}

	var found Letter

	err = d.each(ctx, subject, func(_ *queue.Held, p Pile) error {
		if p.Letters[0].ID != id {
			return ErrNone // it is the name of a group
		}

		found = p.Letters[0]

		return nil
	})

	return found, err
}

// one returns the only topic that a subject names, and which of its letters; empty for all.
func (d *Desk) one(subject string) (Topic, string, error) {
	name, which, given := strings.Cut(subject, "/")
	if given && which == "" || name == All {
		return Topic{}, "", ErrSubject
	}

	topics, err := d.topics(name)
	if err != nil {
		return Topic{}, "", err
	}

	return topics[0], which, nil
}

// topics returns those that a name stands for.
func (d *Desk) topics(name string) ([]Topic, error) {
	var (
		found []Topic
		names []string
	)

	for _, t := range d.d.Topics {
		names = append(names, t.Source)

		if name == All || name == t.Source {
			t.Optional = t.Optional && name == All
			found = append(found, t)
		}
	}

	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrTopic, strings.Join(names, ", "))
	}

	return found, nil
}

// each has a function look at the letters of each topic that a subject names, while nobody else gets them, and gives back what it has not
// acknowledged.
func (d *Desk) each(ctx context.Context, subject string, do func(held *queue.Held, p Pile) error) error {
	name, which, _ := strings.Cut(subject, "/")

	topics, err := d.topics(name)
	if err != nil {
		return err
	}

	for _, t := range topics {
		err = d.hold(ctx, t, which, do)
		if t.Optional && absent(err) {
			err = nil
		}
		if err != nil {
			return err
		}
	}

	return nil
}

// absent reports whether there is no such subscription. Pub/Sub tells one who has a right to single subscriptions alone that it is not allowed.
func absent(err error) bool {
	return fault.Is(err, fault.NotFound) && !errors.Is(err, ErrNone) || status.Code(err) == codes.PermissionDenied
}

// hold has a function look at letters of one topic.
func (d *Desk) hold(ctx context.Context, t Topic, which string, do func(held *queue.Held, p Pile) error) error {
	held, err := d.d.Queue.Kept(t.Kept, d.d.Keeping).Pull(ctx, cmp.Or(d.d.Most, maxLetters))
	if err != nil {
		return fmt.Errorf("subscription %s: %w", t.Kept, err)
	}

	p := Pile{Topic: t, More: held.More, None: len(held.Messages) == 0}

	for _, m := range held.Messages {
		if l := (Letter{m, t.Source, t.Callbacks}); which == "" || l.ID == which || l.Group() == which {
			p.Letters = append(p.Letters, l)
		}
	}

	err = ErrNone
	if which == "" || len(p.Letters) > 0 {
		err = do(held, p)
	}

	return errors.Join(err, held.Release(ctx))
}

// Seen names letters by their ids, so that what is done to them can be tied to what somebody has looked at: see [Desk.Replay] and [Desk.Drop].
func Seen(letters []Letter) string {
	all := ids(letters)
	slices.Sort(all)

	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))

	return hex.EncodeToString(sum[:12])
}

// others returns ErrOthers if letters are not those that were seen; empty stands for any.
func others(letters []Letter, seen string) error {
	if seen != "" && seen != Seen(letters) {
		return ErrOthers
	}

	return nil
}

// ids returns those of letters.
func ids(letters []Letter) []string {
	all := make([]string, 0, len(letters))
	for _, l := range letters {
		all = append(all, l.ID)
	}

	return slices.Clip(all)
}
