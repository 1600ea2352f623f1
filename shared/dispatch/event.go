package dispatch

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Delivery is an event as Pub/Sub delivered it.
type Delivery struct {
	Data       []byte
	Attributes map[string]string
	// PublishedAt is when it was published; an event time far ahead of it counts as this.
	PublishedAt time.Time
	// Again says that it may have been delivered before.
	Again bool
}

// republished reports whether sweep published the event again for a message that exists.
func (in Delivery) republished() bool { return in.Attributes[order.AttributeRetry] != "" }

// ticket returns the ticket of an event that sweep published again; empty for any other.
func (in Delivery) ticket() string { return in.Attributes[order.AttributeTicket] }

// probe reports whether the event may be sent through an app that does not answer, to find out whether it does again.
func (in Delivery) probe() bool {
	return in.ticket() != "" && in.Attributes[order.AttributeProbe] != ""
}

// occurrence is one happening that a shopper should hear of: the event as delivered, its account and its message's id.
type occurrence struct {
	delivery Delivery
	event    order.Event
	// published is the event as it came, by whose time its ids are made.
	published order.Event
	entry     order.CatalogEntry
	account   account.Account
	setting   account.Event
	keys      Keys
	// messageID names the message, orderID the order's document.
	messageID string
	orderID   string
	// nonce marks what this worker writes.
	nonce string
	// occurredAt is the time that is decided by; the zero time if the event has none.
	occurredAt time.Time
}

// kind returns the event's pair of resource and subtype as text.
func (o occurrence) kind() string { return o.event.Kind().String() }

// readEvent reads an event of a form that this build knows.
func (d *Dispatcher) readEvent(in Delivery) (order.Event, outcome.Report, error) {
	event, err := order.ParseEvent(in.Data, in.Attributes, d.cfg.Zone.Location())
	if errors.Is(err, order.ErrNewer) {
		return order.Event{}, outcome.Report{}, fault.Wrap(fault.Unavailable, "dispatch.Deliver", err)
	}
	if err != nil {
		return order.Event{}, outcome.Report{Result: outcome.Unreadable}, &queue.UnreadableError{Err: &fault.Error{
			Kind:  fault.Invalid,
			Op:    "dispatch.Deliver",
			Field: "message.data",
			Msg:   "is not a platform event",
			Err:   err,
		}}
	}

	return event, outcome.Report{
		Event:       event.Kind().String(),
		AccountID:   event.AccountID,
		AccountSlug: event.AccountSlug,
		OrderID:     event.OrderID,
	}, nil
}

// identify reads an event and finds out what it is an occurrence of. A report with a Result says that there is nothing to
// decide.
func (d *Dispatcher) identify(ctx context.Context, in Delivery) (occurrence, outcome.Report, error) {
	event, report, err := d.readEvent(in)
	if err != nil {
		return occurrence{}, report, err
	}

	entry, ok := order.Lookup(event.Kind())
	if !ok {
		report.Result = outcome.UnknownEvent
		report.Event = loggable(event.Kind())
		return occurrence{}, report, nil
	}
	if event.Subject == "" {
		// Its key would be that of every such event: nothing tells one occurrence from another.
		report.Result = outcome.UnknownEvent
		report.Reason = "no_subject"
		return occurrence{}, report, nil
	}

	brand, err := d.accounts.OfEvent(ctx, event)
	if errors.Is(err, store.ErrNotFound) {
		report, err = d.dropOrphan(ctx, in, report, outcome.UnknownAccount)
		return occurrence{}, report, err
	}
	if err != nil {
		return occurrence{}, report, err
	}

	report.AccountID = brand.ID
	report.AccountSlug = ""
	if len(brand.Apps) == 0 {
		report, err = d.dropOrphan(ctx, in, report, outcome.NoApp)
		return occurrence{}, report, err
	}

	keys, err := d.keys.Get(ctx)
	if err != nil {
		return occurrence{}, report, err
	}

	o := occurrence{
		delivery:  in,
		event:     event,
		published: event,
		entry:     entry,
		account:   brand,
		setting:   brand.Event(report.Event),
		keys:      keys,
		messageID: keys.Occurrence.Occurrence(brand.ID, event),
		orderID:   store.OrderID(brand.ID, event.OrderID),
		nonce:     rand.Text()[:16],
	}
	if o.messageID, err = d.keptID(ctx, o); err != nil {
		return occurrence{}, report, err
	}

	report.MessageID = o.messageID

	return o.at(occurredAt(event, in.PublishedAt)), report, nil
}

// keptID returns the id of an occurrence's message. A republished event keeps the id of its message: if the occurrence key,
// the event's repeat rule or the platform's time zone has changed meanwhile, recomputing it would create a second message, and sweep would
// republish the first one forever.
func (d *Dispatcher) keptID(ctx context.Context, o occurrence) (string, error) {
	given := o.delivery.Attributes[order.AttributeRetry]
	if given == o.messageID || !isMessageID(given) {
		return o.messageID, nil
	}

	m, err := d.store.Message(ctx, given)
	if errors.Is(err, store.ErrNotFound) {
		return o.messageID, nil
	}
	if err != nil {
		return "", err
	}
	if m.AccountID == o.account.ID && m.Event == o.kind() && m.Subject == o.event.Subject {
		return given, nil
	}

	return o.messageID, nil
}

// isMessageID reports whether a text has the form of a message's id, a hash in hex; attributes may hold anything.
func isMessageID(s string) bool {
	const length = 32
	odd := func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') }

	return len(s) == length && !strings.ContainsFunc(s, odd)
}

// loggable returns the name of an event that the catalogue does not have, for the log. The platform's names are letters and
// underscores; anything else may have been put in its place.
func loggable(k order.Kind) string {
	const longest = 40
	odd := func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') }

	for _, word := range []string{k.Resource, k.SubType} {
		if word == "" || len(word) > longest || strings.ContainsFunc(word, odd) {
			return logging.Unreadable
		}
	}

	return k.String()
}

// clockSkew is how far ahead of its publication an event's time may lie before it counts as wrong.
const clockSkew = time.Hour

// occurredAt returns the time that an event is decided by; the zero time if it has none.
func occurredAt(e order.Event, published time.Time) time.Time {
	if !e.OccurredKnown {
		return time.Time{}
	}
	if !published.IsZero() && e.OccurredAt.Sub(published) > clockSkew {
		return published
	}

	return e.OccurredAt
}

// at returns the occurrence with another time to decide by. Its id stays that of the time it came with.
func (o occurrence) at(t time.Time) occurrence {
	o.occurredAt = t
	if o.event.OccurredKnown {
		o.event.OccurredAt = t
	}

	return o
}

// contentOf reports whether the occurrence is what its message tells, and not a later event of the same key: a scan of another time, or
// another shipment of the order.
func (o occurrence) contentOf(m message.Message) bool {
	if o.delivery.ticket() != "" || m.Subject == "" {
		return true // sweep's copy is what the message keeps; messages of old keep no subject
	}

	at := int64(0)
	if t := occurredAt(o.published, o.delivery.PublishedAt); !t.IsZero() {
		at = t.Unix()
	}

	return o.published.Subject == m.Subject && at == m.OccurredAt
}

// asKept returns the occurrence with the time of its message, not that of a later publication.
func (o occurrence) asKept(m message.Message) occurrence {
	if m.OccurredAt == 0 {
		return o
	}

	return o.at(time.Unix(m.OccurredAt, 0))
}

// noteOff leaves a trace of an event that is off: its order's status times, and that it came, by the day.
func (d *Dispatcher) noteOff(ctx context.Context, o occurrence) error {
	day := o.event.OccurredDay
	if day == "" {
		day = d.clock.Now().In(d.cfg.Zone.Location()).Format(time.DateOnly)
	}

	return d.store.NoteOff(ctx, o.account.ID, o.kind(), day, d.statusTimes(o))
}

// noteNews merges the status times of an event that its message leaves nothing to decide of, as far as the order does not
// know them: what they supersede counts although nothing is sent.
func (d *Dispatcher) noteNews(ctx context.Context, o occurrence, stored *store.Order) error {
	t := d.statusTimes(o)
	if stored != nil {
		known := stored.TimesOf(t.Subject)
		maps.DeleteFunc(t.Times, func(status string, at int64) bool { return at <= known[status] })
	}

	return d.store.MergeStatusTimes(ctx, t)
}

// statusTimes returns what an event tells of its shipment.
func (d *Dispatcher) statusTimes(o occurrence) store.StatusTimes {
	if o.event.OrderID == "" || o.event.Subject == "" {
		return store.StatusTimes{}
	}

	now := d.clock.Now()

	times := make(map[string]int64, len(o.event.StatusTimes))
	for status, at := range o.event.StatusTimes {
		// Stored times only rise: one from the far future would supersede the shipment forever.
		times[status] = min(at, now.Add(clockSkew).Unix())
	}

	// A failed delivery that nobody tried is no attempt: what is stored stays the time of the last one that was.
	if at := times[order.FailedDelivery.SubType]; o.event.NotAttempted() && at > 0 {
		times[order.NotAttemptedStatus] = at
		delete(times, order.FailedDelivery.SubType)
	}

	return store.StatusTimes{
		OrderID:  o.orderID,
		Subject:  o.event.Subject,
		Times:    times,
		ExpireAt: now.Add(d.cfg.Retention.Orders),

		AccountID:  o.account.ID,
		PlatformID: o.event.OrderID,
		Numbers:    []string{o.event.OrderNumber, o.event.VendorOrderNumber},
	}
}
