package businessonbot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// What cannot be forwarded, and why.
var (
	// ErrUnsupported means that BusinessOnBot has no way to be told the event, or that the app's settings keep it from it.
	ErrUnsupported = fmt.Errorf("businessonbot: event cannot be expressed: %w", provider.ErrUnsupported)

	errTemplateMode = errors.New("businessonbot: the app sends templates, not events")
	errEventMode    = errors.New("businessonbot: the app forwards events, not templates")
	errNoRecipient  = errors.New("businessonbot: no recipient")
	errNoOrder      = errors.New("businessonbot: the order has neither number nor id")
)

// BuildOrder makes the request that tells of the event.
func (p *Provider) BuildOrder(ctx context.Context, app provider.App, m provider.OrderMessage) (*http.Request, error) {
	row, ok := route(m.Event.Kind())
	if !ok || row.path == pathDelivery && app.ProviderIDs[KeyDeliveryEvents] == deliveryOff {
		return nil, ErrUnsupported
	}
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}

	switch {
	case p.ByTemplate(app):
		return nil, errTemplateMode
	case m.To.IsZero():
		return nil, errNoRecipient
	}
	if row.path == pathOrderCancel && partly(&m) {
		return nil, fmt.Errorf("%w: the order goes on in part", ErrUnsupported)
	}

	body, err := p.body(row, app, &m)
	if err != nil {
		return nil, err
	}

	return p.post(ctx, app, row.path, headerGuest, body)
}

// partly reports whether something of the order is left after the cancellation that the message is about: orders-cancelled has
// an order's id and nothing smaller. Of an order that is not known the event tells all of it.
func partly(m *provider.OrderMessage) bool {
	stage := m.Order.StageAt(&m.Event)
	return stage != "" && stage != order.StageCancelled
}

func (p *Provider) body(row eventRow, app provider.App, m *provider.OrderMessage) (any, error) {
	number := spell(app, m.To, formatE164)
	if row.path == pathCart {
		left, err := parseCart(m.Event.Raw)
		if err != nil {
			return nil, err
		}
		return left.body(number), nil
	}

	d, err := ParseDocument(m.OrderJSON, p.zone)
	if err != nil {
		// Without the order's own JSON, or with one that cannot be read, what the event tells has to do.
		d = fromRecords(&m.Order, &m.Event)
	}

	d.complete(&m.Order, &m.Event)
	if d.PublicID() == "" {
		return nil, errNoOrder
	}

	switch row.path {
	case pathFulfilment:
		return d.fulfilment(app, &m.Event, number), nil
	case pathDelivery:
		return d.delivery(app, &m.Event, row.status), nil
	default:
		return d.told(row, &m.Event, number), nil
	}
}

// told is the order with what the event says of it.
func (d *Document) told(row eventRow, e *order.Event, number string) Order {
	o := d.Object(number)
	o.ShipmentDetails = ShipmentDetails{
		Status: e.SubType, TrackingInfo: cmp.Or(e.TrackingID, o.ShipmentDetails.TrackingInfo),
	}
	if row.path == pathOrderCancel {
		o.CancelReason, o.CancelledAt = nullable(cmp.Or(e.Remarks, otherReason)), moment(e.OccurredAt)
	}

	return o
}

func (d *Document) fulfilment(app provider.App, e *order.Event, number string) fulfilment {
	given, family := names(d.Name)
	lines := d.linesOf(e)

	f := fulfilment{
		FulfillmentID: d.fulfilmentID(app, e),
		ID:            d.PublicID(),
		IDAlias:       d.PublicID(),
		LineItems:     lineItems(lines),
		Customer: customer{
			Email:     d.Email,
			FirstName: given,
			LastName:  family,
			Phone:     number,
		},
		OrderDetails: orderDetails{
			TotalPrice:    numeric(d.Total),
			TotalTax:      numeric(d.Tax),
			TotalDiscount: numeric(d.discount()),
			Currency:      currency,
		},
		TrackingInfo: trackingInfo{
			TrackingNumber: e.TrackingID, TrackingCompanyName: e.CourierName, ShippingStatus: shippedStatus,
		},
		Phone:       number,
		FulfilledAt: moment(e.OccurredAt),
	}
	for _, l := range lines {
		t := &f.TrackingInfo
		t.TrackingNumber = cmp.Or(t.TrackingNumber, l.TrackingID)
		t.TrackingCompanyName = cmp.Or(t.TrackingCompanyName, l.Courier)
	}

	return f
}

func (d *Document) delivery(app provider.App, e *order.Event, status string) delivery {
	// The id tells one happening from another: a second way out for delivery is a second delivery event.
	id := cmp.Or(e.Subject, d.PublicID()) + "-" + e.SubType
	if e.OccurredKnown {
		id += "-" + strconv.FormatInt(e.OccurredAt.Unix(), 10)
	}

	return delivery{
		DeliveryID:    id,
		ID:            d.PublicID(),
		IDAlias:       d.PublicID(),
		FulfillmentID: d.fulfilmentID(app, e),
		Status:        status,
		DeliveredAt:   moment(e.OccurredAt),
	}
}

func (d *Document) fulfilmentID(app provider.App, e *order.Event) string {
	if app.ProviderIDs[KeyIDs] == idsShipment {
		return cmp.Or(e.ShipmentID, e.Subject, d.PublicID())
	}
	return d.PublicID()
}

// spell writes a number as the app's setting says.
func spell(app provider.App, n phone.Number, otherwise string) string {
	format := app.ProviderIDs[KeyPhoneFormat]
	if format == "" {
		format = otherwise
	}
	if format == formatDigits {
		return n.Digits()
	}

	return n.E164()
}
