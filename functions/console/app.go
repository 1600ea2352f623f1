package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// accountPath returns a path below the page's account.
func (c *call) accountPath(below string) string {
	return "/accounts/" + url.PathEscape(c.accountID()) + below
}

// appPath returns the path of the app that the path names.
func (c *call) appPath() string { return c.accountPath("/apps/" + url.PathEscape(c.appID())) }

// appID is the app that the path names.
func (c *call) appID() string { return c.r.PathValue("appId") }

// oneAppView is the page of one app.
type oneAppView struct {
	App  appView
	Form provider.Form
	// Signed says that the app has a secret of its callbacks that can be replaced.
	Signed bool
	// Name is what stands in the form that renames the app.
	Name string
	// Check is what the provider said just now; nil if it was not asked.
	Check *checkView
	// Invalid is the field that was refused.
	Invalid, Why string
}

// app shows one app of an account.
func (h *handler) app(c *call) error { return h.showApp(c, http.StatusOK, nil, nil) }

// showApp shows the app's page, after a refused form with what is wrong, after a check with what it said.
func (h *handler) showApp(c *call, status int, p *page.Problem, said *provider.CheckResult) error {
	d, err := h.Workspace.App(c.ctx(), c.caller, c.accountID(), c.appID())
	if err != nil {
		return err
	}

	view := oneAppView{App: c.viewOf(d), Name: d.Name}
	if view.Form, err = h.Workspace.Form(c.caller, d.Provider); err != nil {
		return err
	}

	view.Signed = view.Form.Signing != provider.NotSigned
	if c.sent.Has("name") {
		view.Name = c.sent.Get("name")
	}
	if said != nil {
		check := checkOf(*said)
		view.Check = &check
	}
	if p != nil {
		view.Invalid, view.Why = p.Field, p.Message
	}

	return c.showWith(status, "app", pageView{Title: d.Name, Tab: "apps", Problem: p}, view)
}

// mostPolls is how often a page looks by itself whether the first report has come: for five minutes.
const mostPolls = 75

// appStanding answers with how an app does, for a page that waits for its first report.
func (h *handler) appStanding(c *call) error {
	d, err := h.Workspace.App(c.ctx(), c.caller, c.accountID(), c.appID())
	if err != nil {
		return err
	}
	if err = c.name(); err != nil {
		return err
	}

	left, _ := strconv.Atoi(c.r.URL.Query().Get("polls")) // of what is no number it ends

	return c.fragment("appstanding", map[string]any{
		"Polls": max(min(left, mostPolls)-1, 0),
		"App":   c.viewOf(d),
		"Zone":  c.account.Zone(),
		"Now":   h.Clock.Now(),
		"Base":  c.appPath(),
	})
}

// changeApp makes a change of an app that a form asks for, on the version that its person has seen, and leads back to the app.
func (h *handler) changeApp(c *call, notice, heading string, do func(settings.Seen) error) error {
	if err := c.form(); err != nil {
		return err
	}

	if err := do(c.seenIn()); err != nil {
		return h.refuseApp(c, err, heading)
	}

	return c.done(c.appPath(), notice)
}

// refuseApp shows the app again with what was wrong.
func (h *handler) refuseApp(c *call, cause error, heading string) error {
	p, status, err := c.refused(cause, heading, labels{
		"name":          "The name",
		"credential":    "What you typed",
		"signingSecret": "The secret",
		"confirm":       "The box",
	}.of)
	if err != nil {
		return err
	}

	return h.showApp(c, status, p, nil)
}

func (h *handler) renameApp(c *call) error {
	return h.changeApp(c, "app-renamed", "The app was not renamed", func(seen settings.Seen) error {
		_, err := h.Workspace.RenameApp(c.ctx(), c.caller, c.accountID(), c.appID(), strings.TrimSpace(c.sent.Get("name")), seen)
		return err
	})
}

func (h *handler) rotateCredential(c *call) error {
	return h.changeApp(c, "app-replaced", "The credential was not replaced", func(seen settings.Seen) error {
		_, err := h.Workspace.RotateCredential(c.ctx(), c.caller, c.accountID(), c.appID(), settings.CredentialInput{
			Credential: secretIn(c.sent, "credential"),
			Signing:    secretIn(c.sent, "signingSecret"),
		}, seen)

		return err
	})
}

// verifyApp asks the provider about an app, and shows what it says.
func (h *handler) verifyApp(c *call) error {
	v, err := h.Workspace.VerifyApp(c.ctx(), c.caller, c.accountID(), c.appID())
	if err != nil {
		return h.refuseApp(c, err, "The provider was asked, and the app does not work or nobody knows")
	}

	return h.showApp(c, http.StatusOK, nil, &v.Check)
}

// rotateWebhook gives an app's webhook another address, which is shown this once (see [handler.installApp]).
func (h *handler) rotateWebhook(c *call) error {
	const heading = "The webhook keeps its address"

	if err := c.form(); err != nil {
		return err
	}

	done, err := h.Workspace.RotateWebhook(c.ctx(), c.caller, c.accountID(), c.appID(), c.seenIn())
	if err != nil {
		return h.refuseApp(c, err, heading)
	}

	return c.show("appconnected", pageView{Title: "Another address for " + done.Name, Tab: "apps"}, connectedView{
		App:     c.viewOf(done.AppDetail),
		Webhook: done.Webhook,
		Steps:   done.Steps,
	})
}

// uninstallApp takes an app from the account, once its person has ticked the box.
func (h *handler) uninstallApp(c *call) error {
	const heading = "The app is still connected"

	if err := c.form(); err != nil {
		return err
	}

	if err := c.caller.May(access.Write, c.accountID()); err != nil {
		return err // before who may not is told of the box
	}

	err := fault.Field("confirm", "has to be ticked, so that nobody disconnects an app by mistake")
	if c.sent.Get("confirm") == "yes" {
		_, err = h.Workspace.UninstallApp(c.ctx(), c.caller, c.accountID(), c.appID(), c.seenIn())
	}
	if err != nil {
		return h.refuseApp(c, err, heading)
	}

	return c.done(c.accountPath("/apps"), "app-gone")
}
