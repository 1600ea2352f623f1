package gupshup

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// message is one accepted message.
type message struct {
	tenant.Message

	app        *app
	wamid      string
	sort       string
	templateID string
	template   *compiled
	params     []string
	text       string
	// session is what was sent without a template; nil for a template.
	session   *session
	postbacks map[int]string
	fail      int
}

// Show is the message on the shopper's phone.
func (m *message) Show(now time.Time) handset.Message {
	out := handset.Message{ID: m.ID, Text: m.text, Buttons: []string{}}
	if m.session != nil {
		out.Buttons = m.session.labels()
	}
	if m.template != nil {
		out.Text, out.Buttons, out.Template = m.template.render(m.params), m.template.labels(), m.template.ElementName
	}

	m.ShowState(&out, now)

	return out
}

func (m *message) category() string {
	if m.template == nil {
		return "service"
	}
	return strings.ToLower(m.template.Category)
}

// plan lays down the course of the message and hands the callbacks about it to the outbox. Call with mu held.
func (s *Server) plan(m *message) {
	b := &m.app.Behaviour
	if m.fail == 0 || !isOwnCode(m.fail) {
		m.Step("enqueued", b.Lag.Enqueued)
	}

	m.Proceed(&b.Behaviour, m.fail != 0)

	m.Report(&s.cfg, func(stage int) { s.tell(m, stage) })
}

// tell hands the callbacks about stage i to the outbox. Call with mu held.
func (s *Server) tell(m *message, i int) {
	state, at, b := m.Course[i].State, m.Course[i].At, &m.app.Behaviour
	if !b.Callbacks {
		return
	}

	s.emit(m.app, &notice{
		kind:      state,
		mode:      strings.ToUpper(state),
		messageID: m.ID,
		build:     func(version int) []byte { return m.statusBody(version, state, at) },
	}, m.Posting(i, &b.Behaviour, s.cfg.IDs))

	if state != "delivered" {
		return
	}

	billed := at.Add(b.Lag.Billing)
	s.emit(m.app, &notice{
		kind:      "billing",
		mode:      "BILLING",
		messageID: m.ID,
		build:     func(version int) []byte { return m.billingBody(version, billed) },
	}, m.PostingAt(i, billed, &b.Behaviour, s.cfg.IDs))
}

// notice is something that an app's subscribers are told.
type notice struct {
	kind, mode, messageID string
	// build makes the body for a subscription's version, 2 or 3.
	build func(version int) []byte
}

// emit hands the notice to the outbox, for each subscription that wants it. Call with mu held.
func (s *Server) emit(a *app, n *notice, p tenant.Posting) {
	b := &a.Behaviour
	if !b.Callbacks {
		return
	}

	add := func(sub *subscription) {
		s.cfg.Send(callback.Callback{
			System:    System,
			AppID:     a.ID,
			Kind:      n.kind,
			MessageID: n.messageID,
			Body:      n.build(sub.version),
			URL:       sub.url,
			Header:    sub.header,
		}, &b.Behaviour, p)
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
