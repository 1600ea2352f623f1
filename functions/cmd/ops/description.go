package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// description is an account as an operator writes it. A key that it does not have is refused.
type description struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
	// TimeZone, Declaration, PortalLink and MarkupBasisPoints stay as they are where a file does not have them.
	TimeZone          string                 `json:"timeZone"`
	ConsentMode       account.ConsentMode    `json:"consentMode"`
	Declaration       declarationDescription `json:"declaration"`
	PortalLink        string                 `json:"portalLink"`
	MarkupBasisPoints int                    `json:"markupBasisPoints"`
	MaxAge            duration               `json:"maxAge"`
	// Sender, Apps and Events are replaced together, and stay as they are if a file has none of them.
	Sender string                      `json:"sender"`
	Apps   map[string]appDescription   `json:"apps"`
	Events map[string]eventDescription `json:"events"`
}

// declarationDescription is a brand's word that its checkout collects the opt-in.
type declarationDescription struct {
	By   string  `json:"by"`
	Text string  `json:"text"`
	At   instant `json:"at"`
}

// instant is a time with its zone, such as "2026-11-20T10:20:00+05:30"; absent is zero.
type instant time.Time

// UnmarshalText is part of [encoding.TextUnmarshaler].
func (i *instant) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return errors.New("must be a time with its zone, such as 2026-11-20T10:20:00+05:30")
	}

	*i = instant(at)

	return nil
}

// appDescription is an app; its id is its key.
type appDescription struct {
	Provider  string            `json:"provider"`
	Ownership message.Ownership `json:"ownership"`
	Name      string            `json:"name"`
	// Number is the business number as digits with the country code.
	Number      string            `json:"number"`
	ProviderIDs map[string]string `json:"providerIds"`
	// Secret is the name in Secret Manager of the credential, Signing are those of what callbacks are signed with or carry.
	Secret  string   `json:"secret"`
	Signing []string `json:"signing"`
	// Rate is in messages a second; 0 means the provider's default.
	Rate float64 `json:"rate"`
}

// eventDescription is an event that is on; its kind is its key.
type eventDescription struct {
	Template string   `json:"template"`
	MaxAge   duration `json:"maxAge"`
	template.Filling
}

// duration is a time such as "24h"; absent is 0.
type duration time.Duration

// UnmarshalText is part of [encoding.TextUnmarshaler].
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return errors.New("is no duration such as 24h")
	}

	*d = duration(parsed)

	return nil
}

// readDescription reads the one JSON object of a file. What the file has and a description cannot take is left out, and noted in c.
func readDescription(text []byte, c *checks) (description, error) {
	var d description

	value, err := readJSON(text)
	if err != nil {
		return d, err
	}

	fitting, err := json.Marshal(c.fit("", value, reflect.TypeFor[description]()))
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(fitting, &d); err != nil { //nolint:musttag // a filling is written with the names of its fields
		return d, err
	}

	if d.ConsentMode == "" {
		d.ConsentMode = account.Explicit
	}

	return d, nil
}

var (
	appForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	keyForm    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,63}$`)
	secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
)

// check notes everything that is wrong with the file, field by field, but for what [settings.Workspace.CheckAccount] says.
func (d description) check(c *checks, providers *catalog.Catalog) {
	c.that(account.IsID(d.ID), "id", "must be digits")
	c.that(d.MaxAge >= 0, "maxAge", "must not be negative")

	_, installed := d.Apps[d.Sender]
	c.that(installed || d.Sender == "" && len(d.Apps) == 0, "sender", "must be one of the apps")

	for _, id := range slices.Sorted(maps.Keys(d.Apps)) {
		d.Apps[id].check(c, id, providers)
	}

	sender := d.Apps[d.Sender]
	c.that(sender.Ownership != message.Platform || len(d.Events) == 0, "events",
		"must be empty: messages of the platform's app are charged, which a person has to agree to over the workspace API")

	for _, kind := range slices.Sorted(maps.Keys(d.Events)) {
		d.Events[kind].check(c, kind, sender.templates(providers))
	}
}

// app returns the app as its provider knows it, with a credential, since that is in Secret Manager.
func (a appDescription) app(id string) provider.App {
	return provider.App{
		ID:          id,
		Number:      a.Number,
		ProviderIDs: a.ProviderIDs,
		Secret:      config.NewSecret("in Secret Manager"),
	}
}

// check notes what is wrong with an app.
func (a appDescription) check(c *checks, id string, providers *catalog.Catalog) {
	field := "apps." + id
	c.that(appForm.MatchString(id), field, "is no id: letters, digits, _ and -, at most 64, the first a letter or digit")
	c.that(a.Ownership == message.Client || a.Ownership == message.Platform, field+".ownership", "must be client or platform")
	c.that(secretForm.MatchString(a.Secret), field+".secret", "must be the name of a secret")
	c.that(a.Rate >= 0, field+".rate", "must not be negative")

	for key := range a.ProviderIDs {
		c.that(keyForm.MatchString(key), field+".providerIds", "has a name that is not of letters and digits")
	}

	if _, err := phone.FromE164("+" + a.Number); err != nil {
		c.that(false, field+".number", "must be a number's digits with the country code")
	}

	signed := a.Provider == meta.Name || a.Provider == kaleyra.Name
	c.that(!signed || len(a.Signing) > 0, field+".signing", "must name the secrets that callbacks are signed with or carry")
	c.that(!slices.ContainsFunc(a.Signing, func(s string) bool { return !secretForm.MatchString(s) }), field+".signing", "must be names of secrets")

	p, known := providers.Get(a.Provider)
	if !known {
		c.that(false, field+".provider", "must be gupshup, meta, kaleyra or businessonbot")
		return
	}

	if err := p.CheckConfig(a.app(id)); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			c.that(false, field+".providerIds or number:", line)
		}
	}
}

// templates reports whether messages through the app need templates of the brand's.
func (a appDescription) templates(providers *catalog.Catalog) bool {
	p, _ := providers.Get(a.Provider)
	forwarder, ok := p.(provider.OrderForwarder)

	return !ok || forwarder.ByTemplate(a.app(""))
}

// check notes what is wrong with an event; templates says whether it needs one.
func (e eventDescription) check(c *checks, kind string, templates bool) {
	field := "events." + kind
	resource, subType, _ := strings.Cut(kind, "/")
	_, known := order.Lookup(order.Kind{Resource: resource, SubType: subType})
	c.that(known, field, "is no event, such as shipment/failed_delivery")
	c.that(!templates || strings.TrimSpace(e.Template) != "", field+".template", "is missing")
	c.that(e.MaxAge >= 0, field+".maxAge", "must not be negative")

	for _, key := range e.Keys() {
		c.that(template.Known(key), field+".variables", fmt.Sprintf("has %q, which is no variable", key))
	}

	parts := []template.PaymentPart{"", template.OrderStatus, template.OrderDetails}
	c.that(slices.Contains(parts, e.Payment.Part), field+".payment.part", "must be order_status or order_details")
}

// input returns what the file says of the account itself; what it does not say is as the account has it, if it is known.
func (d description) input(known account.Account) settings.AccountInput {
	in := settings.AccountInput{
		Slug:              d.Slug,
		Name:              d.Name,
		TimeZone:          cmp.Or(d.TimeZone, known.TimeZone),
		ConsentMode:       d.ConsentMode,
		PortalLink:        cmp.Or(d.PortalLink, known.PortalLink),
		MarkupBasisPoints: cmp.Or(d.MarkupBasisPoints, known.MarkupBasisPoints),
	}

	switch said := d.Declaration; {
	case said != declarationDescription{}:
		in.Declaration = &settings.DeclarationInput{By: said.By, Text: said.Text, At: time.Time(said.At)}
	case d.ConsentMode == account.BrandDeclared && known.Declaration != nil:
		in.Declaration = &settings.DeclarationInput{By: known.Declaration.By, Text: known.Declaration.Text, At: known.Declaration.At}
	}

	return in
}

// sends reports whether the file says what the account sends, and through which apps.
func (d description) sends() bool { return d.Apps != nil || d.Events != nil || d.Sender != "" }

// apply sets in an account what the file says of apps, sender and events. What the product itself knows of an app or a template that stays
// is kept.
func (d description) apply(a *account.Account) {
	if d.MaxAge != 0 || d.sends() {
		a.MaxAge = time.Duration(d.MaxAge)
	}
	if !d.sends() {
		return
	}

	a.SenderChosen = a.SenderChosen && a.Sender == d.Sender
	a.Sender, a.Apps, a.Events = d.Sender, d.apps(a.Apps), d.events(a.Events)
}

// apps returns the apps of the file.
func (d description) apps(known map[string]account.App) map[string]account.App {
	apps := map[string]account.App{}

	for id, described := range d.Apps {
		app := account.App{
			ID:          id,
			Provider:    described.Provider,
			Ownership:   described.Ownership,
			Name:        described.Name,
			InstalledAt: known[id].InstalledAt,
			Number:      described.Number,
			ProviderIDs: described.ProviderIDs,
			Secret:      described.Secret,
			Rate:        described.Rate,
		}

		old := known[id]
		if strings.HasPrefix(old.Secret, app.Secret+"/versions/") {
			app.Secret = old.Secret // a file names no version, and the app does since its credential was rotated through workspace
		}

		if old.Provider == app.Provider && old.Secret == app.Secret {
			app.Last4, app.CredentialAt, app.WebhookAt, app.SigningAt = old.Last4, old.CredentialAt, old.WebhookAt, old.SigningAt
			app.Checked, app.Health = old.Checked, old.Health
		}

		apps[id] = app
	}

	return apps
}

// events returns the events of the file.
func (d description) events(known map[string]account.Event) map[string]account.Event {
	events := map[string]account.Event{}

	for kind, described := range d.Events {
		e := account.Event{
			Enabled:    true,
			TemplateID: described.Template,
			Filling:    described.Filling,
			MaxAge:     time.Duration(described.MaxAge),
		}

		if old := known[kind]; old.TemplateID == e.TemplateID {
			e.Health = old.Health
		}

		events[kind] = e
	}

	return events
}
