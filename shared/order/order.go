package order

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// MaxOrderBytes bounds an order's JSON.
const MaxOrderBytes = 4 << 20

// Order is the order as the platform's order API has it. Texts are trimmed; what the document does not hold is empty.
type Order struct {
	// ID is the platform's id in digits.
	ID string
	// Number is the order's number for the brand's customers (customerOrderNumber).
	Number string
	// VendorOrderNumber is its number in the brand's shop.
	VendorOrderNumber string
	// AccountSlug is the brand's workspace.
	AccountSlug string
	// AccountID is the workspace in digits. The documented order has none; empty then.
	AccountID string
	// Date is when the order was made (orderDate), as it came and in no zone that it names.
	Date string
	// ChannelID is the sales channel, "CH6120".
	ChannelID string
	// Customer is the shopper of the shipping address.
	Customer Customer
	// Address is the shipping address.
	Address Address
	// PaymentType is free text of the shop.
	PaymentType string
	// CashOnDelivery is the order's flag (isCOD).
	CashOnDelivery bool
	// Total is the order's value, BalanceDue what is still to be paid.
	Total, BalanceDue Amount
	// Tax is the order's tax as far as it is not in the prices; CashFee is what paying on delivery costs.
	Tax, CashFee Amount
	// ShipmentIDs are the externalShipmentIds.
	ShipmentIDs []string
	// Items are the order's lines, those of every shipment.
	Items []Item
}

// ParseOrder reads the JSON of the order API. Every scalar may come as string, number, flag or null; fields of another
// type are taken as missing. A byte order mark and bytes that are not UTF-8 do not matter. The only errors are [ErrMalformed] and [ErrNotObject].
func ParseOrder(data []byte) (Order, error) {
	c, err := open(data, MaxOrderBytes)
	if err != nil {
		return Order{}, fmt.Errorf("parse order: %w", err)
	}

	var f orderFields
	c.object(func(key string) { f.read(c, key) })
	if !c.finished() {
		return Order{}, fmt.Errorf("parse order: %w", ErrMalformed)
	}

	return f.order(), nil
}

// ItemsOf are the order's lines that the event is about: those the event lists, else those with its tracking number. If
// neither finds any, all of them.
func (o *Order) ItemsOf(e *Event) []Item { return o.pick(o.about(e)) }

// about returns the test for the lines that the event is about.
func (o *Order) about(e *Event) func(*Item) bool {
	for _, wanted := range []func(*Item) bool{e.lists, e.carries} {
		if len(o.pick(wanted)) > 0 {
			return wanted
		}
	}

	return func(*Item) bool { return true }
}

// pick returns the order's lines that are wanted.
func (o *Order) pick(wanted func(*Item) bool) []Item {
	var items []Item
	for n := range o.Items {
		if wanted(&o.Items[n]) {
			items = append(items, o.Items[n])
		}
	}

	return items
}

// lists reports whether the event names the line.
func (e *Event) lists(i *Item) bool {
	return i.ID != "" && slices.ContainsFunc(e.Items, func(listed Item) bool { return listed.ID == i.ID })
}

// carries reports whether the line is in the event's parcel.
func (e *Event) carries(i *Item) bool { return i.travelsAs(e.TrackingID, e.ShipmentID) }

// LogValue is the order's id.
func (o Order) LogValue() slog.Value { return slog.GroupValue(slog.String("order_id", o.ID)) }

// Format writes the same as LogValue, for every verb.
func (o Order) Format(s fmt.State, _ rune) { logging.Format(s, o) }

// LogValue is [redacted].
func (Customer) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted], for every verb.
func (c Customer) Format(s fmt.State, _ rune) { logging.Format(s, c) }

// LogValue is [redacted].
func (Address) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted], for every verb.
func (a Address) Format(s fmt.State, _ rune) { logging.Format(s, a) }

// orderFields are the values of an order as they came.
type orderFields struct {
	id, number, vendorNumber        string
	slug, account, accountCamel     string
	date                            string
	brandAccount, channel           string
	paymentType, isCOD, total, due  string
	tax, cashFee                    string
	shippingContact, billingContact Customer
	shippingAddress, billingAddress Address
	shipments                       []string
	items                           []Item
}

func (f *orderFields) read(c *cursor, key string) {
	switch key {
	case "items":
		f.items = readItems(c)
	case "shippingAddress":
		f.shippingContact, f.shippingAddress = readAddress(c)
	case "billingAddress":
		f.billingContact, f.billingAddress = readAddress(c)
	case "externalShipmentIds":
		f.shipments = nil
		c.array(func() {
			if id := clip(c.scalar(), maxText); id != "" {
				f.shipments = append(f.shipments, id)
			}
		})
	default:
		if target := f.field(key); target != nil {
			*target = clip(c.scalar(), maxText)
			return
		}

		c.skip()
	}
}

// field is where the text of an order's key belongs, nil for keys that do not matter.
func (f *orderFields) field(key string) *string {
	switch key {
	case "orderId":
		return &f.id
	case "customerOrderNumber":
		return &f.number
	case "vendorOrderNumber":
		return &f.vendorNumber
	case "accountSlug":
		return &f.slug
	case "orderDate":
		return &f.date
	case "account_id":
		return &f.account
	case "accountId":
		return &f.accountCamel
	case "brand_account_id":
		return &f.brandAccount
	case "externalChannelID":
		return &f.channel
	case "paymentType":
		return &f.paymentType
	case "isCOD":
		return &f.isCOD
	case "orderTotal":
		return &f.total
	case "balanceDue":
		return &f.due
	case "taxAmount":
		return &f.tax
	case "cashOnDeliveryCharges":
		return &f.cashFee
	}

	return nil
}

// order decides what the values mean. The billing address stands in only where the order has no shipping address at all:
// a message must not go to the payer of a present.
func (f *orderFields) order() Order {
	o := Order{
		Number:            f.number,
		VendorOrderNumber: f.vendorNumber,
		AccountSlug:       name(f.slug),
		Date:              f.date,
		ChannelID:         f.channel,
		Customer:          f.shippingContact,
		Address:           f.shippingAddress,
		PaymentType:       f.paymentType,
		CashOnDelivery:    flag(f.isCOD),
		Total:             parseAmount(f.total),
		BalanceDue:        parseAmount(f.due),
		Tax:               parseAmount(f.tax),
		CashFee:           parseAmount(f.cashFee),
		ShipmentIDs:       f.shipments,
		Items:             f.items,
	}

	if f.shippingContact == (Customer{}) && f.shippingAddress == (Address{}) {
		o.Customer, o.Address = f.billingContact, f.billingAddress
	}

	o.ID, _ = wholeNumber(f.id)
	o.AccountID, _ = wholeNumber(first(f.account, f.accountCamel, f.brandAccount))

	return o
}

// readAddress reads an address with its contact; a return's keys have a prefix.
func readAddress(c *cursor) (Customer, Address) {
	var contact Customer
	var address Address
	c.object(func(key string) {
		text := clip(c.scalar(), maxText)
		switch strings.TrimPrefix(key, "pickup_") {
		case "customerName":
			contact.Name = text
		case "contactPhone":
			contact.Phone = text
		case "email":
			contact.Email = text
		case "countryCode":
			contact.Region = text
		case "addressLine1":
			address.Line1 = text
		case "addressLine2":
			address.Line2 = text
		case "city":
			address.City = text
		case "state":
			address.State = text
		case "postalCode":
			address.Pincode = text
		}
	})

	return contact, address
}
