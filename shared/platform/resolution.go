package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

const (
	// resolutionPath is the path of the call below the platform's address.
	resolutionPath = "/api/v2/ndrResolution"
	// codeDefer is the code that goes with a date, and not with shipping details.
	codeDefer = "ACTF002"
	// actionSource is what the platform shows as the way in which the shopper acted.
	actionSource = "whatsapp"
	// maxResolutionAnswer is the most bytes of an answer that are read. Nothing in it counts but its status.
	maxResolutionAnswer = 64 << 10
)

// dayLayouts are the spellings of a day, as PLATFORM_DEFERRED_DATE names them.
var dayLayouts = map[string]string{"yyyy-mm-dd": time.DateOnly, "dd-mm-yyyy": "02-01-2006"}

// ResolutionConfig is a [Config] with what submitting actions after a failed delivery needs.
type ResolutionConfig struct {
	Config

	// URL is where actions are submitted: the platform's documents name another host for them than for orders. Empty means
	// /api/v2/ndrResolution below PLATFORM_BASE_URL.
	URL string `env:"PLATFORM_RESOLUTION_URL"`
	// DeferredDate is how the platform wants a new day of delivery spelled, yyyy-mm-dd or dd-mm-yyyy: its documents have both.
	DeferredDate string `env:"PLATFORM_DEFERRED_DATE, default=yyyy-mm-dd"`
}

// Validate checks the address, that it is none of ours, and the spelling of days.
func (c ResolutionConfig) Validate() error {
	var check config.Check
	if c.URL != "" {
		c.checkAddress(&check, "PLATFORM_RESOLUTION_URL", c.URL)
	}

	check.That(dayLayouts[c.DeferredDate] != "", "PLATFORM_DEFERRED_DATE must be yyyy-mm-dd or dd-mm-yyyy")

	return check.Err()
}

// Addresses are those that the HTTP client must be able to reach.
func (c ResolutionConfig) Addresses() []string { return []string{c.BaseURL, c.address()} }

func (c ResolutionConfig) address() string {
	if c.URL != "" {
		return c.URL
	}
	return strings.TrimRight(c.BaseURL, "/") + resolutionPath
}

// Resolver is a [Client] that submits actions as well.
type Resolver struct {
	*Client

	url    string
	layout string
}

// NewResolver returns a resolver of a platform whose configuration is valid, for a function of the project. It does not connect. The
// HTTP client is [httpx.Client]'s for the configuration's addresses.
func NewResolver(c ResolutionConfig, project string, h *http.Client) *Resolver {
	return &Resolver{Client: New(c.Config, project, h), url: c.address(), layout: dayLayouts[c.DeferredDate]}
}

// Resolution is an action of a shopper after a failed delivery (CONTRACT.md section 5.2). It holds personal data, and prints none.
type Resolution struct {
	// OrderNumber is the order's number for the brand's customers (customerOrderNumber).
	OrderNumber string
	// Code is the action's, such as ACTF001.
	Code string
	// TrackingID is the courier's number of the parcel, Phone the number as it is on the order.
	TrackingID, Phone string
	// Day is the new day of delivery, "2006-01-02"; of ACTF002 only, where it is required.
	Day string
	// Shipping is what the shopper adds or changes. It is not sent with ACTF002.
	Shipping ShippingDetails
	// Remarks are free text.
	Remarks string
}

// LogValue is the order's number and the code.
func (a Resolution) LogValue() slog.Value {
	return slog.GroupValue(slog.String("order_number", logging.Word(a.OrderNumber)), slog.String("code", logging.Word(a.Code)))
}

// Format writes the same as LogValue, for every verb.
func (a Resolution) Format(s fmt.State, _ rune) { logging.Format(s, a) }

// ShippingDetails are what a shopper can add to another attempt or change for it; what is empty stays as it is.
type ShippingDetails struct {
	Name           string `json:"name,omitempty"`
	Email          string `json:"email,omitempty"`
	CurrentAddress string `json:"currentAddress,omitempty"`
	UpdatedAddress string `json:"updatedAddress,omitempty"`
	Landmark       string `json:"landmark,omitempty"`
	Notes          string `json:"notes,omitempty"`
}

// resolutionBody has its keys as the platform documents them (CONTRACT.md section 5.2).
type resolutionBody struct {
	CustomerOrderNumber string          `json:"customerOrderNumber"`
	ResolutionCode      string          `json:"resolutionCode"`
	TrackingID          string          `json:"trackingId"`
	ContactPhoneNumber  string          `json:"contactPhoneNumber"`
	ActionSource        string          `json:"actionSource"`
	DeferredDate        string          `json:"deferredDate,omitempty"`
	ShippingDetails     ShippingDetails `json:"shippingDetails,omitzero"`
	Remarks             string          `json:"remarks,omitempty"`
}

// ErrInDoubt says that nobody knows whether the platform has taken an action.
var ErrInDoubt = errors.New("the order platform may have taken it")

// StatusError is the platform's refusal of an action.
type StatusError struct {
	// Status is the answer's HTTP status.
	Status int
	// RetryAfter is how long the platform asks to wait; 0 if it does not say.
	RetryAfter time.Duration
}

// Error names the status.
func (e *StatusError) Error() string { return fmt.Sprintf("status %d", e.Status) }

// Resolve submits an action, once. Any answer of success is one, whatever its body. The error's kind says what came of it:
//
//   - Invalid: the platform does not take this action and never will, or it lacks what the platform requires;
//   - Conflict: the parcel has another action, or is in another state;
//   - Unavailable: it is surely not taken, and may be later: no byte left, or the platform refused credentials or its load;
//   - Loop: the address turned out to be our own;
//   - Upstream, and then it is [ErrInDoubt]: nobody knows.
//
// A *[StatusError] in it has the answer's status, if one came. No error has a word of the action or the answer beside the order's number.
func (r *Resolver) Resolve(ctx context.Context, a Resolution) error {
	op := "platform.Resolve " + logging.Word(a.OrderNumber)

	body, err := r.encode(a)
	if err != nil {
		return fault.Wrap(fault.Invalid, op, err)
	}

	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return fault.New(fault.Internal, op, "")
	}

	req.Header.Set("Accept", contentJSON)
	req.Header.Set("Content-Type", contentJSON)
	r.sign(req)
	r.authorize(req)

	answer, err := httpx.Once(ctx, r.http, req, maxResolutionAnswer)
	status := answer.Status
	if lost, ok := errors.AsType[*httpx.LostError](err); ok {
		switch {
		case lost.Loss == httpx.NotSent:
			return fault.Wrap(fault.Unavailable, op, err)
		case lost.Status == 0:
			return fault.Wrap(fault.Upstream, op, fmt.Errorf("%w: %w", ErrInDoubt, err))
		}

		status = lost.Status // the status alone counts, and it came
	}

	return judge(op, status, httpx.RetryAfter(answer.Header))
}

// judge returns what an answer's status says of an action; nil for success.
func judge(op string, status int, wait time.Duration) error {
	refused := &StatusError{Status: status, RetryAfter: wait}

	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusLoopDetected:
		return fault.New(fault.Loop, op, loops)
	case status == http.StatusConflict:
		return fault.Wrap(fault.Conflict, op, refused)
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooEarly,
		status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return fault.Wrap(fault.Unavailable, op, refused)
	case status >= 400 && status < 500 && status != http.StatusRequestTimeout:
		return fault.Wrap(fault.Invalid, op, refused)
	default:
		return fault.Wrap(fault.Upstream, op, fmt.Errorf("%w: %w", ErrInDoubt, refused))
	}
}

// encode returns the body of the call.
func (r *Resolver) encode(a Resolution) ([]byte, error) {
	for _, f := range []struct{ name, value string }{
		{"customerOrderNumber", a.OrderNumber},
		{"resolutionCode", a.Code},
		{"trackingId", a.TrackingID},
		{"contactPhoneNumber", a.Phone},
	} {
		if f.value == "" {
			return nil, fault.Field(f.name, "is missing")
		}
	}

	body := resolutionBody{
		CustomerOrderNumber: a.OrderNumber,
		ResolutionCode:      a.Code,
		TrackingID:          a.TrackingID,
		ContactPhoneNumber:  a.Phone,
		ActionSource:        actionSource,
		ShippingDetails:     a.Shipping,
		Remarks:             a.Remarks,
	}

	if a.Code == codeDefer {
		day, err := time.Parse(time.DateOnly, a.Day)
		if err != nil {
			return nil, fault.Field("deferredDate", "is not a day")
		}

		body.DeferredDate, body.ShippingDetails = day.Format(r.layout), ShippingDetails{}
	}

	return json.Marshal(body)
}
