package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrAction means that a message of the topic order-actions is not as functions/brandapi documents it, or names no order of
// the platform; compare with errors.Is. Delivering it again helps nothing.
var ErrAction = errors.New("invalid order action")

// cancelledStatus is the platform's word, as a line's status and as an event.
const cancelledStatus = "cancelled_order"

// action is a message of order-actions. Its shape is our own, since the platform documents no way to cancel.
type action struct {
	ID                  string `json:"id"`
	Action              string `json:"action"`
	Version             string `json:"version"`
	AccountID           string `json:"accountId"`
	AccountSlug         string `json:"accountSlug"`
	OrderID             string `json:"orderId"`
	CustomerOrderNumber string `json:"customerOrderNumber"`
	Reason              string `json:"reason"`
	Actor               string `json:"actor"`
	Mode                string `json:"mode"`
	Source              string `json:"source"`
	RequestedAt         string `json:"requestedAt"`
}

// Act takes a message of order-actions: it cancels the order and returns the events that the platform then publishes to
// order-events, one shipment/cancelled_order a shipment. An order that is cancelled already gives none, so that a message
// may come any number of times.
func (s *Server) Act(data []byte) ([][]byte, error) {
	a, err := readAction(data)
	if err != nil {
		return nil, err
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	o := s.orders[a.OrderID]
	if o == nil {
		return nil, fmt.Errorf("%w: no such order", ErrAction)
	}

	d := json.NewDecoder(bytes.NewReader(o.body))
	d.UseNumber()
	var doc map[string]any
	if d.Decode(&doc) != nil || doc["accountSlug"] != a.AccountSlug {
		return nil, fmt.Errorf("%w: no such order of that account", ErrAction)
	}
	if !cancelLines(doc) {
		return nil, nil
	}

	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode the order: %w", err)
	}

	// Whoever is being answered with the old body must not see it change.
	changed := *o
	changed.body = body

	s.orders[a.OrderID] = &changed
	for number, other := range s.numbers {
		if other == o {
			s.numbers[number] = &changed
		}
	}

	return s.cancelledEvents(a, doc)
}

func readAction(data []byte) (action, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var a action
	if d.Decode(&a) != nil {
		return a, fmt.Errorf("%w: no JSON object with the documented keys", ErrAction)
	}

	_, timeErr := time.Parse(time.RFC3339, a.RequestedAt)
	if a.ID == "" || a.Action != "cancel_order" || a.Version != "v1" || a.AccountID == "" || a.OrderID == "" ||
		a.Actor == "" || a.Mode == "" || a.Source == "" || timeErr != nil {
		return a, fmt.Errorf("%w: a value is missing or unknown", ErrAction)
	}

	return a, nil
}

// cancelLines cancels what is not cancelled yet and reports whether there was anything.
func cancelLines(doc map[string]any) bool {
	lines, _ := doc["items"].([]any)

	changed := false
	for _, l := range lines {
		line, ok := l.(map[string]any)
		if status, _ := line["latestStatus"].(string); !ok || strings.HasPrefix(status, "cancelled") {
			continue
		}

		line["latestStatus"] = cancelledStatus
		line["cancellationPolicy"] = map[string]any{"isCancellable": false}
		changed = true
	}

	return changed
}

// cancelledEvents are the events in the platform's envelope (shared/platform/CONTRACT.md section 1.2), with its local times.
func (s *Server) cancelledEvents(a action, doc map[string]any) ([][]byte, error) {
	now := s.cfg.Clock.Now().In(time.FixedZone("IST", 5*60*60+30*60)).Format("2006-01-02 15:04:05")
	shipping, _ := doc["shippingAddress"].(map[string]any)
	shipments, _ := doc["externalShipmentIds"].([]any)
	if len(shipments) == 0 {
		shipments = []any{""}
	}

	var events [][]byte
	for _, shipment := range shipments {
		event, err := json.Marshal(map[string]any{
			"resource": "shipment", "eventType": "PUT", "eventSubType": cancelledStatus, "accountSlug": a.AccountSlug,
			"accountId": nil, "actor": "SYSTEM", "version": "v1", "request_data": []any{},
			"response_data": map[string]any{
				"order_id": json.Number(a.OrderID), "account_id": json.Number(a.AccountID),
				"customerOrderNumber": doc["customerOrderNumber"], "vendorOrderNumber": doc["vendorOrderNumber"],
				"externalShipmentID": shipment, "externalChannelID": doc["externalChannelID"], "paymentType": doc["paymentType"],
				"customerName": shipping["customerName"], "customerContactNumber": shipping["contactPhone"], "email": shipping["email"],
				"status": cancelledStatus, "status_updated_at": now, "updated_at": now, "remarks": a.Reason,
				"status_log": map[string]any{cancelledStatus: now},
			},
		})
		if err != nil {
			return nil, fmt.Errorf("encode the event: %w", err)
		}

		events = append(events, event)
	}

	return events, nil
}
