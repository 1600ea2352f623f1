// Package platform simulates the order platform: the order API and the failed-delivery resolution API, as
// shared/platform/CONTRACT.md section 2.1 and shared/platform/CONTRACT.md section 5.2 have them. It shares no code with our own client of them.
package platform

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/wire"
)

// system is the name of this system for faults.
const system = "platform"

// Config is what the server works with; all fields but Keep are required.
type Config struct {
	Clock  clock.Clock
	IDs    *ident.Generator
	Faults *chaos.List
	// Keep is how many resolutions are kept; all for 0 or less.
	Keep int
}

// Server is the simulated order platform. It is safe for concurrent use.
type Server struct {
	cfg          Config
	mu           sync.Mutex
	token        string
	orders       map[string]*order
	numbers      map[string]*order
	resolutions  []Resolution
	onResolution func(Resolution)
}

// order is a stored order and what resolutions are checked against.
type order struct {
	id        string
	body      []byte
	phones    []string
	trackings []string
	// parcels are what is known of parcels, by tracking number.
	parcels map[string]parcel
}

// New returns a platform without orders that asks for no particular token.
func New(cfg Config) *Server {
	return &Server{cfg: cfg, orders: map[string]*order{}, numbers: map[string]*order{}}
}

// SetToken makes both APIs ask for this bearer token. Without one the order API is open and the resolution API takes any.
func (s *Server) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.token = token
}

// PutOrder stores an order under its id. The order API answers body byte for byte, whatever it is.
func (s *Server) PutOrder(id string, body []byte) {
	o := &order{id: id, body: slices.Clone(body), parcels: map[string]parcel{}}
	type address struct {
		ContactPhone json.RawMessage `json:"contactPhone"`
	}
	var known struct {
		Number   json.RawMessage `json:"customerOrderNumber"`
		Shipping address         `json:"shippingAddress"`
		Billing  address         `json:"billingAddress"`
		Items    []struct {
			Forward struct {
				TrackingID string `json:"trackingID"`
			} `json:"forwardTrackingTimeline"`
		} `json:"items"`
	}

	// An order that is no JSON, or an odd one, is served all the same; it takes no resolutions then.
	err := json.Unmarshal(body, &known)
	for _, p := range []json.RawMessage{known.Shipping.ContactPhone, known.Billing.ContactPhone} {
		if v := text(p); v != "" {
			o.phones = append(o.phones, v)
		}
	}

	for _, it := range known.Items {
		if it.Forward.TrackingID != "" {
			o.trackings = append(o.trackings, it.Forward.TrackingID)
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	s.orders[id] = o
	if number := text(known.Number); err == nil && number != "" {
		s.numbers[number] = o
	}
}

// text is a JSON string's content or a number's spelling.
func text(raw json.RawMessage) string {
	var v string
	if json.Unmarshal(raw, &v) == nil {
		return v
	}
	return strings.TrimSpace(string(raw))
}

// Orders returns the orders as the order API answers them, by id.
func (s *Server) Orders() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()

	all := map[string][]byte{}
	for id, o := range s.orders {
		all[id] = slices.Clone(o.body)
	}

	return all
}

// RemoveOrder forgets an order.
func (s *Server) RemoveOrder(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	o := s.orders[id]
	delete(s.orders, id)

	for number, other := range s.numbers {
		if other == o {
			delete(s.numbers, number)
		}
	}
}

// Handler serves "/_ah/api/esb/v2/order/{order_id}" and "/api/v2/ndrResolution".
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_ah/api/esb/v2/order/{id}", s.getOrder)
	mux.HandleFunc("POST /api/v2/ndrResolution", s.resolve)

	return s.cfg.Faults.Wrap(chaos.Dialect{
		System: system,
		Error: func(w http.ResponseWriter, status int, message string) {
			s.problem(w, status, message)
		},
		Refusal:      "refused",
		Throttled:    "too many requests",
		Unauthorised: "the bearer token is not valid",
		Down:         "unavailable",
		NoID:         []byte(`{}`),
		AppID:        func(*http.Request) string { return "" },
	}, mux)
}

func (s *Server) getOrder(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	token, o := s.token, s.orders[r.PathValue("id")]
	s.mu.Unlock()

	switch {
	case token != "" && !authorised(r, token):
		s.problem(w, http.StatusUnauthorized, "the bearer token is not valid")
	case o == nil:
		s.problem(w, http.StatusNotFound, "no such order")
	default:
		w.Header().Set("Content-Type", "application/json")
		// A failed write means that the client has gone.
		_, _ = w.Write(o.body)
	}
}

// authorised reports whether the request bears the token; for an empty one any token will do.
func authorised(r *http.Request, token string) bool {
	got, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer || got == "" {
		return false
	}
	return token == "" || subtle.ConstantTimeCompare([]byte(got), []byte(token)) == 1
}

// problem answers with an RFC 9457 problem.
func (s *Server) problem(w http.ResponseWriter, status int, detail string) {
	wire.Answer(w, status, "application/problem+json", map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail,
	})
}
