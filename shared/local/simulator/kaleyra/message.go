package kaleyra

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// message is one accepted message.
type message struct {
	server          *Server
	app             *app
	id, wamid       string
	to              string
	ref, ref1, ref2 string
	templateID      string
	template        *compiled
	content         content
	text            string
	fail            string
	acceptedAt      time.Time
	// stages is guarded by the server's mutex.
	stages handset.Course
}

// Show is the message on the shopper's phone.
func (m *message) Show(now time.Time) handset.Message {
	out := handset.Message{ID: m.id, Text: m.text, Buttons: []string{}}
	if m.template != nil {
		out.Text = m.template.render(m.content.header, m.content.body)
		out.Buttons, out.Template = m.template.labels(), m.template.Name
		if m.content.status != "" {
			out.Text += "\n" + strings.TrimSpace(m.content.status+" "+m.content.detail)
		}
	}
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	m.stages.Show(&out, m.acceptedAt, now)
	return out
}

// plan lays down what becomes of the message and hands the callbacks about it to the outbox. Call with mu held.
func (s *Server) plan(m *message) {
	b := &m.app.behaviour
	step := func(state string, lag time.Duration) { m.stages.Add(m.acceptedAt, state, lag) }
	if m.fail != "" {
		step("failed", b.Lag.Failed)
	} else {
		step("sent", b.Lag.Sent)
		step("delivered", b.Lag.Delivered)
		if b.AutoRead {
			step("read", b.Lag.Read)
		}
	}
	if !b.Callbacks {
		return
	}
	for i := range m.stages {
		s.tell(m, i)
	}
}

// tell hands the callback about stage i to the outbox. Call with mu held.
func (s *Server) tell(m *message, i int) {
	st := &m.stages[i]
	n := notice{kind: st.State, messageID: m.id, body: m.statusBody(st.State, st.At)}
	lags := m.spread(st.At)
	if m.app.behaviour.Hold {
		st.At = time.Time{}
		n.released = func(now time.Time) { m.reach(i, now) }
	}
	s.emit(m.app, &n, lags)
}

// reach moves a held message to stage i.
func (m *message) reach(i int, now time.Time) {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	m.stages.Reach(i, now)
}

// spread gives the times of a callback's copies: its own and those of the duplicates. Call with mu held.
func (m *message) spread(at time.Time) []time.Duration {
	b := &m.app.behaviour
	copies := callback.Copies{Duplicate: b.Duplicate, Lag: b.DuplicateLag}
	if b.Shuffle {
		copies.Within = b.ShuffleWithin
	}
	return copies.Lags(at.Sub(m.acceptedAt), m.server.cfg.IDs)
}

// notice is something that an app's receiver is told.
type notice struct {
	kind, messageID string
	body            []byte
	released        func(time.Time)
}

// emit hands the notice to the outbox, once for each lag. Call with mu held.
func (s *Server) emit(a *app, n *notice, lags []time.Duration) {
	b := &a.behaviour
	// Held callbacks are of use to a test even without a receiver.
	if !b.Callbacks || a.Callback.URL == "" && !b.Hold {
		return
	}
	header := a.Callback.Header.Clone()
	if b.WrongSecret {
		for name := range header {
			header[name] = []string{"somebody else's"}
		}
	}
	for _, lag := range lags {
		s.cfg.Outbox.Add(callback.Callback{
			AppID: a.ID, Kind: n.kind, MessageID: n.messageID, Body: n.body, URL: a.Callback.URL, Header: header,
		}, callback.Plan{Lag: lag, Hold: b.Hold, Retry: b.Retry, Released: n.released})
	}
}
