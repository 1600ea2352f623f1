package gupshup

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// message is one accepted message.
type message struct {
	server      *Server
	app         *app
	id, wamid   string
	sort        string
	destination string
	templateID  string
	template    *compiled
	params      []string
	text        string
	postbacks   map[int]string
	fail        int
	acceptedAt  time.Time
	// stages is guarded by the server's mutex.
	stages handset.Course
}

// Show is the message on the shopper's phone.
func (m *message) Show(now time.Time) handset.Message {
	out := handset.Message{ID: m.id, Text: m.text, Buttons: []string{}}
	if m.template != nil {
		out.Text, out.Buttons, out.Template = m.template.render(m.params), m.template.labels(), m.template.ElementName
	}
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	m.stages.Show(&out, m.acceptedAt, now)
	return out
}

func (m *message) category() string {
	if m.template == nil {
		return "service"
	}
	return strings.ToLower(m.template.Category)
}

// plan lays down what becomes of the message and hands the callbacks about it to the outbox. Call with mu held.
func (s *Server) plan(m *message) {
	b := &m.app.behaviour
	step := func(state string, lag time.Duration) { m.stages.Add(m.acceptedAt, state, lag) }
	switch {
	case m.fail != 0 && isOwnCode(m.fail):
		step("failed", b.Lag.Failed)
	case m.fail != 0:
		step("enqueued", b.Lag.Enqueued)
		step("failed", b.Lag.Failed)
	default:
		step("enqueued", b.Lag.Enqueued)
		step("sent", b.Lag.Sent)
		step("delivered", b.Lag.Delivered)
		if b.AutoRead {
			step("read", b.Lag.Read)
		}
	}
	if b.Callbacks {
		for i := range m.stages {
			s.tell(m, i)
		}
	}
}

// tell hands the callbacks about stage i to the outbox. Call with mu held.
func (s *Server) tell(m *message, i int) {
	st := &m.stages[i]
	at := st.At
	note := notice{kind: st.State, mode: strings.ToUpper(st.State), messageID: m.id, at: at}
	note.build = func(version int) []byte { return m.statusBody(version, note.kind, at) }
	if m.app.behaviour.Hold {
		st.At = time.Time{}
		note.released = func(now time.Time) { m.reach(i, now) }
	}
	s.emit(m.app, &note, m.spread(note.at))
	if st.State != "delivered" {
		return
	}
	billed := at.Add(m.app.behaviour.Lag.Billing)
	s.emit(m.app, &notice{
		kind: "billing", mode: "BILLING", messageID: m.id, at: billed,
		build: func(version int) []byte { return m.billingBody(version, billed) },
	}, m.spread(billed))
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

// notice is something that an app's subscribers are told.
type notice struct {
	kind, mode, messageID string
	at                    time.Time
	// build makes the body for a subscription's version, 2 or 3.
	build    func(version int) []byte
	released func(time.Time)
}

// emit hands the notice to the outbox, once for each lag and each subscription that wants it. Call with mu held.
func (s *Server) emit(a *app, n *notice, lags []time.Duration) {
	b := &a.behaviour
	if !b.Callbacks {
		return
	}
	add := func(sub *subscription) {
		body := n.build(sub.version)
		for _, lag := range lags {
			s.cfg.Outbox.Add(callback.Callback{
				AppID: a.ID, Kind: n.kind, MessageID: n.messageID, Body: body, URL: sub.url, Header: sub.header,
			}, callback.Plan{Lag: lag, Hold: b.Hold, Retry: b.Retry, Released: n.released})
		}
	}
	told := false
	for _, sub := range a.subs {
		if sub.active && sub.wants(n.mode) {
			add(sub)
			told = true
		}
	}
	// Held callbacks are of use to a test even before anybody has subscribed.
	if !told && b.Hold && len(a.subs) == 0 {
		add(&subscription{version: 2})
	}
}
