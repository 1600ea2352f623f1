package world

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// Actor does the steps of stories on the world. There is one a world, which notes what it does, so that it can be saved.
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
		Recorder:  scenario.NewRecorder(),
	}

	if k := w.killer(); k != nil {
		a.Killer = k
	}
	if _, movable := w.Clock.(*clock.Forward); movable {
		a.Forward = w.Forward
	}

	return a
}

// stories are the stories of an actor's world.
type stories struct{ *scenario.Actor }

// Step is part of [lab.Stories].
func (s stories) Step(ctx context.Context, step []byte) (string, error) {
	read, err := scenario.ReadStep(step)
	if err != nil {
		return "", err
	}

	said, err := s.Do(ctx, read)

	return said.Words, err
}

// Save is part of [lab.Stories].
func (s stories) Save(ctx context.Context, orderID string) ([]byte, error) {
	story, err := s.Recorder.Save(ctx, s.Actor, orderID)
	if err != nil {
		return nil, err
	}

	return story.Write()
}
