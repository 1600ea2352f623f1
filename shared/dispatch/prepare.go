package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// keep is what a message that was claimed before holds on to: it stays with the app of its first claim, and where that is
// the sender no more, with the template of that app.
type keep struct {
	appID, templateID string
	filling           template.Filling
}

// prepare does all that can wait or fail before anything is claimed: shopper, sender, credential, template and variables.
// What stands in the way is noted on the job; an error is one that the event is delivered again for.
func (d *Dispatcher) prepare(ctx context.Context, j *job, k keep) error {
	j.refuse, j.hold, j.wait, j.lacking = "", "", nil, nil
	j.sender, j.filling = sender{}, j.setting.Filling
	j.token.giveBack()
	j.token = nil
	if !j.setting.Enabled {
		j.refuse = message.EventOff
		return nil
	}
	if err := d.chooseSender(ctx, j, k); err != nil {
		return err
	}
	j.known = known{}
	if j.refuse == "" {
		j.known = d.fill(ctx, j)
	}
	j.nameShopper(j.known.order)
	return ctx.Err()
}

// chooseSender finds the app, its provider, credential and template.
func (d *Dispatcher) chooseSender(ctx context.Context, j *job, k keep) error {
	appID, templateID := j.account.Sender, j.setting.TemplateID
	if k.appID != "" && k.appID != appID {
		appID, templateID, j.filling = k.appID, k.templateID, k.filling
	}
	installed, ok := j.account.App(appID)
	if !ok {
		j.refuse = message.NoSender
		return nil
	}
	p, ok := d.Providers.Get(installed.Provider)
	if !ok {
		j.refuse = message.UnsupportedByProvider
		return nil
	}
	j.sender = sender{installed: installed, provider: p}
	if !j.chooseManner() {
		j.refuse = message.UnsupportedByProvider
		return nil
	}
	if j.sender.forwards == nil {
		j.sender.template.ID = templateID
	}
	if !installed.Health.Healthy() {
		return nil // it will be held: a credential read now would be an old one when it is mended
	}
	app, err := d.apps.Credential(ctx, installed)
	switch {
	case settings.NoCredential(err):
		j.hold = message.CauseCredentials
		return nil
	case err != nil:
		return err
	}
	j.sender.app = app
	if j.sender.forwards == nil {
		d.chooseTemplate(ctx, j)
	}
	return nil
}

// chooseManner tells how the provider takes the event: as a template that we fill, or as it is. It reports false if the
// provider cannot say it at all.
func (j *job) chooseManner() bool {
	if f, ok := j.sender.provider.(provider.OrderForwarder); ok && !f.ByTemplate(settings.AppOf(j.sender.installed)) {
		j.sender.forwards = f
		return f.Forwards(j.event.Kind())
	}
	var ok bool
	j.sender.templates, ok = j.sender.provider.(provider.TemplateSender)
	return ok
}

// chooseTemplate reads the copy of the template that is sent.
func (d *Dispatcher) chooseTemplate(ctx context.Context, j *job) {
	installed := j.sender.installed
	t, err := d.apps.Template(ctx, settings.Ref{
		AccountID: j.account.ID, AppID: installed.ID, TemplateID: j.sender.template.ID,
	})
	refused, _ := errors.AsType[*provider.SendError](err)
	switch {
	case errors.Is(err, provider.ErrNoTemplate):
		j.hold = account.TemplateHeld
	case refused != nil && refused.Class == message.ClassAccount:
		d.apps.ForgetCredential(installed)
		j.hold = settings.ReasonOf(refused.Failure)
	case err != nil:
		j.wait = err
	case !t.Sendable():
		j.hold = account.TemplateHeld
	default:
		j.sender.template = t
	}
}

// knownOrder reads the order, as recent as the message needs it. An older one comes with the platform's error when there is
// no newer to be had.
func (d *Dispatcher) knownOrder(ctx context.Context, j *job) (known, error) {
	notBefore := j.occurred.Add(timeStep)
	if newest := d.Clock.Now().Add(-billAge); j.filling.Payment.Part == template.OrderDetails && newest.After(notBefore) {
		notBefore = newest
	}

	o, err := d.orders.Read(ctx, orders.ID{AccountID: j.account.ID, OrderID: j.event.OrderID}, j.keys.Phone, notBefore)
	if o == nil {
		return known{}, err
	}

	return known{order: &o.Order, json: o.JSON}, err
}

// timeStep is the resolution of an event's time: an order that was read within the same second may be older than the event.
const timeStep = time.Second

// billAge is how old an order may be that a bill is made of: it may be paid in the meantime.
const billAge = time.Minute

// nameShopper reads the recipient's number off the event, or off the order when the event has none.
func (j *job) nameShopper(o *order.Order) {
	raw, region := j.event.Customer.Phone, j.event.Customer.Region
	if raw == "" && o != nil {
		raw, region = o.Customer.Phone, o.Customer.Region
	}
	to, err := phone.Parse(raw, region)
	switch {
	case errors.Is(err, phone.ErrEmpty):
		j.phoneErr = message.NoPhone
		return
	case err != nil:
		j.phoneErr = message.InvalidPhone
		return
	}
	j.to, j.phoneErr = to, ""
	j.customer = store.CustomerID(j.account.ID, j.keys.Phone.Key(to))
}

// patience is how long a message waits for what its variables need before their fallbacks are good enough, where the
// account sets no age limit of its own.
const patience = 30 * time.Minute

// withoutAt is when a message that waits since then for what its variables need goes without it: shortly before it would
// be too old to be sent at all.
func (j *job) withoutAt(since time.Time) time.Time {
	limit := j.account.Age(j.event.Kind().String())
	if limit == 0 || j.occurred.IsZero() {
		return since.Add(patience)
	}
	return j.occurred.Add(limit - limit/10)
}
