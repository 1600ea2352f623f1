package throttle

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxCallers bounds the callers that an instance remembers; beyond it all start afresh.
const maxCallers = 10_000

// Callers bounds how many requests each caller makes of this instance. It is safe for concurrent use.
type Callers struct {
	perSecond float64
	burst     int

	mu      sync.Mutex
	callers map[string]*rate.Limiter
}

// NewCallers returns Callers that lets each make so many requests a second, and so many at once.
func NewCallers(perSecond float64, burst int) *Callers {
	return &Callers{perSecond: perSecond, burst: burst, callers: map[string]*rate.Limiter{}}
}

// Take counts a request of a caller. If the caller has made too many, it counts none and returns how long to wait.
func (c *Callers) Take(caller string, now time.Time) (wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()

	own := c.callers[caller]
	if own == nil {
		if len(c.callers) >= maxCallers {
			clear(c.callers)
		}

		own = rate.NewLimiter(rate.Limit(c.perSecond), c.burst)
		c.callers[caller] = own
	}

	reserved := own.ReserveN(now, 1)
	if wait = reserved.DelayFrom(now); wait > 0 {
		reserved.CancelAt(now)
	}

	return wait
}
