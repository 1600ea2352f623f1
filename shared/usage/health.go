package usage

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// HealthQuery says which days are asked for.
type HealthQuery struct {
	// From and To are days of the account's zone; To does not count. Both empty ask for the thirty days up to today, with it.
	From, To string
}

const (
	// usualDays is how many days of health are told if none are named, maxHealthDays how many at most.
	usualDays     = 30
	maxHealthDays = 92
)

// Health is how an account's apps and templates did, day by day.
type Health struct {
	From, To billing.Day
	Zone     string
	// OpenFrom is the first day whose figures still move; empty if all are closed.
	OpenFrom billing.Day
	// Series are those of the apps that are installed or were sent through, by their ids, each followed by those of its templates.
	Series []HealthSeries
	// Falls are what went wrong of late, whichever days are asked for.
	Falls []Fall
}

// HealthSeries is how an app did, or one of its templates.
type HealthSeries struct {
	AppID string
	// TemplateID is empty in the series of an app. Name is what the template is called at WhatsApp; empty if there is no copy of it.
	TemplateID, Name string
	// Days are all days of the range, in their order.
	Days []HealthDay
}

// HealthDay is how it did on a day.
type HealthDay struct {
	Day billing.Day
	// Tried are the messages of the day that were given to the provider, Delivered and Read those of them that arrived and were read, and
	// Failed those that it refused, or took and did not deliver.
	Tried, Failed, Delivered, Read int64
	// Quality and Limit are what the provider's last word on them was by the end of the day; empty where it never told.
	Quality, Limit string
}

// Share returns which part of a whole it is, in hundredths of a percent; false if there is no whole.
func Share(part, whole int64) (share int64, ok bool) {
	return part * basis / max(whole, 1), whole > 0
}

const basis = 10_000

// series names a HealthSeries.
type series struct{ app, template string }

func (s series) compare(other series) int {
	return cmp.Or(cmp.Compare(s.app, other.app), cmp.Compare(s.template, other.template))
}

// Health tells how an account's apps and templates did. It reads the closed days of the range, each message of those that are open, what is
// kept of ratings once an app, and the copies of the templates.
func (b *Book) Health(ctx context.Context, c access.Caller, accountID string, q HealthQuery) (Health, error) {
	const op = "usage.Health"

	if err := c.May(access.Read, accountID); err != nil {
		return Health{}, err
	}

	a, err := b.Accounts.Known(ctx, op, accountID)
	if err != nil {
		return Health{}, err
	}

	h := Health{Zone: zoneOf(a)}
	if h.From, h.To, err = q.days(billing.Day(a.Day(b.Clock.Now()))); err != nil {
		return Health{}, err
	}

	r := Report{From: h.From, To: h.To}

	days, err := b.gather(ctx, accountID, &r)
	if err != nil {
		return Health{}, err
	}

	h.OpenFrom = r.OpenFrom

	if h.Series, err = b.series(ctx, a, h, days); err != nil {
		return Health{}, err
	}

	h.Falls, err = b.FallsOf(ctx, a)

	return h, err
}

// days reads the range of the query.
func (q HealthQuery) days(today billing.Day) (from, to billing.Day, err error) {
	if q.From == "" && q.To == "" {
		return today.Plus(1 - usualDays), today.Next(), nil
	}

	from, to, err = rangeOf(q.From, q.To, today)
	if err == nil && from.Until(to) > maxHealthDays {
		err = fault.Field("to", "must be within 92 days of from")
	}

	return from, to, err
}

// series returns the series of all apps that an account has installed or sent through, and of the templates that it sent with.
func (b *Book) series(ctx context.Context, a account.Account, h Health, days billing.Usage) ([]HealthSeries, error) {
	figures := map[series]map[billing.Day]billing.Figures{}
	for id := range a.Apps {
		figures[series{app: id}] = map[billing.Day]billing.Figures{}
	}

	for _, row := range days.Rows {
		for _, of := range seriesOf(row.Key) {
			if figures[of] == nil {
				figures[of] = map[billing.Day]billing.Figures{}
			}

			figures[of][row.Day] = figures[of][row.Day].Plus(row.Figures)
		}
	}

	names, err := b.names(ctx, slices.Collect(maps.Keys(figures)))
	if err != nil {
		return nil, err
	}

	var all []HealthSeries

	ratings := map[string][]store.Rating{}

	for _, of := range slices.SortedFunc(maps.Keys(figures), series.compare) {
		if of.template == "" {
			if ratings[of.app], err = b.Store.Ratings(ctx, of.app); err != nil {
				return nil, err
			}
		}

		s := HealthSeries{AppID: of.app, TemplateID: of.template, Name: names[of]}
		for day := h.From; day < h.To; day = day.Next() {
			s.Days = append(s.Days, healthOf(day, figures[of][day], ratings[of.app], of.template, a.Zone()))
		}

		all = append(all, s)
	}

	return all, nil
}

// seriesOf returns the series that figures of a key belong to; none of what went through no app.
func seriesOf(k billing.Key) []series {
	switch {
	case k.AppID == "":
		return nil
	case k.TemplateID == "":
		return []series{{app: k.AppID}}
	default:
		return []series{{app: k.AppID}, {k.AppID, k.TemplateID}}
	}
}

// names returns what the templates of some series are called, as far as there are copies. It reads those of an app at once.
func (b *Book) names(ctx context.Context, some []series) (map[series]string, error) {
	ids := map[string][]string{}
	for _, of := range some {
		if of.template != "" {
			ids[of.app] = append(ids[of.app], of.template)
		}
	}

	names := map[series]string{}

	for app, of := range ids {
		copies, err := b.Store.Templates(ctx, app, slices.Compact(of))
		if err != nil {
			return nil, err
		}

		for id, t := range copies {
			names[series{app, id}] = t.Name
		}
	}

	return names, nil
}

// healthOf returns the health of a day, with what its figures and ratings say.
func healthOf(day billing.Day, f billing.Figures, ratings []store.Rating, templateID string, zone *time.Location) HealthDay {
	d := HealthDay{Day: day, Tried: f.Sent + f.Failed, Failed: f.Failed, Delivered: f.Delivered, Read: f.Read}

	end := day.Next().Begin(zone)
	for _, r := range ratings {
		switch {
		case r.TemplateID != templateID || !r.At.Before(end):
		case r.Kind == store.Quality:
			d.Quality = r.Value
		case r.Kind == store.Limit:
			d.Limit = r.Value
		}
	}

	return d
}
