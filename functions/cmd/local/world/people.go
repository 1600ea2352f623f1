package world

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/localcloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator"
)

// maxLocal is the most bytes of a body under /local.
const maxLocal = 1 << 20

// people mounts what exists for people and checks only.
func (w *World) people(mux *http.ServeMux) {
	events := w.Parts.Publisher(OrderEvents, queue.Options{})
	for pattern, h := range map[string]httpx.Handler{
		"/local/events":              w.postEvent(events),
		"/local/inbox/{phone}":       w.getInbox,
		"/local/inbox/{phone}/reply": w.postReply,
		"/local/send-log":            w.getSendLog,
		"/local/faults":              w.faults,
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
		body, err := httpx.ReadBody(rw, r, maxLocal)
		if err != nil {
			return err
		}
		if _, err = order.ParseEvent(body, nil, nil); err != nil {
			return fault.Field("body", "is not a platform event")
		}
		attributes := map[string]string{}
		for _, name := range []string{order.AttributeResource, order.AttributeSubType} {
			if v := r.URL.Query().Get(name); v != "" {
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
		return fault.Field("to", err.Error())
	}
	return httpx.WriteJSON(rw, http.StatusAccepted, map[string]string{"id": id})
}

// LogEntry is one line of an order's send log, as /local/send-log shows it.
type LogEntry struct {
	ID        string                     `json:"id"`
	Account   string                     `json:"account"`
	Order     string                     `json:"order"`
	Event     string                     `json:"event"`
	Status    message.Status             `json:"status"`
	Reason    message.Reason             `json:"reason,omitempty"`
	App       string                     `json:"app,omitempty"`
	Provider  string                     `json:"provider,omitempty"`
	Ownership message.Ownership          `json:"ownership,omitempty"`
	Template  string                     `json:"template,omitempty"`
	Phone     string                     `json:"phone,omitempty"`
	Attempts  map[string]LogAttempt      `json:"attempts,omitempty"`
	Pricing   map[string]message.Pricing `json:"pricing,omitempty"`
	Occurred  *time.Time                 `json:"occurredAt,omitempty"`
	Created   time.Time                  `json:"createdAt"`
	Due       *time.Time                 `json:"due,omitempty"`
}

// LogAttempt is one attempt of a LogEntry.
type LogAttempt struct {
	Status message.Status       `json:"status,omitempty"`
	IDs    []string             `json:"ids,omitempty"`
	At     map[string]time.Time `json:"at,omitempty"`
	Class  string               `json:"class,omitempty"`
	Code   string               `json:"code,omitempty"`
	// PossibleDuplicate marks a second attempt after one in doubt.
	PossibleDuplicate bool `json:"possibleDuplicate,omitempty"`
}

// getSendLog shows an order's messages and refusals, straight from Firestore, with phones masked.
func (w *World) getSendLog(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}
	id := r.URL.Query().Get("orderId")
	if id == "" {
		return fault.Field("orderId", "is missing")
	}
	entries, err := w.SendLog(r.Context(), id)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, entries)
}

// SendLog reads an order's send log, oldest entry first.
func (w *World) SendLog(ctx context.Context, orderID string) ([]LogEntry, error) {
	messages, err := w.Parts.Store.MessagesOfOrder(ctx, "", orderID)
	if err != nil {
		return nil, err
	}
	entries := make([]LogEntry, 0, len(messages))
	for _, m := range messages {
		entries = append(entries, entryOf(m))
	}
	return entries, nil
}

func entryOf(m message.Message) LogEntry {
	e := LogEntry{
		ID: m.ID, Account: m.AccountID, Order: m.OrderID, Event: m.Event, Status: m.Status(), Reason: m.Reason, App: m.AppID,
		Provider: m.Provider, Ownership: m.Ownership, Template: m.TemplateID, Pricing: m.Pricing, Created: m.CreatedAt,
		Attempts: map[string]LogAttempt{},
	}
	if n, err := phone.FromE164(m.Phone); err == nil {
		e.Phone = n.String()
	}
	if m.OccurredAt != 0 {
		at := time.Unix(m.OccurredAt, 0).UTC()
		e.Occurred = &at
	}
	if !m.Due.IsZero() {
		e.Due = &m.Due
	}
	for n, a := range m.Attempts {
		shown := LogAttempt{
			Status: a.Rank.Status(), IDs: a.IDs, At: map[string]time.Time{}, Class: a.Class, Code: a.Code, PossibleDuplicate: a.PossibleDuplicate,
		}
		for status, ms := range a.At {
			shown.At[status] = time.UnixMilli(ms).UTC()
		}
		e.Attempts[n] = shown
	}
	return e
}

// Faults are the faults of the simulator and of the local cloud.
type Faults struct {
	Simulator []simulator.Fault       `json:"simulator"`
	Cloud     []localcloud.Rule       `json:"cloud,omitempty"`
	Active    []localcloud.ActiveRule `json:"active,omitempty"`
}

// faults reads, replaces or clears the faults.
func (w *World) faults(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet, http.MethodPut, http.MethodDelete); err != nil {
		return err
	}
	switch r.Method {
	case http.MethodPut:
		if err := w.setFaults(rw, r); err != nil {
			return err
		}
	case http.MethodDelete:
		w.Simulator.ClearFaults()
		w.Cloud.Faults().Clear()
	default:
	}
	shown := Faults{Simulator: w.Simulator.Faults(), Active: w.Cloud.Faults().List()}
	if shown.Simulator == nil {
		shown.Simulator = []simulator.Fault{}
	}
	return httpx.WriteJSON(rw, http.StatusOK, shown)
}

func (w *World) setFaults(rw http.ResponseWriter, r *http.Request) error {
	body, err := httpx.ReadBody(rw, r, maxLocal)
	if err != nil {
		return err
	}
	var wanted Faults
	if err := json.Unmarshal(body, &wanted); err != nil {
		return fault.Field("body", "is not a list of faults: "+strings.ReplaceAll(err.Error(), "\n", " "))
	}
	if err := w.Simulator.SetFaults(wanted.Simulator); err != nil {
		return fault.Field("simulator", err.Error())
	}
	w.Cloud.Faults().Clear()
	var problems []error
	for _, rule := range wanted.Cloud {
		_, err := w.Cloud.Faults().Add(rule)
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return fault.Field("cloud", err.Error())
	}
	return nil
}
