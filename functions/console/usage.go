package console

import (
	"cmp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// groupings are what the table of usage may be by, with what its column is headed.
var groupings = []struct{ Key, Label string }{
	{"day", "Day"},
	{"event", "Notification"},
	{"template", "Template"},
	{"app", "App"},
	{"category", "Category"},
	{"ownership", "Whose app"},
}

// period is the range that a page of usage is about, as the form has it.
type period struct {
	// From and Last are its days, both of which count.
	From, Last string
	By         string
}

// periodOf reads the range from the query. A page shows the last day that counts, and the use cases take the first that does not.
func (c *call) periodOf() (p period, to string, err error) {
	query := c.r.URL.Query()
	p = period{From: query.Get("from"), Last: query.Get("last"), By: query.Get("by")}

	known := slices.ContainsFunc(groupings, func(g struct{ Key, Label string }) bool { return g.Key == p.By })

	switch {
	case !known && p.By != "":
		return p, "", fault.Field("by", "must be one of those in the list")
	case !known:
		p.By = groupings[0].Key
	}

	if p.Last == "" {
		return p, "", nil
	}
	if !billing.Day(p.Last).Valid() {
		return p, "", fault.Field("last", "must be a day, such as 2026-11-30")
	}
	if p.From != "" && p.Last < p.From {
		return p, "", fault.Field("last", "must not be before the first day")
	}

	return p, string(billing.Day(p.Last).Next()), nil
}

// shown fills in the days that a report is about, where the query named none.
func (p period) shown(from, to billing.Day) period {
	p.From, p.Last = string(from), string(to.Plus(-1))
	return p
}

// usageView is what the page of usage shows.
type usageView struct {
	Period period
	Report usage.Report
	// Heading is what the first column is headed, Key what a row has in it.
	Heading string
	Rows    []usageRow
	Days    chart
	Money   chart
	Groups  any
	// Names are those of the account's apps, by their ids.
	Names map[string]string
}

// usageRow is a row of the table of usage.
type usageRow struct {
	Name string
	billing.Figures
}

func (h *handler) usage(c *call) error {
	view, err := h.usageOf(c)
	p := pageView{Title: "Usage", Tab: "usage", Lead: "What was sent for this account, how far it came, and what it costs."}

	if p.Problem = problemOf(err); p.Problem != nil {
		return c.showWith(fault.KindOf(err).Status(), "usage", p, view)
	}
	if err != nil {
		return err
	}

	return c.show("usage", p, view)
}

// usageOf reads what the page of usage shows.
func (h *handler) usageOf(c *call) (usageView, error) {
	view := usageView{Groups: groupings}

	var (
		to  string
		err error
	)
	if view.Period, to, err = c.periodOf(); err != nil {
		return view, err
	}

	asked := usage.Query{From: view.Period.From, To: to, GroupBy: view.Period.By, Currency: c.r.URL.Query().Get("currency")}
	if view.Report, err = h.Book.Usage(c.ctx(), c.caller, c.accountID(), asked); err != nil {
		return view, err
	}

	days := view.Report
	if view.Period.By != "day" {
		asked.GroupBy = "day"
		if days, err = h.Book.Usage(c.ctx(), c.caller, c.accountID(), asked); err != nil {
			return view, err
		}
	}

	view.Period = view.Period.shown(view.Report.From, view.Report.To)
	view.Days, view.Money = sentChart(days), moneyChart(days)

	for _, g := range groupings {
		if g.Key == view.Period.By {
			view.Heading = g.Label
		}
	}

	if err = c.name(); err != nil {
		return view, err
	}

	view.Names = appNames(*c.account)

	for _, row := range view.Report.Rows {
		name := rowName(view.Period.By, row.Key)
		if view.Period.By == "app" {
			name = cmp.Or(view.Names[name], name)
		}

		view.Rows = append(view.Rows, usageRow{name, row.Figures})
	}

	return view, nil
}

// rowName is what the first column says of a row.
func rowName(by string, k billing.Key) string {
	var name string

	switch by {
	case "day":
		name = string(k.Day)
	case "event":
		name = page.EventLabel(k.Event)
	case "template":
		name = k.TemplateID
	case "app":
		name = k.AppID
	case "category":
		name = strings.ToLower(k.Category)
	case "ownership":
		name = string(k.Ownership)
	}

	if name == "" {
		return "none"
	}

	return name
}

// usageTable answers with the table of the page as a file for a spreadsheet.
func (h *handler) usageTable(c *call) error {
	p, to, err := c.periodOf()
	if err != nil {
		return err
	}

	r, err := h.Book.Usage(c.ctx(), c.caller, c.accountID(), usage.Query{From: p.From, To: to, GroupBy: p.By, Currency: c.r.URL.Query().Get("currency")})
	if err != nil {
		return err
	}

	return c.file("usage-"+string(r.From)+"-"+string(r.To.Plus(-1))+".csv", "text/csv; charset=utf-8", r.CSV())
}

// file answers with a file to keep.
func (c *call) file(name, contentType string, body []byte) error {
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return httpx.WriteBytes(c.w, 200, contentType, body)
}

// failedView is what the page of failed deliveries shows.
type failedView struct {
	Period period
	Report usage.FailedDeliveries
	Steps  []step
}

// step is one of a funnel: how many came so far.
type step struct {
	Label    string
	Count    int64
	Most     int64
	Sentence string
}

func (h *handler) failedDeliveries(c *call) error {
	var view failedView

	p := pageView{Title: "Failed deliveries", Tab: "usage", Lead: "What became of deliveries that a courier reported as failed, and what asking the shopper did for them."}
	err := h.failedOf(c, &view)

	if p.Problem = problemOf(err); p.Problem != nil {
		return c.showWith(fault.KindOf(err).Status(), "failed", p, view)
	}
	if err != nil {
		return err
	}

	return c.show("failed", p, view)
}

// failedOf reads what the page of failed deliveries shows.
func (h *handler) failedOf(c *call, view *failedView) error {
	var (
		to  string
		err error
	)
	if view.Period, to, err = c.periodOf(); err != nil {
		return err
	}

	r, err := h.Book.FailedDeliveries(c.ctx(), c.caller, c.accountID(), usage.FailedQuery{From: view.Period.From, To: to})
	if err != nil {
		return err
	}

	view.Report, view.Period = r, view.Period.shown(r.From, r.To)
	view.Steps = []step{
		{"Failed", r.Total.Failed, r.Total.Failed, "reported by the courier"},
		{"Asked", r.Total.Asked, r.Total.Failed, "a message was sent"},
		{"Delivered", r.Total.Delivered, r.Total.Failed, "it reached the phone"},
		{"Read", r.Total.Read, r.Total.Failed, "it was opened"},
		{"Answered", r.Total.Answered, r.Total.Failed, "the shopper wrote or tapped"},
		{"Action taken", r.Total.Accepted, r.Total.Failed, "the platform accepted what the shopper chose"},
		{"Delivered after all", r.Total.DeliveredAfterAll, r.Total.Failed, "the parcel arrived later"},
	}

	return nil
}

func (h *handler) failedTable(c *call) error {
	p, to, err := c.periodOf()
	if err != nil {
		return err
	}

	r, err := h.Book.FailedDeliveries(c.ctx(), c.caller, c.accountID(), usage.FailedQuery{From: p.From, To: to})
	if err != nil {
		return err
	}

	return c.file("failed-deliveries-"+string(r.From)+"-"+string(r.To.Plus(-1))+".csv", "text/csv; charset=utf-8", r.CSV())
}

// whatIfView is what the page of what notifications would cost shows.
type whatIfView struct {
	Notifications settings.Notifications
	Apps          []appChoice
	Chosen        map[string]bool
	// Estimate is nil until something is chosen.
	Estimate *usage.Estimate
}

// appChoice is an app to choose.
type appChoice struct{ ID, Name string }
