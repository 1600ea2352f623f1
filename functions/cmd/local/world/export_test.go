package world

import "github.com/eshopbox/whatsapp-notifications/functions/cmd/local/meter"

// Meter is what /local/cost counts with.
func (w *World) Meter() *meter.Meter { return w.meter }

// Workers is how many workers of notify are not closed.
func (w *World) Workers() int {
	w.workers.closing.Wait()

	w.workers.mu.Lock()
	defer w.workers.mu.Unlock()

	return len(w.workers.started)
}

// UnderWay is what /local/clock answers as underWay.
func (w *World) UnderWay() bool { return w.stillUnderWay() }
