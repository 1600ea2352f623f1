package handset

import "time"

// Course is the states that an accepted message reaches, in order. Its provider guards it.
type Course []Stage

// Stage is one state of a course.
type Stage struct {
	State string
	// At is when; zero while the callback about it is held back.
	At time.Time
}

// Add appends a state that is reached so long after the one before it, the first so long after accepted.
func (c *Course) Add(accepted time.Time, state string, lag time.Duration) {
	if n := len(*c); n > 0 {
		accepted = (*c)[n-1].At
	}

	*c = append(*c, Stage{State: state, At: accepted.Add(lag)})
}

// Reach moves a message to a stage that was held back.
func (c Course) Reach(stage int, now time.Time) {
	if c[stage].At.IsZero() {
		c[stage].At = now
	}
}

// Show sets m's state at the time now, and when it reached each state so far.
func (c Course) Show(m *Message, accepted, now time.Time) {
	m.State, m.At = "accepted", map[string]time.Time{"accepted": accepted.UTC()}
	for _, s := range c {
		if !s.At.IsZero() && !s.At.After(now) {
			m.State, m.At[s.State] = s.State, s.At.UTC()
		}
	}
}
