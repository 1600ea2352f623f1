package scenario

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

const (
	// grace is for how long what came of a story may take longer than it took before, by the clock.
	grace = 2 * time.Minute
	// moment is for how long a story goes on after its last step where no end says so.
	moment = time.Minute
)

// EndError is the error of a story that came to another end than its file has.
type EndError struct {
	// Differences say how, in words.
	Differences []string
}

// Error is the differences.
func (e *EndError) Error() string {
	return "the story came to another end:\n  " + strings.Join(e.Differences, "\n  ")
}

// Play plays a story on a run that has begun with it. It moves the clock ahead instead of waiting, prints what is done and what comes of it, and holds the end:
// it plays to the end's time, and gives it two more minutes of the clock to become as it is in the file. A story that comes to another end is an *[EndError].
func Play(ctx context.Context, a *Actor, s Scenario, out io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	if a.Forward == nil {
		return errNoClock
	}

	p := &play{actor: a, out: out, begun: a.Clock.Now(), orders: s.orders()}
	p.say("%s", s.Title)

	for i, step := range s.Steps {
		if err := p.step(ctx, step); err != nil {
			return at(stepName(i), err)
		}
	}

	return p.end(ctx, s.End)
}

// orders are those that a story names, in its steps and its end.
func (s Scenario) orders() []string {
	var ids []string

	for _, step := range s.Steps {
		if step.Order != "" {
			ids = append(ids, step.Order)
		}
	}

	if s.End != nil {
		for id := range s.End.Orders {
			ids = append(ids, id)
		}
	}

	slices.Sort(ids)

	return slices.Compact(ids)
}

// play is a story that is being played.
type play struct {
	actor  *Actor
	out    io.Writer
	begun  time.Time
	orders []string
	// seen is what came of it so far.
	seen End
}

// say prints a line.
func (p *play) say(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format+"\n", args...) }

// passed is the time since the beginning.
func (p *play) passed() time.Duration { return p.actor.Clock.Now().Sub(p.begun) }

// step waits for a step's time, does it, and prints what came of it.
func (p *play) step(ctx context.Context, s Step) error {
	if err := p.until(ctx, time.Duration(s.At)); err != nil {
		return err
	}

	when := p.passed().Truncate(time.Second)

	said, err := p.actor.Do(ctx, s)
	if said.Words != "" {
		p.say("%8s  %s", when, said.Words)
	}

	for _, line := range said.Lines {
		p.say("            %s", line)
	}

	if said.Note != "" {
		p.say("            %s", said.Note)
	}

	if err != nil {
		return err
	}

	return p.look(ctx)
}

// until lets the clock come to a time since the beginning, and prints what came of it.
func (p *play) until(ctx context.Context, at time.Duration) error {
	if err := p.actor.Forward(ctx, max(at-p.passed(), 0)); err != nil {
		return err
	}

	return p.look(ctx)
}

// look waits for what is under way, and prints what is new.
func (p *play) look(ctx context.Context) error {
	if err := p.actor.Forward(ctx, 0); err != nil {
		return err
	}

	now, err := p.actor.endOf(ctx, p.orders...)
	if err != nil {
		return err
	}

	for _, line := range p.seen.news(now) {
		p.say("%8s    %s", p.passed().Truncate(time.Second), line)
	}

	p.seen = now

	return nil
}

// news says what is in an end that was not in the one before it.
func (e End) news(now End) []string {
	var all []string

	for _, id := range orderIDs(now) {
		before, after := e.Orders[id], now.Orders[id]

		for i, m := range after.Messages {
			if i >= len(before.Messages) || before.Messages[i] != m {
				all = append(all, fmt.Sprintf("order %s: %s", id, m))
			}
		}

		for i, c := range after.Actions {
			if i >= len(before.Actions) || before.Actions[i] != c {
				all = append(all, fmt.Sprintf("order %s: choice %s", id, c))
			}
		}

		if e.Orders != nil && before.Consent != after.Consent {
			all = append(all, fmt.Sprintf("order %s: the portal's key is %q", id, after.Consent))
		}
	}

	for topic, n := range now.DeadLetters {
		if e.DeadLetters[topic] != n {
			all = append(all, fmt.Sprintf("%s has %s", topic, page.Plural(n, "dead letter")))
		}
	}

	return all
}

// end plays to the end of a story, and holds it.
func (p *play) end(ctx context.Context, want *End) error {
	if want == nil {
		if err := p.until(ctx, p.passed()+moment); err != nil {
			return err
		}

		return p.suggest()
	}

	if err := p.until(ctx, time.Duration(want.At)); err != nil {
		return err
	}

	last := p.passed() + grace

	for {
		all := want.differences(p.seen)
		if len(all) == 0 {
			p.say("the end: as it is in the file")
			return nil
		}
		if p.passed() >= last {
			return &EndError{Differences: all}
		}
		if err := p.until(ctx, p.passed()+look); err != nil {
			return err
		}
	}
}

// suggest prints the end of a story whose file has none, as it would stand there.
func (p *play) suggest() error {
	found := p.seen
	found.At = Duration(p.passed().Truncate(time.Second))

	text, err := found.json()
	if err != nil {
		return err
	}

	p.say("the end: the file has none, and nothing is held. It would be\n  \"end\": %s", text)

	return nil
}

// orderIDs are the orders of an end, in their order.
func orderIDs(e End) []string {
	ids := make([]string, 0, len(e.Orders))
	for id := range e.Orders {
		ids = append(ids, id)
	}

	slices.Sort(ids)

	return ids
}
