package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Beat is one moment in the life of an order, as a row of buttons shows it.
type Beat struct {
	// ID is unique in [Life].
	ID string
	// Event is what the platform tells then, such as "shipment/created".
	Event string
	// Words are what a person reads, and Hint says what is special about it; empty if nothing is.
	Words, Hint string
}

// Step returns what publishes the beat's event about an order.
func (b Beat) Step(orderID string) Step { return Step{Do: Event, Order: orderID, Event: b.Event} }

// Life returns an order's life from created to restocked, with a second scan and a second attempt, and with what follows where nobody takes the parcel.
func Life() []Beat {
	var beats []Beat

	for _, b := range []Beat{
		{ID: "created", Event: "shipment/created"},
		{ID: "packed", Event: "shipment/packed"},
		{ID: "ready", Event: "shipment/ready_to_ship"},
		{ID: "picked-up", Event: "shipment/picked_up"},
		{ID: "dispatched", Event: "shipment/dispatched"},
		{ID: "on-the-way", Event: "shipment/intransit"},
		{ID: "on-the-way-again", Event: "shipment/intransit", Words: "On the way, second scan", Hint: "told once a parcel: nothing is sent again"},
		{ID: "out", Event: "shipment/out_for_delivery"},
		{ID: "out-again", Event: "shipment/out_for_delivery", Words: "Out for delivery, second scan", Hint: "told once a day: nothing is sent again today"},
		{ID: "failed", Event: "shipment/failed_delivery"},
		{ID: "out-second", Event: "shipment/out_for_delivery", Words: "Out for delivery, second attempt", Hint: "told once a day: on another day it is sent"},
		{ID: "failed-second", Event: "shipment/failed_delivery", Words: "Failed delivery, second attempt", Hint: "told each time"},
		{ID: "delivered", Event: "shipment/delivered"},
		{ID: "rto-created", Event: "shipment/rto_created"},
		{ID: "rto-on-the-way", Event: "shipment/rto_intransit"},
		{ID: "rto-delivered", Event: "shipment/rto_delivered"},
		{ID: "return-created", Event: "returnShipment/created"},
		{ID: "return-scheduled", Event: "returnShipment/pickup_pending"},
		{ID: "return-out", Event: "returnShipment/out_for_pickup"},
		{ID: "return-picked-up", Event: "returnShipment/picked_up"},
		{ID: "return-on-the-way", Event: "returnShipment/intransit"},
		{ID: "return-delivered", Event: "returnShipment/delivered_warehouse"},
		{ID: "restocked", Event: "returnShipment/complete"},
	} {
		if kind, _ := order.ParseKind(b.Event); b.Words == "" {
			entry, _ := order.Lookup(kind)
			b.Words = entry.Label
		}

		beats = append(beats, b)
	}

	return beats
}

// platformOrder is the part of an order of the platform that its events repeat.
type platformOrder struct {
	ID        string      `json:"orderId"`
	Number    string      `json:"customerOrderNumber"`
	Vendor    string      `json:"vendorOrderNumber"`
	Channel   string      `json:"externalChannelID"`
	Slug      string      `json:"accountSlug"`
	Payment   string      `json:"paymentType"`
	Shipments []string    `json:"externalShipmentIds"`
	Total     json.Number `json:"orderTotal"`
	Address   address     `json:"shippingAddress"`
	Items     []orderLine `json:"items"`
}

type address struct {
	City    string `json:"city"`
	Pincode string `json:"postalCode"`
	Line1   string `json:"addressLine1"`
	State   string `json:"state"`
	Phone   string `json:"contactPhone"`
	Name    string `json:"customerName"`
	Email   string `json:"email"`
}

// orderLine is a line of an order.
type orderLine struct {
	OrderItem string `json:"orderItemID"`
	Item      string `json:"itemID"`
	Product   string `json:"productName"`
	Quantity  int    `json:"quantity"`
	Forward   struct {
		Tracking string `json:"trackingID"`
		Courier  string `json:"courierName"`
	} `json:"forwardTrackingTimeline"`
}

// parcel is one shipment of an order, with the lines that travel in it.
type parcel struct {
	shipment, tracking, courier string
	lines                       []orderLine
}

// parcels returns the order's parcels: its lines by their tracking numbers, with its shipments in the same order.
func (o platformOrder) parcels() []parcel {
	var all []parcel

	at := map[string]int{}
	for _, l := range o.Items {
		i, known := at[l.Forward.Tracking]
		if !known {
			i = len(all)
			at[l.Forward.Tracking] = i
			all = append(all, parcel{tracking: l.Forward.Tracking, courier: l.Forward.Courier})
		}

		all[i].lines = append(all[i].lines, l)
	}

	for i, id := range o.Shipments {
		if i < len(all) {
			all[i].shipment = id
		}
	}

	return all
}

// parcel returns a parcel by its number, from 1 on. One behind the last is made up: it travels under the first one's tracking number, so that the order
// shows what becomes of it.
func (o platformOrder) parcel(n int) parcel {
	all := o.parcels()
	if n = max(n, 1); n <= len(all) && all[n-1].shipment != "" {
		return all[n-1]
	}

	p := parcel{lines: o.Items}
	if len(all) > 0 {
		p = all[0]
	}

	p.shipment = fmt.Sprintf("%s-P%d", o.Number, n)

	return p
}

// timeForm is how the platform writes a time, in its own zone.
const timeForm = "2006-01-02 15:04:05"

// event returns the platform's event about the order, in its envelope.
func (o platformOrder) event(accountID, event string, number int, at time.Time) ([]byte, error) {
	resource, subType, _ := strings.Cut(event, "/")
	when, p := at.Format(timeForm), o.parcel(number)

	about := map[string]any{
		"order_id":              json.Number(o.ID),
		"account_id":            json.Number(accountID),
		"customerOrderNumber":   o.Number,
		"vendorOrderNumber":     o.Vendor,
		"externalChannelID":     o.Channel,
		"customerName":          o.Address.Name,
		"customerContactNumber": o.Address.Phone,
		"email":                 o.Address.Email,
		"paymentType":           o.Payment,
		"status_updated_at":     when,
		"updated_at":            when,
		"status_log":            map[string]string{subType: when},
		"items":                 p.items(),
	}

	if resource == order.ReturnShipment {
		o.addReturn(about, subType, max(number, 1))
	} else {
		p.addShipment(about, subType)
	}

	return json.Marshal(map[string]any{
		"resource":      resource,
		"eventType":     "PUT",
		"eventSubType":  subType,
		"accountSlug":   o.Slug,
		"accountId":     nil,
		"actor":         "SYSTEM",
		"version":       "v1",
		"request_data":  []any{},
		"response_data": about,
	})
}

// addShipment adds what an event of a shipment tells.
func (p parcel) addShipment(about map[string]any, subType string) {
	about["externalShipmentID"] = p.shipment
	about["trackingID"] = p.tracking
	about["courierName"] = p.courier
	about["status"] = subType
	about["remarks"] = ""

	if subType == "failed_delivery" {
		about["remarks"] = "customer not reachable"
	}
}

// addReturn adds what an event of a return tells.
func (o platformOrder) addReturn(about map[string]any, subType string, number int) {
	about["customerReturnNumber"] = fmt.Sprintf("RET-%s-%d", o.Number, number)
	about["trackingID"] = fmt.Sprintf("RV%s%d", o.ID, number)
	about["courierName"] = "ExampleReverse"
	about["pickupType"] = "reverse"
	about["status"] = strings.ToUpper(subType)
	about["latest_status"] = subType
	about["refundAmount"] = o.Total
	about["returnReason"] = "Size does not fit"
	about["remarks"] = ""
	about["pickupAddress"] = map[string]string{
		"pickup_customerName": o.Address.Name,
		"pickup_addressLine1": o.Address.Line1,
		"pickup_city":         o.Address.City,
		"pickup_state":        o.Address.State,
		"pickup_postalCode":   o.Address.Pincode,
		"pickup_contactPhone": o.Address.Phone,
		"pickup_email":        o.Address.Email,
		"pickup_countryCode":  "IN",
	}
}

// items are the parcel's lines, as an event lists them.
func (p parcel) items() []map[string]any {
	all := []map[string]any{}
	for _, l := range p.lines {
		all = append(all, map[string]any{
			"orderItemID": l.OrderItem,
			"itemID":      l.Item,
			"productName": l.Product,
			"quantity":    l.Quantity,
		})
	}

	return all
}
