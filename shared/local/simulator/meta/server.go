// Package meta simulates Meta's WhatsApp Cloud API on the Graph API and its signed webhooks, as
// shared/provider/meta/CONTRACT.md and shared/provider/cloudapi/CONTRACT.md document them. It refuses what the
// real one would refuse and invents nothing that the real one does not say. It shares no code with our own Meta
// client, so that each can be wrong without the other covering for it.
package meta

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/wire"
)

// system is the name of this system for faults and in the record of accepted messages.
const system = "meta"

// maxBody is the largest request that is read.
const maxBody = 1 << 20

// Server is the simulated Meta. It is safe for concurrent use.
type Server struct {
	tenant.Registry[*app, Behaviour]

	cfg   tenant.Config
	mu    sync.Mutex
	apps  map[string]*app
	wabas map[string]*waba
}

// New returns a Meta without numbers.
func New(cfg tenant.Config) *Server {
	s := &Server{
		cfg:   cfg,
		apps:  map[string]*app{},
		wabas: map[string]*waba{},
	}
	s.Registry = tenant.NewRegistry(&s.mu, s.apps)

	return s
}

// Handler serves the API under "/{version}/…".
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{version}/{id}/messages", s.asNumber(s.send))
	mux.HandleFunc("POST /{version}/{id}/marketing_messages", s.asNumber(s.sendMarketing))
	mux.HandleFunc("GET /{version}/{id}/message_templates", s.asAccount(s.listTemplates))
	mux.HandleFunc("GET /{version}/{id}/phone_numbers", s.asAccount(s.listNumbers))
	mux.HandleFunc("GET /{version}/{id}/subscribed_apps", s.asAccount(s.listSubscriptions))
	mux.HandleFunc("POST /{version}/{id}/subscribed_apps", s.asAccount(s.subscribe))
	mux.HandleFunc("DELETE /{version}/{id}/subscribed_apps", s.asAccount(s.unsubscribe))
	mux.HandleFunc("GET /{version}/{id}/subscriptions", s.asMetaApp(s.appSubscriptions))
	mux.HandleFunc("POST /{version}/{id}/subscriptions", s.asMetaApp(s.subscribeFields))
	mux.HandleFunc("GET /{version}/{id}", s.asToken(s.get))
	mux.HandleFunc("POST /{version}/{id}", s.asNumber(s.configure))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.refuse(w, refusal{code: codeUnknownPath, details: "Unknown path components"})
	})

	return s.cfg.Faults.Wrap(chaos.Dialect{
		System:       system,
		Error:        s.fault,
		Refusal:      "Invalid parameter",
		Throttled:    "Rate limit hit",
		Unauthorised: "Invalid OAuth access token",
		Down:         "Service temporarily unavailable",
		NoID:         []byte(`{"messaging_product":"whatsapp","contacts":[],"messages":[]}`),
		AppID:        s.appOf,
	}, mux)
}

// fault words a fault's error as Meta does; the code is the one that goes with the status.
func (s *Server) fault(w http.ResponseWriter, status int, message string) {
	code := codeParameter
	switch {
	case status == http.StatusTooManyRequests:
		code = codeThroughput
	case status == http.StatusUnauthorized:
		code = codeToken
	case status == http.StatusForbidden:
		code = codePermission
	case status >= http.StatusInternalServerError:
		code = codeService
	}

	s.refuse(w, refusal{code: code, status: status, details: message})
}

// appOf finds which number a request is for, for faults that name one.
func (s *Server) appOf(r *http.Request) string {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) < 3 {
		return ""
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.apps[parts[2]] != nil {
		return parts[2]
	}
	if w := s.wabas[parts[2]]; w != nil {
		return w.numbers[0]
	}

	return ""
}

var versionShape = regexp.MustCompile(`^v([1-9][0-9]?)\.0$`)

// The oldest and the newest version that are served (shared/provider/meta/CONTRACT.md section 1.1).
const oldestVersion, newestVersion = 21, 26

// checkVersion refuses versions that are no longer served, and those that there are not yet.
func checkVersion(version string) *refusal {
	parts := versionShape.FindStringSubmatch(version)
	if parts == nil {
		return refuse(codeUnknownPath, "Unknown path components")
	}

	switch n, err := strconv.Atoi(parts[1]); {
	case err != nil || n > newestVersion:
		return refuse(codeUnknownPath, "Unknown path components")
	case n < oldestVersion:
		return refuse(codeVersion, "You are calling a deprecated version of the API")
	}

	return nil
}

// asToken checks version and token before h.
func (s *Server) asToken(h func(w http.ResponseWriter, r *http.Request, token string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		old := checkVersion(r.PathValue("version"))
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")

		proof := r.URL.Query().Get("appsecret_proof")

		s.mu.Lock()

		known, proved := false, proof == ""
		for _, a := range s.apps {
			known = known || a.Token == token
			proved = proved || a.Token == token && a.AppSecret != "" && proof == hex.EncodeToString(hash(a.AppSecret, []byte(token)))
		}
		s.mu.Unlock()

		switch {
		case old != nil:
			s.refuse(w, *old)
		case !bearer || !known:
			s.refuse(w, refusal{code: codeToken, details: "Invalid OAuth access token"})
		case !proved: // whether or not the Meta app demands a proof (shared/provider/meta/CONTRACT.md section 1.2)
			s.refuse(w, refusal{code: codeParameter, details: "Invalid appsecret_proof provided in the API argument"})
		default:
			h(w, r, token)
		}
	}
}

// asNumber checks that the path names a number of the token's before h.
func (s *Server) asNumber(h func(w http.ResponseWriter, r *http.Request, a *app)) http.HandlerFunc {
	return s.asToken(func(w http.ResponseWriter, r *http.Request, token string) {
		s.mu.Lock()
		a := s.apps[r.PathValue("id")]
		owned := a != nil && a.Token == token
		s.mu.Unlock()
		if !owned {
			s.refuse(w, noSuchObject())
			return
		}

		h(w, r, a)
	})
}

// asAccount checks that the path names a business account with a number of the token's before h, which gets the first.
func (s *Server) asAccount(h func(w http.ResponseWriter, r *http.Request, a *app)) http.HandlerFunc {
	return s.asToken(func(w http.ResponseWriter, r *http.Request, token string) {
		s.mu.Lock()
		var a *app
		if account := s.wabas[r.PathValue("id")]; account != nil {
			for _, id := range account.numbers {
				if a == nil && s.apps[id].Token == token {
					a = s.apps[id]
				}
			}
		}
		s.mu.Unlock()
		if a == nil {
			s.refuse(w, noSuchObject())
			return
		}

		h(w, r, a)
	})
}

func noSuchObject() refusal {
	return refusal{
		code: codeParameter, subcode: 33,
		details: "Unsupported request. Object does not exist, cannot be loaded due to missing permissions, or does not support this operation",
	}
}

// refuse answers with Meta's error.
func (s *Server) refuse(w http.ResponseWriter, ref refusal) {
	body := object{
		"message": ref.message(), "type": "OAuthException", "code": ref.code, "fbtrace_id": s.trace(),
		"error_data": object{"messaging_product": "whatsapp", "details": ref.details},
	}
	if ref.subcode != 0 {
		body["error_subcode"] = ref.subcode
	}

	s.answer(w, ref.httpStatus(), object{"error": body})
}

// trace is Meta's id of an answer, in its shape.
func (s *Server) trace() string {
	sum := sha256.Sum256([]byte(s.cfg.Clock.Now().String()))
	return "A" + hex.EncodeToString(sum[:5])
}

func (s *Server) answer(w http.ResponseWriter, status int, body any) {
	wire.Answer(w, status, "application/json; charset=UTF-8", body)
}
