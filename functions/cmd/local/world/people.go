package world

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/localcloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/handset"
)

const (
	// maxLocal is the most bytes of a body under /local.
	maxLocal = 1 << 20
	// maxQuery is the most bytes of a value in a query under /local.
	maxQuery = 128
	// maxFaults is the most faults of each kind.
	maxFaults = 1000
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
	switch {
	case id == "":
		return fault.Field("orderId", "is missing")
	case len(id) > maxQuery || !utf8.ValidString(id):
		return fault.Field("orderId", "is not an order id")
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
	if err = httpx.DecodeJSON(body, &wanted); err != nil {
		return err
	}
	if len(wanted.Simulator) > maxFaults || len(wanted.Cloud) > maxFaults {
		return fault.Field("body", fmt.Sprintf("has more than %d faults", maxFaults))
	}
	// Both or neither: what was in force stays if one of the two lists cannot be set. The lists' own errors quote what they
	// were given, and are not repeated.
	before := w.Simulator.Faults()
	if err := w.Simulator.SetFaults(wanted.Simulator); err != nil {
		return fault.Field("simulator", "has a fault that cannot be set: mode, skip, times, delayMs, status, code or id is wrong")
	}
	if err := w.setRules(wanted.Cloud); err != nil {
		return errors.Join(fault.Field("cloud", "has a rule that cannot be set: mode, skip, times, delay, code or id is wrong"), w.Simulator.SetFaults(before))
	}
	return nil
}

// setRules replaces the cloud's rules, or leaves those that were in force.
func (w *World) setRules(wanted []localcloud.Rule) error {
	faults := w.Cloud.Faults()
	before := faults.List()
	faults.Clear()
	for _, rule := range wanted {
		if _, err := faults.Add(rule); err != nil {
			faults.Clear()
			for _, old := range before {
				_, again := faults.Add(old.Rule)
				err = errors.Join(err, again)
			}
			return err
		}
	}
	return nil
}
