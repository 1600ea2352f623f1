package throttle

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

const (
	// maxPlaceWait is how long an event waits for a place before its message waits instead.
	maxPlaceWait = 2 * time.Second
	// busyShare is the share of an instance's concurrency that one provider's messages may use, those that wait for a place
	// included: seven of so many.
	busyShare = 8
	// providerShare is the share of an instance's concurrency that all apps of a provider may use: three of so many.
	providerShare = 4
	// paceWeight is the weight of the newest hold in the mean that an app's pace is told from.
	paceWeight = 0.2
)

// ErrNoPlace says that all places of the app, or of its provider, stayed taken.
var ErrNoPlace = errors.New("no place")

// Places bound how many messages an instance prepares and posts at once, an app and a provider, so that one that hangs leaves
// room for all others. They are safe for concurrent use.
type Places struct {
	clock    clock.Clock
	circuits *Circuits
	// perApp and perProvider are the most places that one may have; maxBusy is how many callers of a provider may have a place or
	// wait for one.
	perApp      int
	perProvider int
	maxBusy     int

	mu        sync.Mutex
	apps      map[string]*appPlaces
	providers map[string]int
	waiters   []*waiter // in the order of their coming
}

// appPlaces are the places that an app has taken, and the pace at which they become free.
type appPlaces struct {
	taken int
	// hold is the mean time that a place was held.
	hold time.Duration
	// next is the turn of the message that is postponed next.
	next time.Time
}

// Place is the right to prepare and post one message.
type Place struct {
	of        *Places
	app       string
	provider  string
	takenAt   time.Time
	givenBack bool
}

// waiter is a caller that waits for a place.
type waiter struct {
	place  *Place
	urgent bool
	// given is closed once the place is the caller's.
	given chan struct{}
}

// NewPlaces returns the places of an instance that takes concurrency events at once, perApp of them of one app. An app whose circuit
// is about to open has fewer.
func NewPlaces(c clock.Clock, circuits *Circuits, concurrency, perApp int) *Places {
	return &Places{
		clock:       c,
		circuits:    circuits,
		perApp:      max(perApp, 1),
		perProvider: max(concurrency*(providerShare-1)/providerShare, 1),
		maxBusy:     max(concurrency*(busyShare-1)/busyShare, 1),
		apps:        map[string]*appPlaces{},
		providers:   map[string]int{},
	}
}

// Take returns a place, or ErrNoPlace if none becomes free soon. Urgent callers come first.
func (p *Places) Take(ctx context.Context, app, provider string, urgent bool) (*Place, error) {
	w, err := p.ask(app, provider, urgent)
	if err != nil {
		return nil, err
	}

	select {
	case <-w.given:
		return w.place, nil // nothing to wait for
	default:
	}

	over := make(chan struct{})

	timer := p.clock.AfterFunc(maxPlaceWait, func() { close(over) })
	defer timer.Stop()

	select {
	case <-w.given:
		return w.place, nil
	case <-over:
		err = ErrNoPlace
	case <-ctx.Done():
		err = ctx.Err()
	}

	if p.leave(w) {
		return nil, err
	}

	return w.place, nil // it was given at the last moment
}

// ask returns a waiter that has its place already, or waits for one; ErrNoPlace if too many wait.
func (p *Places) ask(app, provider string, urgent bool) (*waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.apps[app] == nil {
		p.apps[app] = &appPlaces{}
	}

	w := &waiter{
		place:  &Place{of: p, app: app, provider: provider},
		urgent: urgent,
		given:  make(chan struct{}),
	}

	switch {
	case p.free(w):
		p.give(w)
	case p.busy(provider) >= p.maxBusy:
		return nil, ErrNoPlace
	default:
		p.waiters = append(p.waiters, w)
	}

	return w, nil
}

// free reports whether there is a place for a waiter. The caller holds the lock.
func (p *Places) free(w *waiter) bool {
	app := w.place.app

	return p.apps[app].taken < p.circuits.room(app, p.perApp) && p.providers[w.place.provider] < p.perProvider
}

// busy returns how many callers of a provider have a place or wait for one. The caller holds the lock.
func (p *Places) busy(provider string) int {
	n := p.providers[provider]
	for _, w := range p.waiters {
		if w.place.provider == provider {
			n++
		}
	}

	return n
}

// give gives a waiter its place. The caller holds the lock.
func (p *Places) give(w *waiter) {
	p.apps[w.place.app].taken++
	p.providers[w.place.provider]++
	w.place.takenAt = p.clock.Now()
	close(w.given)
}

// leave takes a waiter off the list. It reports whether it was still there; otherwise it has its place.
func (p *Places) leave(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	for i, other := range p.waiters {
		if other == w {
			p.waiters = append(p.waiters[:i:i], p.waiters[i+1:]...)
			return true
		}
	}

	return false
}

// Release gives a place back and hands it to who waits for it. Nil is no place; a second call does nothing.
func (pl *Place) Release() {
	if pl == nil || pl.givenBack {
		return
	}

	pl.givenBack = true
	p := pl.of

	p.mu.Lock()
	defer p.mu.Unlock()

	app := p.apps[pl.app]
	app.taken--
	p.providers[pl.provider]--

	held := p.clock.Now().Sub(pl.takenAt)
	if app.hold == 0 {
		app.hold = held
	} else {
		app.hold += time.Duration(paceWeight * float64(held-app.hold))
	}

	p.handOn()
}

// handOn gives free places to those who wait, the urgent ones first. The caller holds the lock.
func (p *Places) handOn() {
	for _, urgent := range []bool{true, false} {
		kept := p.waiters[:0:0]
		for _, w := range p.waiters {
			if w.urgent == urgent && p.free(w) {
				p.give(w)
			} else {
				kept = append(kept, w)
			}
		}

		p.waiters = kept
	}
}

// Turn returns when a message that found no place, or no token, has its turn by the app's own pace: its places become free one
// after the other, and it takes so many messages a second. Every call takes a turn of its own.
func (p *Places) Turn(app string, perSecond float64) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()

	a := p.apps[app]
	if a == nil {
		a = &appPlaces{}
		p.apps[app] = a
	}

	step := a.hold / time.Duration(p.perApp)
	if perSecond > 0 {
		step = max(step, time.Duration(float64(time.Second)/perSecond))
	}
	if soon := p.clock.Now().Add(maxPlaceWait); a.next.Before(soon) {
		a.next = soon
	}

	a.next = a.next.Add(step)

	return a.next
}
