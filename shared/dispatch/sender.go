package dispatch

import (
	"context"
	"errors"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
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
}

// chooseSender starts a plan with its app, provider, credential and template.
func (d *Dispatcher) chooseSender(ctx context.Context, o occurrence, pin pinned) (plan, error) {
	p := plan{filling: o.setting.Filling}
	appID, templateID := o.account.Sender, o.setting.TemplateID
	if pin.appID != "" && pin.appID != appID {
		appID, templateID = pin.appID, pin.templateID
		p.filling = pin.filling
	}

	installed, ok := o.account.App(appID)
	if !ok {
		p.refusal = message.NoSender
		return p, nil
	}

	known, ok := d.providers.Get(installed.Provider)
	if !ok {
		p.refusal = message.UnsupportedByProvider
		return p, nil
	}

	p.sender = senderOf(installed, known)
	if !p.sender.takes(o) {
		p.refusal = message.UnsupportedByProvider
		return p, nil
	}
	if p.sender.forwards == nil {
		p.sender.template.ID = templateID
	}
	if !installed.Health.Healthy() {
		return p, nil // it will be held: a credential read now would be an old one once it is mended
	}

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

// chooseTemplate adds the copy of the template that is sent.
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
		d.apps.ForgetCredential(installed)

		p.hold = settings.ReasonOf(refused.Failure)
	case err != nil:
		p.postponed = err
	case !t.Sendable():
		p.hold = account.TemplateHeld
	default:
		p.sender.template = t
	}

	return p
}

// withoutEcho reports whether the provider's delivery reports do not name our reference. Then only one message at a time
// may be on its way to a shopper, or the reports could not be told apart.
func (s sender) withoutEcho() bool {
	if s.provider == nil {
		return false
	}

	can := s.provider.Capabilities()

	return can.Callbacks && !can.Echo
}

// reader returns the function that judges the provider's answer to a post.
func (s sender) reader() func(status int, header http.Header, body []byte) (provider.Receipt, error) {
	if s.forwards != nil {
		return s.forwards.ReadReceipt
	}

	return s.templates.ReadReceipt
}

// alreadyForwarded reports whether an order-level event was already forwarded, or may have been, for another shipment of
// the same order. It is asked after the order was read and before the decision is written, which fails if anything of the
// order was decided in between: of two shipments at once, one sees the other.
func (d *Dispatcher) alreadyForwarded(ctx context.Context, o occurrence, p plan) (bool, error) {
	f := p.sender.forwards
	if f == nil || o.event.OrderID == "" || !f.TellsWhole(o.event.Kind()) {
		return false, nil
	}

	others, err := d.store.MessagesOfOrder(ctx, o.account.ID, o.event.OrderID)
	if err != nil {
		return false, err
	}

	for i := range others {
		m := &others[i]
		same := m.ID != o.messageID && m.Event == o.kind() && m.AppID == p.sender.installed.ID
		// One that failed, or that was postponed, was not forwarded yet.
		forwarded := m.Phase == message.Claimed || m.Phase == message.InDoubt || m.Recorded()
		if same && forwarded && m.Phase != message.Failed {
			return true, nil
		}
	}

	return false, nil
}
