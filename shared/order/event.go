// Package order reads what the order platform sends: [ParseEvent] its events, [ParseOrder] its order JSON. [Catalog] lists
// the events that can notify a shopper, and [Keyer] makes the key by which one occurrence becomes one message. The package
// is pure: it uses no clock, network or store.
package order

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

var (
	// ErrMalformed means that a document is not JSON, is too large or nested too deeply. Its text never quotes the input.
	ErrMalformed = errors.New("order: malformed document")
	// ErrNotObject means that a document is sound JSON, but no object.
	ErrNotObject = errors.New("order: document is not an object")
	// ErrNewer means that an event is of a form that this build does not know yet: its schema is higher than the newest that [ParseEvent] reads.
	ErrNewer = errors.New("order: event is newer than this build")
)

// newestSchema is the newest form of an event that [ParseEvent] reads. An event without a schema is of form 1.
const newestSchema = 1

// attributeSchema is the publisher's attribute for it. It may also stand in the event itself, as "schema" beside the resource.
const attributeSchema = "schema"

// MaxEventBytes bounds an event. The bytes are kept in the message's document, whose limit is 1 MiB, while it is not
// settled.
const MaxEventBytes = 512 << 10

// The names of the publisher's attributes that say what an event in the flat shape is about.
const (
	// AttributeResource holds the resource.
	AttributeResource = "resource"
	// AttributeSubType holds the event's subtype.
	AttributeSubType = "eventSubType"
	// AttributeRetry is set on an event that sweep publishes again: the id of the message it belongs to.
	AttributeRetry = "retryMessage"
	// AttributeTicket is set beside it: the message's ticket, without which the event is an outdated copy.
	AttributeTicket = "retryTicket"
	// AttributeProbe is set beside it on the one event that may be sent through an app that does not answer, to find out whether
	// it does again.
	AttributeProbe = "retryProbe"
)

// Event is one platform event. Texts are trimmed; what the event does not hold is empty. An event may be about anything
// that the platform publishes; [Lookup] of its [Event.Kind] says whether it can notify.
type Event struct {
	// Resource and SubType are canonical; SubType is in lower case and rto is rto_created. They are empty if the event
	// has none or something that cannot be one.
	Resource, SubType string
	// RawSubType is the subtype as it came, empty if it is no word; it may go to logs.
	RawSubType string
	// EventType is PUT or POST, in upper case; nothing depends on it.
	EventType string
	// Flat is true if the event came in the partner shape, without an envelope.
	Flat bool

	// AccountID is the brand's workspace in digits, empty if the event names it by its slug only.
	AccountID string
	// AccountSlug is the workspace's slug.
	AccountSlug string
	// AccountIDField and AccountSlugField name the fields that the two came from, for example "response_data.account_id".
	AccountIDField, AccountSlugField string
	// AccountConflict is true if the event names two different accounts, or an id that cannot be one: it belongs to no
	// account.
	AccountConflict bool

	// OrderID is the platform's id of the order in digits.
	OrderID string
	// OrderNumber is the order's number for the brand's customers (customerOrderNumber).
	OrderNumber string
	// VendorOrderNumber is its number in the brand's shop; it may begin with '#'.
	VendorOrderNumber string

	// Subject names the one shipment or return that the event is about, never an item. An event without a subject cannot
	// be told from others of its kind and must not notify.
	Subject string
	// SubjectKind says what Subject is.
	SubjectKind SubjectKind
	// ShipmentID is the shipment's externalShipmentID.
	ShipmentID string
	// TrackingID is the courier's number.
	TrackingID string
	// ReturnNumber is a return's customerReturnNumber.
	ReturnNumber string
	// ChannelID is the sales channel, "CH6120".
	ChannelID string

	// Customer is the shopper, as the event has it.
	Customer Customer
	// Address is where the shipment goes or the return is picked up; most shipment events have none.
	Address Address

	// OccurredAt is when the event happened, in UTC; the zero time unless OccurredKnown.
	OccurredAt time.Time
	// OccurredRaw is that time as it came; empty if the event has none.
	OccurredRaw string
	// OccurredField names the field that it came from: status_updated_at, or this event's entry in status_log.
	OccurredField string
	// OccurredKnown is true if OccurredRaw could be read.
	OccurredKnown bool
	// OccurredDay is the day of OccurredAt as "2006-01-02", in the zone that the event was read in; empty unless
	// OccurredKnown.
	OccurredDay string
	// StatusTimes are, by canonical subtype of the catalogue, the newest known times of this subject's statuses in epoch
	// seconds, this event among them. Statuses that are no event are left out.
	StatusTimes map[string]int64

	// ChannelLabel is the sales channel's name, the nearest that an event has to a brand.
	ChannelLabel string
	// PaymentType is free text of the shop, "COD" or "Cash on Delivery (COD)" among others.
	PaymentType string
	// CashOnDelivery is the event's flag (isCOD).
	CashOnDelivery bool
	// InvoiceURL is where the invoice can be had.
	InvoiceURL string
	// CourierName is the courier.
	CourierName string
	// Remarks is the courier's latest remark; for a failed delivery, the reason.
	Remarks string
	// ReturnReason is why a return came to be.
	ReturnReason string
	// RefundAmount is what a return pays back.
	RefundAmount Amount
	// Items are the lines of the shipment or return; empty if the event has none.
	Items []Item

	// Raw is the event as it came, not a copy. With [Event.Attributes] it can be published again.
	Raw []byte
}

// SubjectKind says which id an event's subject is.
type SubjectKind string

// The ids that can be the subject of an event, in the platform's names.
const (
	SubjectShipment       SubjectKind = "externalShipmentID"
	SubjectTracking       SubjectKind = "trackingID"
	SubjectOrder          SubjectKind = "order_id"
	SubjectReturnNumber   SubjectKind = "customerReturnNumber"
	SubjectReturnShipment SubjectKind = "returnShipmentId"
	SubjectCart           SubjectKind = "checkoutId"
)

// Customer is a shopper as a document of the platform has it.
type Customer struct {
	// Name is the full name.
	Name string
	// Phone is the number as written, mostly ten digits without a calling code.
	Phone string
	// Email is the address as written.
	Email string
	// Region is the ISO country code that Phone is to be read in; empty for India.
	Region string
}

// Address is a postal address.
type Address struct {
	Line1, Line2, City, State, Pincode string
}

// ParseEvent reads a platform event: the platform's envelope, whose response_data holds the subject, or the flat partner
// shape, the subject alone. In the flat shape attrs, the attributes it was published with, name resource and subtype;
// without them customerReturnNumber means a return and the status is the subtype. Times without a zone are in loc; nil
// is the platform's zone, UTC+05:30.
//
// Every scalar may come as string, number, flag or null; fields of another type are taken as missing. The only errors
// are [ErrMalformed], [ErrNotObject] and [ErrNewer].
func ParseEvent(data []byte, attrs map[string]string, loc *time.Location) (Event, error) {
	if loc == nil {
		loc = platformZone()
	}

	if isNewer(attrs[attributeSchema]) {
		return Event{}, ErrNewer
	}

	e := Event{Raw: data}
	var top, inner subject
	wrapped, newer := false, false
	c, err := open(data, MaxEventBytes)
	if err != nil {
		return Event{}, fmt.Errorf("parse event: %w", err)
	}

	c.object(func(key string) {
		switch key {
		case "response_data":
			if c.peek() == '{' {
				wrapped = true
				inner = subject{}
			}

			c.object(func(key string) { inner.read(c, key, loc) })
		case "schema":
			newer = isNewer(c.scalar())
		default:
			top.read(c, key, loc)
		}
	})

	if !c.finished() {
		return Event{}, fmt.Errorf("parse event: %w", ErrMalformed)
	}
	if newer {
		return Event{}, ErrNewer
	}

	body := &top
	if wrapped {
		body = &inner
	}

	e.Flat = !wrapped
	e.identify(&top, body, attrs)
	e.nameAccount(&top, body, wrapped)
	e.describe(body)
	e.nameSubject(body)
	e.date(body)

	if e.OccurredKnown {
		e.OccurredDay = e.OccurredAt.In(loc).Format(time.DateOnly)
	}

	return e, nil
}

// isNewer reports whether a schema is one that this build does not know; what is no number is none.
func isNewer(schema string) bool {
	n, err := strconv.Atoi(schema)

	return err == nil && n > newestSchema
}

// Kind returns the event's resource and subtype.
func (e Event) Kind() Kind { return Kind{Resource: e.Resource, SubType: e.SubType} }

// Attributes returns the attributes with which the event must be published again to be read the same.
func (e Event) Attributes() map[string]string {
	return map[string]string{AttributeResource: e.Resource, AttributeSubType: e.SubType}
}

// Superseded reports whether the event's subject already has, at a later time, a status that makes a message about this
// event wrong or pointless, and which. Times are epoch seconds by canonical subtype, as in [Event.StatusTimes]. An event
// whose time is not known is superseded by any such status.
func (e Event) Superseded(times map[string]int64) (by string, superseded bool) {
	entry := find(e.Kind())
	if entry == nil {
		return "", false
	}

	for _, status := range entry.SupersededBy {
		at, has := times[status]
		if untried, known := times[NotAttemptedStatus]; status == failedDelivery && known {
			at, has = max(at, untried), true
		}

		if has && (!e.OccurredKnown || at > e.OccurredAt.Unix()) {
			return status, true
		}
	}

	return "", false
}

// SupersededElsewhere reports whether the event is told once for all shipments of its order and another shipment had any
// status at an earlier time: what it would tell is no news of that order. all are the known times of the order's
// shipments, by [FieldKey] of the shipment and canonical subtype. An event whose time is not known is superseded by any
// status of another shipment.
func (e Event) SupersededElsewhere(all map[string]map[string]int64) bool {
	entry := find(e.Kind())
	if entry == nil || entry.Repeat != oncePerOrder {
		return false
	}

	own := FieldKey(e.Subject)
	for shipment, times := range all {
		for _, at := range times {
			if shipment != own && (!e.OccurredKnown || at < e.OccurredAt.Unix()) {
				return true
			}
		}
	}

	return false
}

// LogValue is the event's kind, order and account; never the shopper, nor the bytes.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("kind", e.Kind().String()),
		slog.String("order_id", e.OrderID),
		slog.String("account_id", e.AccountID),
	)
}

// Format writes the same as LogValue, for every verb.
func (e Event) Format(s fmt.State, _ rune) { logging.Format(s, e) }

// open checks the size and the outermost shape, and returns a cursor before the object.
func open(data []byte, limit int) (*cursor, error) {
	if len(data) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrMalformed, limit)
	}

	c := &cursor{text: readable(data)}
	if c.peek() == '{' {
		return c, nil
	}

	c.skip()
	if c.finished() {
		return nil, ErrNotObject
	}

	return nil, ErrMalformed
}

// platformZone is the zone of the platform's status times.
func platformZone() *time.Location { return time.FixedZone("IST", 5*60*60+30*60) }

// clip bounds a text without cutting a character.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}

	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}

	return s[:limit]
}
