package gupshup

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// Verify returns nil: Gupshup signs no callbacks. What proves them is the token in the URL, which the caller checks.
func (*Provider) Verify(provider.App, http.Header, []byte) error { return nil }

// envelope is the outside of a callback of either version: type and payload in version 2, object and entry in version 3.
type envelope struct {
	Type      text            `json:"type"`
	Timestamp number          `json:"timestamp"`
	Payload   json.RawMessage `json:"payload"`
	cloudapi.Envelope
}

// ParseWebhook reads a callback of version 2 or 3. Fields of unexpected types count as absent; items that cannot be read
// become one event of KindUnknown. ErrMalformed is for bodies that are not UTF-8, not JSON, or neither version's envelope.
func (*Provider) ParseWebhook(_ provider.App, body []byte) ([]provider.Event, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("gupshup: not UTF-8: %w", provider.ErrMalformed)
	}
	var e envelope
	if err := lenient.Decode(body, &e); err != nil {
		return nil, fmt.Errorf("gupshup: not a JSON object: %w", provider.ErrMalformed)
	}

	switch {
	case e.Type != "" && e.Object != cloudapi.Object:
		return e.version2(body).Callback(body), nil
	case e.Is():
		return reader.Envelope(cloudapi.Scope{}, body, e.Envelope).Callback(body), nil
	default:
		return nil, fmt.Errorf("gupshup: neither type nor object: %w", provider.ErrMalformed)
	}
}

// statuses are the delivery reports of version 2.
var statuses = map[text]message.Status{
	"enqueued":  message.StatusEnqueued,
	"sent":      message.StatusSent,
	"delivered": message.StatusDelivered,
	"read":      message.StatusRead,
	"failed":    message.StatusFailed,
}

// status makes the event of a report or a price; nil when it names no message.
func status(at int64, ids []string, s provider.StatusEvent) *provider.Event {
	if len(ids) == 0 {
		return nil
	}

	s.IDs = ids
	if s.Status == message.StatusFailed {
		s.Failure, _ = codes.Classify(s.Code)
	}

	kind := provider.KindStatus
	if s.Status == "" {
		kind = provider.KindBilling
	}

	return &provider.Event{Kind: kind, At: at, Status: &s}
}

// deductions is the price of a message, of either version. The older documents put the category into type.
type deductions struct {
	Type     text  `json:"type"`
	Model    text  `json:"model"`
	Source   text  `json:"source"`
	Category text  `json:"category"`
	Billable truth `json:"billable"`
}

// person returns the number and the user id of a shopper, whom version 2 and the prices of both name.
var person = cloudapi.Reader{}.Person

// references name the message of a price; version 3 spells one of them differently.
type references struct {
	ID          text `json:"id"`
	GsID        text `json:"gsId"`
	GsID3       text `json:"gs_id"`
	Destination text `json:"destination"`
}

// billing is the event of a price; nil when it says nothing of one.
func billing(at int64, d deductions, r references) *provider.Event {
	if d == (deductions{}) {
		return nil
	}

	phone, userID := person(r.Destination, "")

	return status(at, lenient.Distinct(r.GsID, r.GsID3, r.ID), provider.StatusEvent{
		Recipient: phone,
		UserID:    userID,
		Pricing: message.Pricing{
			Known:    d.Billable.Set,
			Billable: d.Billable.Value,
			Model:    string(d.Model),
			Category: cmp.Or(d.Category, d.Type).Lower(),
			Type:     string(d.Type),
			Source:   string(d.Source),
			At:       at,
		},
	})
}
