package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simplatform "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// failedDelivery is the event that is told with buttons.
const failedDelivery = "shipment/failed_delivery"

// buttons are those below the message about a failed delivery, each with the platform's code of what it asks for.
var buttons = []struct{ label, code string }{
	{"Try again", "ACTF001"},
	{"Choose a day", "ACTF002"},
	{"Cancel order", "ACTF003"},
	{"Nobody came", "ACTF004"},
}

// talksAt reports whether a shopper taps anything of a shipment that the filter wants.
func (p Plan) talksAt(wanted func(Step) bool) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Kind == Taps && wanted(s) })
}

// buttonsOf are the labels below the template of a kind at app i. Those of nobody who taps are left out, which keeps their posts as they were.
func (w *World) buttonsOf(i int, k kind) (labels []string) {
	taps := w.plan.talksAt(func(s Step) bool { return w.plan.Brands[s.Brand].Sender == i })
	if k.name != failedDelivery || !taps {
		return nil
	}

	for _, b := range buttons {
		labels = append(labels, b.label)
	}

	return labels
}

// hasLines reports whether the order of a step has lines, and so a status: one of which nothing is tapped needs none.
func (w *World) hasLines(s Step) bool {
	return w.plan.talksAt(func(t Step) bool { return t.Brand == s.Brand && t.Shopper == s.Shopper && t.Order == s.Order })
}

// trackingOf is the courier's number of a step's shipment.
func trackingOf(s Step) string { return "TRK-" + shipmentID(s) }

// linesOf returns the lines of a step's order, one a shipment.
func (w *World) linesOf(s Step) []any {
	lines := []any{}
	if !w.hasLines(s) {
		return lines
	}

	for shipment := range 2 {
		s.Shipment = shipment
		lines = append(lines, fields{
			"orderItemID": fmt.Sprint("I", shipment), "latestStatus": "created", "statusUpdatedAt": "2026-01-01 00:00:00",
			"forwardTrackingTimeline": fields{"trackingID": trackingOf(s), "statusLog": []any{}},
			"ndrDetails":              fields{}, "ndrResolutionDetails": fields{},
		})
	}

	return lines
}

// showsStatus has the order show what its event tells.
func (w *World) showsStatus(s Step) {
	if !w.hasLines(s) {
		return
	}

	if err := w.sim.Platform().Report(simplatform.StatusChange{
		OrderID:    orderID(s.Brand, s.Shopper, s.Order),
		AccountID:  w.plan.Brands[s.Brand].ID,
		ShipmentID: shipmentID(s),
		TrackingID: trackingOf(s),
		Status:     strings.TrimPrefix(s.Event, "shipment/"),
		At:         s.occurred(),
	}); err != nil {
		w.oracle.find("%s: the order cannot show its status: %v", s.name(), err)
	}
}

// resolved publishes the event that follows from an action which the platform has taken.
func (w *World) resolved(r simplatform.Resolution) {
	w.note("the platform takes %s for %s", r.Request.ResolutionCode, r.Request.TrackingID)
	w.oracle.resolved(r)

	_, err := w.order.Publish(w.ctx, &pb.PublishRequest{
		Topic: "projects/" + world.Project + "/topics/" + world.OrderEvents, Messages: []*pb.PubsubMessage{{Data: r.Event}},
	})
	if err != nil && w.ctx.Err() == nil {
		w.oracle.find("the simulation cannot publish: %v", err)
	}
}

// tap has a shopper tap a button of a message about a failed delivery, or answer what that was answered with.
func (w *World) tap(s Step) {
	app := w.plan.Brands[s.Brand].Sender
	shopper := w.plan.Brands[s.Brand].Shoppers[s.Shopper]

	to, labels, about := w.tappable(s, app, shopper.Phone)
	if to == "" {
		w.note("%s: there is nothing to tap", s.name())
		return
	}

	said := saying{Step: s, app: app, at: time.Now(), number: shopper.Phone, answers: to}
	said.undated = w.plan.Apps[app].Provider == kaleyra.Name // whose own time has no zone

	reply := simulator.Reply{Text: s.Word, To: to}
	if s.Word == "" {
		reply.Button = labels[s.Button%len(labels)]
	}

	cb, ok := w.replyAs(said, reply)
	if !ok {
		w.oracle.find("%s: the simulator has no such answer", s.name())
		return
	}

	said.id = cb.MessageID
	cb.Planned = cb.Planned.Add(s.Late)

	w.note("%s: %s answers %q, late by %s", s.name(), shopper.Phone, reply.Button+reply.Text, s.Late)
	w.oracle.speaks(said)

	if s.Kind == Taps {
		w.oracle.taps(said, about, reply.Button)
	}

	w.schedule(cb, app, "of "+s.name())
}

// tappable returns the message of an app whose button a step taps, with its buttons, and the event that it tells of.
func (w *World) tappable(s Step, app int, phone string) (id string, labels []string, about Step) {
	for _, m := range slices.Backward(w.sim.Phones().Inbox(phone)) {
		if to, _ := w.oracle.sentThrough(m.ID); len(m.Buttons) == 0 || to != app {
			continue // the phone shows what all apps have sent, and who answers one of them writes to no other
		}
		if s.Kind == Decides {
			if m.Template == "" {
				return m.ID, m.Buttons, s
			}

			continue
		}

		for _, e := range w.plan.Steps {
			same := e.Kind == Happens && e.Event == failedDelivery && e.Brand == s.Brand && shipmentID(e) == shipmentID(s)
			if same && strings.Contains(m.Text, e.token()+",") {
				return m.ID, m.Buttons, e
			}
		}
	}

	return "", nil, s
}
