package callback

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
)

// Copies is how often the same callback is posted, and when.
type Copies struct {
	// Duplicate is how many extra copies there are, each Lag after the one before.
	Duplicate int
	Lag       time.Duration
	// Within, unless 0, posts each copy at a random time up to so late instead.
	Within time.Duration
}

// Lags are the lags of a callback's copies, whose own is the first.
func (c Copies) Lags(own time.Duration, random *ident.Generator) []time.Duration {
	out := make([]time.Duration, 1+max(c.Duplicate, 0))
	for i := range out {
		if c.Within > 0 {
			out[i] = time.Duration(random.Below(int64(c.Within)))
			continue
		}

		out[i] = own + time.Duration(i)*c.Lag
	}

	return out
}
