package throttle

import (
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

const (
	// opensAfter is how many posts of an app in a row must go unanswered for its circuit to open.
	opensAfter = 5
	// openFor is how long this instance relies on what it saw itself. By then the account's settings, which are cached for less
	// than that, tell what all instances know.
	openFor = 30 * time.Second
	// markEvery is how often an instance marks an app as not answering, the platform's app for all accounts at once.
	markEvery = time.Minute
)

// Circuits are the circuit breakers of apps in this instance: an app whose provider does not answer gets no further messages,
// before the account's settings say so to every instance. They are safe for concurrent use.
type Circuits struct {
	clock clock.Clock

	mu   sync.Mutex
	apps map[string]*circuit
	// marked holds by app when it was last marked.
	marked map[string]time.Time
}

// circuit counts the posts of one app that went unanswered in a row, and has the time of the newest.
type circuit struct {
	unanswered int
	last       time.Time
}

// NewCircuits returns circuits that are all closed.
func NewCircuits(c clock.Clock) *Circuits {
	return &Circuits{
		clock:  c,
		apps:   map[string]*circuit{},
		marked: map[string]time.Time{},
	}
}

// Open reports whether the instance has seen that the provider does not answer for the app, and since when: the time of the newest
// post that went unanswered.
func (c *Circuits) Open(appID string) (since time.Time, open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	a := c.apps[appID]
	if a == nil || a.unanswered < opensAfter || c.clock.Now().Sub(a.last) >= openFor {
		return time.Time{}, false
	}

	return a.last, true
}

// room returns how many posts of the app may be under way, of most: after one that went unanswered only as many as it takes to find
// out whether the provider answers at all. Else an app that hangs would take over each place that its own posts give up.
func (c *Circuits) room(appID string, most int) int {
	c.mu.Lock()
	defer c.mu.Unlock()

	if a := c.apps[appID]; a != nil {
		return min(most, max(opensAfter-a.unanswered, 1))
	}

	return most
}

// Note counts the end of a post. It reports whether the provider does not answer for the app.
func (c *Circuits) Note(appID string, answered bool) (open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if answered {
		delete(c.apps, appID)
		return false
	}

	a := c.apps[appID]
	if a == nil {
		a = &circuit{}
		c.apps[appID] = a
	}

	a.unanswered++
	a.last = c.clock.Now()

	return a.unanswered >= opensAfter
}

// Unmark has the next call of MayMark answer yes, after a mark that failed.
func (c *Circuits) Unmark(appID string) {
	c.mu.Lock()
	defer c.mu.Unlock()

	delete(c.marked, appID)
}

// MayMark reports whether it is time to mark an app as not answering. The answer is yes at most once a minute.
func (c *Circuits) MayMark(appID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()

	now := c.clock.Now()
	if at, ok := c.marked[appID]; ok && now.Sub(at) < markEvery {
		return false
	}

	c.marked[appID] = now

	return true
}
