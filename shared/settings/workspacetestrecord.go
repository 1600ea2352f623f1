package settings

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// testMessage returns the message of a test that is about to be sent.
func (w *Workspace) testMessage(t trial, keyer phone.Keyer) message.Message {
	now := w.clock.Now()
	id := newMessageID()

	m := message.Message{
		ID:         id,
		AccountID:  t.account.ID,
		Event:      t.event.String(),
		Test:       true,
		AppID:      t.shelf.app.ID,
		Provider:   t.shelf.app.Provider,
		Ownership:  t.shelf.app.Ownership,
		TemplateID: t.template.ID,
		Filling:    t.filling,
		Phone:      t.to.E164(),
		CustomerID: store.CustomerID(t.account.ID, keyer.Key(t.to)),
		Phase:      message.Claimed,
		Nonce:      id[:16],
		LeaseUntil: now.Add(testLease),
		Due:        now.Add(testLease),
		Bucket:     store.Bucket(id),
		CreatedAt:  now,
		ExpireAt:   now.Add(testRetention),
	}
	if t.saved {
		m.SettingsVersion = t.account.Version
	}

	m.Attempt = 1

	return m.WithAttempt(1, message.Attempt{ClaimedAt: now.UnixMilli()})
}

// claimTest records a test before it is sent.
func (w *Workspace) claimTest(ctx context.Context, m message.Message, t trial, customer *store.Customer) (message.Message, error) {
	d := store.Decision{Message: m}
	if t.shelf.Provider.Capabilities().WithoutEcho() {
		d.Mark = customer
	}

	var err error

	m.UpdateTime, err = w.store.Decide(ctx, d)
	if store.IsConflict(err) {
		err = fault.Wrap(fault.Unavailable, "settings.claimTest", err)
	}

	return m, err
}

// newMessageID returns an id of the form that messages' ids have, of no occurrence.
func newMessageID() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails

	return hex.EncodeToString(b[:])
}

// acceptTest records that the provider took a test.
func (w *Workspace) acceptTest(ctx context.Context, m message.Message, t trial, receipt provider.Receipt) (message.Message, error) {
	p := message.Acceptance(m, receipt.ID, receipt.UserID, w.clock.Now(), t.shelf.Provider.Capabilities().Callbacks)

	err := w.store.Record(ctx, p)
	if store.IsConflict(err) { // a report came first
		p.ClearDueIf = time.Time{}
		err = w.store.Record(ctx, p)
	}

	return p.Apply(m), err
}

// refuseTest records that the provider did not take a test. What nobody knows stays as it is: reports tell, or sweep gives it up.
func (w *Workspace) refuseTest(ctx context.Context, m message.Message, cause error) error {
	refused, ok := errors.AsType[*provider.SendError](cause)
	if !ok || refused.Class == message.ClassUnknown {
		return nil
	}

	return w.store.RecordNotTaken(ctx, m, refused.Failure, w.clock.Now())
}

// refusedTest returns the error of a test that the provider did not take, as callers are told of it.
func refusedTest(op string, p provider.Provider, err error) error {
	refused, ok := errors.AsType[*provider.SendError](err)
	switch {
	case !ok || refused.Class == message.ClassUnknown:
		return &fault.Error{Kind: fault.Upstream, Op: op, Msg: "nobody knows whether the provider took the test: look at the phone before you send another", Err: err}
	case refused.Class == message.ClassThrottled:
		return &fault.Error{
			Kind: fault.Unavailable,
			Op:   op,
			Code: string(provider.CheckThrottled),
			Msg:  "the provider takes no more messages for now; try again after Retry-After",
			Err:  err,
		}
	case refused.Class == message.ClassTransient:
		return &fault.Error{
			Kind: fault.Unavailable,
			Op:   op,
			Code: string(provider.CheckProviderDown),
			Msg:  "the provider takes no message for now, and has not taken this one; try again after Retry-After",
			Err:  err,
		}
	case refused.Class == message.ClassAccount:
		return explained(op, p, err)
	default:
		return &fault.Error{Kind: fault.Upstream, Op: op, Msg: "the provider refuses the test, with its code " + refused.Code + ": look it up at the provider, mend the template or what fills it, and test again", Err: err}
	}
}
