package dispatch

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// claim is a message that this worker owns until its lease ends, and the request that it posts.
type claim struct {
	message message.Message
	request *http.Request
}

// written is a decision as it was written. If it is a claim, request is what is posted.
type written struct {
	message  message.Message
	decision decision
	request  *http.Request
}

// write writes a decision: it creates the message, or takes over the one that exists. The error is store.ErrExists,
// store.ErrConflict or store.ErrNotFound if another worker was faster.
func (d *Dispatcher) write(ctx context.Context, o occurrence, p plan, f store.Facts, v decision) (written, error) {
	m := d.messageFor(o, f)

	var req *http.Request
	if v.phase == message.Claimed {
		var err error
		if req, err = p.request(ctx, o, m.Attempt+1); err != nil {
			v = inexpressible(f, err, v.grounds)
			d.logger.ErrorContext(ctx, "message cannot be expressed", "message_id", m.ID, "error", err)
		}
	}

	m = d.decided(o, p, m, v)
	if v.phase == message.Claimed {
		m.Estimate = p.estimate
	}
	if f.Customer != nil {
		m.LearnedID = f.Customer.Learned[m.AppID]

		if (m.Phase == message.Refused || m.Phase == message.Dropped) && !f.Customer.ErasedAt.IsZero() {
			m = m.Erased() // who was erased is not written to, and nothing of what comes later is kept
		}
	}

	w := store.Decision{Message: m, Times: d.statusTimes(o), Order: f.Order}
	if v.phase == message.Claimed && p.sender.withoutEcho() {
		w.Mark = f.Customer
		w.Passed = v.passed
	}

	updated, err := d.store.Decide(ctx, w)
	if err != nil {
		return written{message: m, decision: v}, err
	}

	m.UpdateTime = updated

	return written{message: m, decision: v, request: req}, nil
}

// messageFor returns the message that a decision is written to: the one that exists, or a new one, which takes the place of
// one that was passed over.
func (d *Dispatcher) messageFor(o occurrence, f store.Facts) message.Message {
	if f.Message != nil && !f.Message.PassedOver() {
		m := *f.Message
		m.Nonce = o.nonce
		if m.Attempts == nil {
			m.Attempts = map[string]message.Attempt{} // the take-over writes it whole
		}

		return m
	}

	now := d.clock.Now()
	m := message.Message{
		ID:        o.messageID,
		AccountID: o.account.ID,
		OrderID:   o.event.OrderID,
		Event:     o.kind(),
		Subject:   o.event.Subject,
		Bucket:    store.Bucket(o.messageID),
		Day:       o.account.Day(now),
		CreatedAt: now,
		ExpireAt:  now.Add(d.cfg.Retention.Messages),
		Nonce:     o.nonce,
	}
	if !o.occurredAt.IsZero() {
		m.OccurredAt = o.occurredAt.Unix()
	}

	if f.Message != nil {
		m.SecondLook = true
		m.Day = cmp.Or(f.Message.Day, m.Day) // usage has counted it there
		m.UpdateTime = f.Message.UpdateTime
		m.Attempts = map[string]message.Attempt{}
	}

	return m
}

// inexpressible returns the decision on a message that no request can be built for. It is refused if its provider has no way
// to say it, and failed if its settings are wrong.
func inexpressible(f store.Facts, err error, g message.Grounds) decision {
	g.Unbuilt = message.UnsupportedByProvider

	switch {
	case !errors.Is(err, provider.ErrUnsupported):
		g.Unbuilt = message.Unbuildable
		v := decision{
			phase:   message.Failed,
			failure: message.Failure{Class: message.ClassBadRequest, Code: "unbuildable"},
		}

		return v.on(g)
	case f.Message != nil && !f.Message.PassedOver():
		return decision{phase: message.Dropped, reason: message.UnsupportedByProvider}.on(g)
	default:
		return refuse(message.UnsupportedByProvider).on(g)
	}
}

// decided returns the message with a decision applied.
func (d *Dispatcher) decided(o occurrence, p plan, m message.Message, v decision) message.Message {
	if v.free && o.delivery.ticket() != "" {
		m.Tries = max(m.Tries-1, 0) // sweep counted it
	}

	m.Phase = v.phase
	m.Ticket = ""
	m.Reason = v.reason
	m.Grounds = v.grounds
	m.Due = v.due
	m = p.addressed(o, m)
	if v.phase == message.Claimed {
		m.SettingsVersion = p.settings
		m.Grounds.Copy = p.sender.template.Fingerprint()
	}

	m = d.attempted(m, v)

	over := v.phase == message.Refused || v.phase == message.Dropped || v.phase == message.Failed
	switch {
	case over:
		m.EventData, m.EventAttrs = nil, nil
	case len(m.EventData) == 0:
		// The first content wins.
		m.EventData, m.EventAttrs = o.delivery.Data, o.event.Attributes()
	}

	return m
}

// attempted returns the message with the attempt that a decision starts, or ends before its post.
func (d *Dispatcher) attempted(m message.Message, v decision) message.Message {
	now := d.clock.Now()
	attempt := message.Attempt{ClaimedAt: now.UnixMilli()}

	switch v.phase {
	case message.Claimed:
		m.LeaseUntil = now.Add(d.cfg.Limits.Lease)
		m.Due = m.LeaseUntil
		attempt.PossibleDuplicate = m.Resent
		attempt.Silence = m.Silence
	case message.Failed:
		attempt.Rank = message.RankFailed
		attempt.Failure = v.failure
		attempt.At = map[string]int64{string(message.StatusFailed): now.UnixMilli()}
	default:
		return m
	}

	m.Attempt++

	return m.WithAttempt(m.Attempt, attempt)
}

// addressed returns the message with its app, template and recipient, as far as the plan knows them. A message that was
// claimed before keeps its app.
func (p plan) addressed(o occurrence, m message.Message) message.Message {
	app := p.sender.installed
	if m.Attempt == 0 && app.ID != "" {
		m.AppID = app.ID
		m.Provider = app.Provider
		m.Ownership = app.Ownership
	}
	if app.ID == m.AppID {
		m.TemplateID = p.sender.template.ID
		m.Filling = p.filling
		m.Activity = p.activity(o)
	}
	if to := p.recipient; !to.number.IsZero() {
		m.Phone = to.number.E164()
		m.CustomerID = to.customerID
	}

	return m
}

// activity returns what the order platform's activity shows of the message.
func (p plan) activity(o occurrence) message.Activity {
	e := o.event

	return message.Activity{
		OrderNumber:       e.OrderNumber,
		VendorOrderNumber: e.VendorOrderNumber,
		ShipmentID:        e.ShipmentID,
		TrackingID:        e.TrackingID,
		ChannelID:         e.ChannelID,
		AccountSlug:       o.account.Slug,
		CustomerName:      e.Customer.Name,
		CustomerPhone:     e.Customer.Phone,
		CustomerEmail:     e.Customer.Email,
		From:              p.sender.installed.Number,
	}
}

// conclude reports a decision that is not to send, and does what it calls for. A message that asked the provider nothing gives back
// the turn to find out whether it answers.
func (d *Dispatcher) conclude(ctx context.Context, o occurrence, p plan, w written) (outcome.Report, error) {
	m := w.message
	if p.sender.notAnswering && !p.probedInVain() {
		if err := d.apps.ReturnProbe(ctx, settings.Ref{AccountID: m.AccountID, AppID: p.sender.installed.ID}); err != nil {
			d.logger.WarnContext(ctx, "app's health was not written", "message_id", m.ID, "error", err) // the next turn comes later
		}
	}

	switch w.decision.phase {
	case message.Refused:
		return outcome.ReportOf(m, outcome.Refused), d.outcomes.PublishRefused(ctx, m)
	case message.Dropped:
		return outcome.ReportOf(m, outcome.Dropped), d.outcomes.PublishDropped(ctx, m)
	case message.Held:
		return outcome.ReportOf(m, outcome.Held), d.noteHold(ctx, o, p, m)
	case message.Failed:
		report := outcome.ReportOf(m, outcome.Failed)
		report.Failure = w.decision.failure
		return report, d.outcomes.PublishFailed(ctx, m)
	default:
		return outcome.ReportOf(m, outcome.Waiting), nil
	}
}

// noteHold marks the app or the template that planning found unusable. A template that is already marked keeps the time
// when the provider is asked again.
func (d *Dispatcher) noteHold(ctx context.Context, o occurrence, p plan, m message.Message) error {
	r := settings.Ref{AccountID: m.AccountID, AppID: p.sender.installed.ID}
	if since, open := d.circuits.Open(r.AppID); open {
		return d.suspend(ctx, r, since)
	}

	switch known := o.setting.Health.Reason; {
	case p.hold == "":
		return nil
	case p.hold != account.TemplateHeld && p.hold != account.CategoryHeld:
		f := message.Failure{Class: message.ClassAccount, Cause: p.hold}
		return d.outcomes.NoteHealth(ctx, m, f, d.clock.Now())
	case known == account.TemplateHeld, known == p.hold:
		return nil
	default:
		why := account.HeldBy{Reason: p.hold, Detail: p.why}
		return d.apps.HoldTemplates(ctx, r, []string{m.TemplateID}, why, d.clock.Now())
	}
}
