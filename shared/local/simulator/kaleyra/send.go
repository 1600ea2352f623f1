package kaleyra

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

// send is POST /v2/{sid}/whatsapp/{number}/messages.
func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	a, ref := s.sender(r)
	if ref != nil {
		s.refuse(w, ref)
		return
	}

	o, ref := readOrder(w, r)
	if ref != nil {
		s.refuse(w, ref)
		return
	}
	if ref = s.limit(a); ref != nil {
		s.refuse(w, ref)
		return
	}

	s.accept(w, r, s.compose(a, o))
}

// sender finds the app of the path: the number must be one of the account's, of version 2.
func (s *Server) sender(r *http.Request) (*app, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if ref := s.account(r); ref != nil {
		return nil, ref
	}

	number := strings.TrimPrefix(r.PathValue("number"), "+")
	for _, a := range s.apps {
		if a.SID != r.PathValue("sid") || a.Number != number {
			continue
		}

		switch {
		case a.NoAccess:
			return nil, errAccess
		case a.Version1:
			return nil, errVersion
		}

		return a, nil
	}

	return nil, errNumber
}

// limit counts a send against the app's rate.
func (s *Server) limit(a *app) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()

	if a.Throttled(a.Behaviour.RatePerSecond, s.cfg.Clock.Now()) {
		return errThrottle
	}
	if a.Behaviour.PerDay > 0 && a.total >= a.Behaviour.PerDay {
		return errDaily
	}

	a.total++

	return nil
}

// compose makes the message and finds out whether WhatsApp will take it.
func (s *Server) compose(a *app, o *order) *message {
	m := &message{
		Message: tenant.Message{To: strings.TrimPrefix(o.Message.To, "+"), Guard: &s.mu},
		app:     a,
		ref:     o.Extra.Ref,
		ref1:    o.Extra.Ref1,
		ref2:    o.Extra.Ref2,
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if o.Message.Type != "template" {
		m.say(o)
		if !a.Open(m.To, s.cfg.Clock.Now()) {
			m.fail = codeWindow
		}
		return m
	}

	t := o.Message.Template
	m.templateID = t.Name
	m.template = a.template(t.Name, t.Language.Code)
	if m.template == nil {
		m.fail = codeNoTemplate
		return m
	}

	if m.template.ID != "" {
		m.templateID = m.template.ID
	}

	m.content, m.fail = m.template.fit(*t.Components)
	if m.fail == "" {
		m.fail = a.orderCode(m.content)
	}

	return m
}

// say takes what is sent without a template.
func (m *message) say(o *order) {
	if o.Message.Interactive == nil {
		m.text = o.Message.Text.Body
		return
	}

	m.text, m.replies = o.Message.Interactive.Body.Text, o.Message.Interactive.replies()

	m.content.postbacks = map[int]string{}
	for i, r := range m.replies {
		m.content.postbacks[i] = r.ID
	}
}

// accept takes the message on: from here on it counts as accepted, whether or not the client sees the answer. Kaleyra's
// own refusals of faults come before that.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, m *message) {
	if f, hit := s.cfg.Faults.Outcome(system, r.URL.Path, m.app.ID); hit {
		if f.Mode == chaos.LowBalance {
			s.refuse(w, errBalance)
			return
		}

		m.fail = faultCode(&f)
	} else if m.fail == "" && !s.cfg.Handset.OnWhatsApp(m.To) { // WhatsApp looks at the template first
		m.fail = codeUndeliverable
	}

	m.ID, m.wamid, m.AcceptedAt = s.cfg.IDs.UUID(), s.cfg.IDs.Wamid(), s.cfg.Clock.Now()
	s.cfg.Log.Accept(witness.Accepted{
		Provider:    system,
		AppID:       m.app.ID,
		MessageID:   m.ID,
		Destination: m.To,
		TemplateID:  m.templateID,
		Params:      m.content.params,
		Text:        m.text,
		Postbacks:   m.content.postbacks,
		At:          m.AcceptedAt,
		RequestID:   witness.RequestID(r.Context()),
	})

	// The phone comes before the callbacks: a receiver of a callback finds the message there.
	s.cfg.Handset.Put(m.To, m.app.ID, m.ID, m)

	s.mu.Lock()
	s.plan(m)
	s.mu.Unlock()

	s.answer(w, http.StatusAccepted, envelope{
		Code: "WA202", Message: "Request Accepted", Data: map[string]string{"message_id": m.ID},
	})
}

func faultCode(f *chaos.Fault) string {
	switch f.Mode {
	case chaos.PausedTemplate:
		return codePaused
	case chaos.AccountDisabled:
		return codeLocked
	default:
		return strconv.Itoa(f.Code)
	}
}
