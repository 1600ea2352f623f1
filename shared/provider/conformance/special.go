package conformance

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// special wants what only some providers can send to be sent, or to be refused as unsupported: a shopper must not get a
// message without the part that it is for.
func (s Suite) special(t *testing.T) {
	t.Parallel()
	sender := s.sender(t)
	const marker = "MARKER-7001"

	teller, tells := s.Provider.(provider.OrderStatusTeller)
	for name, add := range map[string]func(*provider.TemplateMessage){
		"copy_code": func(m *provider.TemplateMessage) {
			m.CopyCode = marker
			m.Template.Buttons = []template.Button{{Kind: "copy_code", Text: "Copy"}}
		},
		"order_status": func(m *provider.TemplateMessage) {
			m.OrderStatus = &provider.OrderStatus{Reference: marker, Status: "shipped"}
			if tells {
				m.OrderStatus.Status, _ = teller.OrderStatus(order.Kind{Resource: order.Shipment, SubType: "dispatched"}, "")
			}
		},
		"order_details": func(m *provider.TemplateMessage) {
			m.OrderDetails = &provider.OrderDetails{
				Reference:   marker,
				Goods:       "physical-goods",
				Currency:    "INR",
				PaymentType: "upi",
				Settings:    []byte(`[]`),
				Items: []provider.OrderItem{{
					SKU:      "S",
					Name:     "Soap",
					Quantity: 1,
					Amount:   10_000,
				}},
				Subtotal: 10_000,
				Total:    10_000,
			}
			m.Template.Buttons = []template.Button{{Kind: "order_details", Text: "Review and pay"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			of := s.Templates[0].Message
			m := provider.TemplateMessage{To: of.To, Ref: of.Ref, Template: template.Template{
				ID:       of.Template.ID,
				Name:     of.Template.Name,
				Language: of.Template.Language,
				Body:     "News of your order.",
			}}
			add(&m)
			req, err := sender.BuildTemplate(t.Context(), s.App, m)
			if name == "order_status" && tells != (err == nil) {
				t.Errorf("the interface says %v, building says %v", tells, err)
			}
			if errors.Is(err, provider.ErrUnsupported) {
				return
			}
			if err != nil {
				t.Fatalf("got %v, want a request, or an error that wraps ErrUnsupported", err)
			}
			if body := readAll(t, req); !strings.Contains(body, marker) {
				t.Errorf("the request leaves it out: %s", body)
			}
		})
	}
}

func readAll(t *testing.T, req *http.Request) string {
	t.Helper()

	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}

	return string(body)
}
