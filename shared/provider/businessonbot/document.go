package businessonbot

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// ErrMalformed means that a document is no JSON object; its text never quotes the input.
var ErrMalformed = errors.New("businessonbot: malformed document")

// Document is an order as far as BusinessOnBot may be told of it. What is not known is empty.
type Document struct {
	// ID is the platform's id, Number the order's number for the brand's customers, VendorNumber that in the brand's shop.
	ID, Number, VendorNumber string
	// AccountSlug is the brand's workspace, Channel the sales channel.
	AccountSlug, Channel string
	// OrderedAt is in UTC.
	OrderedAt time.Time
	// Prepaid tells that nothing is left to pay on delivery.
	Prepaid    bool
	Total, Tax order.Amount
	// Name, Email and Address are the shopper's; Phone is as written, to be read in Region.
	Name, Phone, Email, Region string
	Address                    Address
	Lines                      []Line
}

// Address is a postal address as the platform has it.
type Address struct {
	Line1, Line2, City, State, Pincode, CountryCode, CountryName string
}

// Line is one line of an order.
type Line struct {
	ID, SKU, Title, Image, Weight string
	TrackingID, Courier, Status   string
	Price, Discount               order.Amount
	Quantity                      int64
	// StatusAt is since when the line has its status, in UTC; the zero time if it is not known.
	StatusAt time.Time
	// Cancellable is the platform's word on whether the line can still be cancelled; false where it says nothing.
	Cancellable bool
}

// ParseDocument reads the JSON of the platform's order API. Its dates are in zone where they name none; nil means UTC. The
// only error is [ErrMalformed].
func ParseDocument(data []byte, zone *time.Location) (Document, error) {
	if zone == nil {
		zone = time.UTC
	}
	var raw *rawOrder
	if err := lenient.Decode(data, &raw); err != nil || raw == nil || len(data) > order.MaxOrderBytes {
		return Document{}, fmt.Errorf("parse order: %w", ErrMalformed)
	}

	return raw.document(zone), nil
}

// rawOrder is the platform's order (shared/platform/CONTRACT.md section 2.2).
type rawOrder struct {
	OrderID             text       `json:"orderId"`
	CustomerOrderNumber text       `json:"customerOrderNumber"`
	VendorOrderNumber   text       `json:"vendorOrderNumber"`
	AccountSlug         text       `json:"accountSlug"`
	ChannelSlug         text       `json:"channelSlug"`
	OrderDate           text       `json:"orderDate"`
	IsCOD               text       `json:"isCOD"`
	PaymentType         text       `json:"paymentType"`
	OrderTotal          text       `json:"orderTotal"`
	TaxAmount           text       `json:"taxAmount"`
	Shipping            rawAddress `json:"shippingAddress"`
	Items               []rawItem  `json:"items"`
}

type rawAddress struct {
	CustomerName text `json:"customerName"`
	ContactPhone text `json:"contactPhone"`
	Email        text `json:"email"`
	AddressLine1 text `json:"addressLine1"`
	AddressLine2 text `json:"addressLine2"`
	City         text `json:"city"`
	State        text `json:"state"`
	PostalCode   text `json:"postalCode"`
	CountryCode  text `json:"countryCode"`
	CountryName  text `json:"countryName"`
}

type rawItem struct {
	OrderItemID     text `json:"orderItemID"`
	ItemID          text `json:"itemID"`
	ProductName     text `json:"productName"`
	ProductImageURL text `json:"productImageUrl"`
	CustomerPrice   text `json:"customerPrice"`
	Discount        text `json:"discount"`
	Quantity        text `json:"quantity"`
	LatestStatus    text `json:"latestStatus"`
	StatusUpdatedAt text `json:"statusUpdatedAt"`
	Forward         struct {
		TrackingID  text `json:"trackingID"`
		CourierName text `json:"courierName"`
	} `json:"forwardTrackingTimeline"`
	Additional struct {
		Product struct {
			SKU        text `json:"sku"`
			ImageURL   text `json:"imageUrl"`
			Weight     text `json:"weight"`
			WeightUnit text `json:"weightUnit"`
		} `json:"productDetails"`
	} `json:"additionalProductInfo"`
	Cancellation struct {
		IsCancellable text `json:"isCancellable"`
	} `json:"cancellationPolicy"`
}

func (r *rawOrder) document(zone *time.Location) Document {
	a := r.Shipping
	d := Document{
		ID:           string(r.OrderID),
		Number:       string(r.CustomerOrderNumber),
		VendorNumber: string(r.VendorOrderNumber),
		AccountSlug:  string(r.AccountSlug),
		Channel:      string(r.ChannelSlug),
		OrderedAt:    r.OrderDate.date(zone),
		Total:        r.OrderTotal.amount(),
		Tax:          r.TaxAmount.amount(),
		Name:         string(a.CustomerName),
		Phone:        string(a.ContactPhone),
		Email:        string(a.Email),
		Region:       string(a.CountryCode),
		Address: Address{
			Line1:       string(a.AddressLine1),
			Line2:       string(a.AddressLine2),
			City:        string(a.City),
			State:       string(a.State),
			Pincode:     string(a.PostalCode),
			CountryCode: string(a.CountryCode),
			CountryName: string(a.CountryName),
		},
	}
	if r.IsCOD == "" {
		d.Prepaid = prepaid(string(r.PaymentType))
	} else {
		d.Prepaid = !r.IsCOD.yes()
	}

	for i := range r.Items {
		d.Lines = append(d.Lines, r.Items[i].line())
	}

	return d
}

func (r *rawItem) line() Line {
	p := r.Additional.Product

	return Line{
		ID:          string(r.OrderItemID),
		SKU:         string(cmp.Or(r.ItemID, p.SKU)),
		Title:       string(r.ProductName),
		Image:       string(cmp.Or(r.ProductImageURL, p.ImageURL)),
		Weight:      strings.TrimSpace(string(p.Weight + " " + p.WeightUnit)),
		TrackingID:  string(r.Forward.TrackingID),
		Courier:     string(r.Forward.CourierName),
		Status:      string(r.LatestStatus),
		Price:       r.CustomerPrice.amount(),
		Discount:    r.Discount.amount(),
		Quantity:    r.Quantity.count(),
		StatusAt:    r.StatusUpdatedAt.date(statusZone()),
		Cancellable: r.Cancellation.IsCancellable.yes(),
	}
}

// statusZone is the zone of the platform's status times, which name none, unlike that of its orderDate
// (shared/platform/CONTRACT.md section 1.6).
func statusZone() *time.Location { return time.FixedZone("IST", 5*60*60+30*60) }

// prepaid reads the shop's own word for the way of paying; a word that is not known is believed to be cash, since to call
// an unpaid order paid would be worse.
func prepaid(paymentType string) bool {
	word := strings.ToLower(paymentType)
	return strings.Contains(word, "prepaid") || strings.Contains(word, "pre-paid")
}

// cancelledStatus is the status of a line whose shipment was cancelled.
const cancelledStatus = "cancelled"

// Cancelled reports whether every line of the order is cancelled already.
func (d *Document) Cancelled() bool {
	for _, l := range d.Lines {
		if !strings.HasPrefix(strings.ToLower(l.Status), cancelledStatus) {
			return false
		}
	}

	return len(d.Lines) > 0
}

// cancelledAt is when the last line was cancelled; the zero time if it is not known.
func (d *Document) cancelledAt() time.Time {
	var last time.Time
	for _, l := range d.Lines {
		if l.StatusAt.After(last) {
			last = l.StatusAt
		}
	}

	return last
}

// Cancellable reports whether the platform's cancellation policy lets every line be cancelled.
func (d *Document) Cancellable() bool {
	for _, l := range d.Lines {
		if !l.Cancellable {
			return false
		}
	}

	return len(d.Lines) > 0
}

// complete adds from the event and the order as our own records have them what the document lacks.
func (d *Document) complete(o *order.Order, e *order.Event) {
	d.ID = cmp.Or(d.ID, o.ID, e.OrderID)
	d.Number = cmp.Or(d.Number, o.Number, e.OrderNumber)
	d.VendorNumber = cmp.Or(d.VendorNumber, o.VendorOrderNumber, e.VendorOrderNumber)
	d.Name = cmp.Or(d.Name, o.Customer.Name, e.Customer.Name)
	d.Email = cmp.Or(d.Email, o.Customer.Email, e.Customer.Email)
	d.Region = cmp.Or(d.Region, o.Customer.Region, e.Customer.Region)
	if d.Address == (Address{}) {
		a := o.Address
		if a == (order.Address{}) {
			a = e.Address
		}

		d.Address = Address{
			Line1:       a.Line1,
			Line2:       a.Line2,
			City:        a.City,
			State:       a.State,
			Pincode:     a.Pincode,
			CountryCode: d.Region,
		}
	}
	if !d.Total.Known {
		d.Total = o.Total
	}
	if d.OrderedAt.IsZero() && e.StatusTimes["created"] > 0 {
		d.OrderedAt = time.Unix(e.StatusTimes["created"], 0).UTC()
	}
}

// fromRecords is the document of an order whose own JSON is not at hand.
func fromRecords(o *order.Order, e *order.Event) Document {
	d := Document{Prepaid: !o.CashOnDelivery && !e.CashOnDelivery && prepaid(cmp.Or(o.PaymentType, e.PaymentType))}
	items := o.Items
	if len(items) == 0 {
		items = e.Items
	}

	for _, i := range items {
		d.Lines = append(d.Lines, Line{
			ID:         i.ID,
			SKU:        i.SKU,
			Title:      i.Title,
			TrackingID: i.TrackingID,
			Courier:    i.CourierName,
			Status:     i.Status,
			Quantity:   int64(max(i.Quantity, 1)),
		})
	}

	return d
}

// linesOf are the lines that the event is about: those it lists, else those with its tracking number, else all.
func (d *Document) linesOf(e *order.Event) []Line {
	listed := map[string]bool{}
	for _, i := range e.Items {
		listed[i.ID] = i.ID != ""
	}

	matches := []func(Line) bool{
		func(l Line) bool { return listed[l.ID] },
		func(l Line) bool {
			return l.TrackingID != "" && (l.TrackingID == e.TrackingID || l.TrackingID == e.ShipmentID)
		},
	}
	for _, match := range matches {
		var found []Line
		for _, l := range d.Lines {
			if match(l) {
				found = append(found, l)
			}
		}
		if len(found) > 0 {
			return found
		}
	}

	return d.Lines
}
