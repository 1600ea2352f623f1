package settings

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// NotificationInput is what a brand sets of one event at one of its apps. Nothing of what was set before stays.
type NotificationInput struct {
	Enabled bool
	// Content is the template and what fills it, at a brand's own app; nil if none is chosen.
	Content *account.Content
	// MaxAge overrides the account's limit when it is not 0.
	MaxAge time.Duration
	// Charges is the consent to charges, at the platform's app; nil if there is none.
	Charges *ChargesInput
}

// NotificationsInput is what a brand sets of all events at one of its apps. An event that is not among them is off.
type NotificationsInput struct {
	Events map[order.Kind]NotificationInput
	// MaxAge is the account's own limit, 0 for none; nil leaves it as it is.
	MaxAge *time.Duration
}

// PutNotifications sets all events at an app, at the sender if appID is empty, as one version or not at all, and returns them with the
// warnings about their templates. The account must be as seen.
//
// An event that is enabled, or is given another template or filling, is checked before anything is saved. At a brand's own app its
// template is read from the provider: [UnfitError] if it is not approved or does not fit, Unavailable if the provider does not answer. At
// the platform's app it needs a consent to charges: Invalid without one, Conflict if that names another price or text than the present
// one, which is that of the category of the platform's template, or if the platform has no template. An app whose provider is told events needs no template. What is enabled and stays as it is is
// not checked again, so that a page can be saved whatever has become of its other events.
func (w *Workspace) PutNotifications(ctx context.Context, c access.Caller, id, appID string, in NotificationsInput, seen Seen) (Notifications, []EventFinding, error) {
	return w.save(ctx, c, saving{
		accountID: id,
		appID:     appID,
		seen:      seen,
		action:    "notifications.put",
		all:       true,
		in:        in,
		field:     func(k order.Kind) string { return "notifications." + k.String() + "." },
	})
}

// PutNotification sets one event, as [Workspace.PutNotifications] does; NotFound if there is none of that kind.
func (w *Workspace) PutNotification(
	ctx context.Context, c access.Caller, id, appID string, kind order.Kind, in NotificationInput, seen Seen,
) (Notifications, Notification, []EventFinding, error) {
	const op = "settings.PutNotification"

	if err := c.May(access.Write, id); err != nil {
		return Notifications{}, Notification{}, nil, err
	}
	if _, known := order.Lookup(kind); !known {
		return Notifications{}, Notification{}, nil, noEvent(op)
	}

	page, findings, err := w.save(ctx, c, saving{
		accountID: id,
		appID:     appID,
		seen:      seen,
		action:    "notification.put",
		in:        NotificationsInput{Events: map[order.Kind]NotificationInput{kind: in}},
		field:     func(order.Kind) string { return "" },
	})
	if err != nil {
		return Notifications{}, Notification{}, nil, err
	}

	one, err := page.of(op, kind)

	return page, one, findings, err
}

// saving is a change of events.
type saving struct {
	accountID string
	appID     string
	seen      Seen
	action    string
	// all is true if events that are not in the input go.
	all bool
	in  NotificationsInput
	// field returns what the field of an error about an event begins with.
	field func(order.Kind) string
}

func (w *Workspace) save(ctx context.Context, c access.Caller, s saving) (Notifications, []EventFinding, error) {
	const op = "settings.save"

	if err := c.May(access.Write, s.accountID); err != nil {
		return Notifications{}, nil, err
	}

	a, err := w.read(ctx, op, s.accountID)
	if err != nil {
		return Notifications{}, nil, err
	}
	if err = s.seen.check(a); err != nil {
		return Notifications{}, nil, err
	}

	l, err := w.lookAt(ctx, op, a, s.appID)
	switch {
	case err != nil:
		return Notifications{}, nil, err
	case l.app.ID == "":
		return Notifications{}, nil, fault.New(fault.Conflict, op, "no app is installed that could send anything; install one first")
	}

	choices, err := w.chosen(c, l, s)
	if err != nil {
		return Notifications{}, nil, err
	}

	findings, err := w.verify(ctx, l, choices)
	if err != nil {
		return Notifications{}, nil, err
	}

	a, err = w.edit(ctx, c, edition{
		accountID: s.accountID,
		seen:      s.seen, // so that all is as it was looked at, but for health
		action:    s.action,
		change:    func(a *account.Account) error { return s.apply(a, l, choices) },
	})
	if err != nil {
		return Notifications{}, nil, err
	}

	page, err := w.notifications(ctx, op, a, s.appID)

	return page, findings, err
}

// apply sets the choices of an app.
func (s saving) apply(a *account.Account, l look, choices map[order.Kind]account.Choice) error {
	at := map[string]account.Choice{}
	if !s.all {
		at = a.ChoicesAt(l.app.ID)
	}

	if s.all && l.app.ID != a.Sender { // what the set leaves out is off there, too
		for _, entry := range order.Catalog() {
			at[entry.Kind.String()] = account.Choice{}
		}
	}

	for kind, choice := range choices {
		at[kind.String()] = choice

		// An event that is off, with nothing set for it, is one that nobody has looked at. At an app that is not the sender
		// it says that the event is to stay off should the app become the sender.
		if l.app.ID == a.Sender && reflect.ValueOf(choice).IsZero() {
			delete(at, kind.String())
		}
	}

	a.Choices[l.app.ID] = at
	if s.in.MaxAge != nil {
		a.MaxAge = *s.in.MaxAge
	}

	return nil
}

// chosen returns the choices of an input. Errors are of the first thing that is wrong, in the order of the catalogue.
func (w *Workspace) chosen(c access.Caller, l look, s saving) (map[order.Kind]account.Choice, error) {
	if limit := s.in.MaxAge; limit != nil {
		if err := checkAge(*limit, "maxAgeSeconds"); err != nil {
			return nil, err
		}
	}

	choices := map[order.Kind]account.Choice{}

	for _, entry := range order.Catalog() {
		in, given := s.in.Events[entry.Kind]
		if !given {
			continue
		}

		choice, err := w.choose(c, l, entry, in, s.field(entry.Kind))
		if err != nil {
			return nil, err
		}

		choices[entry.Kind] = choice
	}

	if len(choices) != len(s.in.Events) {
		return nil, fault.Field("notifications", "has an event that there is not")
	}

	return choices, nil
}

// choose returns the choice of an input for one event. field is what the fields of errors begin with.
func (w *Workspace) choose(c access.Caller, l look, entry order.CatalogEntry, in NotificationInput, field string) (account.Choice, error) {
	before := l.choices[entry.Kind.String()]
	choice := account.Choice{Enabled: in.Enabled, MaxAge: in.MaxAge}

	if err := checkAge(in.MaxAge, field+"maxAgeSeconds"); err != nil {
		return account.Choice{}, err
	}

	switch {
	case in.Content == nil:
	case l.charged():
		return account.Choice{}, fault.Field(field+"content", "is not for the platform's app, which has the platform's own templates")
	case l.offer.Forwards:
		return account.Choice{}, fault.Field(field+"content", "is not for this app, whose provider chooses its texts itself")
	default:
		if err := checkContent(*in.Content, field+"content."); err != nil {
			return account.Choice{}, err
		}

		choice.TemplateID, choice.Filling = in.Content.TemplateID, named(in.Content.Filling, before, in.Content.TemplateID)
	}

	switch {
	case in.Charges == nil:
	case !l.charged():
		return account.Choice{}, fault.Field(field+"charges", "is for the platform's app only")
	case in.Enabled && l.offer.Templates[entry.Kind.String()].TemplateID == "" && !l.offer.Forwards:
		return account.Choice{}, errNoOffer(field)
	default:
		var err error

		if choice.Charges, err = w.consent(c, *in.Charges, l.stillAgreed(entry, in.Enabled), l, entry, field+"charges"); err != nil {
			return account.Choice{}, err
		}
	}

	if !choice.Enabled || same(choice, before) {
		return choice, nil
	}

	return choice, l.mayEnable(entry, choice, field)
}

// same reports whether an event is told as before, apart from its age.
func same(choice, before account.Choice) bool {
	choice.MaxAge = before.MaxAge
	return reflect.DeepEqual(choice, before)
}

// named returns a filling with the names of its placeholders and the copy that it was held against from the one that is saved, if it is the
// same but for these.
func named(f template.Filling, before account.Choice, templateID string) template.Filling {
	if templateID != before.TemplateID || len(f.Names) > 0 && !slices.Equal(f.Names, before.Filling.Names) {
		return f
	}

	saved := f
	saved.Names, saved.Copy = before.Filling.Names, before.Filling.Copy

	if reflect.DeepEqual(saved, before.Filling) {
		return saved
	}

	return f
}

// stillAgreed returns the recorded consent to the charges of an event as far as a change may go on with it. An event that the change
// switches on takes no consent to less than it costs by now: its price may have risen while it was off.
func (l look) stillAgreed(entry order.CatalogEntry, enabled bool) *account.ChargeConsent {
	before := l.choices[entry.Kind.String()]
	if enabled && !before.Enabled && !before.Charges.Allows(l.price(entry)) {
		return nil
	}

	return before.Charges
}

// mayEnable returns an error if something is missing that no provider has to be asked about.
func (l look) mayEnable(entry order.CatalogEntry, choice account.Choice, field string) error {
	if !l.supports(entry.Kind) {
		return fault.Field(field+"enabled", "cannot be: the app's provider has no words for this event")
	}

	for _, lack := range choice.Lacks(l.app, l.offer, entry.Kind.String()) {
		switch lack {
		case account.LacksTemplate:
			return fault.Field(field+"content", "is needed: the template that tells of the event, and what fills it")
		case account.LacksConsent:
			return fault.Field(field+"charges", "is needed: the text and the price of a message that a person has agreed to")
		case account.LacksOffer:
			return errNoOffer(field)
		}
	}

	return nil
}

// errNoOffer is the error of an event that the platform has no template for. field is what the fields of errors begin with.
func errNoOffer(field string) error {
	return &fault.Error{
		Kind:  fault.Conflict,
		Op:    "settings.mayEnable",
		Field: field + "enabled",
		Msg:   "cannot be yet: the platform has no template for this event",
	}
}

func checkAge(age time.Duration, field string) error {
	if age != 0 && (age < minAge || age > maxAge) {
		return fault.Field(field, "must be 0 for no limit of its own, or from 60 to 604800")
	}

	return nil
}

// verify reads the templates of the events that are enabled with something new from the provider, notes what they call their placeholders,
// and checks that they can be sent. It returns warnings, and [UnfitError] with all findings if one of them refuses. Copies of the
// templates are kept for sending: what is checked here is what messages are built of.
func (w *Workspace) verify(ctx context.Context, l look, choices map[order.Kind]account.Choice) ([]EventFinding, error) {
	const op = "settings.verify"

	var (
		changed []order.Kind
		ids     []string
	)

	for _, entry := range order.Catalog() {
		choice, given := choices[entry.Kind]
		if given && choice.Enabled && choice.TemplateID != "" && !same(choice, l.choices[entry.Kind.String()]) {
			changed, ids = append(changed, entry.Kind), append(ids, choice.TemplateID)
		}
	}

	if len(changed) == 0 {
		return nil, nil
	}

	s, err := w.shelf(ctx, op, l.account, l.app.ID)
	if err != nil {
		return nil, err
	}

	asked := w.clock.Now()

	templates, err := s.several(ctx, op, ids)
	if err != nil {
		return nil, err
	}

	var findings []EventFinding

	for _, kind := range changed {
		t, found := templates[choices[kind].TemplateID]
		if !found {
			findings = append(findings, EventFinding{Event: kind, Finding: template.Missing()})
			continue
		}

		findings = append(findings, findingsOf(kind, s.lint(ctx, t, template.Use{Event: kind, Filling: choices[kind].Filling}))...)

		choice := choices[kind]
		if len(choice.Filling.Names) == 0 {
			choice.Filling.Names = namesOf(t)
		}

		choice.Filling.Copy = t.Fingerprint()
		choices[kind] = choice
	}

	if slices.ContainsFunc(findings, EventFinding.refuses) {
		return nil, &UnfitError{Findings: findings}
	}

	return findings, w.keep(ctx, l.app.ID, templates, asked)
}

// namesOf lists what a template calls its placeholders.
func namesOf(t template.Template) []string {
	var names []string
	for _, p := range t.Places() {
		names = append(names, p.Name)
	}

	return names
}

// keep stores copies of templates as the provider showed them, which was asked at that time.
func (w *Workspace) keep(ctx context.Context, appID string, templates map[string]template.Template, asked time.Time) error {
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(templates)) {
		_, err := keepTemplate(ctx, w.store, appID, fetchedTemplate{Template: templates[id], asked: asked})
		errs = append(errs, err)
	}

	return errors.Join(errs...)
}
