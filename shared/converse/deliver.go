package converse

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
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
	var told, done []string

	for _, n := range of.Notices {
		if err := c.tell(ctx, of, n); err != nil {
			return err
		}

		told = append(told, n.ID)
	}

	putOff := map[string]time.Time{}

	for _, a := range of.Outbox {
		if f.Now.Before(a.NotBefore) {
			continue
		}

		again, err := c.send(ctx, of, l, a)
		if err != nil {
			return err
		}

		if again.IsZero() {
			done = append(done, a.ID)
		} else {
			putOff[a.ID] = again
		}
	}

	if len(told) == 0 && len(done) == 0 && len(putOff) == 0 {
		return nil
	}

	_, err := c.Store.SaveConversation(ctx, of.Delivered(done, told, putOff, c.Clock.Now()))

	return err
}

// envelope is an answer on its way.
type envelope struct {
	answer   conversation.Answer
	line     line
	app      provider.App
	root     message.Message
	customer *store.Customer
	to       phone.Number
}

// send sends an answer. The time is when to try again; the zero time means that it is done, or that nothing more can be done.
func (c *Conversations) send(ctx context.Context, of conversation.Conversation, l line, a conversation.Answer) (again time.Time, err error) {
	e, ok, err := c.prepare(ctx, of, l, a)
	if err != nil || !ok {
		return time.Time{}, err
	}

	busy, err := c.onItsWay(ctx, of, e)
	if err != nil {
		return time.Time{}, err
	}
	if busy {
		return c.Clock.Now().Add(message.Backoff(0)), nil
	}

	m, again, err := c.claim(ctx, of, e)
	if err != nil || m.ID == "" {
		return again, err
	}

	req, err := c.request(ctx, e, m)
	if err != nil {
		c.Logger.ErrorContext(ctx, "an answer cannot be expressed", "message_id", m.ID, "error", err)
		return time.Time{}, c.fail(ctx, m, message.Failure{Class: message.ClassBadRequest, Code: "unbuildable"})
	}

	return c.post(ctx, e, m, req)
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

	return e, true, nil
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

// claim has this worker own an answer until its lease ends. It returns no message if another worker has it, or has sent it; again says when
// to look once more.
func (c *Conversations) claim(ctx context.Context, of conversation.Conversation, e envelope) (m message.Message, again time.Time, err error) {
	now := c.Clock.Now()
	m = c.message(of, e, now)

	known, err := c.Store.Message(ctx, m.ID)
	switch {
	case err == nil && known.Phase == message.Claimed && now.Before(known.LeaseUntil) && !known.Recorded():
		return message.Message{}, known.LeaseUntil, nil
	case err == nil && !retriable(known):
		return message.Message{}, time.Time{}, nil
	case err == nil:
		m.UpdateTime, m.CreatedAt, m.Attempts = known.UpdateTime, known.CreatedAt, known.Attempts
		m.Attempt = known.Attempt
	case !errors.Is(err, store.ErrNotFound):
		return m, time.Time{}, err
	}

	m.Attempt++
	m = m.WithAttempt(m.Attempt, message.Attempt{ClaimedAt: now.UnixMilli()})

	d := store.Decision{Message: m}
	if e.line.provider.Capabilities().WithoutEcho() {
		d.Mark = e.customer
	}

	m.UpdateTime, err = c.Store.Decide(ctx, d)

	return m, time.Time{}, err
}

// retriable reports whether an answer was surely not taken, by a provider that may take it later.
func retriable(m message.Message) bool {
	class := m.Newest().Class

	return m.Phase == message.Failed && (class == message.ClassTransient || class == message.ClassThrottled)
}

// message returns the message of an answer, as it is claimed.
func (c *Conversations) message(of conversation.Conversation, e envelope, now time.Time) message.Message {
	id := answerID(of, e.answer)

	m := message.Message{
		ID:         id,
		AccountID:  of.AccountID,
		OrderID:    e.root.OrderID,
		Event:      message.SessionEvent(e.root.Event),
		Subject:    e.root.Subject,
		OccurredAt: e.root.OccurredAt,
		Session: &message.Session{
			Kind:     string(e.answer.Kind),
			Text:     e.answer.Text,
			Buttons:  e.answer.Buttons,
			ReplyID:  e.answer.ReplyID,
			RootID:   e.root.ID,
			ActionID: e.answer.ActionID,
		},
		AppID:      e.line.app.ID,
		Provider:   e.line.app.Provider,
		Ownership:  e.line.app.Ownership,
		Phone:      e.to.E164(),
		CustomerID: of.CustomerID,
		UserID:     of.UserID,
		Activity:   e.root.Activity,
		Phase:      message.Claimed,
		Nonce:      rand.Text(),
		LeaseUntil: now.Add(answerLease),
		Due:        now.Add(answerLease),
		Bucket:     store.Bucket(id),
		CreatedAt:  now,
		ExpireAt:   now.Add(c.cfg.Retention.Messages),
	}
	m.Activity.From = cmp.Or(e.line.app.Number, m.Activity.From)

	return m
}

// request builds what the provider is sent. A tap on a button brings back the message's reference and the button's place.
func (c *Conversations) request(ctx context.Context, e envelope, m message.Message) (*http.Request, error) {
	keys, err := c.Keys.Get(ctx)
	if err != nil {
		return nil, err
	}

	ref := keys.Reference.Seal(m.AppID, message.Ref{MessageID: m.ID, Attempt: m.Attempt})
	if len(e.answer.Buttons) == 0 {
		sender, _ := e.line.provider.(provider.TextSender)
		return sender.BuildText(ctx, e.app, provider.TextMessage{To: e.to, Text: e.answer.Text, Ref: ref})
	}

	buttons := make([]provider.ReplyButton, len(e.answer.Buttons))
	for i, b := range e.answer.Buttons {
		buttons[i] = provider.ReplyButton{ID: provider.Postback(ref, i), Title: b.Title}
	}

	sender, _ := e.line.provider.(provider.ButtonSender)

	return sender.BuildButtons(ctx, e.app, provider.ButtonMessage{To: e.to, Text: e.answer.Text, Buttons: buttons, Ref: ref})
}

// post sends a claimed answer and records the outcome. A caller who hangs up must leave no answer in doubt.
func (c *Conversations) post(ctx context.Context, e envelope, m message.Message, req *http.Request) (again time.Time, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerLease/2)
	defer cancel()

	callCtx, hangUp := context.WithTimeout(ctx, c.cfg.Calls.Timeout)
	defer hangUp()

	read, _ := e.line.provider.(provider.TextSender)

	receipt, err := provider.Do(callCtx, c.Client, req.WithContext(callCtx), read.ReadReceipt)
	if err == nil {
		_, err = c.Outcomes.Accept(ctx, m, receipt, e.line.provider.Capabilities().Callbacks)
		return time.Time{}, err
	}

	failure := message.Failure{Class: message.ClassUnknown}
	if refused, ok := errors.AsType[*provider.SendError](err); ok {
		failure = refused.Failure
	}

	c.Logger.WarnContext(ctx, "an answer to a shopper was not taken",
		"message_id", m.ID, "app_id", logging.Word(m.AppID), "class", string(failure.Class), "code", logging.Word(failure.Code))

	switch failure.Class {
	case message.ClassUnknown:
		return time.Time{}, nil // reports tell, or sweep gives it up: an answer too few is better than one twice
	case message.ClassTransient, message.ClassThrottled:
		return c.Clock.Now().Add(max(failure.RetryAfter, message.Backoff(m.Attempt))), c.Store.RecordNotTaken(ctx, m, failure, c.Clock.Now())
	default:
		return time.Time{}, c.fail(ctx, m, failure)
	}
}

// fail records that an answer was not sent, and will not be, and tells the platform.
func (c *Conversations) fail(ctx context.Context, m message.Message, f message.Failure) error {
	if err := c.Store.RecordNotTaken(ctx, m, f, c.Clock.Now()); err != nil {
		return err
	}

	return c.Outcomes.PublishFailed(ctx, m)
}
