package simulation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// do lets a step happen.
func (w *World) do(s Step) {
	switch s.Kind {
	case Happens:
		w.happen(s)
	case Portal:
		w.portal(s)
	case Says:
		w.say(s)
	case Switch:
		w.note("%s: brand %d turns %s %s", s.name(), s.Brand, s.Event, onOff(s.Active))
		w.switchEvent(s)
	case News:
		w.news(s)
	case Garbage:
		w.litter(s)
	case Looks:
		w.look(s)
	case Guesses:
		w.guess(s)
	case Leaves:
		w.leave(s)
	case Taps, Decides:
		w.tap(s)
	case Reopens:
		w.reopen(s)
	case Renames:
		w.rename(s)
	case Hushes:
		w.note("%s: brand %d switches its quiet hours %s", s.name(), s.Brand, onOff(s.Active))
		w.hush(s)
	case Records:
		w.record(s)
	case Replays:
		w.replay(s.name())
	case Kill:
		w.mu.Lock()
		m := w.machines[s.Machine%len(w.machines)]
		w.mu.Unlock()
		m.die(s.name())
	}
}

// name is what everything that follows from the step is called.
func (s Step) name() string { return fmt.Sprintf("step %d", s.ID) }

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// happen publishes an event as often as the step says.
func (w *World) happen(s Step) {
	body := w.eventBody(s)

	w.note("%s: %s of %s at %s", s.name(), s.Event, shipmentID(s), s.occurred().In(india).Format(time.TimeOnly))
	w.publishEvent(s, body)

	began := time.Now()
	for _, later := range s.Again {
		time.Sleep(time.Until(began.Add(later)))
		w.publishEvent(s, body)
	}
}

func (w *World) publishEvent(s Step, body []byte) {
	w.oracle.happened(s)
	w.showsStatus(s)

	_, err := w.order.Publish(w.ctx, &pb.PublishRequest{
		Topic: "projects/" + world.Project + "/topics/" + world.OrderEvents, Messages: []*pb.PubsubMessage{{Data: body}},
	})
	if err != nil {
		w.oracle.find("the simulation cannot publish: %v", err)
	}
}

// occurred is when the event's status was reached, in whole seconds as the platform tells it.
func (s Step) occurred() time.Time { return start.Add(s.Occurred).Truncate(time.Second) }

// token marks an event in what the template says.
func (s Step) token() string { return fmt.Sprintf(remarkOf, s.ID) }

// remarkOf is the form of an event's remark.
const remarkOf = "remark %d"

// eventBody returns an event as the platform publishes it.
func (w *World) eventBody(s Step) []byte {
	b := w.plan.Brands[s.Brand]
	shopper := b.Shoppers[s.Shopper]
	status := strings.TrimPrefix(s.Event, "shipment/")
	at := s.occurred().In(india).Format(time.DateTime)

	body, err := json.Marshal(map[string]any{
		"resource": "shipment", "eventType": "PUT", "eventSubType": status, "accountSlug": b.Slug, "accountId": nil,
		"actor": "SYSTEM", "version": "v1", "request_data": []any{},
		"response_data": map[string]any{
			"customerOrderNumber": orderNumber(s.Brand, s.Shopper, s.Order), "vendorOrderNumber": "#1", "externalShipmentID": shipmentID(s),
			"externalChannelID": "CH6120", "channelLabel": "Web", "orderDate": "2026-03-01 11:04:30", "paymentType": "COD",
			"order_id": json.Number(orderID(s.Brand, s.Shopper, s.Order)), "channel_id": 6120, "account_id": json.Number(b.ID),
			"trackingID": "TRK-" + shipmentID(s), "courierName": "ExampleExpress", "updated_at": at, "status": status,
			"invoice_url": "https://files.example.test/invoice.pdf", "invoiceNumber": "INV1", "countryCode": shopper.country(),
			"remarks": s.token(), "customerName": shopper.Name, "customerContactNumber": shopper.written(), "email": shopper.Email,
			"status_updated_at": at, "status_log": map[string]any{status: at},
			"items": []any{map[string]any{"orderItemID": "I1", "itemID": "SOAP-3", "productName": "Soap", "quantity": 1}},
		},
	})
	if err != nil {
		panic(err) // made of strings and numbers
	}

	return body
}

// country returns the shopper's country, by the number.
func (s Shopper) country() string {
	for prefix, country := range map[string]string{"91": "IN", "55": "BR", "52": "MX", "54": "AR"} {
		if strings.HasPrefix(s.Phone, prefix) {
			return country
		}
	}

	return "IN"
}

// written is the number as orders have it: ten digits at home, with a plus elsewhere.
func (s Shopper) written() string {
	if home, ok := strings.CutPrefix(s.Phone, "91"); ok && len(home) == 10 {
		return home
	}
	return "+" + s.Phone
}

// switchEvent turns an event of a brand on or off, in the account's document.
func (w *World) switchEvent(s Step) {
	a, err := w.parts.Store.Account(w.ctx, w.plan.Brands[s.Brand].ID)
	if err != nil {
		w.oracle.find("%s: the account cannot be read: %v", s.name(), err)
		return
	}

	e := a.Events[s.Event]
	e.Enabled = s.Active
	a.Events[s.Event] = e
	testkit.Agree(&a)

	w.oracle.switched(s)

	if err = w.parts.Store.PutAccount(w.ctx, a); err != nil {
		w.oracle.find("%s: the account cannot be written: %v", s.name(), err)
	}
}
