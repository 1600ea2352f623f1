// Package gupshup simulates Gupshup's self-serve WhatsApp API and its callbacks, as
// shared/provider/gupshup/CONTRACT.md documents them. It refuses what the real one would refuse and invents nothing that
// the real one does not say. It shares no code with our own Gupshup client, so that each can be
// wrong without the other covering for it.
package gupshup

import (
	"net/http"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/wire"
)

// System is the name of this system for faults and in the record of accepted messages.
const System = "gupshup"

// maxForm is the largest form that is read.
const maxForm = 1 << 20

// Server is the simulated Gupshup. It is safe for concurrent use.
type Server struct {
	tenant.Registry[*app, Behaviour]

	cfg   tenant.Config
	mu    sync.Mutex
	apps  map[string]*app
	names map[string]*app
	keys  map[string]int
	subs  int
}

// New returns a Gupshup without apps.
func New(cfg tenant.Config) *Server {
	s := &Server{
		cfg:   cfg,
		apps:  map[string]*app{},
		names: map[string]*app{},
		keys:  map[string]int{},
	}
	s.Registry = tenant.NewRegistry(&s.mu, s.apps)

	return s
}

// Handler serves the API under "/wa/…"; everything else, the discontinued "/sm/…" too, is 404.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /wa/api/v1/template/msg", s.sendTemplate)
	mux.HandleFunc("POST /wa/api/v1/msg", s.sendSession)
	mux.HandleFunc("GET /wa/app/{appID}/template", s.asApp(s.listTemplates))
	mux.HandleFunc("GET /wa/app/{appID}/template/{id}", s.asApp(s.getTemplate))
	mux.HandleFunc("GET /wa/app/{appID}/business/profile", s.asApp(s.businessProfile))
	mux.HandleFunc("GET /wa/app/{appID}/business", s.asApp(s.business))
	mux.HandleFunc("GET /wa/app/{appID}/subscription", s.asApp(s.listSubscriptions))
	mux.HandleFunc("POST /wa/app/{appID}/subscription", s.asApp(s.createSubscription))
	mux.HandleFunc("GET /wa/app/{appID}/subscription/{id}", s.asApp(s.getSubscription))
	mux.HandleFunc("PUT /wa/app/{appID}/subscription/{id}", s.asApp(s.updateSubscription))
	mux.HandleFunc("DELETE /wa/app/{appID}/subscription/{id}", s.asApp(s.deleteSubscription))

	return s.cfg.Faults.Wrap(chaos.Dialect{
		System: System,
		Error: func(w http.ResponseWriter, status int, message string) {
			s.refuse(w, &refusal{status: status, message: message})
		},
		Refusal:      msgAppDetails,
		Throttled:    msgThrottled,
		Unauthorised: msgAuth,
		Down:         "Internal Server Error",
		NoID:         []byte(`{"status":"submitted"}`),
		AppID:        s.appOf,
	}, mux)
}

// appOf finds which app a request is for, for faults that name one.
func (s *Server) appOf(r *http.Request) string {
	const prefix = "/wa/app/"
	if path := r.URL.Path; len(path) > len(prefix)+36 && path[:len(prefix)] == prefix {
		return path[len(prefix) : len(prefix)+36]
	}

	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		return ""
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if a := s.names[r.PostForm.Get("src.name")]; a != nil {
		return a.ID
	}

	return ""
}

// asApp checks the key and the app of the path before h.
func (s *Server) asApp(h func(w http.ResponseWriter, r *http.Request, a *app)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Apikey")

		s.mu.Lock()
		known, a := s.keys[key] > 0, s.apps[r.PathValue("appID")]
		owned := a != nil && a.takes(key)
		s.mu.Unlock()

		switch {
		case !known:
			s.refuse(w, &refusal{status: http.StatusUnauthorized, message: msgAuth})
		case !owned:
			s.refuse(w, refuse(msgAppID))
		default:
			h(w, r, a)
		}
	}
}

// refuse answers with the documented error body.
func (s *Server) refuse(w http.ResponseWriter, ref *refusal) {
	body := map[string]string{"status": "error", "message": ref.message}
	if ref.reason {
		body = map[string]string{"status": "error", "reason": ref.message}
	}

	s.answer(w, ref.status, body)
}

func (s *Server) answer(w http.ResponseWriter, status int, body any) {
	wire.Answer(w, status, "application/json", body)
}
