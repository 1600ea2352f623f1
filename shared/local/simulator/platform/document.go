package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// timeLayout is how the platform writes a time, in its own zone.
const timeLayout = "2006-01-02 15:04:05"

// india is the platform's zone.
var india = time.FixedZone("IST", 5*60*60+30*60)

// document returns the order's JSON to be changed, nil if it is no object.
func (o *order) document() map[string]any {
	d := json.NewDecoder(bytes.NewReader(o.body))
	d.UseNumber()

	var doc map[string]any
	if d.Decode(&doc) != nil {
		return nil
	}

	return doc
}

// replace puts a changed document in the place of the order's. s.mu is held. Whoever is being answered with the old body must not
// see it change.
func (s *Server) replace(o *order, doc map[string]any) (*order, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode the order: %w", err)
	}

	changed := *o
	changed.body = body
	changed.parcels = maps.Clone(o.parcels)

	s.orders[o.id] = &changed
	for number, other := range s.numbers {
		if other == o {
			s.numbers[number] = &changed
		}
	}

	return &changed, nil
}

// linesOf returns the lines of an order's document that are wanted.
func linesOf(doc map[string]any, wanted func(tracking string) bool) []map[string]any {
	all, _ := doc["items"].([]any)

	var lines []map[string]any
	for _, l := range all {
		line, _ := l.(map[string]any)
		if line != nil && wanted(trackingOf(line)) {
			lines = append(lines, line)
		}
	}

	return lines
}

func trackingOf(line map[string]any) string {
	timeline, _ := line["forwardTrackingTimeline"].(map[string]any)
	id, _ := timeline["trackingID"].(string)

	return id
}

// has reports whether the line's latest status is this one.
func has(line map[string]any, status string) bool {
	latest, _ := line["latestStatus"].(string)
	return strings.EqualFold(latest, status)
}

// move gives a line a new status.
func move(line map[string]any, status, remark string, at time.Time) {
	moment := at.In(india).Format(timeLayout)
	line["latestStatus"], line["statusUpdatedAt"] = status, moment

	if remark != "" {
		line["latestRemark"] = remark
	}

	timeline, _ := line["forwardTrackingTimeline"].(map[string]any)
	if timeline == nil {
		return
	}

	log, _ := timeline["statusLog"].([]any)
	timeline["statusLog"] = append(slices.Clone(log), map[string]any{
		"status":    status,
		"updatedAt": moment,
		"remark":    remark,
		"location":  "",
	})
}

// announcement is what an event tells beside the order.
type announcement struct {
	status, accountID, shipment, tracking, remarks string
	at                                             time.Time
}

// event returns an event of a shipment in the platform's envelope (shared/platform/CONTRACT.md section 1.2).
func (o *order) event(doc map[string]any, a announcement) ([]byte, error) {
	at := a.at.In(india).Format(timeLayout)
	shipping, _ := doc["shippingAddress"].(map[string]any)
	response := map[string]any{
		"order_id":              id(o.id),
		"account_id":            id(a.accountID),
		"customerOrderNumber":   doc["customerOrderNumber"],
		"vendorOrderNumber":     doc["vendorOrderNumber"],
		"externalShipmentID":    a.shipment,
		"externalChannelID":     doc["externalChannelID"],
		"paymentType":           doc["paymentType"],
		"customerName":          shipping["customerName"],
		"customerContactNumber": shipping["contactPhone"],
		"email":                 shipping["email"],
		"status":                a.status,
		"status_updated_at":     at,
		"updated_at":            at,
		"remarks":               a.remarks,
		"status_log":            map[string]any{a.status: at},
	}
	if a.tracking != "" {
		response["trackingID"] = a.tracking
	}

	event, err := json.Marshal(map[string]any{
		"resource":      "shipment",
		"eventType":     "PUT",
		"eventSubType":  a.status,
		"accountSlug":   doc["accountSlug"],
		"accountId":     nil,
		"actor":         "SYSTEM",
		"version":       "v1",
		"request_data":  []any{},
		"response_data": response,
	})
	if err != nil {
		return nil, fmt.Errorf("encode the event: %w", err)
	}

	return event, nil
}

// id is a number of the platform's as an event has it: null for none, and a text where it is no number.
func id(digits string) any {
	switch {
	case digits == "":
		return nil
	case strings.Trim(digits, "0123456789") == "":
		return json.Number(digits)
	default:
		return digits
	}
}
