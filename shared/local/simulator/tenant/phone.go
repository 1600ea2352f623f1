package tenant

import "time"

// The states that depend on the phone: it has to be on for the one, and its owner lets the other be known.
const (
	delivered = "delivered"
	read      = "read"
)

// Report has tell hand the callbacks about each stage of the course to the outbox, as far as the phone's settings let it come
// to that; tell is called again when they change. Call with Guard held, which tell is called with too.
func (m *Message) Report(c *Config, tell func(stage int)) {
	m.cfg, m.tell, m.planned = c, tell, m.AcceptedAt
	m.set = c.Handset.Settings(m.To)
	m.heed(m.onPhone(), m.AcceptedAt)

	for i := range m.Course {
		m.report(i)
	}
}

// Follow is that of [handset.Item]: what is still to come is planned once more. What has been reached stays.
func (m *Message) Follow(after time.Time) time.Time {
	m.Guard.Lock()
	defer m.Guard.Unlock()

	if m.tell == nil {
		return after // Report looks at the settings itself
	}

	now, set := m.cfg.Clock.Now(), m.cfg.Handset.Settings(m.To)
	if set.Off == m.set.Off && set.NoReadReceipts == m.set.NoReadReceipts {
		return after
	}

	var coming []int
	for _, i := range m.onPhone() {
		if s := &m.Course[i]; !s.Reached(now) {
			m.cfg.Outbox.Withdraw(m.ID, s.State)

			coming = append(coming, i)
			s.Missed = s.Missed || s.State == read && m.set.NoReadReceipts && !s.Due.IsZero() && !s.Due.After(now)
		}
	}

	m.set, m.planned = set, now
	after = m.heed(coming, after)

	for _, i := range coming {
		m.report(i)
	}

	return after
}

// onPhone are the stages of the course that the phone decides on.
func (m *Message) onPhone() []int {
	var out []int
	for i := range m.Course {
		if state := m.Course[i].State; state == delivered || state == read {
			out = append(out, i)
		}
	}

	return out
}

// heed sets when the stages that are still to come are reached, by how the phone is set: never while it is off, and after
// their usual lags once it is on. It returns when what had to wait for that is delivered, otherwise after.
func (m *Message) heed(coming []int, after time.Time) time.Time {
	for _, i := range coming {
		s := &m.Course[i]

		switch {
		case m.set.Off:
			s.Due = time.Time{}
		case s.Due.IsZero():
			s.Due = later(m.planned, m.Course[i-1].Due).Add(s.Lag) // sent is before both
			if s.State == delivered {
				after = later(after, s.Due)
				s.Due = after
			}
		}

		s.At = s.Due
		if m.silent(i) {
			s.At = time.Time{}
		}
	}

	return after
}

// silent reports whether nobody is told of the stage.
func (m *Message) silent(i int) bool {
	s := &m.Course[i]
	return s.Missed || s.State == read && m.set.NoReadReceipts
}

// report tells of a stage, unless the phone keeps it to itself.
func (m *Message) report(i int) {
	if !m.silent(i) {
		m.tell(i)
	}
}

// Reads reports whether the provider comes to know that the message is read. Call with Guard held.
func (m *Message) Reads() bool {
	for _, i := range m.onPhone() {
		if m.Course[i].State == read {
			return !m.silent(i)
		}
	}

	return false
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
