package kaleyra

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

	app             *app
	wamid           string
	ref, ref1, ref2 string
	templateID      string
	template        *compiled
	content         content
	text            string
	replies         []choice
	fail            string
}

// Show is the message on the shopper's phone.
func (m *message) Show(now time.Time) handset.Message {
	out := handset.Message{ID: m.ID, Text: m.text, Buttons: []string{}}
	for _, r := range m.replies {
		out.Buttons = append(out.Buttons, r.Title)
	}

	if m.template != nil {
		out.Text = m.template.render(m.content.header, m.content.body)
		out.Buttons, out.Template = m.template.labels(), m.template.Name
		if m.content.status != "" {
			out.Text += "\n" + strings.TrimSpace(m.content.status+" "+m.content.detail)
		}
	}

	m.ShowState(&out, now)

	return out
}

// plan lays down the course of the message and hands the callbacks about it to the outbox. Call with mu held.
func (s *Server) plan(m *message) {
	b := &m.app.Behaviour
	m.Proceed(&b.Behaviour, m.fail != "")
	m.Report(&s.cfg, func(stage int) { s.tell(m, stage) })
}

// tell hands the callback about stage i to the outbox. Call with mu held.
func (s *Server) tell(m *message, i int) {
	state, at, b := m.Course[i].State, m.Course[i].At, &m.app.Behaviour
	if !b.Callbacks {
		return
	}

	n := notice{kind: state, messageID: m.ID, body: m.statusBody(state, at)}
	s.emit(m.app, &n, m.Posting(i, &b.Behaviour, s.cfg.IDs))
}

// notice is something that an app's receiver is told.
type notice struct {
	kind, messageID string
	body            []byte
}

// emit hands the notice to the outbox. Call with mu held.
func (s *Server) emit(a *app, n *notice, p tenant.Posting) {
	b := &a.Behaviour
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

	s.cfg.Send(callback.Callback{
		System:    system,
		AppID:     a.ID,
		Kind:      n.kind,
		MessageID: n.messageID,
		Body:      n.body,
		URL:       a.Callback.URL,
		Header:    header,
	}, &b.Behaviour, p)
}
