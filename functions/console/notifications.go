package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// notificationsView is the page of all events.
type notificationsView struct {
	App     account.App
	Apps    []account.App
	Sends   bool
	Charged bool
	Groups  []groupView
	On      int
	// Days is how many days the numbers of messages rest on; 0 if there are none.
	Days    int
	Age     ageView
	Version int64
	Invalid string
	Changed []versionView
}

// groupView is a part of the list.
type groupView struct {
	Key, Label string
	Events     []eventView
}

// eventView is an event in the list.
type eventView struct {
	settings.Notification
	Kind  string
	State badge
	// Why says what keeps an event from being sent that is on, or from being switched on here.
	Why string
	// Switch says that it can be switched here, On how.
	Switch, On bool
	Messages   int64
	Price      string
}

// notifications shows all events at the sender, or at the app that the query names.
func (h *handler) notifications(c *call) error {
	return h.showNotifications(c, c.r.URL.Query().Get("app"), http.StatusOK, nil)
}

// showNotifications shows the list, after a refused save with what was ticked.
func (h *handler) showNotifications(c *call, appID string, status int, p *page.Problem) error {
	n, err := h.Workspace.Notifications(c.ctx(), c.caller, c.accountID(), appID)
	if err != nil {
		return err
	}

	view := notificationsView{
		App:     n.App,
		Sends:   n.App.ID == n.Account.Sender,
		Charged: n.Charges != nil,
		Age:     ageOf(n.Account.MaxAge),
		Version: n.Account.Version,
	}

	for _, id := range n.Account.AppIDs() {
		app, _ := n.Account.App(id)
		view.Apps = append(view.Apps, app)
	}

	estimates, err := h.volumes(c, n, nil)
	if err != nil {
		return err
	}

	view.Days = estimates.Days
	view.fill(n, estimates, c.sent)

	if p != nil {
		view.Invalid = p.Field
		view.Age = cmp.Or(ageIn(c.sent), view.Age)

		if view.Changed, err = h.changedSince(c, c.seenIn()); err != nil {
			return err
		}
	}

	return c.showWith(status, "notifications", pageView{
		Title:   "Notifications",
		Tab:     "notifications",
		Lead:    "What shoppers are told of on WhatsApp.",
		Problem: p,
	}, view)
}

// volumes returns what events come to, by the last days; nothing for an account without an app.
func (h *handler) volumes(c *call, n settings.Notifications, events []order.Kind) (usage.Estimate, error) {
	if n.App.ID == "" {
		return usage.Estimate{}, nil
	}

	return h.Book.Estimate(c.ctx(), c.caller, n, events)
}

// fill adds the events. sent are what was ticked in a form that was refused.
func (v *notificationsView) fill(n settings.Notifications, e usage.Estimate, sent url.Values) {
	for _, g := range n.Groups {
		group := groupView{Key: g.Key, Label: g.Label}

		for _, one := range g.Notifications {
			view := eventOf(one, v.Sends)
			if at := slices.IndexFunc(e.Events, func(x usage.EventEstimate) bool { return x.Kind == one.Event.Kind }); at >= 0 {
				view.Messages = e.Events[at].Messages
			}
			if sent != nil && view.Switch {
				view.On = slices.Contains(sent["on"], view.Kind)
			}
			if one.Choice.Enabled && one.Supported {
				v.On++
			}

			group.Events = append(group.Events, view)
		}

		v.Groups = append(v.Groups, group)
	}
}

// eventOf returns an event as the list shows it.
func eventOf(n settings.Notification, sends bool) eventView {
	view := eventView{Notification: n, Kind: n.Event.Kind.String(), On: n.Choice.Enabled}
	view.State, view.Why = stateOfEvent(n, sends)
	view.Switch = n.Supported && (len(n.Lacks) == 0 || n.Choice.Enabled)

	if n.Price != (billing.Money{}) {
		view.Price = price(n.Price)
	}

	return view
}

// stateOfEvent says whether shoppers are told of an event, and what keeps them from being told.
func stateOfEvent(n settings.Notification, sends bool) (badge, string) {
	var lacks []string
	for _, lack := range n.Lacks {
		lacks = append(lacks, cmp.Or(lackWords[lack], string(lack)))
	}

	why := page.Capital(strings.Join(lacks, ", "))
	if why != "" {
		why += "."
	}

	switch {
	case !n.Supported:
		return badge{"quiet", "Not possible"}, "The provider has no words for this event."
	case !n.Choice.Enabled && slices.Contains(n.Lacks, account.LacksTemplate):
		return badge{"quiet", "Not set up"}, ""
	case !n.Choice.Enabled && slices.Contains(n.Lacks, account.LacksOffer):
		return badge{"quiet", "Not offered yet"}, ""
	case !n.Choice.Enabled:
		return badge{"quiet", "Off"}, ""
	case !n.Health.Healthy():
		return badge{"bad", "Held"}, heldWords(n.Health)
	case n.Sends:
		return badge{"ok", "On"}, ""
	case sends:
		return badge{"warn", "On, not sent"}, why
	default:
		return badge{"quiet", "Ready"}, cmp.Or(why, "It is sent once this app is the sender.")
	}
}

// heldWords say why the template of an event cannot be sent for now.
func heldWords(h account.Health) string {
	switch {
	case h.Detail != "":
		return h.Detail
	case h.Reason == account.CategoryHeld:
		return "WhatsApp has the template in the category marketing, and this is news of an order."
	default:
		return "WhatsApp does not let the template be sent for now."
	}
}

// saveNotifications switches events on and off, all in one version.
func (h *handler) saveNotifications(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	appID := c.sent.Get("app")

	n, err := h.Workspace.Notifications(c.ctx(), c.caller, c.accountID(), appID)
	if err != nil {
		return err
	}

	age := ageIn(c.sent).duration()
	in := settings.NotificationsInput{Events: map[order.Kind]settings.NotificationInput{}, MaxAge: &age}
	asked := c.sent["on"]

	for _, g := range n.Groups {
		for _, one := range g.Notifications {
			view := eventOf(one, true)
			enabled := one.Choice.Enabled

			if view.Switch {
				enabled = slices.Contains(asked, view.Kind)
			}

			in.Events[one.Event.Kind] = keeping(one, enabled)
		}
	}

	_, _, err = h.Workspace.PutNotifications(c.ctx(), c.caller, c.accountID(), appID, in, c.seenIn())
	if err == nil {
		return c.redirect(c.accountPath("/notifications?" + url.Values{"app": {appID}, "done": {"notifications-saved"}}.Encode()))
	}

	p, status, err := c.refusedNotification(err, "", listField)
	if err != nil {
		return err
	}

	return h.showNotifications(c, appID, status, p)
}

// keeping returns the settings of an event as they are, but for whether it is on.
func keeping(n settings.Notification, enabled bool) settings.NotificationInput {
	in := settings.NotificationInput{Enabled: enabled, MaxAge: n.Choice.MaxAge}

	if n.Choice.TemplateID != "" {
		in.Content = &account.Content{TemplateID: n.Choice.TemplateID, Filling: n.Choice.Filling}
	}
	if agreed := n.Choice.Charges; agreed != nil {
		in.Charges = &settings.ChargesInput{TextVersion: agreed.TextVersion, Price: agreed.Price}
	}

	return in
}
