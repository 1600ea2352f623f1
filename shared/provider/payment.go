package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// OrderStatus is what has become of an order that the shopper was sent for review and payment before.
type OrderStatus struct {
	// Reference is the id that the order had in its [OrderDetails].
	Reference string
	// Status is the provider's own word.
	Status string
	// Description is a short line for the shopper; it may be empty.
	Description string
}

// OrderDetails is an order for the shopper to review and pay. Amounts are in micro-units of the currency.
type OrderDetails struct {
	// Reference is ours and unique per order.
	Reference string
	// Goods is what is sold: "physical-goods" or "digital-goods".
	Goods string
	// Currency is the ISO code.
	Currency string
	Items    []OrderItem
	// Subtotal is the sum of the items; Total is Subtotal and Tax and Shipping less Discount.
	Subtotal, Tax, Shipping, Discount, Total int64
	// PaymentType and Configuration name the way of payment as it is set up at the provider.
	PaymentType, Configuration string
	// Settings are the provider's own settings of that way, as JSON.
	Settings json.RawMessage
}

// OrderStatusTeller is a TemplateSender that can tell the news of an order by an [OrderStatus].
type OrderStatusTeller interface {
	// OrderStatus is the provider's word for an event that has brought the order to the stage; false for events that it has
	// no word for. A stage that is not known is that of an order with this one shipment.
	OrderStatus(kind order.Kind, stage order.Stage) (status string, ok bool)
}

// Ordinary is nil for a message of values, media and postbacks, for providers that can send no others; else it wraps
// ErrUnsupported and names what they cannot send.
func Ordinary(m TemplateMessage) error {
	switch {
	case m.OrderStatus != nil:
		return fmt.Errorf("order status: %w", ErrUnsupported)
	case m.OrderDetails != nil:
		return fmt.Errorf("order details: %w", ErrUnsupported)
	case m.CopyCode != "":
		return fmt.Errorf("code to copy: %w", ErrUnsupported)
	}
	return nil
}

// OrderItem is one line of an [OrderDetails].
type OrderItem struct {
	// SKU is the seller's id of the product.
	SKU      string
	Name     string
	Quantity int
	// Amount is the price of one piece in micro-units.
	Amount int64
}

// ButtonMessage is free text with buttons to tap, which WhatsApp takes only within the service window.
type ButtonMessage struct {
	To      phone.Number
	Text    string
	Buttons []ReplyButton
	Ref     string
}

// ReplyButton is a button of a [ButtonMessage].
type ReplyButton struct {
	// ID is what comes back as the postback of a tap.
	ID string
	// Title is the label.
	Title string
}

// ButtonSender sends text with buttons within the service window.
type ButtonSender interface {
	// BuildButtons makes the request; its answer is read by ReadReceipt.
	BuildButtons(ctx context.Context, app App, m ButtonMessage) (*http.Request, error)
	ReadReceipt(status int, header http.Header, body []byte) (Receipt, error)
}

// LogValue is the reference and the status.
func (o OrderStatus) LogValue() slog.Value {
	return slog.GroupValue(slog.String("reference", o.Reference), slog.String("status", o.Status))
}

// LogValue is the reference.
func (o OrderDetails) LogValue() slog.Value {
	return slog.GroupValue(slog.String("reference", o.Reference))
}

// Format writes the reference and the status, for every verb.
func (o OrderStatus) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "order status %s of %s", o.Status, o.Reference)
}

// Format writes the reference, for every verb.
func (o OrderDetails) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "order details %s", o.Reference)
}

// Format writes the reference, for every verb.
func (m ButtonMessage) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "button message %s", m.Ref)
}

// LogValue is the reference.
func (m ButtonMessage) LogValue() slog.Value { return slog.GroupValue(slog.String("ref", m.Ref)) }
