package platform

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"
)

// Resolution is a failed-delivery resolution that the platform took (shared/platform/CONTRACT.md section 5.2).
type Resolution struct {
	// ID is the platform's own.
	ID string
	// At is when it came.
	At time.Time
	// Repeat marks one that says the same as an earlier one: answered alike, without effect.
	Repeat bool
	// Request is what was asked.
	Request Request
	// Event is the event that the platform then publishes to order-events, shipment/ndr_resolution_submitted; nil for a repeat.
	Event []byte
}

// Request is the body of POST /api/v2/ndrResolution.
type Request struct {
	CustomerOrderNumber string           `json:"customerOrderNumber"`
	ResolutionCode      string           `json:"resolutionCode"`
	TrackingID          string           `json:"trackingId"`
	ContactPhoneNumber  string           `json:"contactPhoneNumber"`
	ActionSource        string           `json:"actionSource"`
	DeferredDate        string           `json:"deferredDate"`
	ShippingDetails     *ShippingDetails `json:"shippingDetails"`
	Remarks             string           `json:"remarks"`
}

// ShippingDetails are the corrections that go with a resolution, except with ACTF002.
type ShippingDetails struct {
	Name           string `json:"name"`
	Email          string `json:"email"`
	CurrentAddress string `json:"currentAddress"`
	UpdatedAddress string `json:"updatedAddress"`
	Landmark       string `json:"landmark"`
	Notes          string `json:"notes"`
}

const (
	maxBody    = 1 << 20
	deferral   = "ACTF002"
	dateLayout = "2006-01-02"
)

// Resolutions lists those taken, oldest first, repeats included.
func (s *Server) Resolutions() []Resolution {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.resolutions)
}

// OnResolution sets what is called, before the answer, for each resolution that is no repeat. The caller waits for it.
func (s *Server) OnResolution(f func(Resolution)) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.onResolution = f
}

func (s *Server) resolve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	token := s.token
	s.mu.Unlock()
	if !authorised(r, token) {
		s.problem(w, http.StatusUnauthorized, "the bearer token is not valid")
		return
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		s.problem(w, http.StatusUnsupportedMediaType, "the body must be application/json")
		return
	}

	req, status, fault := decode(w, r)
	if fault == "" {
		status, fault = check(&req)
	}

	if fault != "" {
		s.problem(w, status, fault)
		return
	}

	res, heard, err := s.take(req)
	if err != nil {
		s.problem(w, err.status, err.detail)
		return
	}
	if heard != nil && !res.Repeat {
		heard(res)
	}

	w.Header().Set("Content-Type", "application/json")
	// A failed write means that the client has gone; the resolution is taken all the same.
	_, _ = w.Write([]byte(`{"status":"success","message":"resolution submitted"}`))
}

func decode(w http.ResponseWriter, r *http.Request) (req Request, status int, fault string) {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	// The list of keys is closed (shared/platform/CONTRACT.md section 5.2); an unknown one is a misspelling.
	d.DisallowUnknownFields()
	if err := d.Decode(&req); err != nil {
		if _, big := errors.AsType[*http.MaxBytesError](err); big {
			return req, http.StatusRequestEntityTooLarge, "the body is too large"
		}
		return req, http.StatusBadRequest, "the body is no JSON object with the documented keys"
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return req, http.StatusBadRequest, "the body holds more than one JSON value"
	}

	return req, 0, ""
}

// check holds a request against shared/platform/CONTRACT.md section 5.2; it returns what is wrong, or "".
func check(req *Request) (status int, fault string) {
	for _, f := range []struct{ name, value string }{
		{"customerOrderNumber", req.CustomerOrderNumber},
		{"resolutionCode", req.ResolutionCode},
		{"trackingId", req.TrackingID},
		{"contactPhoneNumber", req.ContactPhoneNumber},
	} {
		if f.value == "" {
			return http.StatusBadRequest, f.name + " is required"
		}
	}

	if !slices.Contains([]string{"ACTF001", deferral, "ACTF003", "ACTF004"}, req.ResolutionCode) {
		return http.StatusBadRequest, "resolutionCode is unknown"
	}
	if fault = checkExtras(req); fault != "" {
		return http.StatusBadRequest, fault
	}

	return 0, ""
}

// checkExtras holds what goes with some codes only: a date with ACTF002, shipping details with the others.
func checkExtras(req *Request) string {
	if req.ResolutionCode != deferral {
		if req.DeferredDate != "" {
			return "deferredDate goes with ACTF002 only"
		}
		return ""
	}
	if req.ShippingDetails != nil {
		return "shippingDetails do not go with ACTF002"
	}
	if _, err := time.Parse(dateLayout, req.DeferredDate); err != nil {
		return "deferredDate must be yyyy-mm-dd"
	}

	return ""
}
