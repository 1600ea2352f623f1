package lab

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// orderTrace is what the events of an order leave beside messages, as /local/order shows it.
type orderTrace struct {
	AccountID string `json:"accountId"`
	// Off has the events that came while they were off, each with the day it happened.
	Off []string `json:"off"`
	// Shipments has, by a hash of each shipment or return, the newest time of each status.
	Shipments map[string]map[string]string `json:"shipments"`
}

// getOrder answers with the stored traces of an order: one of each account that had events of it, mostly one.
func (l *Lab) getOrder(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	id, err := orderIDOf(r)
	if err != nil {
		return err
	}

	traces, err := l.traces(r.Context(), id)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, traces)
}

// traces returns an order's traces, by account.
func (l *Lab) traces(ctx context.Context, orderID string) ([]orderTrace, error) {
	traces := []orderTrace{}

	err := l.eachAccount(ctx, func(ctx context.Context, a account.Account) error {
		o, err := l.Store.Order(ctx, store.OrderID(a.ID, orderID))
		switch {
		case errors.Is(err, store.ErrNotFound):
			return nil
		case err != nil:
			return err
		}

		traces = append(traces, traceOf(a.ID, o))

		return nil
	})

	return traces, err
}

// traceOf returns what is shown of an order.
func traceOf(accountID string, o store.Order) orderTrace {
	t := orderTrace{
		AccountID: accountID,
		Off:       []string{},
		Shipments: map[string]map[string]string{},
	}

	for _, off := range o.Off {
		_, event, _ := strings.Cut(off, ":") // the account comes first
		t.Off = append(t.Off, event)
	}

	for shipment, times := range o.Shipments {
		t.Shipments[shipment] = map[string]string{}
		for status, at := range times {
			if status == order.NotAttemptedStatus {
				continue // no status, but a mark on the failed delivery of that time
			}

			t.Shipments[shipment][status] = local(time.Unix(at, 0))
		}
	}

	return t
}
