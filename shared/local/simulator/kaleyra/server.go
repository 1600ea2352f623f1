// Package kaleyra simulates version 2 of Kaleyra's WhatsApp API and its callbacks, as
// shared/provider/kaleyra/CONTRACT.md has them. It refuses what the real one would refuse and invents
// nothing that the real one does not say; what WhatsApp finds wrong with an accepted message comes as a failed callback.
// It shares no code with our own Kaleyra client, so that each can be wrong without the other covering for it.
package kaleyra

import (
	"net/http"
	"strings"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/wire"
)

// system is the name of this system for faults and in the record of accepted messages.
const system = "kaleyra"

// maxBody is the largest body that is read.
const maxBody = 1 << 20

// Server is the simulated Kaleyra. It is safe for concurrent use.
type Server struct {
	tenant.Registry[*app, Behaviour]

	cfg  tenant.Config
	mu   sync.Mutex
	apps map[string]*app
}

// New returns a Kaleyra without accounts.
func New(cfg tenant.Config) *Server {
	s := &Server{cfg: cfg, apps: map[string]*app{}}
	s.Registry = tenant.NewRegistry(&s.mu, s.apps)
	return s
}

// Handler serves version 2 under "/v2/…"; everything else, version 1 too, is 404.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/{sid}/whatsapp/{number}/messages", s.send)
	mux.HandleFunc("GET /v2/{sid}/whatsapp/{waba}/message_templates", s.listTemplates)

	return s.cfg.Faults.Wrap(chaos.Dialect{
		System: system,
		Error: func(w http.ResponseWriter, status int, message string) {
			s.refuse(w, byStatus(status, message))
		},
		Refusal:      msgPayload,
		Throttled:    "Too many requests",
		Unauthorised: msgKey,
		Down:         "Internal server error",
		NoID:         []byte(`{"code":"WA202","message":"Request Accepted","data":{},"error":{}}`),
		AppID:        s.appOf,
	}, mux)
}

// appOf finds which app a request is for, for faults that name one.
func (s *Server) appOf(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) != 5 {
		return ""
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	for _, a := range s.apps {
		if a.SID == parts[1] && (a.Number == strings.TrimPrefix(parts[3], "+") || a.WABAID == parts[3]) {
			return a.ID
		}
	}

	return ""
}

// refusal is an error answer: code and message, and the message again under the name of what is wrong.
type refusal struct {
	status             int
	code, message, key string
	// detail stands under key; the message if it is empty.
	detail string
	// list makes data an empty array instead of an empty object, as beside RBC001.
	list bool
}

// The messages of shared/provider/kaleyra/CONTRACT.md section 3.2.
const (
	msgKey     = "Incorrect SID or API key."
	msgNumber  = "Phone number is not present or does not belong to the account."
	msgPayload = "Refer to correct payload format"
	msgAgain   = "Please try again later"
	msgBalance = "Please check your balance, You have a low balance!"
	msgAccess  = "API is not available for given customer.Please contact support for more info"
	msgVersion = "The phone number you're using is associated with different Version of our WA API. " +
		"Please use the appropriate endpoint."
)

var (
	errKey = &refusal{
		status:  http.StatusUnauthorized,
		code:    "RBC001",
		message: msgKey,
		key:     "error",
		list:    true,
	}
	errNumber = &refusal{
		status:  http.StatusUnauthorized,
		code:    "WA401",
		message: msgNumber,
		key:     "phone_number",
	}
	errPayload = &refusal{
		status:  http.StatusBadRequest,
		code:    "WA400",
		message: msgPayload,
		key:     "payload",
		detail:  "Incorrect payload format",
	}
	errBalance = &refusal{
		status:  http.StatusBadRequest,
		code:    "E110",
		message: msgBalance,
		key:     "balance",
	}
	errAccess = &refusal{
		status:  http.StatusUnauthorized,
		code:    "WA-401",
		message: msgAccess,
		key:     "account",
	}
	errVersion = &refusal{
		status:  http.StatusUnauthorized,
		code:    "WA-401",
		message: msgVersion,
		key:     "phone_number",
	}
	errThrottle = &refusal{
		status:  http.StatusTooManyRequests,
		code:    "WA429",
		message: "Too many requests",
		key:     "error",
	}
	// The limit's status is not documented; the code is.
	errDaily = &refusal{
		status:  http.StatusBadRequest,
		code:    "WAV2101",
		message: "Daily limit of the account reached",
		key:     "account",
	}
)

// byStatus is the documented error of a status.
func byStatus(status int, message string) *refusal {
	ref := refusal{
		status:  status,
		code:    "WA400",
		message: message,
		key:     "payload",
	}
	switch {
	case status == http.StatusUnauthorized:
		ref = *errKey
		ref.message = message
	case status == http.StatusTooManyRequests:
		ref.code, ref.key = "WA429", "error"
	case status >= http.StatusInternalServerError:
		ref.code, ref.key, ref.message, ref.detail = "WA500", "error", msgAgain, message
	}

	return &ref
}

// envelope is the shape of every answer.
type envelope struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
	Error   any    `json:"error"`
}

func (s *Server) refuse(w http.ResponseWriter, ref *refusal) {
	detail := ref.detail
	if detail == "" {
		detail = ref.message
	}

	e := envelope{
		Code:    ref.code,
		Message: ref.message,
		Data:    struct{}{},
		Error:   map[string]string{ref.key: detail},
	}
	if ref.list {
		e.Data = []string{}
	}

	s.answer(w, ref.status, e)
}

func (s *Server) answer(w http.ResponseWriter, status int, body envelope) {
	if body.Error == nil {
		body.Error = struct{}{}
	}

	wire.Answer(w, status, "application/json", body)
}

// account checks key and SID; apps of one account share both. Call with mu held.
func (s *Server) account(r *http.Request) *refusal {
	sid, key := r.PathValue("sid"), r.Header.Get("Api-Key")
	for _, a := range s.apps {
		if a.SID == sid && a.APIKey == key {
			return nil
		}
	}

	return errKey
}
