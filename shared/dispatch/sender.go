package dispatch

import (
	"context"
	"errors"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// sender is the app that a message goes through, ready for use.
type sender struct {
	installed account.App
	app       provider.App
	provider  provider.Provider
	// Either templates is set, or forwards is, for a provider that chooses and fills its own templates.
	templates provider.TemplateSender
	forwards  provider.OrderForwarder
	template  template.Template
	// notAnswering is true if the message finds out whether the app's provider answers again.
	notAnswering bool
}

// chooseSender starts a plan with its app and provider. It makes no call.
func (d *Dispatcher) chooseSender(o occurrence, pin pinned) plan {
	if !o.setting.Enabled {
		return plan{refusal: message.EventOff}
	}

	p := plan{filling: o.setting.Filling, settings: o.account.Version}
	appID, templateID := o.account.Sender, o.setting.TemplateID
	if pin.appID != "" && pin.appID != appID {
		appID, templateID = pin.appID, pin.templateID
		p.filling, p.settings = pin.filling, pin.settings
	}
	if !o.account.Agreed(appID, o.kind(), "") {
		return plan{refusal: message.EventOff} // of the sender that is known already, and not of the app that the message is bound to
	}

	installed, ok := o.account.App(appID)
	if !ok {
		p.refusal = message.NoSender
		return p
	}

	known, ok := d.providers.Get(installed.Provider)
	if !ok {
		p.refusal = message.UnsupportedByProvider
		return p
	}

	installed.Health = d.healthOf(installed)
	if o.delivery.probe() && installed.Health.NotAnswering() {
		installed.Health = account.Health{}
	}

	p.sender = senderOf(installed, known)
	p.sender.notAnswering = o.delivery.probe() // although the settings in this instance's cache may not say so yet

	if !p.sender.takes(o) {
		p.refusal = message.UnsupportedByProvider
		return p
	}
	if o.event.NotAttempted() {
		p.refusal = message.NoAttempt
		return p
	}
	if p.sender.forwards == nil {
		p.sender.template.ID = templateID
	}

	return p
}

// usable reports whether the plan has an app that can send.
func (p plan) usable() bool { return p.refusal == "" && p.sender.installed.Health.Healthy() }

// equip adds credential and template to a plan. One whose app cannot be used is held, and gets none: a credential read now
// would be an old one once the app is mended.
func (d *Dispatcher) equip(ctx context.Context, o occurrence, p plan) (plan, error) {
	if !p.usable() {
		return p, nil
	}

	installed := p.sender.installed

	app, err := d.apps.Credential(ctx, installed)
	switch {
	case settings.NoCredential(err):
		p.hold = message.CauseCredentials
		return p, nil
	case err != nil:
		return plan{}, err
	}

	p.sender.app = app
	if p.sender.forwards != nil {
		return p, nil
	}

	return d.chooseTemplate(ctx, o, p), nil
}

// senderOf returns an installed app with the way its provider takes an event: as a template that we fill, or as it is.
func senderOf(installed account.App, known provider.Provider) sender {
	s := sender{installed: installed, provider: known}
	app := settings.AppOf(installed)
	if f, ok := known.(provider.OrderForwarder); ok && !f.ByTemplate(app) {
		s.forwards = f
	} else {
		s.templates, _ = known.(provider.TemplateSender)
	}

	return s
}

// takes reports whether the provider can be told of the event at all.
func (s sender) takes(o occurrence) bool {
	if s.forwards != nil {
		return s.forwards.Forwards(o.event.Kind())
	}

	return s.templates != nil
}

// chooseTemplate adds the copy of the template that is sent. WhatsApp may have put the template into another category since somebody agreed
// to its charges: the event is off then, also while the account's settings have not followed yet. News of an order whose template is marketing
// are held, or go on as that: see [account.Reclassed]. One whose text no longer goes with what fills it is held, since it would be refused for good.
func (d *Dispatcher) chooseTemplate(ctx context.Context, o occurrence, p plan) plan {
	installed := p.sender.installed
	t, err := d.apps.Template(ctx, settings.Ref{
		AccountID:  o.account.ID,
		AppID:      installed.ID,
		TemplateID: p.sender.template.ID,
	})

	refused, _ := errors.AsType[*provider.SendError](err)
	switch {
	case errors.Is(err, provider.ErrNoTemplate):
		p.hold = account.TemplateHeld
	case refused != nil && refused.Class == message.ClassAccount:
		if d.replaced(ctx, o.account.ID, p) && refused.Cause == message.CauseCredentials {
			p.postponed = err
			break
		}

		p.hold = settings.ReasonOf(refused.Failure)
	case err != nil:
		p.postponed = err
	case !t.Sendable():
		p.hold, p.why = account.TemplateHeld, settings.HeldByStatus(t.Status, "").Detail
	default:
		return o.chosen(p, t)
	}

	return p
}

// chosen adds the copy of a template that can be sent to a plan, as far as what it says and costs allows. A message asks for the consent to
// marketing only where it goes out as that now: one that is held may be news of an order again by then.
func (o occurrence) chosen(p plan, t template.Template) plan {
	if o.knownAsMarketing(p) {
		t.Category = marketing // by newer news than the copy
	}

	misfit := template.Misfit(t, p.filling)

	switch {
	case !o.account.Agreed(p.sender.installed.ID, o.kind(), billing.CategoryOf(t.Category)):
		p.refusal = message.EventOff
	case misfit != "":
		p.hold, p.why = account.TemplateHeld, misfit
	case t.IsMarketing() && !o.entry.Marketing && !o.account.SendsReclassed():
		p.hold = account.CategoryHeld
	default:
		p.sender.template, p.marketing = t, t.IsMarketing()
	}

	return p
}

// marketing is WhatsApp's category of offers.
const marketing = "MARKETING"

// knownAsMarketing reports whether WhatsApp has told that the plan's template is marketing, where the event is not.
func (o occurrence) knownAsMarketing(p plan) bool {
	return o.setting.Health.Reason == account.CategoryHeld && p.sender.installed.ID == o.account.Sender && p.sender.template.ID == o.setting.TemplateID
}

// category returns what WhatsApp is expected to charge a message as: what it says of the template, and the event's own category where the
// provider chooses its texts itself.
func (s sender) category(o occurrence) billing.Category {
	if s.forwards == nil && s.template.Category != "" {
		return billing.CategoryOf(s.template.Category)
	}

	return account.CategoryOf(o.entry)
}

// withoutEcho reports whether there is a provider whose delivery reports do not name our reference.
func (s sender) withoutEcho() bool {
	return s.provider != nil && s.provider.Capabilities().WithoutEcho()
}

// reader returns the function that judges the provider's answer to a post.
func (s sender) reader() func(status int, header http.Header, body []byte) (provider.Receipt, error) {
	if s.forwards != nil {
		return s.forwards.ReadReceipt
	}

	return s.templates.ReadReceipt
}

// alreadyForwarded reports whether the provider was told the same before, or may have been, by another event of the
// shipment, or for another shipment of the order if it is about the whole order. It is asked after the order was read and
// before the decision is written, which fails if anything of the order was decided in between: of two events at once, one
// sees the other.
func (d *Dispatcher) alreadyForwarded(ctx context.Context, o occurrence, p plan) (bool, error) {
	f := p.sender.forwards
	if f == nil || o.event.OrderID == "" {
		return false, nil
	}

	what, whole := f.Tells(o.event.Kind())
	if what == "" {
		return false, nil
	}

	others, err := d.store.MessagesOfOrder(ctx, o.account.ID, o.event.OrderID)
	if err != nil {
		return false, err
	}

	for i := range others {
		m := &others[i]
		if m.ID == o.messageID || m.AppID != p.sender.installed.ID || !whole && m.Subject != o.event.Subject {
			continue
		}

		kind, _ := order.ParseKind(m.Event)
		same, _ := f.Tells(kind)
		// One that failed, or that was postponed, was not forwarded yet. One that was given up may have been.
		forwarded := m.Phase == message.Claimed || m.Phase == message.InDoubt || m.Phase == message.GivenUp || m.Recorded()
		if same == what && forwarded && m.Phase != message.Failed {
			return true, nil
		}
	}

	return false, nil
}

// rateOf returns how many messages a second this instance may send through an app: its share of the app's rate.
func (d *Dispatcher) rateOf(s sender) float64 {
	perSecond := s.installed.Rate
	if perSecond == 0 {
		perSecond = s.provider.Capabilities().Rate
	}

	return perSecond / float64(max(d.cfg.MaxInstances, 1))
}

// healthOf returns the health of an app as this instance knows it: the account's, unless the instance has just seen that the
// provider does not answer.
func (d *Dispatcher) healthOf(app account.App) account.Health {
	if !app.Health.Healthy() {
		return app.Health
	}
	if since, open := d.circuits.Open(app.ID); open {
		return account.Health{Reason: message.CauseNotAnswering, Since: since}
	}

	return app.Health
}
