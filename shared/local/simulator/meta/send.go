package meta

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

// send is POST /{phone number id}/messages (shared/provider/meta/CONTRACT.md section 2.1).
func (s *Server) send(w http.ResponseWriter, r *http.Request, a *app) { s.sendBy(w, r, a, false) }

// sendMarketing is POST /{phone number id}/marketing_messages, which takes marketing templates alone (shared/provider/meta/CONTRACT.md
// section 2.6).
func (s *Server) sendMarketing(w http.ResponseWriter, r *http.Request, a *app) {
	s.sendBy(w, r, a, true)
}

// marketingEnds is when messages takes no marketing templates any more (shared/provider/meta/CONTRACT.md section 2.6).
var marketingEnds = time.Date(2027, time.October, 13, 0, 0, 0, 0, time.UTC)

// misrouted refuses a template on the route of another category. Call with mu held.
func (m *message) misrouted(now time.Time) *refusal {
	is := strings.EqualFold(m.filled.t.Category, "MARKETING")

	switch {
	case m.marketing && !is:
		return refuse(codeNotMarketing, "The template is not a marketing template")
	case !m.marketing && is && (m.app.Behaviour.NoMarketing || !now.Before(marketingEnds)):
		return refuse(codeNoMarketing, "Send marketing templates to /marketing_messages")
	default:
		return nil
	}
}

func (s *Server) sendBy(w http.ResponseWriter, r *http.Request, a *app, marketing bool) {
	var b sendBody
	ref := readJSON(w, r, &b)
	if ref == nil {
		ref = b.check()
	}

	var m *message
	if ref == nil {
		m, ref = s.read(a, &b, marketing)
	}

	if ref != nil {
		s.refuse(w, *ref)
		return
	}

	s.accept(w, r, m, &b)
}

// read makes a message of a checked body.
func (s *Server) read(a *app, b *sendBody, marketing bool) (*message, *refusal) {
	m := &message{Message: tenant.Message{To: b.destination(a.Phone), Guard: &s.mu}, app: a, ref: b.Ref, marketing: marketing}
	switch {
	case m.To == "":
		return nil, refuse(codeInvalid, "Parameter to is no phone number")
	case m.To == a.Phone:
		return nil, refuse(131021, "Recipient cannot be the sender")
	case marketing && b.Type != "template":
		return nil, refuse(codeParameter, "Param type must be TEMPLATE")
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if a.Throttled(a.Behaviour.RatePerSecond, s.cfg.Clock.Now()) {
		return nil, &refusal{
			code: codeThroughput, status: a.Behaviour.RateStatus, details: "Message failed to send because there were too many messages",
		}
	}

	switch b.Type {
	case "template":
		if ref := m.readTemplate(b.Template); ref != nil {
			return nil, ref
		}

		return m, m.misrouted(s.cfg.Clock.Now())
	case "text":
		m.sessionFailure(s.cfg.Clock.Now())
		return m, m.readText(b.Text)
	case "interactive":
		m.sessionFailure(s.cfg.Clock.Now())
		return m, m.readInteractive(b.Interactive)
	default:
		return nil, refuse(codeParameter, "Param type must be one of {TEMPLATE, TEXT, INTERACTIVE}")
	}
}

// sessionFailure fails free text outside of the window, by callback. Call with mu held.
func (m *message) sessionFailure(now time.Time) {
	if !m.app.Open(m.To, now) {
		m.fail = codeWindow
	}
}

// readTemplate finds the template and fills it. Call with mu held.
func (m *message) readTemplate(b *templateBody) *refusal {
	if b == nil || b.Name == "" || b.Language.Code == "" {
		return refuse(codeMissing, "template name and language are required")
	}
	if b.Language.Policy != "" && b.Language.Policy != "deterministic" {
		return refuse(codeInvalid, "language policy must be deterministic")
	}

	var t *compiled
	for _, c := range m.app.waba.templates {
		if c.Name == b.Name && c.Language == b.Language.Code {
			t = c
		}
	}

	if t == nil {
		return refuse(codeNoTemplate, "template name ("+b.Name+") does not exist in "+b.Language.Code)
	}

	switch strings.ToUpper(t.Status) {
	case "APPROVED", "FLAGGED", "REINSTATED", "UNARCHIVED":
	case "PAUSED":
		return refuse(codePaused, "Template is paused due to low quality so it cannot be sent")
	case "DISABLED":
		return refuse(codeDisabled, "Template has been paused too many times due to low quality and is now permanently disabled")
	default:
		return refuse(codeNoTemplate, "template name ("+b.Name+") is not approved in "+b.Language.Code)
	}

	f, ref := fill(t, b.Components)
	if ref != nil {
		return ref
	}

	m.filled, m.fail = f, f.follow(m.app.waba)

	return nil
}

// accept takes the message on: from here on it counts as accepted, whether or not the client sees the answer.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, m *message, b *sendBody) {
	m.ID, m.AcceptedAt = s.cfg.IDs.Wamid(), s.cfg.Clock.Now()
	if !s.cfg.Handset.OnWhatsApp(m.To) {
		m.fail = codeUndeliverable
	}

	if f, hit := s.cfg.Faults.Outcome(system, r.URL.Path, m.app.ID); hit {
		m.fail = faultCode(&f)
	}

	record := witness.Accepted{
		Provider:    system,
		AppID:       m.app.ID,
		MessageID:   m.ID,
		Destination: m.To,
		Text:        m.text,
		At:          m.AcceptedAt,
		RequestID:   witness.RequestID(r.Context()),
	}

	if m.filled != nil {
		record.TemplateID, record.Params, record.Postbacks = m.filled.t.ID, m.filled.params(), m.filled.postback
		record.Category, record.ByMarketing = m.filled.t.Category, m.marketing
	}

	s.cfg.Log.Accept(record)
	// The phone comes before the callbacks: a receiver of a callback finds the message there.
	s.cfg.Handset.Put(m.To, m.app.ID, m.ID, m)

	s.mu.Lock()
	word := cmp.Or(m.app.Behaviour.MessageStatus, "accepted")
	called := cmp.Or(m.app.Behaviour.Spelled, m.To)
	s.plan(m)
	s.mu.Unlock()

	sent := object{"id": m.ID}
	if m.filled != nil {
		sent["message_status"] = word
	}

	s.answer(w, http.StatusOK, object{
		"messaging_product": "whatsapp",
		"contacts":          []object{{"input": b.To, "wa_id": called, "user_id": tenant.UserID(m.To)}},
		"messages":          []object{sent},
	})
}
