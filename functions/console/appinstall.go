package console

import (
	"net/url"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// installView is the page that connects an app. It never holds a secret: what was typed into these fields goes to the use case alone.
type installView struct {
	Vendors []vendor
	// Offered are the platform's apps that the account does not have.
	Offered []account.PlatformApp
	// Vendor is the provider that was chosen, Platform the platform's app; both are empty before one is.
	Vendor   vendor
	Platform account.PlatformApp

	Form         provider.Form
	IDs          []idView
	Name, Number string
	Signed       bool
	Version      int64
	// Again says that secrets have to be typed again.
	Again bool
	// Invalid is the field that was refused.
	Invalid, Why string
}

// idsOf returns the provider's own names of a connection as a form asks for them.
func idsOf(form provider.Form, values map[string]string) []idView {
	all := make([]idView, len(form.IDs))
	for i, id := range form.IDs {
		words, known := idWords[id.Key]
		if !known {
			words.label = id.Key
		}

		all[i] = idView{
			Key:      id.Key,
			Label:    words.label,
			Hint:     words.hint,
			Value:    values[id.Key],
			Optional: id.Optional,
			Options:  idOptions[id.Key],
		}
	}

	return all
}

// newApp shows what can be connected, and the form of what the query names.
func (h *handler) newApp(c *call) error {
	if err := c.caller.May(access.Write, c.accountID()); err != nil {
		return err
	}

	q := c.r.URL.Query()

	view, err := h.installOf(c, q.Get("provider"), q.Get("platform"), nil)
	if err != nil {
		return err
	}

	return c.show("appnew", view.page(nil), view)
}

// page is what the page has around its content.
func (v installView) page(p *page.Problem) pageView {
	title := "Connect an app"

	switch {
	case v.Platform.App.ID != "":
		title = "Send through " + v.Platform.App.Name
	case v.Vendor.Name != "":
		title = "Connect an app at " + v.Vendor.Label
	}

	return pageView{Title: title, Tab: "apps", Problem: p}
}

// installOf returns the page for a provider, or for an app of the platform's, with the values of its fields that are no secrets.
func (h *handler) installOf(c *call, providerName, platformID string, sent url.Values) (installView, error) {
	apps, a, err := h.Workspace.Apps(c.ctx(), c.caller, c.accountID())
	if err != nil {
		return installView{}, err
	}

	offered, err := h.Workspace.PlatformApps(c.ctx(), c.caller)
	if err != nil {
		return installView{}, err
	}

	offered = slices.DeleteFunc(offered, func(p account.PlatformApp) bool {
		return slices.ContainsFunc(apps, func(d settings.AppDetail) bool { return d.ID == p.App.ID })
	})

	view := installView{
		Vendors: vendors,
		Offered: offered,
		Name:    sent.Get("name"),
		Number:  sent.Get("number"),
		Version: a.Version,
	}

	if platformID != "" {
		at := slices.IndexFunc(offered, func(p account.PlatformApp) bool { return p.App.ID == platformID })
		if at < 0 {
			return installView{}, fault.New(fault.NotFound, "console.installOf", "the platform has no such app, or you have connected it already")
		}

		view.Platform = offered[at]
	}

	if providerName == "" {
		return view, nil
	}

	if view.Form, err = h.Workspace.Form(c.caller, providerName); err != nil {
		return installView{}, err
	}

	view.Vendor = vendor{Name: providerName, Label: page.ProviderLabel(providerName)}
	view.IDs = idsOf(view.Form, idsIn(sent))
	view.Signed = view.Form.Signing == provider.SignedByBrand

	return view, nil
}

// idPrefix begins the names of the fields for a provider's own names.
const idPrefix = "providerIds."

// idsIn returns the provider's own names of a form, without those that are empty.
func idsIn(sent url.Values) map[string]string {
	ids := map[string]string{}

	for name := range sent {
		key, is := strings.CutPrefix(name, idPrefix)
		if value := strings.TrimSpace(sent.Get(name)); is && value != "" {
			ids[key] = value
		}
	}

	return ids
}

// installApp connects an app. What it returns is shown at once and not after a redirect: the webhook's address, and where we made one the secret
// of its callbacks, are kept nowhere and are shown this once.
func (h *handler) installApp(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	in := settings.AppInput{Name: strings.TrimSpace(c.sent.Get("name"))}

	if id := c.sent.Get("platform"); id != "" {
		in.Ownership, in.AppID = message.Platform, id
	} else {
		in.ConnectionInput = settings.ConnectionInput{
			Provider:    c.sent.Get("provider"),
			Number:      strings.TrimSpace(c.sent.Get("number")),
			ProviderIDs: idsIn(c.sent),
			Credential:  secretIn(c.sent, "credential"),
			Signing:     secretIn(c.sent, "signingSecret"),
		}
	}

	done, err := h.Workspace.InstallApp(c.ctx(), c.caller, c.accountID(), in, c.seenIn())
	if err != nil {
		return h.refuseInstall(c, err)
	}

	return c.show("appconnected", pageView{Title: done.Name + " is connected", Tab: "apps"}, connectedView{
		App:     c.viewOf(done.AppDetail),
		Check:   checkOf(done.Check),
		Webhook: done.Webhook,
		Steps:   done.Steps,
		New:     true,
	})
}

// secretIn returns a secret of a form.
func secretIn(sent url.Values, name string) config.Secret {
	return config.NewSecret(strings.TrimSpace(sent.Get(name)))
}

// connectedView is what is shown once, after an app was connected or its webhook got another address.
type connectedView struct {
	App     appView
	Check   checkView
	Webhook *settings.Webhook
	Steps   []string
	New     bool
}

// refuseInstall shows the form again, with all that was typed but the secrets.
func (h *handler) refuseInstall(c *call, cause error) error {
	view, err := h.installOf(c, c.sent.Get("provider"), c.sent.Get("platform"), c.sent)
	if err != nil {
		return err
	}

	p, status, err := c.refused(cause, "The app was not connected", view.label)
	if err != nil {
		return err
	}

	if fault.Is(cause, fault.Stale) {
		p.Message = "Somebody changed the settings since you opened this page. Look at what you typed, enter the secrets again, and connect once more."
	}

	view.Again = view.Vendor.Name != "" && !fault.Is(cause, fault.Conflict)
	p.Message = inWords(p.Message)
	view.Invalid, view.Why = p.Field, p.Message

	return c.showWith(status, "appnew", view.page(p), view)
}

// label is what the form calls a field.
func (v installView) label(field string) string {
	if key, is := strings.CutPrefix(field, idPrefix); is {
		for _, id := range v.IDs {
			if id.Key == key {
				return id.Label
			}
		}
	}

	return map[string]string{
		"name":          "The name",
		"number":        "The number",
		"providerIds":   "What names the app at the provider",
		"credential":    "The " + v.Form.Credential,
		"signingSecret": "The " + v.Form.Secret,
	}[field]
}

// checkView is what a provider said of an app.
type checkView struct {
	Badge  badge
	Detail string
	// Signature says what is known of the secret that callbacks are signed with; empty where there is none.
	Signature string
}

// checkOf returns the result of a check for a page.
func checkOf(r provider.CheckResult) checkView {
	view := checkView{Detail: inWords(r.Detail)}

	switch {
	case r.State == "":
		return view
	case r.State == provider.CheckNumberUnconfirmed:
		view.Badge = badge{"warn", "Works, number not confirmed"}
	case r.Works():
		view.Badge = badge{"ok", "Works"}
	default:
		view.Badge = badge{"bad", "Does not work"}
	}

	switch r.Signature {
	case provider.SignatureProved:
		view.Signature = "The secret of its callbacks is right."
	case provider.SignatureUnproved:
		view.Signature = "The secret of its callbacks is proved by the first report that comes."
	}

	return view
}
