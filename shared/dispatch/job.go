package dispatch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Delivery is an event as Pub/Sub delivered it.
type Delivery struct {
	Data       []byte
	Attributes map[string]string
	// PublishedAt is when it was published; an event time far ahead of it counts as this.
	PublishedAt time.Time
}

// AttributeRetry marks an event that sweep gave back, with the id of its message: notify looks at the message first.
const AttributeRetry = "retryMessage"

// job is one event on its way to a message.
type job struct {
	delivery Delivery
	event    order.Event
	entry    order.CatalogEntry
	account  account.Account
	setting  account.Event
	keys     Keys
	id       string
	nonce    string
	// occurred is the event's time as decided on: the zero time when it has none.
	occurred time.Time

	// filling is what the sender's template is filled with.
	filling template.Filling

	to       phone.Number
	phoneErr message.Reason
	customer string
	order    string

	// known is the order, as far as preparing needed it.
	known known

	sender sender
	// What preparing found out: a reason to refuse, a reason to hold, something that passes, or variables that the order
	// platform could not be asked for.
	refuse  message.Reason
	hold    message.Cause
	wait    error
	lacking error
	token   *token
}

// sender is the app a message goes through, ready for use.
type sender struct {
	installed account.App
	app       provider.App
	provider  provider.Provider
	// Either templates is set, or forwards is for a provider that chooses and fills its own.
	templates provider.TemplateSender
	forwards  provider.OrderForwarder
	template  template.Template
	// filled is the message but for whom and which attempt it is for.
	filled provider.TemplateMessage
}

// known is an order as its JSON tells it; the zero value knows none.
type known struct {
	order *order.Order
	json  []byte
}

// blind tells whether the provider reports what becomes of a message without naming our reference: then only one message
// at a time may be on its way to a shopper, or the reports could not be told apart.
func (s sender) blind() bool {
	if s.provider == nil {
		return false
	}
	can := s.provider.Capabilities()
	return can.Callbacks && !can.Echo
}

// read judges the provider's answer.
func (s sender) read() func(status int, header http.Header, body []byte) (provider.Receipt, error) {
	if s.forwards != nil {
		return s.forwards.ReadReceipt
	}
	return s.templates.ReadReceipt
}

// Deliver takes one event. A nil error means that Pub/Sub may forget it; an error of kind Invalid that it cannot be read.
func (d *Dispatcher) Deliver(ctx context.Context, in Delivery) (Outcome, error) {
	event, err := order.ParseEvent(in.Data, in.Attributes, d.cfg.Zone.Location())
	if err != nil {
		return Outcome{}, &fault.Error{
			Kind: fault.Invalid, Op: "dispatch.Deliver", Field: "message.data", Msg: "is not a platform event", Err: err,
		}
	}
	kind := event.Kind()
	entry, ok := order.Lookup(kind)
	if !ok {
		return Outcome{Result: ResultUnknownEvent, Event: nameOf(kind)}, nil
	}
	out := Outcome{Event: kind.String()}
	if event.Subject == "" {
		// Its key would be that of every such event: nothing tells one occurrence from another.
		out.Result, out.Reason = ResultUnknownEvent, "no_subject"
		return out, nil
	}
	brand, err := d.accounts.OfEvent(ctx, event)
	switch {
	case errors.Is(err, store.ErrNotFound):
		out.Result = ResultUnknownAccount
		return d.abandon(ctx, in, out)
	case err != nil:
		return out, err
	}
	out.AccountID = brand.ID
	if len(brand.Apps) == 0 {
		out.Result = ResultNoApp
		return d.abandon(ctx, in, out)
	}
	keys, err := d.Keys.Get(ctx)
	if err != nil {
		return out, err
	}
	j := &job{
		delivery: in, event: event, entry: entry, account: brand, setting: brand.Events[kind.String()],
		keys: keys, nonce: newNonce(), id: keys.Occurrence.Occurrence(brand.ID, event),
		order: store.OrderID(brand.ID, event.OrderID),
	}
	if err = d.keepID(ctx, j); err != nil {
		return out, err
	}
	out.MessageID = j.id
	j.date(occurredAt(event, in.PublishedAt))
	if !j.setting.Enabled && in.Attributes[AttributeRetry] == "" {
		out.Result = ResultEventOff
		return out, d.Store.MergeStatusTimes(ctx, d.statusTimes(j))
	}
	return d.run(ctx, j)
}

// keepID has an event that sweep gave back go on under the id that its message was kept by: with another key, or another zone
// of the platform's, the event would make a second message, and the first be given back for ever.
func (d *Dispatcher) keepID(ctx context.Context, j *job) error {
	given := j.delivery.Attributes[AttributeRetry]
	if given == j.id || !isMessageID(given) {
		return nil
	}
	m, err := d.Store.Message(ctx, given)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if m.AccountID == j.account.ID && m.Event == j.event.Kind().String() && m.Subject == j.event.Subject {
		j.id = given
	}
	return nil
}

// nameOf is the name of an event that the catalogue does not have, for the log. The platform's names are letters and
// underscores; whatever else stands there came from somebody who may have put anything in its place.
func nameOf(k order.Kind) string {
	const longest = 40
	for _, word := range []string{k.Resource, k.SubType} {
		odd := strings.ContainsFunc(word, func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') })
		if word == "" || len(word) > longest || odd {
			return logging.Unreadable
		}
	}
	return k.String()
}

// clockSkew is how far ahead of its publication an event's time may lie before it counts as wrong.
const clockSkew = time.Hour

func occurredAt(e order.Event, published time.Time) time.Time {
	if !e.OccurredKnown {
		return time.Time{}
	}
	if !published.IsZero() && e.OccurredAt.Sub(published) > clockSkew {
		return published
	}
	return e.OccurredAt
}

// date sets the time that the event is decided by; its key is made from the time that it came with.
func (j *job) date(at time.Time) {
	j.occurred = at
	if j.event.OccurredKnown {
		j.event.OccurredAt = at
	}
}

// statusTimes are what an event tells of its shipment.
func (d *Dispatcher) statusTimes(j *job) store.StatusTimes {
	if j.event.OrderID == "" || j.event.Subject == "" {
		return store.StatusTimes{}
	}
	now := d.Clock.Now()
	times := make(map[string]int64, len(j.event.StatusTimes))
	for status, at := range j.event.StatusTimes {
		// Maximum never goes back: a time from the far future would supersede the shipment for ever.
		times[status] = min(at, now.Add(clockSkew).Unix())
	}
	return store.StatusTimes{
		OrderID: j.order, Subject: j.event.Subject, Times: times, ExpireAt: now.Add(d.cfg.Retention.Orders),
	}
}

// run prepares, then decides and claims until nobody was faster, and sends what was claimed.
func (d *Dispatcher) run(ctx context.Context, j *job) (Outcome, error) {
	defer func() { j.token.giveBack() }()
	if err := d.prepare(ctx, j, keep{}); err != nil {
		return Outcome{}, err
	}
	look := j.delivery.Attributes[AttributeRetry] != ""
	for range maxConflicts {
		facts, err := d.facts(ctx, j, look)
		if err != nil {
			if isRace(err) {
				continue
			}
			return Outcome{}, err
		}
		out, next, err := d.decide(ctx, j, facts)
		if err != nil || next == stop {
			return out, err
		}
		look = look || next == lookAgain
	}
	return Outcome{}, fault.New(fault.Conflict, "dispatch.run", "the message is being worked on")
}

func isRace(err error) bool {
	return errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict)
}

// request builds the provider's request for an attempt; the error says that the message cannot be expressed.
func (d *Dispatcher) request(ctx context.Context, j *job, attempt int) (*http.Request, error) {
	s := j.sender
	ref := j.keys.Reference.Seal(s.installed.ID, message.Ref{MessageID: j.id, Attempt: attempt})
	if s.forwards != nil {
		return s.forwards.BuildOrder(ctx, s.app, j.forward(ref))
	}
	m := s.filled
	m.To, m.Template, m.Ref, m.Postbacks = j.to, s.template, ref, nil
	for i, b := range s.template.Buttons {
		if b.Kind != template.ButtonQuickReply {
			m.Postbacks = append(m.Postbacks, "")
			continue
		}
		m.Postbacks = append(m.Postbacks, fmt.Sprintf("%s:%d", ref, i))
	}
	return s.templates.BuildTemplate(ctx, s.app, m)
}

// forward is the event for a provider that chooses and fills its own templates.
func (j *job) forward(ref string) provider.OrderMessage {
	m := provider.OrderMessage{To: j.to, Event: j.event, Brand: j.account.Name, Ref: ref, OrderJSON: j.known.json}
	if j.known.order != nil {
		m.Order = *j.known.order
	}
	if !m.Event.OccurredKnown {
		// The provider's own documents have no word for a time that is not known; this one comes nearest.
		m.Event.OccurredAt = j.delivery.PublishedAt
	}
	return m
}
