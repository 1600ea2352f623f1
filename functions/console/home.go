package console

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// homeNewest is how many of the newest messages an account's first page shows.
const homeNewest = 10

// homeView is what an account's first page shows.
type homeView struct {
	Stream string
	Live   homeLive
	Apps   []settings.AppDetail
	// On is how many events are switched on.
	On     int
	Today  billing.Figures
	Funnel []funnelStep
	Spent  []spentLine
	Falls  []usage.Fall
	// Unread are the forms of providers' bodies that no parser knows; only the platform's people are told. Shapes says that they were asked for.
	Unread int
	Shapes bool
}

// homeLive is the part of it that changes while it is looked at.
type homeLive struct {
	At      string
	Zone    *time.Location
	Pending []story.Pending
	Rows    []story.Row
}

// funnelStep is one line of the day's funnel: how many of the messages that were decided on came so far.
type funnelStep struct {
	Label    string
	Count    int64
	Of       int64
	Sentence string
}

// spentLine is what was spent, against the limit if there is one.
type spentLine struct {
	Label         string
	Spent, Limit  billing.Money
	Near, Reached bool
}

// home shows how an account does.
func (h *handler) home(c *call) error {
	if err := c.name(); err != nil {
		return err
	}

	var (
		v   homeView
		err error
	)

	if v.Live, err = c.homeLive(c.ctx()); err != nil {
		return err
	}
	if v.Apps, _, err = h.Workspace.Apps(c.ctx(), c.caller, c.accountID()); err != nil {
		return err
	}
	if err = c.addUsage(&v); err != nil {
		return err
	}

	if c.caller.May(access.Operate, "") == nil {
		shapes, unread := h.Workspace.Shapes(c.ctx(), c.caller)
		if unread != nil {
			return unread
		}

		v.Shapes, v.Unread = true, len(shapes)
	}

	for _, e := range c.account.Events {
		if e.Enabled {
			v.On++
		}
	}

	region, err := h.pages.Render("home-live", v.Live)
	if err != nil {
		return err
	}

	v.Stream = v.Live.At + "/stream?seen=" + page.StateOf(region)

	return c.show("home", pageView{Title: c.account.Name, Tab: "", Lead: "How the account does today, " + h.Clock.Now().In(c.account.Zone()).Format("Monday, 2 January") + "."}, v)
}

// homeStream sends the newest messages, and what is not done with, whenever they have changed.
func (h *handler) homeStream(c *call) error {
	if err := c.name(); err != nil {
		return err
	}

	return h.streams.Serve(c.w, c.r, c.caller.Subject, page.Region{
		Watch: func(ctx context.Context, changed func()) error {
			return h.Teller.WatchNewest(ctx, c.caller, c.accountID(), homeNewest, changed)
		},
		Render: func(ctx context.Context) ([]byte, error) {
			now, err := c.homeLive(ctx)
			if err != nil {
				return nil, err
			}

			return h.pages.Render("home-live", now)
		},
	})
}

// homeLive reads the live region of an account's first page.
func (c *call) homeLive(ctx context.Context) (homeLive, error) {
	pending, err := c.h.Teller.Pending(ctx, c.caller, c.accountID())
	if err != nil {
		return homeLive{}, err
	}

	newest, err := c.h.Teller.Messages(ctx, c.caller, c.accountID(), story.Filter{Limit: homeNewest})

	return homeLive{At: c.at(), Zone: c.account.Zone(), Pending: pending, Rows: newest.Rows}, err
}

// addUsage adds what was sent and spent today and this month.
func (c *call) addUsage(v *homeView) error {
	today := billing.Day(c.account.Day(c.h.Clock.Now()))

	day, err := c.h.Book.Usage(c.ctx(), c.caller, c.accountID(), usage.Query{From: string(today), To: string(today.Next())})
	if err != nil {
		return err
	}

	month, err := c.h.Book.Usage(c.ctx(), c.caller, c.accountID(), usage.Query{})
	if err != nil {
		return err
	}

	v.Today = day.Total
	v.Funnel = funnelOf(day.Total)
	limits := c.account.Limits
	v.Spent = []spentLine{
		spentOf("Today", day.Total.ActualMicros, limits.DailyMicros, day.Currency),
		spentOf("This month", month.Total.ActualMicros, limits.MonthlyMicros, month.Currency),
	}

	v.Falls, err = c.h.Book.Falls(c.ctx(), c.caller, *c.account)

	return err
}

func spentOf(label string, spent, limit int64, currency string) spentLine {
	return spentLine{
		Label:   label,
		Spent:   billing.Money{Micros: spent, Currency: currency},
		Limit:   billing.Money{Micros: limit, Currency: currency},
		Near:    (account.Limits{DailyMicros: limit}).Near(spent, 0),
		Reached: limit != 0 && spent >= limit,
	}
}

// funnelOf returns the day's funnel, from what was decided on down to what was read.
func funnelOf(f billing.Figures) []funnelStep {
	all := f.Sent + f.Failed + f.Refused + f.Open

	return []funnelStep{
		{"Decided on", all, all, "events that are switched on"},
		{"Sent", f.Sent, all, "taken by the provider"},
		{"Delivered", f.Delivered, all, "on the shopper’s phone"},
		{"Read", f.Read, all, "as far as shoppers let it be known"},
	}
}
