package world

import (
	"errors"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

const (
	// maxLocal is the most bytes of a body under /local.
	maxLocal = 1 << 20
	// maxQuery is the most bytes of a value in a query under /local.
	maxQuery = 128
)

// people mounts what exists for people and checks only.
func (w *World) people(mux *http.ServeMux) {
	events := w.Parts.Publisher(OrderEvents, queue.Options{})
	for pattern, h := range map[string]httpx.Handler{
		"/local/events":              w.postEvent(events),
		"/local/inbox/{phone}":       w.getInbox,
		"/local/inbox/{phone}/reply": w.postReply,
		"/local/send-log":            w.getSendLog,
		"/local/faults":              w.faults,
		"/local/bot":                 w.getBot,
		"/push/platform":             w.platformActs(events),
	} {
		mux.Handle(pattern, httpx.Serve(httpx.Options{Logger: w.options.Logger, Route: pattern, Clock: w.Clock}, h))
	}
}

// postEvent publishes a platform event to order-events.
func (w *World) postEvent(events *queue.Publisher) httpx.Handler {
	return func(rw http.ResponseWriter, r *http.Request) error {
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
		if _, err = order.ParseEvent(body, nil, nil); err != nil {
			return fault.Field("body", "must be an object: a platform event")
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
		id, err := events.Publish(r.Context(), queue.Message{Data: body, Attributes: attributes})
		if err != nil {
			return err
		}
		return httpx.WriteJSON(rw, http.StatusAccepted, map[string]string{"messageId": id})
	}
}

// notInWord keeps out of attributes, which reach logs, all but the words that the platform publishes with.
func notInWord(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
}

func phoneOf(r *http.Request) (phone.Number, error) {
	n, err := phone.Parse(r.PathValue("phone"), "")
	if err != nil {
		return phone.Number{}, fault.Field("phone", "is not a phone number")
	}
	return n, nil
}

// getInbox shows what a simulated phone shows, oldest message first.
func (w *World) getInbox(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}
	n, err := phoneOf(r)
	if err != nil {
		return err
	}
	messages := w.Simulator.Inbox(n.Digits())
	if messages == nil {
		messages = []simulator.Message{}
	}
	return httpx.WriteJSON(rw, http.StatusOK, messages)
}

// getBot shows what the simulated BusinessOnBot was told, oldest first.
func (w *World) getBot(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, w.Simulator.BusinessOnBot().Inbox())
}

// postReply is a shopper's answer on the simulated phone.
func (w *World) postReply(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
		return err
	}
	n, err := phoneOf(r)
	if err != nil {
		return err
	}
	body, err := httpx.ReadBody(rw, r, maxLocal)
	if err != nil {
		return err
	}
	var reply simulator.Reply
	if err = httpx.DecodeJSON(body, &reply); err != nil {
		return err
	}
	id, err := w.Simulator.Reply(n.Digits(), reply)
	if err != nil {
		return fault.Field(faultyField(err), err.Error())
	}
	return httpx.WriteJSON(rw, http.StatusAccepted, map[string]string{"id": id})
}

// faultyField is the field of a reply that an error is about.
func faultyField(err error) string {
	switch {
	case errors.Is(err, handset.ErrUnknownButton):
		return "button"
	case errors.Is(err, handset.ErrNoConversation):
		return "app"
	case errors.Is(err, handset.ErrInvalidReply):
		return "text"
	default:
		return "to"
	}
}
