package usage

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Query says which usage is asked for.
type Query struct {
	// From and To are days of the account's zone, such as "2026-11-01"; To does not count. Both empty ask for the month so far.
	From, To string
	// GroupBy are what rows are grouped by, of "app", "template", "ownership", "event", "category" and "day", with commas; empty gives one row.
	GroupBy string
	// Currency is whose sums are asked for; empty for that of the account's messages.
	Currency string
}

// Report is what was sent for an account, and what it cost.
type Report struct {
	From, To billing.Day
	// Zone is the IANA name of the account's zone, and Currency that of all money.
	Zone, Currency string
	// GroupBy are the names that rows are grouped by, sorted as asked.
	GroupBy []string
	// Rows are sorted by their keys, and have only the keys grouped by. Total is their sum.
	Rows  []billing.Row
	Total billing.Figures
	// Extra are attempts that were charged beside another of the same message. They are not in the rows, and no cost of the account's.
	Extra []billing.Extra
	// OpenFrom is the first day whose figures are not closed and still move; empty if all are closed.
	OpenFrom billing.Day
	// ClosedAgain are the days that were closed more than once.
	ClosedAgain []ClosedAgain
	// OtherCurrencies are those in which messages of these days were charged too.
	OtherCurrencies []string
	// WithoutMessage is how many messages, through the account's own apps, a provider charged that are none of ours.
	WithoutMessage int64
	// FreeService is what is left of the free service messages of each app this month; none of a range without today.
	FreeService []Free
	// Projection is what the range comes to if it goes on as it did; nil unless today is in it and it has a message from before today.
	Projection *Projection
}

// ClosedAgain is a day of which something was heard after it was closed.
type ClosedAgain struct {
	Day      billing.Day
	Closings int64
	ClosedAt time.Time
}

// freeService is how many service messages a business number has free in a calendar month since 1 October 2026, whoever sends them
// (docs.ycloud.com, pricing migration note). Which are, is what the provider says of each message.
const freeService = 1000

// Free is what is left of the free service messages of a number.
type Free struct {
	AppID string
	// Month is such as "2026-11", in the zone of WhatsApp's prices.
	Month string
	// Messages are those that went through the app, of whichever brand behind it. Left is freeService less that, 0 at least.
	Messages, Left int64
}

// Projection is what a range comes to, at the average of its days from the first with a message until yesterday. It is never less than what is
// counted already.
type Projection struct {
	// Days are how many it rests on.
	Days int
	// Sent and Micros are for the whole range.
	Sent, Micros int64
}

// Usage tells what was sent for an account, and what it cost. It reads the closed days of the range, and each message of those that are
// open.
func (b *Book) Usage(ctx context.Context, c access.Caller, accountID string, q Query) (Report, error) {
	const op = "usage.Usage"

	if err := c.May(access.Read, accountID); err != nil {
		return Report{}, err
	}

	a, err := b.Accounts.Known(ctx, op, accountID)
	if err != nil {
		return Report{}, err
	}

	today := billing.Day(a.Day(b.Clock.Now()))

	r, err := q.report(a, today)
	if err != nil {
		return Report{}, err
	}

	days, err := b.gather(ctx, accountID, &r)
	if err != nil {
		return Report{}, err
	}

	r.choose(q.Currency, days)
	r.project(days, today)

	if r.From <= today && today < r.To { // what is past is told in the same words whenever it is asked for
		if r.FreeService, err = b.freeService(ctx, a); err != nil {
			return Report{}, err
		}
	}

	r.WithoutMessage, err = b.withoutMessage(ctx, a, r)

	return r, err
}

// gather returns the usage of the days of a report, and notes in it which are closed and how.
func (b *Book) gather(ctx context.Context, accountID string, r *Report) (billing.Usage, error) {
	closed, open, err := b.Store.ClosedUntil(ctx, accountID, r.From, r.To)
	if err != nil {
		return billing.Usage{}, err
	}

	var n billing.Counter

	for _, d := range closed {
		n.Add(d.Usage, func(k billing.Key) billing.Key { return k })

		if d.Closings > 1 {
			r.ClosedAgain = append(r.ClosedAgain, ClosedAgain{d.Day, d.Closings, d.ClosedAt})
		}
	}

	if open < r.To {
		r.OpenFrom = open

		counted, err := b.count(ctx, accountID, open, r.To)
		if err != nil {
			return billing.Usage{}, err
		}

		n.Add(counted, func(k billing.Key) billing.Key { return k })
	}

	return n.Usage(), nil
}

// choose fills a report with the rows of its days, grouped, and with the money of one currency.
func (r *Report) choose(currency string, days billing.Usage) {
	r.Currency, r.OtherCurrencies = currencyOf(currency, days.Rows)

	for i, row := range days.Rows {
		if row.Currency != r.Currency {
			days.Rows[i].EstimatedMicros, days.Rows[i].ActualMicros = 0, 0
		}
	}

	var n billing.Counter
	n.Add(days, r.group)

	grouped := n.Usage()
	r.Rows, r.Extra, r.Total = grouped.Rows, grouped.Extra, grouped.Total()
}

// group returns the key with only what rows are grouped by.
func (r *Report) group(k billing.Key) billing.Key {
	var g billing.Key

	for _, name := range r.GroupBy {
		switch name {
		case "app":
			g.AppID = k.AppID
		case "template":
			g.TemplateID = k.TemplateID
		case "ownership":
			g.Ownership = k.Ownership
		case "event":
			g.Event = k.Event
		case "category":
			g.Category = k.Category
		case "day":
			g.Day = k.Day
		}
	}

	return g
}

// project notes what the range comes to. An account that sent its first message late in the range is not taken for one that sends little: the
// days before count for nothing.
func (r *Report) project(days billing.Usage, today billing.Day) {
	first := today

	var sent, micros int64

	for _, row := range days.Rows {
		if row.Day < today {
			first = min(first, row.Day)
			sent += row.Sent
			micros += row.ActualMicros
		}
	}

	if first >= today || today >= r.To {
		return
	}

	// Today may be a better day than the average already.
	past, all := int64(first.Until(today)), int64(first.Until(r.To))
	r.Projection = &Projection{
		Days:   int(past),
		Sent:   max(sent*all/past, r.Total.Sent),
		Micros: max(micros*all/past, r.Total.ActualMicros),
	}
}

// groups are what rows can be grouped by.
var groups = []string{"app", "template", "ownership", "event", "category", "day"}

// maxDays is the longest range: five years.
const maxDays = 5 * 366

// report returns the empty report that a query asks for. Errors are Invalid and name the field.
func (q Query) report(a account.Account, today billing.Day) (Report, error) {
	r := Report{Zone: zoneOf(a)}

	var err error

	if r.From, r.To, err = rangeOf(q.From, q.To, today); err != nil {
		return Report{}, err
	}

	if r.From.Until(r.To) > maxDays {
		return Report{}, fault.Field("to", "must be within five years of from")
	}

	if err = checkCurrency(q.Currency); err != nil {
		return Report{}, err
	}

	for name := range strings.SplitSeq(q.GroupBy, ",") {
		switch {
		case q.GroupBy == "":
		case !slices.Contains(groups, name):
			return Report{}, fault.Field("groupBy", "must be of app, template, ownership, event, category and day, with commas between")
		case slices.Contains(r.GroupBy, name):
			return Report{}, fault.Field("groupBy", "names "+name+" twice")
		default:
			r.GroupBy = append(r.GroupBy, name)
		}
	}

	return r, nil
}
