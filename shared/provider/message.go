package provider

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TemplateMessage is a template filled for one shopper.
type TemplateMessage struct {
	To phone.Number
	// Template is the approved copy; providers take its id, name and language, header kind and buttons from it.
	Template template.Template
	// Values fill the placeholders in order; they are fit to be sent, each and together.
	Values []string
	// Media is the header's, for templates whose header is an image, a video, a document or a location.
	Media Media
	// Ref is our reference, for providers that echo one.
	Ref string
	// Postbacks are what quick-reply buttons send back, by button index; empty entries are left out.
	Postbacks []string
	// CopyCode is what a copy-code button copies, for templates that have one.
	CopyCode string
	// OrderStatus is the news of a payment order, for templates that tell it; nil for all others.
	OrderStatus *OrderStatus
	// OrderDetails is the bill behind a button to review and pay, for templates that have one; nil for all others.
	OrderDetails *OrderDetails
}

// Postbacks returns what a tap on each of a template's buttons sends back, bound to the reference; only quick replies send anything.
func Postbacks(t template.Template, ref string) []string {
	var all []string
	for i, b := range t.Buttons {
		payload := ""
		if b.Kind == template.ButtonQuickReply {
			payload = Postback(ref, i)
		}

		all = append(all, payload)
	}

	return all
}

// Postback is what a tap on the button of an index sends back, bound to the reference of its message.
func Postback(ref string, index int) string { return fmt.Sprintf("%s:%d", ref, index) }

// ReadPostback returns the reference and the index that a [Postback] was made of. It returns false for what has another form, such as the
// payload of a brand's own bot. The index is -1 of a reference that stands alone: Gupshup returns the id of the message where a button has
// no payload (shared/provider/gupshup/CONTRACT.md section 6.2).
func ReadPostback(postback string) (ref string, index int, ok bool) {
	ref, place, indexed := strings.Cut(postback, ":")
	if strings.Count(ref, ".") != 2 { //nolint:mnd // message, attempt and seal
		return "", 0, false
	}
	if !indexed {
		return ref, -1, true
	}

	index, err := strconv.Atoi(place)

	return ref, index, err == nil && index >= 0
}

// Media is what a template's header shows.
type Media struct {
	// Link is a public URL.
	Link string
	// ID is the provider's id of an uploaded file, from providers that take uploads; it goes before Link.
	ID string
	// Filename is shown with a document.
	Filename string
	// Latitude and Longitude are decimal degrees, for a location header.
	Latitude, Longitude string
	// Name and Address are what a location header calls the place; some providers need them.
	Name, Address string
}

// OrderMessage is an event for a provider that chooses and fills its own templates: it is told what happened.
type OrderMessage struct {
	To phone.Number
	// Event is the event as the platform told it; Order is the order as the platform knows it.
	Event order.Event
	Order order.Order
	// OrderJSON is the order as the platform wrote it, for what Order leaves out; empty if it is not known.
	OrderJSON []byte
	// Brand is the account's name as its shoppers know it.
	Brand string
	Ref   string
}

// TextMessage is free text, which WhatsApp takes only within 24 hours of the shopper's last message.
type TextMessage struct {
	To   phone.Number
	Text string
	Ref  string
}

// OrderStatus is the state of an order whose bill was sent earlier.
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
