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

	doc := o.document()
	if doc == nil || doc["accountSlug"] != a.AccountSlug {
		return nil, fmt.Errorf("%w: no such order of that account", ErrAction)
	}
	if !cancelLines(doc) {
		return nil, nil
	}
	if o, err = s.replace(o, doc); err != nil {
		return nil, err
	}

	return s.cancelledEvents(a, o, doc)
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

// cancelledEvents are the events that tell of it, one a shipment.
func (s *Server) cancelledEvents(a action, o *order, doc map[string]any) ([][]byte, error) {
	shipments, _ := doc["externalShipmentIds"].([]any)
	if len(shipments) == 0 {
		shipments = []any{""}
	}

	var events [][]byte
	for _, id := range shipments {
		shipment, _ := id.(string)

		event, err := o.event(doc, announcement{
			status:    cancelledStatus,
			accountID: a.AccountID,
			shipment:  shipment,
			remarks:   a.Reason,
			at:        s.cfg.Clock.Now(),
		})
		if err != nil {
			return nil, err
		}

		events = append(events, event)
	}

	return events, nil
}
