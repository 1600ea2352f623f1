package console

import (
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/template/risk"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// notificationView is the page of one event.
type notificationView struct {
	App     account.App
	Apps    []account.App
	Sender  string
	One     settings.Notification
	Kind    string
	State   badge
	Why     string
	Enabled bool
	// Charges is what a person agrees to at the platform's app; nil at any other. Price is that of one message; empty where nobody knows. To agree is
	// Needed if no consent covers that.
	Charges *settings.ChargeText
	Price   string
	Needed  bool
	Agreed  bool
	// TemplateID is the one that is chosen. Templates are those to choose from; NoChoice says why there are none.
	TemplateID string
	Templates  []option
	NoChoice   string
	// Wordless says that the message has no words of ours: the provider has none for the event, chooses them itself, or cannot be asked.
	Wordless bool
	Draft    *draftView
	Age      ageView
	Estimate usage.EventEstimate
	Cost     string
	Days     int
	Trust    string
	Version  int64
	// To is the number that a test goes to, Tested the test that was sent.
	To     string
	Tested *message.Message
	// Fresh says that the form was not saved, since another template was chosen and nobody has seen what fills it.
	Fresh bool
	// Invalid is the control that was refused.
	Invalid, Refusal string
	Changed          []versionView
	Base             string
}

// kindIn is the event that the path names.
func (c *call) kindIn() order.Kind {
	return order.Kind{Resource: c.r.PathValue("resource"), SubType: c.r.PathValue("eventSubType")}
}

// notificationPath is the path of the event that the path names.
func (c *call) notificationPath() string {
	k := c.kindIn()
	return c.accountPath("/notifications/" + url.PathEscape(k.Resource) + "/" + url.PathEscape(k.SubType))
}

// notification shows one event at the sender, or at the app that the query names.
func (h *handler) notification(c *call) error {
	view, err := h.notificationOf(c, c.r.URL.Query().Get("app"))
	if err != nil {
		return err
	}

	return c.show("notification", view.page(nil), view)
}

// page is what the page has around its content.
func (v notificationView) page(p *page.Problem) pageView {
	return pageView{Title: v.One.Event.Label, Tab: "notifications", Problem: p}
}

// notificationOf returns the page of an event as it is set, or as the form says that was sent.
func (h *handler) notificationOf(c *call, appID string) (notificationView, error) {
	kind := c.kindIn()

	n, one, err := h.Workspace.Notification(c.ctx(), c.caller, c.accountID(), appID, kind)
	if err != nil {
		return notificationView{}, err
	}

	view := notificationView{
		App:     n.App,
		Sender:  n.Account.Sender,
		One:     one,
		Kind:    kind.String(),
		Enabled: one.Choice.Enabled,
		Charges: n.Charges,
		Age:     ageOf(one.Choice.MaxAge),
		Trust:   risk.Measured.Note(),
		Version: n.Account.Version,
		Base:    c.notificationPath(),
	}
	view.State, view.Why = stateOfEvent(one, n.App.ID == n.Account.Sender)

	for _, id := range n.Account.AppIDs() {
		app, _ := n.Account.App(id)
		view.Apps = append(view.Apps, app)
	}

	if one.Price != (billing.Money{}) {
		view.Price = price(one.Price)
	}

	agreed := one.Choice.Charges
	view.Needed = n.Charges != nil && (!agreed.Allows(one.Price) || agreed.TextVersion != n.Charges.Version)

	estimate, err := h.volumes(c, n, []order.Kind{kind})
	if err != nil {
		return notificationView{}, err
	}

	view.Days = estimate.Days
	if len(estimate.Events) > 0 {
		view.Estimate = estimate.Events[0]
	}
	if cost := view.Estimate.Cost; cost != nil {
		view.Cost = price(*cost)
	}

	if c.sent != nil {
		view.Enabled = c.sent.Get("enabled") == "yes"
		view.Agreed = c.sent.Get("agree") == "yes"
		view.Age = ageIn(c.sent)
		view.To = c.sent.Get("to")
	}

	return view, h.draft(c, &view)
}

// draft adds the templates and the message to a page.
func (h *handler) draft(c *call, view *notificationView) error {
	if view.Wordless = !view.One.Supported; view.App.ID == "" || view.Wordless {
		return nil
	}

	saved := contentOf(view.One, view.Charges != nil)
	proposal := settings.Proposal{AppID: view.App.ID}
	view.TemplateID = saved.TemplateID
	fresh := false

	if c.sent != nil && view.Charges == nil {
		proposal.Content, fresh = contentIn(c.sent)
		view.TemplateID = c.sent.Get("template")
	}

	if view.Charges == nil {
		all, err := h.Workspace.Templates(c.ctx(), c.caller, c.accountID(), view.App.ID)

		view.NoChoice, err = unanswered(err)
		if err != nil {
			return err
		}

		view.Templates = templateOptions(all, view.TemplateID)
		view.Wordless = view.NoChoice != "" && view.TemplateID == ""
	}

	if view.TemplateID == "" {
		return nil
	}

	var err error
	view.Draft, err = h.drafted(c, proposal, saved.Filling, fresh)

	return err
}

// drafted returns the message of a proposal. If nobody can tell of its template now, what fills it is that of the proposal, or else what is saved:
// nothing of it is lost when the page is saved again.
func (h *handler) drafted(c *call, proposal settings.Proposal, saved template.Filling, fresh bool) (*draftView, error) {
	variables, err := h.Workspace.Variables(c.caller)
	if err != nil {
		return nil, err
	}

	kind := c.kindIn()
	d, err := h.Workspace.Draft(c.ctx(), c.caller, c.accountID(), kind, proposal, fresh)

	unknown, err := unanswered(err)
	if err != nil {
		return nil, err
	}

	if d.Detail.ID == "" {
		d.Filling = saved
		if proposal.Content != nil {
			d.Filling = proposal.Content.Filling
		}
	}

	shown := draftOf(d, variables, kind)
	shown.Unknown = unknown

	return &shown, nil
}

// unanswered returns in words why a provider was asked in vain, and the error itself if it is another one.
func unanswered(err error) (string, error) {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Upstream, fault.Conflict, fault.Invalid:
		field, msg := fault.Public(err)
		return sentence(field, strings.Replace(msg, " nothing was changed,", "", 1)), nil
	default:
		return "", err
	}
}

// previewNotification answers with the preview alone, while somebody types; with what fills the template too once another was chosen.
func (h *handler) previewNotification(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	if err := c.caller.May(access.Read, c.accountID()); err != nil {
		return err
	}

	view := notificationView{TemplateID: c.sent.Get("template"), Trust: risk.Measured.Note()}

	if content, fresh := contentIn(c.sent); content != nil {
		var err error
		if view.Draft, err = h.drafted(c, settings.Proposal{AppID: c.sent.Get("app"), Content: content}, template.Filling{}, fresh); err != nil {
			return err
		}
	}

	part := "preview"
	if c.r.URL.Query().Get("part") == "mapping" {
		part = "remapped"
	}

	return c.fragment(part, view)
}
