package pages

import (
	"context"
	"slices"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// guideOrder is the order that the guide leads through: that of the demo whose story nobody has told.
const guideOrder = "51230077"

// guide is whether the guide was put away. It is kept by the process alone: what was put away by hand is back with the next run.
type guide struct {
	mu   sync.Mutex
	away bool
}

// put puts the guide away, or brings it back.
func (g *guide) put(away bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	g.away = away
}

// isAway reports whether the guide was put away.
func (g *guide) isAway() bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	return g.away
}

// guideView is the guide as a page shows it.
type guideView struct {
	Away bool
	// Here says that the page is that of the guide's order; At is that page.
	Here bool
	At   string
	// Do is what the steps' forms are sent to, Back the page that the guide is on.
	Do, Back string
	Steps    []guideStep
	// Done counts the steps that were taken.
	Done int
}

// guideStep is one of its steps.
type guideStep struct {
	Title, Text string
	Done        bool
	// Now says that it is the next to be taken.
	Now bool
	// Buttons do it.
	Buttons []guideButton
}

// guideButton is a field of a form, with what its button says.
type guideButton struct{ Name, Value, Label string }

// guideOf returns the guide as the page of an order shows it; nil if the run has not the guide's order.
func (p *Pages) guideOf(ctx context.Context, on scenario.Order) (*guideView, error) {
	o, err := p.Actor.Order(ctx, guideOrder)
	if err != nil {
		return nil, nil //nolint:nilerr // a run without the demo has no guide
	}

	v := &guideView{
		Away: p.guide.isAway(),
		Here: on.ID == guideOrder,
		At:   stagePath(guideOrder),
		Do:   stagePath(guideOrder) + "/do",
		Back: stagePath(on.ID),
	}
	if v.Away {
		return v, nil
	}

	now, err := p.guideState(ctx, o)
	if err != nil {
		return nil, err
	}

	v.Steps = now.steps(o, p.Actor.Forward != nil)

	for i := range v.Steps {
		if v.Steps[i].Done {
			v.Done++
		}
	}

	if next := slices.IndexFunc(v.Steps, func(s guideStep) bool { return !s.Done }); next >= 0 {
		v.Steps[next].Now = true
	}

	return v, nil
}

// putGuide puts the guide away, or brings it back.
func (p *Pages) putGuide(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	where := c.sent.Get("guide")
	if where != "away" && where != "back" {
		return c.acted(nil, fault.Field("guide", notOffered), c.failed)
	}

	p.guide.put(where == "away")
	p.diary.nudge()

	return c.redirect(c.back())
}
