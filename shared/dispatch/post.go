package dispatch

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// post sends a claimed message and records the outcome. Between claim and post there is no call. A worker that was delayed
// for so long that the lease might end before the provider's answer does not post.
//
// A caller that hangs up must not leave a message in doubt, so its context is ignored. All that follows ends with the lease:
// whatever is not recorded by then is another worker's to settle.
func (d *Dispatcher) post(ctx context.Context, p plan, m message.Message, req *http.Request) (outcome.Report, error) {
	left := m.LeaseUntil.Sub(d.clock.Now())
	if left <= d.cfg.Calls.Timeout {
		return d.returnClaim(ctx, m)
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	defer cancel()

	receipt, err := d.exchange(ctx, p, req)
	if err == nil {
		defer d.noteAnswer(ctx, p, m, message.Failure{}) // later: it may write to every account behind the platform's app

		report, failed := d.outcomes.Accept(ctx, m, receipt, p.sender.provider.Capabilities().Callbacks)

		return report, errors.Join(failed, d.linkRecipient(ctx, m, receipt))
	}

	failure := message.Failure{Class: message.ClassUnknown}
	if refused, ok := errors.AsType[*provider.SendError](err); ok {
		failure = refused.Failure
	}
	if failure.Cause == message.CauseCredentials && d.replaced(ctx, m.AccountID, p) {
		failure.Class = message.ClassTransient
	}

	defer d.noteAnswer(ctx, p, m, failure)

	return d.outcomes.Refuse(ctx, m, failure)
}

// replaceTimeout limits how long a worker looks for another credential. The rest of the lease is for recording the refusal.
const replaceTimeout = 2 * time.Second

// replaced reports whether the credential that the provider has refused was replaced since this instance read it. Then the refusal says
// nothing of the app, and the message goes on with the present credential. It is read afresh whatever comes of that.
func (d *Dispatcher) replaced(ctx context.Context, accountID string, p plan) bool {
	d.apps.ForgetCredential(accountID, p.sender.installed)

	ctx, cancel := context.WithTimeout(ctx, replaceTimeout)
	defer cancel()

	is, err := d.apps.Replaced(ctx, accountID, p.sender.app)

	return err == nil && is
}

// linkRecipient notes under which number the provider knows the shopper, if it is spelled otherwise than the one we sent to. Should
// that fail, the first status makes up for it.
func (d *Dispatcher) linkRecipient(ctx context.Context, m message.Message, r provider.Receipt) error {
	number, ok := phone.Respelling(m.Phone, r.Phone)
	if !ok {
		return nil
	}

	keys, err := d.keys.Get(ctx)
	if err != nil {
		return err
	}

	return d.outcomes.LinkRecipient(ctx, m, keys.Phone.Key(number))
}

// returnClaim gives back a claim that is not used.
func (d *Dispatcher) returnClaim(ctx context.Context, m message.Message) (outcome.Report, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.cfg.Calls.Timeout)
	defer cancel()

	return d.outcomes.Unsent(ctx, m)
}

// exchange makes the one call to the provider.
func (d *Dispatcher) exchange(ctx context.Context, p plan, req *http.Request) (provider.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Calls.Timeout)
	defer cancel()

	return provider.Do(ctx, d.client, req, p.sender.reader())
}

// unanswered reports whether a failure is about the app's connection to its provider, which gave no answer of its own.
func unanswered(f message.Failure) bool {
	return f.Class == message.ClassUnknown || f.Class == message.ClassTransient && f.Code == provider.CodeNotSent
}

// noteAnswer counts the end of a post, and notes that its app stopped answering, or answers again. If that fails, a later post
// notes it.
func (d *Dispatcher) noteAnswer(ctx context.Context, p plan, m message.Message, f message.Failure) {
	r := settings.Ref{AccountID: m.AccountID, AppID: m.AppID}

	var err error
	if unanswered(f) { // whether the app owes a report decides on this message's doubt
		err = d.outcomes.FlushAppTimes(ctx)
	}

	switch open := d.circuits.Note(m.AppID, !unanswered(f)); {
	case open:
		err = errors.Join(err, d.suspend(ctx, r, time.UnixMilli(m.Newest().ClaimedAt)))
	case !unanswered(f) && p.sender.notAnswering:
		d.logger.InfoContext(ctx, "provider answers again", "account_id", logging.Number(r.AccountID), "app_id", logging.Word(r.AppID))

		err = d.apps.Resume(ctx, r, d.clock.Now())
	}

	if err != nil {
		d.logger.WarnContext(ctx, "app's health was not written", "app_id", logging.Word(m.AppID), "error", err)
	}
}

// suspend notes that the provider did not answer a post of an app that was claimed at that time, at most once a minute. An app that
// has answered a later one stays as it is.
func (d *Dispatcher) suspend(ctx context.Context, r settings.Ref, claimed time.Time) error {
	if !d.circuits.MayMark(r.AppID) {
		return nil
	}

	if err := d.apps.Suspend(ctx, r, claimed); err != nil {
		d.circuits.Unmark(r.AppID)
		return err
	}

	d.logger.WarnContext(ctx, "provider does not answer: the app's messages are held",
		"account_id", logging.Number(r.AccountID), "app_id", logging.Word(r.AppID))

	return nil
}
