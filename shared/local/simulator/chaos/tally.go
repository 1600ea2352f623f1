package chaos

import "time"

// Tally counts requests second by second, for a limit that a simulated system keeps by itself. Its owner guards it; the
// zero value has counted nothing.
type Tally struct {
	second int64
	count  int
}

// Add counts a request and returns how many there were in the second of now.
func (t *Tally) Add(now time.Time) int {
	if now.Unix() != t.second {
		t.second, t.count = now.Unix(), 0
	}
	t.count++
	return t.count
}
