package dispatch

import (
	"context"
	"errors"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// post sends a claimed message and records the outcome. Between claim and post there is no call. A worker that was delayed
// for so long that the lease might end before the provider's answer does not post.
//
// A caller that hangs up must not leave a message in doubt, so its context is ignored. All that follows ends with the lease:
// whatever is not recorded by then is another worker's to settle.
func (d *Dispatcher) post(ctx context.Context, p plan, m message.Message, req *http.Request) (outcome.Report, error) {
	ctx = context.WithoutCancel(ctx)
	left := m.LeaseUntil.Sub(d.clock.Now())
	if left <= d.cfg.Calls.Timeout {
		return d.outcomes.Unsent(ctx, m)
	}

	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()

	receipt, err := d.exchange(ctx, p, req)
	if err == nil {
		return d.outcomes.Accept(ctx, m, receipt, p.sender.provider.Capabilities().Callbacks)
	}

	failure := message.Failure{Class: message.ClassUnknown}
	if refused, ok := errors.AsType[*provider.SendError](err); ok {
		failure = refused.Failure
	}
	if failure.Cause == message.CauseCredentials {
		d.apps.ForgetCredential(p.sender.installed) // it may have been replaced
	}

	return d.outcomes.Refuse(ctx, m, failure)
}

// exchange makes the one call to the provider.
func (d *Dispatcher) exchange(ctx context.Context, p plan, req *http.Request) (provider.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Calls.Timeout)
	defer cancel()

	return provider.Do(ctx, d.client, req, p.sender.reader())
}
