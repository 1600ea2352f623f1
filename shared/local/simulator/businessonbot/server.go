// Package businessonbot simulates BusinessOnBot: the endpoints that it is told of orders by, template mode, and the calls
// that its bot makes on a brand's own API, as shared/provider/businessonbot/CONTRACT.md has them. It refuses every body that is not as documented, answers without ever naming a message, and reports
// nothing afterwards. It shares no code with our own client, so that each can be wrong without the other covering for it.
package businessonbot

import (
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/wire"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

// System is the name of this system for faults and in the record of accepted messages.
const System = "businessonbot"

// maxBody is the largest body that is read.
const maxBody = 1 << 20

// ErrInvalidTenant means that a tenant lacks something or repeats what another has; compare with errors.Is.
var ErrInvalidTenant = errors.New("invalid simulated tenant")

// Config is what the server works with; all fields but Keep are required.
type Config struct {
	Clock  clock.Clock
	Log    *witness.Log
	Faults *chaos.List
	// Keep is how many received bodies are kept; all for 0 or less.
	Keep int
}

// Tenant is one brand at BusinessOnBot.
type Tenant struct {
	// Path is the brand's part of every address, one segment such as "neem".
	Path string
	// GuestKey is what events must come with, APIKey what templates must; an empty one lets nothing in.
	GuestKey, APIKey string
}

// Received is one thing that BusinessOnBot was told and took. Its JSON is what /local/bot shows.
type Received struct {
	// Tenant is the brand's path, Endpoint the last part of the address, such as "orders-create".
	Tenant   string `json:"tenant"`
	Endpoint string `json:"endpoint"`
	// OrderID is the id of the order or of the cart; empty for templates.
	OrderID string `json:"orderId,omitempty"`
	// Phone is the shopper's number in digits. A delivery event names none: it is then that of the order's earlier events.
	Phone string `json:"phone,omitempty"`
	// Status is that of a delivery event.
	Status string `json:"status,omitempty"`
	// Template and Params are those of template mode.
	Template string   `json:"template,omitempty"`
	Params   []string `json:"params,omitempty"`
	// Body is what came.
	Body json.RawMessage `json:"body"`
	At   time.Time       `json:"at"`
}

// Server is the simulated BusinessOnBot. It is safe for concurrent use.
type Server struct {
	cfg     Config
	mu      sync.Mutex
	tenants map[string]Tenant
	inbox   []Received
	phones  map[string]string
	count   int
}

// New returns a BusinessOnBot without tenants.
func New(cfg Config) *Server {
	return &Server{cfg: cfg, tenants: map[string]Tenant{}, phones: map[string]string{}}
}

var segment = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// AddTenant registers a brand; the error wraps [ErrInvalidTenant].
func (s *Server) AddTenant(t Tenant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.tenants[t.Path]; taken || !segment.MatchString(t.Path) || t.GuestKey == "" && t.APIKey == "" {
		return fmt.Errorf("%w: %q", ErrInvalidTenant, t.Path)
	}

	s.tenants[t.Path] = t

	return nil
}

// Inbox is what was told, oldest first, never nil.
func (s *Server) Inbox() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Received{}, s.inbox...)
}

// Told is what was told about one order of a tenant, oldest first.
func (s *Server) Told(tenant, orderID string) []Received {
	return slices.DeleteFunc(s.Inbox(), func(r Received) bool { return r.Tenant != tenant || r.OrderID != orderID })
}

// ToldOf is what was told about one shopper, whose number may have a plus, oldest first.
func (s *Server) ToldOf(phone string) []Received {
	phone = digits(phone)
	return slices.DeleteFunc(s.Inbox(), func(r Received) bool { return r.Phone != phone })
}

// Handler serves "/{tenant}/…".
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for endpoint := range bodies {
		mux.HandleFunc("POST /{tenant}/"+endpoint, func(w http.ResponseWriter, r *http.Request) { s.take(w, r, endpoint) })
	}

	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "Not Found!!") })

	return s.cfg.Faults.Wrap(chaos.Dialect{
		System:       System,
		Error:        refuse,
		Refusal:      badPayload,
		Throttled:    "Too Many Requests!!",
		Unauthorised: unauthorised,
		Down:         "Internal Server Error!!",
		// There is no id to leave out: an answer that proves nothing comes nearest.
		NoID: []byte(`{}`),
		AppID: func(r *http.Request) string {
			tenant, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			return tenant
		},
	}, mux)
}

// What the answers say; the first is documented.
const (
	badPayload   = "Bad payload!!"
	unauthorised = "Unauthorized!!"
)

func (s *Server) take(w http.ResponseWriter, r *http.Request, endpoint string) {
	s.mu.Lock()
	t, known := s.tenants[r.PathValue("tenant")]
	s.mu.Unlock()
	if !known {
		refuse(w, http.StatusNotFound, "Not Found!!")
		return
	}

	header, key := "X-Guest-Id", t.GuestKey
	if endpoint == templateEndpoint {
		header, key = "X-Api-Key", t.APIKey
	}

	if key == "" || subtle.ConstantTimeCompare([]byte(r.Header.Get(header)), []byte(key)) != 1 {
		refuse(w, http.StatusUnauthorized, unauthorised)
		return
	}

	body, err := read(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, badPayload)
		return
	}

	got, err := understand(endpoint, body)
	if err != nil {
		refuse(w, http.StatusBadRequest, badPayload)
		return
	}

	got.Tenant, got.Endpoint, got.Body, got.At = t.Path, endpoint, body, s.cfg.Clock.Now()
	s.keep(got, witness.RequestID(r.Context()))
	answer(w, http.StatusOK, map[string]any{"status": "success", "statusCode": http.StatusOK})
}

// read takes a JSON body.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return nil, errShape
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

func (s *Server) keep(got Received, request uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()

	order := got.Tenant + "/" + got.OrderID
	if got.Phone == "" {
		got.Phone = s.phones[order]
	} else if got.OrderID != "" {
		s.phones[order] = got.Phone
	}

	s.inbox = append(s.inbox, got)
	if s.cfg.Keep > 0 && len(s.inbox) > s.cfg.Keep {
		s.inbox = s.inbox[1:]
	}

	s.count++
	s.cfg.Log.Accept(witness.Accepted{
		Provider:    System,
		AppID:       got.Tenant,
		MessageID:   fmt.Sprintf("bob-%d", s.count),
		Destination: got.Phone,
		TemplateID:  cmp.Or(got.Template, got.Endpoint),
		Params:      got.Params,
		Text:        strings.TrimSpace(got.OrderID + " " + got.Status),
		At:          got.At,
		RequestID:   request,
	})
}

// refuse answers with the documented failure.
func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]any{"status": "failure", "statusCode": status, "error": message})
}

func answer(w http.ResponseWriter, status int, body any) {
	wire.Answer(w, status, "application/json", body)
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
