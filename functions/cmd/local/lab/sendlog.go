package lab

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

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
	// Seen is the version of the entry, by which it is reopened.
	Seen time.Time `json:"seen"`
	// HeldBy is why a held message's app or template cannot send.
	HeldBy string `json:"heldBy,omitempty"`
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
	// Silence is what that attempt rests on.
	Silence message.Silence `json:"silence,omitempty"`
}

// getSendLog answers with an order's messages and refusals, read from Firestore, with phones masked.
func (l *Lab) getSendLog(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	id, err := orderIDOf(r)
	if err != nil {
		return err
	}

	entries, err := SendLog(r.Context(), l.Store, id)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, entries)
}

// orderIDOf returns the order's id that the request's query names.
func orderIDOf(r *http.Request) (string, error) {
	id := r.URL.Query().Get("orderId")
	switch {
	case id == "":
		return "", fault.Field("orderId", "is missing")
	case len(id) > maxQuery || !utf8.ValidString(id):
		return "", fault.Field("orderId", "is not an order id")
	}

	return id, nil
}

// errNoMessage says that the send log has no such entry.
var errNoMessage = fault.New(fault.NotFound, "lab.reopen", "no such message")

// reopen has a message that was given up sent once more, on condition that it is as it was shown.
func (l *Lab) reopen(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
		return err
	}

	data, err := httpx.ReadBody(rw, r, maxBody)
	if err != nil {
		return err
	}
	var body struct {
		Seen time.Time `json:"seen"`
	}
	if err = httpx.DecodeJSON(data, &body); err != nil {
		return err
	}

	if body.Seen.IsZero() {
		return fault.Field("seen", "is missing")
	}

	id := r.PathValue("id")
	if strings.Trim(id, "0123456789abcdef") != "" {
		return errNoMessage
	}

	m, err := l.Store.Message(r.Context(), id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNoMessage
	case err != nil:
		return err
	case !m.UpdateTime.Equal(body.Seen):
		return &fault.Error{
			Kind:  fault.Conflict,
			Op:    "lab.reopen",
			Field: "seen",
			Msg:   "is not the entry's version now",
		}
	}

	if err := outcome.Reopen(r.Context(), l.Store, m, l.Clock.Now()); err != nil {
		return err
	}

	httpx.NoContent(rw)

	return nil
}

// SendLog reads an order's send log, oldest entry first.
func SendLog(ctx context.Context, db *store.Store, orderID string) ([]LogEntry, error) {
	messages, err := db.MessagesOfOrderInAllAccounts(ctx, orderID)
	if err != nil {
		return nil, err
	}

	entries := make([]LogEntry, 0, len(messages))
	for _, m := range messages {
		entry := entryOf(m)
		if entry.Status == message.StatusHeld {
			a, err := db.Account(ctx, m.AccountID)
			if err != nil {
				return nil, err
			}

			entry.HeldBy = heldBy(a, m)
		}

		entries = append(entries, entry)
	}

	return entries, nil
}

// heldBy returns why a held message's app or template cannot send.
func heldBy(a account.Account, m message.Message) string {
	if health := a.Apps[m.AppID].Health; !health.Healthy() {
		return strings.TrimSpace("app: " + string(health.Reason) + " " + health.Detail)
	}
	return string(a.Events[m.Event].Health.Reason)
}

// entryOf returns the entry of a message, with its phone masked.
func entryOf(m message.Message) LogEntry {
	e := LogEntry{
		ID:        m.ID,
		Account:   m.AccountID,
		Order:     m.OrderID,
		Event:     m.Event,
		Status:    m.Status(),
		Reason:    m.Reason,
		App:       m.AppID,
		Provider:  m.Provider,
		Ownership: m.Ownership,
		Template:  m.TemplateID,
		Pricing:   m.Pricing,
		Created:   m.CreatedAt,
		Seen:      m.UpdateTime,
		Attempts:  map[string]LogAttempt{},
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
			Status:            a.Rank.Status(),
			IDs:               a.IDs,
			At:                map[string]time.Time{},
			Class:             string(a.Class),
			Code:              a.Code,
			PossibleDuplicate: a.PossibleDuplicate,
			Silence:           a.Silence,
		}
		for status, ms := range a.At {
			shown.At[status] = time.UnixMilli(ms).UTC()
		}

		e.Attempts[n] = shown
	}

	return e
}
