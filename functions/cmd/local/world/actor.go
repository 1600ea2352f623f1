package world

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// Actor does the steps of stories on the world. There is one a world, which remembers what shoppers wrote.
func (w *World) Actor() *scenario.Actor { return w.actor }

// newActor makes the world's actor. The clock of a world can be moved if it is a [clock.Forward].
func (w *World) newActor() *scenario.Actor {
	a := &scenario.Actor{
		URL:       w.URL,
		Client:    w.Parts.Client,
		Clock:     w.Clock,
		Simulator: w.Simulator,
		Cloud:     w.Cloud,
		Store:     w.Parts.Store,
		Keys:      w.Parts.Keys,
		Project:   Project,
		Zone:      w.zone,
	}

	if c, movable := w.Clock.(*clock.Forward); movable {
		a.Forward = func(ctx context.Context, d time.Duration) error { return c.Move(ctx, d, w.settle) }
	}

	return a
}

// settle waits until nothing is on its way that is due by the clock.
func (w *World) settle(ctx context.Context) error {
	return errors.Join(w.Cloud.WaitIdle(ctx), w.Simulator.Settle(ctx))
}
