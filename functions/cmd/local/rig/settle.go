package rig

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// Settle lets redelivery, callbacks, time and sweep go on by a healthy worker until nothing is left to happen.
func (r *Rig) Settle(w *Worker) {
	r.T.Helper()

	quiet := 0
	for range 120 {
		r.Round(w)
		if r.Quiet() {
			quiet++
		} else {
			quiet = 0
		}
		if quiet > 2 {
			return
		}
	}

	r.T.Fatalf("the world does not come to rest: %s", r.Describe())
}

// Round delivers what is queued and held once, advances the clock by ten seconds, and sweeps.
func (r *Rig) Round(w *Worker) {
	r.T.Helper()
	r.Deliver(world.OrderEvents, w.Notify)
	if !r.HeldBack {
		_ = r.Sim.Outbox().ReleaseAll(r.T.Context())
	}

	r.Deliver(world.ProviderEvents, w.Receive)
	r.Clock.Advance(10 * time.Second)
	if code := r.CallSweep(w); code != http.StatusNoContent {
		r.T.Fatalf("sweep by a healthy worker: got %d, log:\n%s", code, r.Logs)
	}
}

// Quiet reports whether nothing waits: no message due, no status parked, no callback held, and no queue but one heartbeat.
func (r *Rig) Quiet() bool {
	due, err := r.Parts.Store.DueMessages(r.T.Context(), r.Clock.Now().Add(24*time.Hour), 10)
	r.Must(err)
	parked, err := r.Parts.Store.DueParked(r.T.Context(), r.Clock.Now().Add(24*time.Hour), 10)
	r.Must(err)

	return len(due) == 0 && len(parked) == 0 && r.QueuedAt(world.OrderEvents) == 0 && r.QueuedAt(world.ProviderEvents) <= 1 &&
		(r.HeldBack || len(r.Sim.Outbox().Pending()) == 0)
}

// Describe returns what still waits and the whole log, for failure texts.
func (r *Rig) Describe() string {
	due, _ := r.Parts.Store.DueMessages(r.T.Context(), r.Clock.Now().Add(24*time.Hour), 10)
	text := fmt.Sprintf("%d due, %d order events, %d provider events, %d callbacks;", len(due), r.QueuedAt(world.OrderEvents),
		r.QueuedAt(world.ProviderEvents), len(r.Sim.Outbox().Pending()))

	waiting := make([]string, 0, len(due))
	for _, m := range due {
		waiting = append(waiting, fmt.Sprintf("%s %s attempt %d due %s", m.ID, m.Phase, m.Attempt, m.Due))
	}

	return text + strings.Join(waiting, ", ") + "\n" + r.Logs.String()
}
