package simulation

import (
	"slices"
	"time"
)

// watch is a request that a machine takes, with what may excuse that the answer is a failure.
type watch struct {
	by    *actor
	began time.Time
	// held is how long the gate had held back the machine's own calls when it began.
	held time.Duration
}

// lateAtGate is how long the gate holds back a request at least before its time may be over: a GET of the portal waits six seconds for
// the store, and the gate may have held back a call of the machine's own for three more before the request began to wait for it.
const lateAtGate = 3 * time.Second

// watch begins to watch a request that the actor's machine takes.
func (a *actor) watch() watch {
	return watch{by: a, began: time.Now(), held: a.machine.self.heldBack()}
}

// excused reports whether a fault explains a failure of the request: its machine has died, a call of it was struck, or one that the machine
// makes for all, or the gate has held it back for so long that its time was over.
func (w watch) excused() bool {
	m := w.by.machine
	late := w.by.heldBack()+m.self.heldBack()-w.held > lateAtGate

	return late || m.isDead() || w.by.struckSince(w.began) || m.self.struckSince(w.began.Add(-longestStall))
}

// strikes notes that a call of the actor is struck.
func (a *actor) strikes() {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.struckAt = time.Now()
}

// struckSince reports whether a call of the actor was struck at a time or later.
func (a *actor) struckSince(t time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()

	return !a.struckAt.IsZero() && !a.struckAt.Before(t)
}

// anyStruckSince reports whether anybody's call was struck at a time or later, or a machine has died since.
func (w *World) anyStruckSince(t time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()

	return !w.lastFault.IsZero() && !w.lastFault.Before(t)
}

// faulty notes that a fault strikes somebody now.
func (w *World) faulty() {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.lastFault = time.Now()
}

// outSince reports whether any outage of the given kind lasted at a time or later.
func (w *World) outSince(t time.Time, concerns func(Outage) bool) bool {
	from, now := t.Sub(w.began), time.Since(w.began)

	return slices.ContainsFunc(w.plan.Outages, func(o Outage) bool { return concerns(o) && o.From <= now && o.Until >= from })
}

// platformOut reports whether the order platform did not work as it should at a time or later.
func (w *World) platformOut(since time.Time) bool {
	return w.outSince(since, func(o Outage) bool { return o.App < 0 && o.Route != ResolutionRoute })
}

// closedSince reports whether a part of the way in took nothing at a time or later.
func (w *World) closedSince(t time.Time, what Entrance) bool {
	from, now := t.Sub(w.began), time.Since(w.began)

	return slices.ContainsFunc(w.plan.Closures, func(c Closure) bool { return c.What == what && c.From <= now && c.Until >= from })
}
