package dispatch

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
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
	secret, err := d.Secrets.Access(ctx, installed.Secret)
	switch {
	case noCredential(err):
		j.hold = message.CauseCredentials
		return nil
	case err != nil:
		return err
	}
	j.sender.app = provider.App{ID: appID, Number: installed.Number, ProviderIDs: installed.ProviderIDs, Secret: secret}
	if j.sender.forwards == nil {
		d.chooseTemplate(ctx, j)
	}
	return nil
}

// noCredential tells whether there is no credential, rather than no answer: none of that name, or none can have it.
func noCredential(err error) bool {
	return fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid)
}

// chooseManner tells how the provider takes the event: as a template that we fill, or as it is. It reports false if the
// provider cannot say it at all.
func (j *job) chooseManner() bool {
	app := provider.App{ID: j.sender.installed.ID, ProviderIDs: j.sender.installed.ProviderIDs}
	if f, ok := j.sender.provider.(provider.OrderForwarder); ok && !f.ByTemplate(app) {
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
	t, err := d.templates.Get(ctx, j.account.ID+" "+installed.ID+" "+j.sender.template.ID)
	refused, _ := errors.AsType[*provider.SendError](err)
	switch {
	case errors.Is(err, provider.ErrNoTemplate):
		j.hold = account.TemplateHeld
	case refused != nil && refused.Class == message.ClassAccount:
		d.Secrets.Forget(installed.Secret)
		j.hold = healthReason(effect{Failure: message.Failure{Cause: refused.Cause}})
	case err != nil:
		j.wait = err
	case !t.Sendable():
		j.hold = account.TemplateHeld
	default:
		j.sender.template = t
	}
}

// loadTemplate reads the stored copy of a template, or fetches it from the provider and stores it. The key is account,
// app and template, parted by blanks.
func (d *Dispatcher) loadTemplate(ctx context.Context, key string) (template.Template, error) {
	accountID, rest, _ := strings.Cut(key, " ")
	appID, templateID, _ := strings.Cut(rest, " ")
	kept, err := d.Store.Template(ctx, appID, templateID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return template.Template{}, err
	}
	known := err == nil
	if known && d.Clock.Now().Sub(kept.CheckedAt) < templateAge {
		return kept.Template, nil
	}
	t, err := d.fetchTemplate(ctx, accountID, appID, templateID)
	if err != nil && known {
		return kept.Template, nil // as it was last seen; should it be gone, the provider will say so
	}
	return t, err
}

// templateAge is how old the copy of a template may be before the provider is asked again.
const templateAge = 24 * time.Hour

// fetchTemplate reads a template from the provider and keeps the copy.
func (d *Dispatcher) fetchTemplate(ctx context.Context, accountID, appID, templateID string) (template.Template, error) {
	app, p, err := d.connect(ctx, accountID, appID)
	if err != nil {
		return template.Template{}, err
	}
	catalogue, ok := p.(provider.TemplateCatalogue)
	if !ok {
		return template.Template{}, provider.ErrNoTemplate
	}
	t, err := catalogue.Template(ctx, d.Client, app, templateID)
	if err != nil {
		return template.Template{}, err
	}
	return t, d.Store.PutTemplate(ctx, appID, store.Template{Template: t, CheckedAt: d.Clock.Now()})
}

// connect makes an installed app ready for calls outside of sending.
func (d *Dispatcher) connect(ctx context.Context, accountID, appID string) (provider.App, provider.Provider, error) {
	a, err := d.accounts.Get(ctx, accountID)
	if err != nil {
		return provider.App{}, nil, err
	}
	installed, ok := a.App(appID)
	if !ok {
		return provider.App{}, nil, store.ErrNotFound
	}
	p, ok := d.Providers.Get(installed.Provider)
	if !ok {
		return provider.App{}, nil, fault.New(fault.Internal, "dispatch.connect", "the app's provider is not known")
	}
	secret, err := d.Secrets.Access(ctx, installed.Secret)
	if err != nil {
		return provider.App{}, nil, err
	}
	return provider.App{ID: appID, Number: installed.Number, ProviderIDs: installed.ProviderIDs, Secret: secret}, p, nil
}

// knownOrder reads the order from where it is kept, or from the platform if it is not kept or older than the event. An
// older one comes with the platform's error when there is no newer to be had.
func (d *Dispatcher) knownOrder(ctx context.Context, j *job) (known, error) {
	kept, err := d.Store.Order(ctx, j.order)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return known{}, err
	}
	stale := kept.JSONAt.Before(j.occurred.Add(timeStep)) || j.filling.Payment.Part == template.OrderDetails && d.Clock.Now().Sub(kept.JSONAt) > billAge
	if len(kept.JSON) > 0 && !stale {
		return readOrder(kept.JSON)
	}
	fresh, err := d.Orders.Order(ctx, j.event.OrderID)
	if err != nil {
		old, _ := readOrder(kept.JSON)
		return old, err
	}
	if len(fresh) > maxKept {
		return readOrder(fresh)
	}
	now := d.Clock.Now()
	if err := d.Store.KeepFindable(ctx, j.order, fresh, j.keys.Phone, now, now.Add(d.cfg.Retention.Orders)); err != nil {
		return known{}, err
	}
	return readOrder(fresh)
}

// timeStep is the resolution of an event's time: an order that was read within the same second may be older than the event.
const timeStep = time.Second

// billAge is how old an order may be that a bill is made of: it may be paid in the meantime.
const billAge = time.Minute

// maxKept is the most bytes of an order that is kept; a Firestore document has at most 1 MiB. A larger one is asked for again
// when it is needed.
const maxKept = 900 << 10

func readOrder(json []byte) (known, error) {
	o, err := order.ParseOrder(json)
	if err != nil {
		return known{}, fault.Wrap(fault.Upstream, "dispatch.readOrder", err)
	}
	return known{order: &o, json: json}, nil
}

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
