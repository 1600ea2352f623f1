package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
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

	note, err := l.toldBefore(r.Context(), event)
	if err != nil {
		return err
	}

	id, err := l.Events.Publish(r.Context(), queue.Message{Data: body, Attributes: attributes})
	if err != nil {
		return err
	}

	answer := struct {
		MessageID string `json:"messageId"`
		// Note says why nothing is sent, if the event's message was sent before.
		Note string `json:"note,omitempty"`
	}{id, note}

	return httpx.WriteJSON(rw, http.StatusAccepted, answer)
}

// toldBefore says of an event that was sent or passed over before when that was, and how to get a message; it is empty for others.
func (l *Lab) toldBefore(ctx context.Context, e order.Event) (string, error) {
	accountID := e.AccountID
	if accountID == "" && e.AccountSlug != "" {
		var err error
		if accountID, err = l.Store.AccountIDBySlug(ctx, e.AccountSlug); err != nil && !errors.Is(err, store.ErrNotFound) {
			return "", err
		}
	}

	if accountID == "" {
		return "", nil
	}

	keys, err := l.Keys(ctx)
	if err != nil {
		return "", err
	}

	id := keys.Occurrence.Occurrence(accountID, e)

	m, err := l.Store.FirstMessage(ctx, []string{id, keys.Occurrence.Former(accountID, e)})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case m.PassedOver() && l.Clock.Now().Sub(e.OccurredAt) > secondLook:
		const words = "decided before, at %s: not sent, %s; it is too old to be decided again: change `status_updated_at` to now or `make clean`"
		return fmt.Sprintf(words, local(m.CreatedAt), m.Reason), nil
	case !m.Recorded():
		return "", nil
	}

	// Another time makes no other message of an event that is told once a shipment or order.
	later := e
	later.OccurredAt = e.OccurredAt.AddDate(0, 0, 2)
	later.OccurredDay = later.OccurredAt.Format(time.DateOnly)

	change := "status_updated_at"
	if keys.Occurrence.Occurrence(accountID, later) == id {
		change = "externalShipmentID"
	}

	return fmt.Sprintf("sent before, at %s; change `%s` or `make clean`", local(sentAt(m)), change), nil
}

// secondLook is how old an event may be that is decided again after its message was not sent, where the account sets no limit.
const secondLook = 24 * time.Hour

// local returns a time as people in India read it, with its zone.
func local(t time.Time) string { return t.In(config.IST).Format(time.RFC3339) }

// sentAt returns when a message was first accepted, or else when it was decided on.
func sentAt(m message.Message) time.Time {
	at := m.CreatedAt
	for n := m.Attempt; n > 0; n-- {
		if ms, accepted := m.AttemptAt(n).At[string(message.StatusAccepted)]; accepted {
			at = time.UnixMilli(ms)
		}
	}

	return at
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
