package workspace

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// notificationBody is an event and how shoppers are told of it.
type notificationBody struct {
	Event     string `json:"event"`
	Label     string `json:"label"`
	Marketing bool   `json:"marketing"`
	Enabled   bool   `json:"enabled"`
	// Sends says that shoppers are told; Lacks is what has to be there before.
	Sends     bool           `json:"sends"`
	Lacks     []account.Lack `json:"lacks"`
	Supported bool           `json:"supported"`
	// Held says that the template cannot be sent for now; then State, StateReason and StateSince say why.
	Held bool `json:"held"`
	templateStateBody
	// Content is the brand's own template, PlatformContent the platform's at the platform's app.
	Content         *contentBody `json:"content"`
	PlatformContent *contentBody `json:"platformContent,omitempty"`
	MaxAgeSeconds   int64        `json:"maxAgeSeconds"`
	Charges         *chargesBody `json:"charges"`
	// Price is there at the platform's app, if a rate card has one. It is that of Category.
	Price    string           `json:"price,omitempty"`
	Category billing.Category `json:"category,omitempty"`
	// Estimate is there where it is read at the platform's app.
	Estimate *volumeBody `json:"estimate,omitempty"`
}

// chargesBody is a consent to charges.
type chargesBody struct {
	By          string `json:"by"`
	At          string `json:"at"`
	TextVersion string `json:"textVersion"`
	Price       string `json:"price"`
	// Category is absent from a consent that was recorded without it.
	Category billing.Category `json:"category,omitempty"`
}

// chargeTextBody is what a person agrees to.
type chargeTextBody struct {
	Version string `json:"version"`
	Text    string `json:"text"`
}

func notificationOf(n settings.Notification, e estimates) notificationBody {
	body := notificationBody{
		Event:           n.Event.Kind.String(),
		Label:           n.Event.Label,
		Marketing:       n.Event.Marketing,
		Enabled:         n.Choice.Enabled,
		Sends:           n.Sends,
		Lacks:           append([]account.Lack{}, n.Lacks...),
		Supported:       n.Supported,
		Held:            !n.Health.Healthy(),
		Content:         contentOf(n.Choice.TemplateID, n.Choice.Filling),
		PlatformContent: contentOf(n.Offered.TemplateID, n.Offered.Filling),
		MaxAgeSeconds:   int64(n.Choice.MaxAge / time.Second),
		Estimate:        e.of[n.Event.Kind],

		templateStateBody: templateStateOf(n),
	}
	if c := n.Choice.Charges; c != nil {
		body.Charges = &chargesBody{By: c.By, At: moment(c.At), TextVersion: c.TextVersion, Price: c.Price, Category: c.Category}
	}
	if n.Price != (billing.Money{}) {
		body.Price, body.Category = n.Price.String(), n.Category
	}

	return body
}

// appliesTo is what a page or a notification is about.
type appliesTo struct {
	// App is null if none is installed; then Reason and InstallLink are there.
	App         *appName `json:"app"`
	Reason      string   `json:"reason,omitempty"`
	InstallLink string   `json:"installLink,omitempty"`
	// ChargeText is null if messages of the app are not charged.
	ChargeText *chargeTextBody `json:"chargeText"`
	// EstimatesFrom is what estimates rest on; absent if there are none.
	EstimatesFrom *restsOnBody `json:"estimatesFrom,omitempty"`
	Version       int64        `json:"version"`
}

func (h *handler) appliesTo(n settings.Notifications, e estimates) appliesTo {
	to := appliesTo{App: nameOf(n.App), EstimatesFrom: e.restsOn, Version: n.Account.Version}
	if to.App == nil {
		to.Reason, to.InstallLink = noApp, h.installLink(n.Account.ID)
	}
	if n.Charges != nil {
		to.ChargeText = &chargeTextBody{Version: n.Charges.Version, Text: n.Charges.Text}
	}

	return to
}

// groupBody is a part of the list.
type groupBody struct {
	Key           string             `json:"key"`
	Label         string             `json:"label"`
	Notifications []notificationBody `json:"notifications"`
}

// page answers with all notifications, and with the estimates that there are of them.
func (h *handler) page(c *call, n settings.Notifications, e estimates, warnings []settings.EventFinding) error {
	body := struct {
		appliesTo
		// MaxAgeSeconds is the account's own limit, which an event may override.
		MaxAgeSeconds int64         `json:"maxAgeSeconds"`
		Groups        []groupBody   `json:"groups"`
		Findings      []findingBody `json:"findings"`
		Risk          *riskBody     `json:"risk,omitempty"`
	}{
		appliesTo:     h.appliesTo(n, e),
		MaxAgeSeconds: int64(n.Account.MaxAge / time.Second),
		Findings:      findingsOf(warnings),
		Risk:          riskOf(warnings),
	}

	for _, g := range n.Groups {
		group := groupBody{Key: g.Key, Label: g.Label}
		for _, one := range g.Notifications {
			group.Notifications = append(group.Notifications, notificationOf(one, e))
		}

		body.Groups = append(body.Groups, group)
	}

	return c.answerAt(http.StatusOK, n.Account.Version, body)
}

// one answers with one notification, and with its estimate if there is one.
func (h *handler) one(c *call, n settings.Notifications, one settings.Notification, e estimates, warnings []settings.EventFinding) error {
	return c.answerAt(http.StatusOK, n.Account.Version, struct {
		appliesTo
		notificationBody
		Findings []findingBody `json:"findings"`
		Risk     *riskBody     `json:"risk,omitempty"`
	}{h.appliesTo(n, e), notificationOf(one, e), findingsOf(warnings), riskOf(warnings)})
}

// app returns the app that the request names; empty for the sender.
func (c *call) app() string { return c.r.URL.Query().Get("app") }

// kind returns the event that the path names, which may be none.
func (c *call) kind() order.Kind {
	return order.Kind{Resource: c.args["resource"], SubType: c.args["eventSubType"]}
}

func (h *handler) getNotifications(c *call) error {
	n, err := h.Workspace.Notifications(c.r.Context(), c.caller, c.args["accountId"], c.app())
	if err != nil {
		return err
	}

	e, err := h.estimates(c, n)
	if err != nil {
		return err
	}

	return h.page(c, n, e, nil)
}

func (h *handler) getNotification(c *call) error {
	n, one, err := h.Workspace.Notification(c.r.Context(), c.caller, c.args["accountId"], c.app(), c.kind())
	if err != nil {
		return err
	}

	e, err := h.estimates(c, n)
	if err != nil {
		return err
	}

	return h.one(c, n, one, e, nil)
}

// notificationFields are what a brand sets of an event.
type notificationFields struct {
	Enabled       bool           `json:"enabled" api:"required"`
	Content       *contentBody   `json:"content" api:"nullable"`
	MaxAgeSeconds int64          `json:"maxAgeSeconds"`
	Charges       *chargesFields `json:"charges" api:"nullable"`
}

// chargesFields are what a person was shown who agrees to charges.
type chargesFields struct {
	TextVersion string `json:"textVersion" api:"required"`
	Price       string `json:"price" api:"required"`
}

// input returns the fields as the use case takes them. field is what the fields of errors begin with.
func (f notificationFields) input(field string) (settings.NotificationInput, error) {
	content, err := f.Content.input(field + "content.")
	if err != nil {
		return settings.NotificationInput{}, err
	}

	in := settings.NotificationInput{
		Enabled: f.Enabled,
		Content: content,
		MaxAge:  seconds(f.MaxAgeSeconds),
	}
	if f.Charges != nil {
		in.Charges = &settings.ChargesInput{TextVersion: f.Charges.TextVersion, Price: f.Charges.Price}
	}

	return in, nil
}

// seconds returns a number of seconds; one below zero for a number that no limit has.
func seconds(n int64) time.Duration {
	const most = 1 << 30
	if n < 0 || n > most {
		return -1
	}

	return time.Duration(n) * time.Second
}

// unknownEvent is the error about an entry of a set that is of no event.
func unknownEvent(set, name string) error {
	return place{set, set}.foreign(name).invalid("is no event; name one as the list of notifications does, such as shipment/created")
}

func (h *handler) putNotifications(c *call) error {
	var fields struct {
		Notifications map[string]notificationFields `json:"notifications"`
		MaxAgeSeconds *int64                        `json:"maxAgeSeconds"`
	}
	if err := c.decode(&fields); err != nil {
		return err
	}
	if fields.Notifications == nil {
		return fault.Field("notifications", "is needed: every event that is not off, by resource and subtype")
	}

	in := settings.NotificationsInput{Events: map[order.Kind]settings.NotificationInput{}}
	if fields.MaxAgeSeconds != nil {
		limit := seconds(*fields.MaxAgeSeconds)
		in.MaxAge = &limit
	}

	for _, name := range slices.Sorted(maps.Keys(fields.Notifications)) {
		kind, known := order.ParseKind(name)
		if !known {
			return unknownEvent("notifications", name)
		}

		var err error
		if in.Events[kind], err = fields.Notifications[name].input("notifications." + name + "."); err != nil {
			return err
		}
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	n, warnings, err := h.Workspace.PutNotifications(c.r.Context(), c.caller, c.args["accountId"], c.app(), in, seen)
	if err != nil {
		return err
	}

	return h.page(c, n, estimates{}, warnings)
}

func (h *handler) putNotification(c *call) error {
	var fields notificationFields
	if err := c.decode(&fields); err != nil {
		return err
	}

	in, err := fields.input("")
	if err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	n, one, warnings, err := h.Workspace.PutNotification(c.r.Context(), c.caller, c.args["accountId"], c.app(), c.kind(), in, seen)
	if err != nil {
		return err
	}

	return h.one(c, n, one, estimates{}, warnings)
}
