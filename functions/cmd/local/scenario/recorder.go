package scenario

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

const (
	// maxNoted is how many steps a recorder keeps, of all orders together.
	maxNoted = 2000
	// maxStories is how many orders it knows the beginning of.
	maxStories = 200
)

// Recorder notes what an [Actor] does, so that the story of an order can be saved. It is safe for concurrent use, and its memory is bounded: of a long run the
// oldest is forgotten.
type Recorder struct {
	mu    sync.Mutex
	noted []noted
	// dropped is the time of the newest step that was forgotten.
	dropped time.Time
	stories map[string]beginning
}

// noted is a step that was done.
type noted struct {
	at   time.Time
	step Step
	// mended are the faults that it ended.
	mended []string
}

// beginning is how everything was before an order's first step.
type beginning struct {
	at    time.Time
	end   OrderEnd
	shown int
	wrote int
	// phone is the shopper's, as it was set.
	phone    string
	settings Settings
	// faults were in force already.
	faults []InForce
	// err is why it is not known.
	err error
}

// NewRecorder returns a recorder that has noted nothing.
func NewRecorder() *Recorder { return &Recorder{stories: map[string]beginning{}} }

// before notes how everything is before the first step of the orders that a step is about.
func (r *Recorder) before(ctx context.Context, a *Actor, s Step) {
	for _, id := range a.ordersOf(s) {
		r.mu.Lock()
		_, begun := r.stories[id]
		r.mu.Unlock()

		if begun {
			continue
		}

		b := a.beginningOf(ctx, id)

		r.mu.Lock()
		r.stories[id] = b
		r.forget()
		r.mu.Unlock()
	}
}

// forget drops the oldest story beyond the most. Call with mu held.
func (r *Recorder) forget() {
	if len(r.stories) <= maxStories {
		return
	}

	oldest := ""
	for id, b := range r.stories {
		if oldest == "" || b.at.Before(r.stories[oldest].at) {
			oldest = id
		}
	}

	delete(r.stories, oldest)
}

// note notes a step that was done.
func (r *Recorder) note(n noted) {
	switch n.step.Do {
	case Forward, Until, Operate:
		return // time passes by itself when a story is played, and ops are an operator's
	case Mend:
		if len(n.mended) == 0 {
			return
		}
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	r.noted = append(r.noted, n)
	if len(r.noted) > maxNoted {
		r.dropped = r.noted[0].at
		r.noted = slices.Delete(r.noted, 0, 1)
	}
}

// ordersOf are the orders that a step is about: the one that it names, or those of the phone.
func (a *Actor) ordersOf(s Step) []string {
	if s.Order != "" {
		return []string{s.Order}
	}
	if s.Phone == "" {
		return nil
	}

	var ids []string

	for id := range a.Simulator.Platform().Orders() {
		if o, err := a.platformOrder(id); err == nil && digitsOf(o.Address.Phone) == digitsOf(s.Phone) {
			ids = append(ids, id)
		}
	}

	return ids
}

// beginningOf returns how everything is about an order.
func (a *Actor) beginningOf(ctx context.Context, id string) beginning {
	b := beginning{at: a.Clock.Now(), faults: a.InForce()}

	e, err := a.endOf(ctx, id)
	if err != nil {
		b.err = err
		return b
	}

	b.end = e.Orders[id]

	for number, shown := range e.Phones {
		b.shown, b.wrote = shown, len(a.wrote(number))
		b.phone, b.settings = number, Settings(a.Simulator.Phones().Settings(number))
	}

	return b
}

// errNoStory is the error of an order about which nothing was done.
var errNoStory = fault.Field("order", "has no story: nothing was done about it here since the run began")

// Save returns the story of an order since its first step, with its end as it is now. It begins in a fresh world: what there was before is left out, but for a
// box that was checked, how the phone was set, and faults that were in force. What was done otherwise than by the actor is not in it, nor are dead letters in its
// end: they are those of all orders.
func (r *Recorder) Save(ctx context.Context, a *Actor, orderID string) (Scenario, error) {
	o, err := a.Order(ctx, orderID)
	if err != nil {
		return Scenario{}, err
	}

	r.mu.Lock()
	b, begun := r.stories[orderID]
	all, dropped := slices.Clone(r.noted), r.dropped
	r.mu.Unlock()

	switch {
	case !begun:
		return Scenario{}, errNoStory
	case b.err != nil:
		return Scenario{}, fmt.Errorf("how the story of order %s began is not known: %w", orderID, b.err)
	case !dropped.Before(b.at):
		return Scenario{}, fault.Field("order", fmt.Sprintf("has a story of which the beginning is forgotten: more than %d steps were done since", maxNoted))
	}

	s := Scenario{Title: "Order " + o.ID + " of " + o.Brand, Steps: b.steps(o)}

	for _, n := range all {
		if n.at.Before(b.at) || !n.concerns(o) {
			continue
		}

		var step Step
		if step, err = b.countFrom(n.step); err != nil {
			return Scenario{}, err
		}

		step.At = Duration(n.at.Sub(b.at).Truncate(time.Millisecond))
		s.Steps = append(s.Steps, step)
	}

	if len(s.Steps) > maxSteps {
		return Scenario{}, fault.Field("order", fmt.Sprintf("has a story of more than %d steps", maxSteps))
	}

	e, err := a.endOf(ctx, orderID)
	if err != nil {
		return Scenario{}, err
	}

	s.End = b.since(e, orderID)
	s.End.At = Duration(a.Clock.Now().Sub(b.at).Truncate(time.Second))

	return s, s.check()
}

// steps are those that make what there was at the beginning.
func (b beginning) steps(o Order) []Step {
	var steps []Step
	if b.end.Consent == "1" {
		steps = append(steps, Step{Do: Subscribe, Order: o.ID})
	}

	if b.settings != (Settings{}) {
		steps = append(steps, Step{Do: Phone, Phone: b.phone, Settings: &b.settings})
	}

	for _, f := range b.faults {
		if !f.concerns(o) {
			continue
		}

		steps = append(steps, Step{Do: StartFault, Fault: f.ID, Times: f.Left})
	}

	return steps
}

// errBefore is the error of an answer to what a fresh world does not have.
var errBefore = fault.Field("order", "has a story that no file can tell: the shopper answered a message that was on the phone before this run began."+
	" Begin on a fresh state (make clean), and do it again")

// countFrom has a step count the messages on the phone from the beginning of the story.
func (b beginning) countFrom(s Step) (Step, error) {
	if s.Message == 0 {
		return s, nil
	}

	base := b.shown
	if changes(s.Reply.Kind) {
		base = b.wrote
	}

	if s.Message -= base; s.Message < 1 {
		return s, errBefore
	}

	return s, nil
}

// since returns an end without what there was at the beginning.
func (b beginning) since(e End, orderID string) *End {
	o := e.Orders[orderID]
	o.Messages = o.Messages[min(len(b.end.Messages), len(o.Messages)):]
	o.Actions = o.Actions[min(len(b.end.Actions), len(o.Actions)):]
	e.Orders[orderID] = o

	for number := range e.Phones {
		e.Phones[number] -= b.shown
	}

	e.DeadLetters = nil

	return &e
}

// concerns reports whether a step is part of the story of an order: it is about the order, its shopper's phone, its app, or what it depends on.
func (n noted) concerns(o Order) bool {
	switch s := n.step; {
	case s.Order != "":
		return s.Order == o.ID
	case s.Phone != "":
		return digitsOf(s.Phone) == o.Phone
	case s.App != "":
		return s.App == o.AppID
	case s.Do == Mend:
		return slices.ContainsFunc(n.mended, func(id string) bool {
			f, _ := FaultOf(id)
			return f.concerns(o)
		})
	case s.Fault != "":
		f, _ := FaultOf(s.Fault)
		return f.concerns(o)
	default:
		return true
	}
}

// concerns reports whether a fault is of what an order depends on: its provider, or what all orders share.
func (f Fault) concerns(o Order) bool {
	return f.System == o.Provider || !slices.ContainsFunc(carriers(), func(c carrier) bool { return c.id == f.System })
}

// numbered has an answer that names a message by its id name it by its number instead, since ids are of one world only.
func (a *Actor) numbered(s Step) Step {
	if s.Do != Answer || s.Reply.To == "" {
		return s
	}

	reply := *s.Reply
	s.Message = slices.Index(a.answerable(s.Phone, reply.Kind), reply.To) + 1

	reply.To = ""
	s.Reply = &reply

	return s
}
