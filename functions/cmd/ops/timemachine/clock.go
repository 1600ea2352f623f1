package timemachine

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// shortWait is the longest wait that ends at once.
const shortWait = 5 * time.Second

// eager is a clock that stands still but for short waits: who waits for so long, such as for a token of an app's rate, is alone, and finds that
// the time has passed.
type eager struct{ *clock.Manual }

// AfterFunc is part of [clock.Clock].
func (c eager) AfterFunc(d time.Duration, f func()) clock.Timer {
	timer := c.Manual.AfterFunc(d, f)
	if d > 0 && d <= shortWait {
		c.Advance(d)
	}

	return timer
}
