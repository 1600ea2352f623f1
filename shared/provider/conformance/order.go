package conformance

import (
	"errors"
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// OrderCase is an event to forward, with a name.
type OrderCase struct {
	Name    string
	Message provider.OrderMessage
}

// orders checks a forwarder: the requests of its events, the events that it refuses, that what it says it forwards it
// builds, and that nothing of an order is ever printed.
func (s Suite) orders(t *testing.T) {
	t.Parallel()

	forwarder, ok := s.Provider.(provider.OrderForwarder)
	if !ok {
		t.Skip("forwards no events")
	}

	app := s.OrderApp
	if app.ID == "" {
		app = s.App
	}

	for _, c := range s.Orders {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if kind := c.Message.Event.Kind(); !forwarder.Forwards(kind) {
				t.Errorf("forwarder says that it does not forward %s", kind)
			}

			s.golden(t, c.Name, func() (*http.Request, error) {
				return forwarder.BuildOrder(t.Context(), app, c.Message)
			})
			s.seeOrder(t, forwarder, app, c.Message)
		})
	}

	for _, c := range s.Unforwardable {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			req, err := forwarder.BuildOrder(t.Context(), app, c.Message)
			if err == nil {
				t.Fatalf("got a request %s %s, want an error", req.Method, req.URL.Path)
			}
			if !forwarder.Forwards(c.Message.Event.Kind()) && !errors.Is(err, provider.ErrUnsupported) {
				t.Errorf("got %v, want an error that wraps ErrUnsupported", err)
			}

			s.witness(marksOf(c.Message)...).see(t, err)
		})
	}

	t.Run("catalogue", func(t *testing.T) {
		t.Parallel()

		for _, e := range order.Catalog() {
			m := provider.OrderMessage{Event: order.Event{Resource: e.Kind.Resource, SubType: e.Kind.SubType}}
			if _, err := forwarder.BuildOrder(t.Context(), app, m); err == nil {
				t.Errorf("%s without recipient and order: no error", e.Kind)
			}
		}
	})
}

// seeOrder looks at all that may come out about an order beside the request.
func (s Suite) seeOrder(t *testing.T, f provider.OrderForwarder, app provider.App, m provider.OrderMessage) {
	t.Helper()

	w := s.witness(marksOf(m)...)
	w.see(t, m)
	w.see(t, &m)
	nobody := m
	nobody.To = phone.Number{}
	_, err := f.BuildOrder(t.Context(), app, nobody)
	if err == nil {
		t.Error("without recipient: no error")
	}

	w.see(t, err)
}

// marksOf are the contents of an order that are somebody's own.
func marksOf(m provider.OrderMessage) []string {
	return long(
		m.To.Digits(), m.To.National(), m.Event.Customer.Name, m.Event.Customer.Email, m.Order.Customer.Name,
		m.Order.Customer.Email, m.Event.Address.Line1, m.Order.Address.Line1,
	)
}
