package businessonbot

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

const (
	// defaultChannel stands where the platform names no sales channel (CONTRACT.md section 4.2).
	defaultChannel = "Website"
	// currency is that of the platform's amounts, which name none.
	currency = "INR"
	// variantTitle is the title of a product's only variant, as in BusinessOnBot's sample.
	variantTitle = "Default Title"
	// otherReason is Shopify's word for a cancellation without a reason of its own.
	otherReason = "other"
	// shippedStatus is the only shipping_status that any source shows.
	shippedStatus = "shipped"
)

// Order is the order object (CONTRACT.md section 4.2), which both sides send: we in orders-create and orders-cancelled, and in
// answer to the lookups of CONTRACT.md section 5.1. A text that is not known is empty; null stands only where CONTRACT.md section 4.2 has it.
type Order struct {
	ID              string          `json:"id"`
	Name            string          `json:"name"`
	Email           string          `json:"email"`
	CreatedAt       *string         `json:"createdAt"`
	FullyPaid       bool            `json:"fullyPaid"`
	CancelReason    *string         `json:"cancelReason"`
	CancelledAt     *string         `json:"cancelledAt"`
	Note            *string         `json:"note"`
	Channel         string          `json:"channel"`
	ShippingAddress ShippingAddress `json:"shippingAddress"`
	// TotalAmount is money as text, "1000.00".
	TotalAmount     string          `json:"total_amount"`
	CurrencyCode    string          `json:"currencyCode"`
	LineItems       []LineItem      `json:"lineItems"`
	ShipmentDetails ShipmentDetails `json:"shipment_details"`
}

// ShippingAddress is where an order goes.
type ShippingAddress struct {
	Name     string  `json:"name"`
	Phone    string  `json:"phone"`
	Address1 string  `json:"address1"`
	Address2 string  `json:"address2"`
	City     string  `json:"city"`
	Province string  `json:"province"`
	Country  *string `json:"country"`
	Zip      *string `json:"zip"`
}

// Image is a picture of a product.
type Image struct {
	OriginalSrc string `json:"originalSrc"`
}

// Product is what a line is of.
type Product struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Variant is which of a product it is; Price is money as text.
type Variant struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Price  string `json:"price"`
	Weight string `json:"weight"`
	SKU    string `json:"sku"`
}

// LineItem is one line of an order.
type LineItem struct {
	Image        Image   `json:"image"`
	Product      Product `json:"product"`
	Variant      Variant `json:"variant"`
	VariantTitle string  `json:"variantTitle"`
	Quantity     int64   `json:"quantity"`
}

// ShipmentDetails is how far an order has come.
type ShipmentDetails struct {
	Status       string `json:"status"`
	TrackingInfo string `json:"tracking_info"`
}

// Object is the order as BusinessOnBot knows orders. phone is the shopper's number, spelled as BusinessOnBot wants it. Of an
// order that is cancelled the platform does not keep why.
func (d *Document) Object(phone string) Order {
	o := Order{
		ID:        d.PublicID(),
		Name:      d.shownNumber(),
		Email:     d.Email,
		CreatedAt: moment(d.OrderedAt),
		FullyPaid: d.Prepaid,
		Channel:   cmp.Or(d.Channel, defaultChannel),
		ShippingAddress: ShippingAddress{
			Name:     d.Name,
			Phone:    phone,
			Address1: d.Address.Line1,
			Address2: d.Address.Line2,
			City:     d.Address.City,
			Province: d.Address.State,
			Country:  nullable(d.Address.country()),
			Zip:      nullable(d.Address.Pincode),
		},
		TotalAmount:  Money(d.Total),
		CurrencyCode: currency,
		LineItems:    lineItems(d.Lines),
	}
	for _, l := range d.Lines {
		o.ShipmentDetails.Status = cmp.Or(o.ShipmentDetails.Status, l.Status)
		o.ShipmentDetails.TrackingInfo = cmp.Or(o.ShipmentDetails.TrackingInfo, l.TrackingID)
	}
	if d.Cancelled() {
		o.CancelReason, o.CancelledAt = nullable(otherReason), moment(d.cancelledAt())
	}

	return o
}

// PublicID is the order's id at BusinessOnBot, which comes back in its lookups and cancellations: the number that
// customers know, else the shop's, else the platform's id.
func (d *Document) PublicID() string { return cmp.Or(d.Number, d.VendorNumber, d.ID) }

func (d *Document) shownNumber() string {
	return "#" + strings.TrimPrefix(d.PublicID(), "#")
}

// country is a name: the platform's own country name mostly repeats the code (CONTRACT.md section 4.7).
func (a Address) country() string {
	code := strings.ToUpper(cmp.Or(a.CountryCode, a.CountryName))
	switch {
	case len(a.CountryName) > 2:
		return a.CountryName
	case code == "IN":
		return "India"
	default:
		return code
	}
}

// lineItems shows lines of the same product and price as one, as shops do (CONTRACT.md section 4.7).
func lineItems(lines []Line) []LineItem {
	items := make([]LineItem, 0, len(lines))

	at := map[string]int{}
	for _, l := range lines {
		id := cmp.Or(l.SKU, l.ID)
		key := fmt.Sprintf("%q %q %d %t", id, l.Title, l.Price.Micros, l.Price.Known)
		if i, known := at[key]; known {
			items[i].Quantity += l.Quantity
			continue
		}

		at[key] = len(items)
		items = append(items, LineItem{
			Image:   Image{l.Image},
			Product: Product{id, l.Title},
			Variant: Variant{
				ID:     id,
				Title:  variantTitle,
				Price:  Money(l.Price),
				Weight: l.Weight,
				SKU:    l.SKU,
			},
			Quantity: l.Quantity,
		})
	}

	return items
}

// fulfilment is the body of fulfillments-create (CONTRACT.md section 4.3). Its money is numeric.
type fulfilment struct {
	FulfillmentID string       `json:"fulfillment_id"`
	ID            string       `json:"id"`
	IDAlias       string       `json:"id_alias"`
	LineItems     []LineItem   `json:"lineItems"`
	Customer      customer     `json:"customer"`
	OrderDetails  orderDetails `json:"order_details"`
	TrackingInfo  trackingInfo `json:"tracking_info"`
	Phone         string       `json:"phone"`
	FulfilledAt   *string      `json:"fulfilled_at"`
}

type customer struct {
	Email       string           `json:"email"`
	FirstName   string           `json:"first_name"`
	LastName    string           `json:"last_name"`
	Phone       string           `json:"phone"`
	OrdersCount *int64           `json:"orders_count"`
	TotalSpent  *json.RawMessage `json:"total_spent"`
	LastOrderID *string          `json:"last_order_id"`
}

type orderDetails struct {
	TotalPrice    json.RawMessage `json:"total_price"`
	TotalTax      json.RawMessage `json:"total_tax"`
	TotalDiscount json.RawMessage `json:"total_discount"`
	Currency      string          `json:"currency"`
}

type trackingInfo struct {
	TrackingNumber      string `json:"tracking_number"`
	TrackingURL         string `json:"tracking_url"`
	TrackingCompanyName string `json:"tracking_company_name"`
	ShippingStatus      string `json:"shipping_status"`
}

// delivery is the body of fulfillments-events-create (CONTRACT.md section 4.4).
type delivery struct {
	DeliveryID    string  `json:"delivery_id"`
	ID            string  `json:"id"`
	IDAlias       string  `json:"id_alias"`
	FulfillmentID string  `json:"fulfillment_id"`
	Status        string  `json:"status"`
	DeliveredAt   *string `json:"delivered_at"`
}

// discount is what the lines were reduced by, as a positive amount; the platform writes it negative.
func (d *Document) discount() order.Amount {
	var sum order.Amount
	for _, l := range d.Lines {
		if l.Discount.Known {
			sum.Known = true
			sum.Micros += max(l.Discount.Micros, -l.Discount.Micros)
		}
	}

	return sum
}
