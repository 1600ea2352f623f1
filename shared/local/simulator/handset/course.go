package handset

import "time"

// Course is the states that an accepted message reaches, in order. Its provider guards it.
type Course []Stage

// delivered is the state of a message that the phone has got.
const delivered = "delivered"

// Stage is one state of a course.
type Stage struct {
	State string
	// At is when; zero while it is not known, since the callback about it is held back or the phone does not let it happen.
	At time.Time
	// Lag is how long it takes after the stage before it.
	Lag time.Duration
	// Due is when it is reached if nothing holds it back; zero while it waits for the phone.
	Due time.Time
	// Missed says that it was due while the phone kept it to itself, so that it is never told.
	Missed bool
}

// Add appends a state that is reached so long after the one before it, the first so long after accepted.
func (c *Course) Add(accepted time.Time, state string, lag time.Duration) {
	if n := len(*c); n > 0 {
		accepted = (*c)[n-1].Due
	}

	at := accepted.Add(lag)
	*c = append(*c, Stage{
		State: state,
		At:    at,
		Lag:   lag,
		Due:   at,
	})
}

// Reached reports whether the message is at the stage or beyond by now.
func (s *Stage) Reached(now time.Time) bool { return !s.At.IsZero() && !s.At.After(now) }

// Reach moves a message to a stage that was held back.
func (c Course) Reach(stage int, now time.Time) {
	if c[stage].At.IsZero() {
		c[stage].At = now
	}
}

// Show sets m's state at the time now, when it reached each state so far, and whether it has arrived.
func (c Course) Show(m *Message, accepted, now time.Time) {
	m.State, m.At = "accepted", map[string]time.Time{"accepted": accepted.UTC()}
	for i := range c {
		if s := &c[i]; s.Reached(now) {
			m.State, m.At[s.State] = s.State, s.At.UTC()
		}
		if s := &c[i]; s.State == delivered {
			m.Arrived = !s.Due.IsZero() && !s.Due.After(now) // a report that is held back holds back no message
		}
	}
}
