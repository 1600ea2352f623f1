package converse

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// answerLease is when sweep takes an answer for one in doubt whose result was not recorded. It is longer than a call may take.
const answerLease = 2 * time.Minute

// deliver tells others how actions ended, sends what is in the outbox and due, and takes both out. What could not be sent for now stays.
func (c *Conversations) deliver(ctx context.Context, of conversation.Conversation, l line, f conversation.Facts) error {
	var d conversation.Delivery

	for _, n := range of.Notices {
		if err := c.tell(ctx, of, n); err != nil {
			return err
		}

		d.Told = append(d.Told, n.ID)
	}

	d.PutOff = map[string]time.Time{}

	for _, a := range of.Outbox {
		var (
			r   sent
			err error
		)

		switch {
		case !f.Now.Before(a.Until):
			r, err = c.expire(ctx, of, a)
		case f.Now.Before(a.NotBefore):
			continue
		default:
			r, err = c.send(ctx, of, l, a)
		}
		if err != nil {
			return err
		}

		switch {
		case !r.again.IsZero():
			d.PutOff[a.ID] = r.again
		case r.never:
			d.Unsent, d.Done = append(d.Unsent, a.ID), append(d.Done, a.ID)
		default:
			d.Done = append(d.Done, a.ID)
		}
	}

	if d.IsZero() {
		return nil
	}

	_, err := c.Store.SaveConversation(ctx, of.Delivered(d, c.Clock.Now()))

	return err
}

// sent is what came of sending an answer. Its zero value says that no more is to be done.
type sent struct {
	// again is when to try once more.
	again time.Time
	// never says that the shopper did not get it, and will not.
	never bool
}

// envelope is an answer on its way.
type envelope struct {
	answer   conversation.Answer
	line     line
	app      provider.App
	root     message.Message
	customer *store.Customer
	to       phone.Number
	// estimate is what the answer is expected to cost.
	estimate message.Estimate
}

// send sends an answer.
func (c *Conversations) send(ctx context.Context, of conversation.Conversation, l line, a conversation.Answer) (sent, error) {
	e, ok, err := c.prepare(ctx, of, l, a)
	if err != nil || !ok {
		return sent{never: !ok}, err
	}

	busy, err := c.onItsWay(ctx, of, e)
	if err != nil {
		return sent{}, err
	}
	if busy {
		return sent{again: c.Clock.Now().Add(message.Backoff(0))}, nil
	}

	m, r, err := c.claim(ctx, of, e)
	if err != nil || m.ID == "" {
		return r, err
	}

	req, err := c.request(ctx, e, m)
	if err != nil {
		c.Logger.ErrorContext(ctx, "an answer cannot be expressed", "message_id", m.ID, "error", err)
		return sent{never: true}, c.fail(ctx, m, message.Failure{Class: message.ClassBadRequest, Code: "unbuildable"})
	}

	return c.post(ctx, e, m, req)
}

// expire gives up an answer that was not taken in time, and tells the platform.
func (c *Conversations) expire(ctx context.Context, of conversation.Conversation, a conversation.Answer) (sent, error) {
	known, err := c.Store.Message(ctx, answerID(of, a))
	if errors.Is(err, store.ErrNotFound) {
		return sent{never: true}, nil
	}
	if err != nil || known.Status() != message.StatusFailed {
		return sent{}, err
	}

	return sent{never: true}, c.Outcomes.PublishAgain(ctx, known)
}

// prepare gathers what an answer is sent with; false if it cannot be sent at all.
func (c *Conversations) prepare(
	ctx context.Context, of conversation.Conversation, l line, a conversation.Answer,
) (e envelope, ok bool, err error) {
	e.answer, e.line = a, l

	if !l.answers() {
		return e, false, nil
	}
	if e.to, err = phone.FromE164(of.Phone); err != nil {
		return e, false, nil //nolint:nilerr // nobody can be answered at what is no number
	}

	e.app, err = c.Apps.Credential(ctx, e.line.app)
	if settings.NoCredential(err) {
		return e, false, nil
	}
	if err != nil {
		return e, false, err
	}

	e.estimate = c.estimate(ctx, of, e)

	if a.MessageID != "" {
		if e.root, err = c.Store.Message(ctx, a.MessageID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return e, false, err
		}
	}

	customer, err := c.Store.Customer(ctx, of.CustomerID)
	switch {
	case err == nil:
		e.customer = &customer
	case !errors.Is(err, store.ErrNotFound):
		return e, false, err
	}

	blocked, err := c.blocked(ctx, of, customer)

	return e, err == nil && !blocked, err
}

// blocked reports whether an authority forbids messages to a shopper. An account's customer has that in the ledger; of anybody else who writes
// it is kept beside.
func (c *Conversations) blocked(ctx context.Context, of conversation.Conversation, customer store.Customer) (bool, error) {
	said := customer.Consent

	if customer.AccountID == "" {
		var err error
		if said, err = c.Store.Ordered(ctx, store.PhoneKeyOf(of.CustomerID)); err != nil {
			return false, err
		}
	}

	_, reason := consent.May(said, consent.OrderUpdates, c.Clock.Now())

	return reason == message.Blocked, nil
}

// estimate returns what an answer is expected to cost. One to nobody's shopper is charged to nobody, and is one of those that the number has
// free.
func (c *Conversations) estimate(ctx context.Context, of conversation.Conversation, e envelope) message.Estimate {
	if of.AccountID == "" {
		return message.Estimate{Category: string(billing.Service)}
	}

	m := message.Message{Ownership: e.line.app.Ownership, Phone: e.to.E164()}

	return c.Accounts.Estimate(ctx, m, e.line.owner, e.line.app, billing.Service)
}

// onItsWay reports whether another message to the shopper has no answer yet, through an app whose reports could be taken for this one's.
func (c *Conversations) onItsWay(ctx context.Context, of conversation.Conversation, e envelope) (bool, error) {
	if !e.line.provider.Capabilities().WithoutEcho() || e.customer == nil || e.customer.InFlight == answerID(of, e.answer) {
		return false, nil
	}

	return c.Store.OnItsWay(ctx, *e.customer)
}

// answerID names the message of an answer.
func answerID(of conversation.Conversation, a conversation.Answer) string {
	return store.AnswerID(of.ID, a.ID)
}

// claim has this worker own an answer until its lease ends. It returns no message if another worker has it, or has sent it, and what came of
// that.
func (c *Conversations) claim(ctx context.Context, of conversation.Conversation, e envelope) (m message.Message, r sent, err error) {
	now := c.Clock.Now()
	m = c.message(of, e, now)

	known, err := c.Store.Message(ctx, m.ID)
	switch {
	case err == nil && known.Phase == message.Claimed && now.Before(known.LeaseUntil) && !known.Recorded():
		return message.Message{}, sent{again: known.LeaseUntil}, nil
	case err == nil && known.Status() == message.StatusFailed && !retriable(known):
		return message.Message{}, sent{never: true}, c.Outcomes.PublishAgain(ctx, known) // who recorded it may have told nobody
	case err == nil && !retriable(known):
		return message.Message{}, sent{}, nil
	case err == nil:
		m.UpdateTime, m.CreatedAt, m.Attempts = known.UpdateTime, known.CreatedAt, known.Attempts
		m.Attempt, m.Day = known.Attempt, known.Day // usage has counted it there
	case !errors.Is(err, store.ErrNotFound):
		return m, sent{}, err
	}

	m.Attempt++
	m = m.WithAttempt(m.Attempt, message.Attempt{ClaimedAt: now.UnixMilli()})

	d := store.Decision{Message: m}
	if e.line.provider.Capabilities().WithoutEcho() {
		d.Mark = e.customer
	}

	m.UpdateTime, err = c.Store.Decide(ctx, d)

	return m, sent{}, err
}

// retriable reports whether an answer was surely not taken, by a provider that may take it later.
func retriable(m message.Message) bool {
	class := m.Newest().Class

	return m.Phase == message.Failed && (class == message.ClassTransient || class == message.ClassThrottled)
}
