package lab

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// postEvent publishes a platform event to order-events.
func (l *Lab) postEvent(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
		return err
	}

	body, err := httpx.ReadBody(rw, r, order.MaxEventBytes)
	if err != nil {
		return err
	}
	if err = httpx.CheckJSON(body, httpx.MaxDepth); err != nil {
		return err
	}

	attributes := map[string]string{}
	for _, name := range []string{order.AttributeResource, order.AttributeSubType} {
		v := r.URL.Query().Get(name)
		if len(v) > maxQuery || strings.ContainsFunc(v, notInWord) {
			return fault.Field(name, "is not a word")
		}
		if v != "" {
			attributes[name] = v
		}
	}

	event, err := order.ParseEvent(body, attributes, l.Zone)
	if err != nil {
		return fault.Field("body", "must be an object: a platform event")
	}

	note, err := l.note(r.Context(), event)
	if err != nil {
		return err
	}

	if err = l.show(event); err != nil {
		return err
	}

	id, err := l.Events.Publish(r.Context(), queue.Message{Data: body, Attributes: attributes})
	if err != nil {
		return err
	}

	answer := struct {
		MessageID string `json:"messageId"`
		// Note says why nothing is sent, if that is known already.
		Note string `json:"note,omitempty"`
	}{id, note}

	return httpx.WriteJSON(rw, http.StatusAccepted, answer)
}

// show has the simulated platform's order say what an event of a shipment tells, as the real one does.
func (l *Lab) show(e order.Event) error {
	if e.Resource != order.Shipment {
		return nil
	}

	return l.Simulator.Platform().Report(platform.StatusChange{
		OrderID:    e.OrderID,
		AccountID:  e.AccountID,
		ShipmentID: e.ShipmentID,
		TrackingID: e.TrackingID,
		Status:     e.SubType,
		Remark:     e.Remarks,
		At:         e.OccurredAt,
	})
}

// publishResolution publishes the event that follows from an action after a failed delivery.
func (l *Lab) publishResolution(r platform.Resolution) {
	ctx := context.Background()
	if _, err := l.Events.Publish(ctx, queue.Message{Data: r.Event}); err != nil {
		l.Logger.ErrorContext(ctx, "an event of the simulated order platform is lost", slog.Any("error", err))
	}
}

// notInWord reports whether c cannot stand in an attribute. The platform's attributes are words; they reach logs, so nothing
// else may.
func notInWord(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
}

// pushAction takes a push of order-actions as the simulated order platform: it carries out the request, and publishes the
// events that follow from it.
func (l *Lab) pushAction(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
		return err
	}

	body, err := httpx.ReadBody(rw, r, maxBody)
	if err != nil {
		return err
	}
	if err = httpx.RequireUTF8(body); err != nil {
		return err
	}

	push, err := queue.DecodePush(body, r.Header)
	if err != nil {
		return err
	}

	events, err := l.Simulator.Platform().Act(push.Data)
	if err != nil {
		return fault.Field("message.data", "is not an order action")
	}

	for _, event := range events {
		if _, err := l.Events.Publish(r.Context(), queue.Message{Data: event}); err != nil {
			return err
		}
	}

	httpx.NoContent(rw)

	return nil
}
