package gupshup

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

// sendTemplate is POST /wa/api/v1/template/msg (shared/provider/gupshup/CONTRACT.md section 2.1).
func (s *Server) sendTemplate(w http.ResponseWriter, r *http.Request) {
	a, ref := s.sender(w, r)
	if ref != nil {
		s.refuse(w, ref)
		return
	}

	m, ref := s.readTemplate(r, a)
	if ref != nil {
		s.refuse(w, ref)
		return
	}

	s.accept(w, r, m)
}

func (s *Server) readTemplate(r *http.Request, a *app) (*message, *refusal) {
	order, ref := parseTemplate(r.PostForm.Get("template"))
	if ref != nil {
		return nil, ref
	}

	m := &message{
		Message:    tenant.Message{To: r.PostForm.Get("destination")},
		app:        a,
		templateID: order.id,
		params:     order.params,
		sort:       "template",
	}

	s.mu.Lock()
	t := a.templates[order.id]
	s.mu.Unlock()
	if t == nil {
		// What a template is good for is found out after acceptance
		// (shared/provider/gupshup/CONTRACT.md section 2.4).
		m.fail = codeNoMatch
		return m, nil
	}
	if len(order.params) != t.params {
		return nil, refuse(msgCount)
	}
	if ref = checkMedia(t.TemplateType, r.PostForm.Get("message")); ref != nil {
		return nil, ref
	}
	if m.postbacks, ref = parsePostbacks(r.PostForm.Get("postbackTexts"), t.content.Buttons); ref != nil {
		return nil, ref
	}

	m.template = t
	m.fail = templateFailure(t.Status)
	if m.fail == 0 {
		m.fail = t.checkValues(order.params)
	}

	return m, nil
}

// templateFailure is the code that a send with a template of this status fails with, 0 for an approved one.
func templateFailure(status string) int {
	switch strings.ToUpper(status) {
	case "APPROVED":
		return 0
	case "PAUSED":
		return codePaused
	default:
		return codeNoMatch
	}
}

// sendSession is POST /wa/api/v1/msg with a text, or a text with buttons (shared/provider/gupshup/CONTRACT.md section 2.3).
func (s *Server) sendSession(w http.ResponseWriter, r *http.Request) {
	a, ref := s.sender(w, r)
	if ref != nil {
		s.refuse(w, ref)
		return
	}

	said, ref := parseSession(r.PostForm.Get("message"))
	if ref != nil {
		s.refuse(w, ref)
		return
	}

	m := &message{
		Message:   tenant.Message{To: r.PostForm.Get("destination")},
		app:       a,
		text:      said.text,
		session:   said,
		postbacks: said.postbacks(),
		sort:      "session",
	}

	s.mu.Lock()
	if !a.Open(m.To, s.cfg.Clock.Now()) {
		m.fail = cmp.Or(a.Behaviour.WindowCode, codeWindow)
	}
	s.mu.Unlock()

	s.accept(w, r, m)
}

// sender checks what both ways of sending have in common and finds the app. The form is parsed afterwards.
func (s *Server) sender(w http.ResponseWriter, r *http.Request) (*app, *refusal) {
	key := r.Header.Get("Apikey")

	s.mu.Lock()
	known := s.keys[key] > 0
	s.mu.Unlock()
	if !known {
		return nil, &refusal{status: http.StatusUnauthorized, message: msgAuth}
	}
	if ref := readForm(w, r); ref != nil {
		return nil, ref
	}

	source, name := r.PostForm.Get("source"), r.PostForm.Get("src.name")
	if strings.ContainsAny(source+name, `<>"'&;`) {
		return nil, &refusal{status: http.StatusBadRequest, message: msgXSS, reason: true}
	}
	if c := r.PostForm.Get("channel"); c != "" && c != "whatsapp" {
		return nil, refuse(msgChannel)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	a := s.names[name]
	switch {
	case name == "":
		return nil, refuse(msgAppDetails)
	case a == nil:
		return nil, refuse(msgBot)
	case !a.takes(key) || a.Phone != source:
		return nil, refuse(msgAppDetails)
	case !digits.MatchString(r.PostForm.Get("destination")):
		return nil, refuse(msgDestination)
	case a.Throttled(a.Behaviour.RatePerSecond, s.cfg.Clock.Now()):
		return nil, &refusal{status: http.StatusTooManyRequests, message: msgThrottled}
	}

	return a, nil
}

// readForm parses a URL-encoded body of at most maxForm bytes.
func readForm(w http.ResponseWriter, r *http.Request) *refusal {
	if !isForm(r.Header) {
		return &refusal{status: http.StatusUnsupportedMediaType, message: msgForm}
	}
	if r.PostForm != nil {
		return nil
	}

	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if _, big := errors.AsType[*http.MaxBytesError](err); big {
			return &refusal{status: http.StatusRequestEntityTooLarge, message: msgTooLarge}
		}
		return refuse(msgForm)
	}

	return nil
}

// accept takes the message on: from here on it counts as accepted, whether or not the client sees the answer.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, m *message) {
	m.ID, m.wamid = s.cfg.IDs.UUID(), s.cfg.IDs.Wamid()
	m.Guard, m.AcceptedAt = &s.mu, s.cfg.Clock.Now()
	if !s.cfg.Handset.OnWhatsApp(m.To) {
		m.fail = codeNotOnWhatsApp
	}

	if f, hit := s.cfg.Faults.Outcome(System, r.URL.Path, m.app.ID); hit {
		m.fail = faultCode(&f)
	}

	s.cfg.Log.Accept(witness.Accepted{
		Provider:    System,
		AppID:       m.app.ID,
		MessageID:   m.ID,
		Destination: m.To,
		TemplateID:  m.templateID,
		Params:      m.params,
		Text:        m.text,
		Postbacks:   m.postbacks,
		At:          m.AcceptedAt,
		RequestID:   witness.RequestID(r.Context()),
	})

	// The phone comes before the callbacks: a receiver of a callback finds the message there.
	s.cfg.Handset.Put(m.To, m.app.ID, m.ID, m)

	s.mu.Lock()
	b := m.app.Behaviour
	s.plan(m)
	s.mu.Unlock()

	w.Header().Set("Content-Type", cmp.Or(b.SuccessType, "text/html"))
	w.WriteHeader(http.StatusAccepted)
	// A failed write means that the client has gone; the message is accepted all the same.
	_, _ = io.WriteString(w, `{"status":"`+cmp.Or(b.SuccessStatus, "submitted")+`","messageId":"`+m.ID+`"}`) //nolint:gosec // both are of our own making
}

func faultCode(f *chaos.Fault) int {
	switch f.Mode {
	case chaos.PausedTemplate:
		return codePaused
	case chaos.LowBalance:
		return codeLowBalance
	case chaos.AccountDisabled:
		return codeLocked
	default:
		return f.Code
	}
}
