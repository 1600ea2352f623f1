package console

import (
	"cmp"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// appsView is the page of an account's apps.
type appsView struct {
	Apps []appView
	// Chosen is the id of the sender; empty if the rules choose. Sender is the app that sends now.
	Chosen  string
	Sender  appView
	Missing []missingView
	Version int64
	// Waiting says that an app waits for its first report, so that the page looks again by itself.
	Waiting bool
}

// missingView is an event that is on and cannot be sent.
type missingView struct {
	Kind  string
	Lacks []string
}

// apps shows the apps of an account, and which of them sends.
func (h *handler) apps(c *call) error { return h.showApps(c, 0, nil, nil) }

// showApps shows the page, after a refused choice of the sender with what was chosen.
func (h *handler) showApps(c *call, status int, p *page.Problem, chosen *string) error {
	all, a, err := h.Workspace.Apps(c.ctx(), c.caller, c.accountID())
	if err != nil {
		return err
	}

	d, err := h.Workspace.SenderOf(c.ctx(), c.caller, a)
	if err != nil {
		return err
	}

	view := appsView{Version: a.Version}
	if a.SenderChosen {
		view.Chosen = a.Sender
	}
	if chosen != nil {
		view.Chosen = *chosen
	}

	for _, one := range all {
		app := c.viewOf(one)
		view.Apps = append(view.Apps, app)
		view.Waiting = view.Waiting || app.Waiting

		if app.Sender {
			view.Sender = app
		}
	}

	for _, m := range d.Missing {
		one := missingView{Kind: m.Kind}
		for _, lack := range m.Lacks {
			one.Lacks = append(one.Lacks, cmp.Or(lackWords[lack], string(lack)))
		}

		view.Missing = append(view.Missing, one)
	}

	return c.showWith(cmp.Or(status, http.StatusOK), "apps", pageView{
		Title:   "Apps",
		Tab:     "apps",
		Lead:    "The accounts at WhatsApp's providers that messages go through.",
		Problem: p,
	}, view)
}

// chooseSender chooses the app that messages go through.
func (h *handler) chooseSender(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	chosen := c.sent.Get("appId")

	_, err := h.Workspace.PutSender(c.ctx(), c.caller, c.accountID(), chosen, c.seenIn())
	if err == nil {
		return c.done(c.accountPath("/apps"), "sender-chosen")
	}

	p, status, err := c.refused(err, "The sender was not changed", labels{"appId": "The app"}.of)
	if err != nil {
		return err
	}

	return h.showApps(c, status, p, &chosen)
}

// labels are what a page calls the fields of its form.
type labels map[string]string

func (l labels) of(field string) string { return l[field] }
