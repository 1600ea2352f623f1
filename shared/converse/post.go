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
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

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
	m.Estimate = e.estimate
	if of.AccountID != "" {
		m.Day = e.line.owner.Day(now)
	}

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
func (c *Conversations) post(ctx context.Context, e envelope, m message.Message, req *http.Request) (sent, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerLease/2)
	defer cancel()

	callCtx, hangUp := context.WithTimeout(ctx, c.cfg.Calls.Timeout)
	defer hangUp()

	read, _ := e.line.provider.(provider.TextSender)

	receipt, err := provider.Do(callCtx, c.Client, req.WithContext(callCtx), read.ReadReceipt)
	if err == nil {
		_, err = c.Outcomes.Accept(ctx, m, receipt, e.line.provider.Capabilities().Callbacks)
		return sent{}, err
	}

	failure := message.Failure{Class: message.ClassUnknown}
	if refused, ok := errors.AsType[*provider.SendError](err); ok {
		failure = refused.Failure
	}

	c.Logger.WarnContext(ctx, "an answer to a shopper was not taken",
		"message_id", m.ID, "app_id", logging.Word(m.AppID), "class", string(failure.Class), "code", logging.Word(failure.Code))

	switch failure.Class {
	case message.ClassUnknown:
		return sent{}, nil // reports tell, or sweep gives it up: an answer too few is better than one twice
	case message.ClassTransient, message.ClassThrottled:
		return sent{again: c.Clock.Now().Add(max(failure.RetryAfter, message.Backoff(m.Attempt)))}, c.Store.RecordNotTaken(ctx, m, failure, c.Clock.Now())
	default:
		return sent{never: true}, c.fail(ctx, m, failure)
	}
}

// fail records that an answer was not sent, and will not be, and tells the platform why.
func (c *Conversations) fail(ctx context.Context, m message.Message, f message.Failure) error {
	now := c.Clock.Now()
	if err := c.Store.RecordNotTaken(ctx, m, f, now); err != nil {
		return err
	}

	failed := message.Progress{Attempt: m.Attempt, Status: message.StatusFailed, At: now.UnixMilli(), AppID: m.AppID, Failure: f}

	return c.Outcomes.PublishFailed(ctx, failed.Apply(m))
}
