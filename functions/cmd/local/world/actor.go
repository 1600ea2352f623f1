package world

import (
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

	if k := w.killer(); k != nil {
		a.Killer = k
	}
	if _, movable := w.Clock.(*clock.Forward); movable {
		a.Forward = w.Forward
	}

	return a
}
