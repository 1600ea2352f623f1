package scenario_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// iras and aruns are shoppers' numbers.
const (
	iras  = "919000000001"
	aruns = "919000000004"
)

// stage is a world with the demo's brands, whose clock can be moved.
type stage struct {
	*scenario.Actor

	t     *testing.T
	world *world.World
}

func newStage(t *testing.T) *stage {
	t.Helper()
	w, err := world.Start(t.Context(), world.Options{
		Clock:      clock.NewForward(0),
		SweepEvery: 5 * time.Second,
		Secrets:    demo.Secrets(),
		Prepare:    demo.Seed,
	})
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})

	return &stage{w.Actor(), t, w}
}

// does does steps that have to work, and lets a minute pass after each.
func (s *stage) does(steps ...scenario.Step) (said scenario.Said) {
	s.t.Helper()
	for _, step := range steps {
		var err error
		if said, err = s.Do(s.t.Context(), step); err != nil {
			s.t.Fatalf("%+v: %v", step, err)
		}
		s.passes(time.Minute)
	}

	return said
}

// passes lets time pass.
func (s *stage) passes(d time.Duration) {
	s.t.Helper()
	if err := s.Forward(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
}

// ends returns what came of an order so far.
func (s *stage) ends(orderID string) scenario.OrderEnd {
	s.t.Helper()
	e, err := s.EndOf(s.t.Context(), orderID)
	if err != nil {
		s.t.Fatal(err)
	}

	return e.Orders[orderID]
}

// shown returns how many messages Ira's phone shows.
func (s *stage) shown() int { return len(s.Simulator.Phones().Inbox(iras)) }

var errWanted = errors.New("an error is wanted")
