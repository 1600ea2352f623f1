package usage_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

func (r *rig) health(q usage.HealthQuery) usage.Health {
	r.t.Helper()
	h, err := r.Health(r.t.Context(), viewer, neem, q)
	r.must(err)

	return h
}

// with stores a message with a template that is claimed now.
func (r *rig) with(templateID string) message.Message {
	return r.claimOf("gs", message.Message{TemplateID: templateID})
}

// TestHealth follows two templates over two days, one of them closed, and how the number and a template were rated.
func TestHealth(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	r.must(r.store.PutTemplate(t.Context(), "gs", store.Template{Template: template.Template{ID: "t1", Name: "failed_delivery_v1"}, CheckedAt: start}))

	r.apply(reports(r.with("t1"), start)...)
	r.apply(reports(r.with("t1"), start)[:3]...)
	r.must(r.store.RecordNotTaken(t.Context(), r.stored(r.with("t2").ID), message.Failure{Class: message.ClassRecipient}, start))
	r.claim("gs")                                            // on its way, and none of a template that is named
	night := time.Date(2026, 11, 20, 18, 30, 0, 0, time.UTC) // midnight in India
	r.must(r.store.NoteRatings(t.Context(), "gs",
		store.Rating{At: start, Kind: store.Quality, Value: "GREEN"}, store.Rating{At: night.Add(-time.Second), Kind: store.Limit, Value: "TIER_1K"},
		store.Rating{At: night, Kind: store.Quality, Value: "YELLOW"}, store.Rating{At: night, TemplateID: "t1", Kind: store.Quality, Value: "RED"}))

	r.clock.Advance(24 * time.Hour)
	r.closeUp()
	r.apply(reports(r.with("t1"), r.clock.Now())[:2]...)

	got := r.health(usage.HealthQuery{From: "2026-11-19", To: "2026-11-22"})
	if got.OpenFrom != "2026-11-21" || got.Zone != "Asia/Kolkata" || len(got.Falls) != 0 {
		t.Errorf("got %+v", got)
	}
	day := func(day billing.Day, quality, limit string, tried, failed, delivered, read int64) usage.HealthDay {
		return usage.HealthDay{Day: day, Tried: tried, Failed: failed, Delivered: delivered, Read: read, Quality: quality, Limit: limit}
	}
	quiet := []usage.HealthDay{{Day: "2026-11-19"}, {Day: "2026-11-20"}, {Day: "2026-11-21"}}
	want := []usage.HealthSeries{
		{AppID: "gs", Days: []usage.HealthDay{{Day: "2026-11-19"}, day("2026-11-20", "GREEN", "TIER_1K", 3, 1, 2, 1), day("2026-11-21", "YELLOW", "TIER_1K", 1, 0, 0, 0)}},
		{AppID: "gs", TemplateID: "t1", Name: "failed_delivery_v1", Days: []usage.HealthDay{{Day: "2026-11-19"}, day("2026-11-20", "", "", 2, 0, 2, 1), day("2026-11-21", "RED", "", 1, 0, 0, 0)}},
		{AppID: "gs", TemplateID: "t2", Days: []usage.HealthDay{{Day: "2026-11-19"}, day("2026-11-20", "", "", 1, 1, 0, 0), {Day: "2026-11-21"}}},
		{AppID: "kal", Days: quiet},
		{AppID: "own", Days: quiet},
	}
	if diff := cmp.Diff(want, got.Series); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}

	if h := r.health(usage.HealthQuery{}); h.From != "2026-10-23" || h.To != "2026-11-22" {
		t.Errorf("got %s to %s, want the thirty days up to today", h.From, h.To)
	}
	for field, q := range map[string]usage.HealthQuery{"from": {To: "2026-11-20"}, "to": {From: "2026-01-01", To: "2026-04-04"}} {
		if _, err := r.Health(t.Context(), viewer, neem, q); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("%+v: got %v, want an error of %s", q, err, field)
		}
	}
	if _, err := r.Health(t.Context(), viewer, "999", usage.HealthQuery{}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("another's account: got %v", err)
	}
}

// closed stores the figures of days that are closed, the last of them yesterday.
func (r *rig) closed(days ...[]billing.Row) {
	r.t.Helper()
	today := billing.Day(r.brand.Day(r.clock.Now()))
	for i, rows := range days {
		d := store.ClosedDay{Day: today.Plus(i - len(days)), ClosedAt: r.clock.Now(), Closings: 1, Usage: billing.Usage{Rows: rows}}
		r.must(r.store.PutClosedDay(r.t.Context(), neem, d))
	}
	r.must(r.store.PutClosing(r.t.Context(), neem, store.Closing{ClosedTo: today, LookedAt: r.clock.Now()}))
}

// figures is a day of a template: so many were given to the provider, arrived, and were read.
func figures(templateID string, tried, delivered, read int64) billing.Row {
	return billing.Row{
		Key:     billing.Key{AppID: "gs", TemplateID: templateID, Event: failed},
		Figures: billing.Figures{Sent: delivered, Failed: tried - delivered, Delivered: delivered, Read: read},
	}
}

// repeated is a day many times.
func repeated(n int, rows ...billing.Row) [][]billing.Row {
	all := make([][]billing.Row, n)
	for i := range all {
		all[i] = rows
	}

	return all
}

// TestFallsRefusesStrangers tells another brand of no fall.
func TestFallsRefusesStrangers(t *testing.T) {
	t.Parallel()
	b := usage.New(usage.Deps{})
	if _, err := b.Falls(t.Context(), access.Caller{Role: access.Viewer, Accounts: []string{"812"}}, account.Account{ID: neem}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("got %v", err)
	}
}

// TestFalls holds which falls are told: those of enough messages, far enough, beyond chance, and of reads only once there was time to read.
func TestFalls(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		days [][]billing.Row
		want []string
	}{
		"as ever":            {repeated(32, figures("t1", 20, 19, 12)), nil},
		"fewer arrive":       {append(repeated(29, figures("t1", 20, 19, 12)), repeated(3, figures("t1", 20, 14, 9))...), []string{"t1 delivered 7000 9500 60"}},
		"fewer are read":     {append(repeated(28, figures("t1", 20, 20, 12)), repeated(4, figures("t1", 20, 20, 4))...), []string{"t1 read 2000 6000 60"}},
		"not read yet":       {append(repeated(31, figures("t1", 20, 20, 12)), repeated(1, figures("t1", 200, 200, 0))...), nil},
		"a bad day of three": {append(repeated(31, figures("t1", 20, 20, 12)), repeated(1, figures("t1", 20, 8, 5))...), []string{"t1 delivered 8000 10000 60"}},
		"too few of late":    {append(repeated(29, figures("t1", 20, 19, 12)), repeated(3, figures("t1", 16, 0, 0))...), nil},
		"too few before":     {append(repeated(9, figures("t1", 20, 19, 12)), repeated(3, figures("t1", 20, 2, 0))...), nil},
		"a small fall":       {append(repeated(29, figures("t1", 2000, 1900, 1200)), repeated(3, figures("t1", 2000, 1720, 1080))...), nil},
		"by chance":          {append(repeated(29, figures("t1", 20, 10, 5)), repeated(3, figures("t1", 20, 8, 4))...), nil},
		"more arrive":        {append(repeated(29, figures("t1", 20, 10, 5)), repeated(3, figures("t1", 20, 20, 15))...), nil},
		"none at all":        {append(repeated(29, figures("t1", 20, 20, 0)), repeated(3, figures("t1", 20, 20, 0))...), nil},
		"one of two, and an app without templates": {
			append(repeated(29, figures("t1", 20, 19, 12), figures("t2", 20, 19, 12), figures("", 20, 19, 12)), repeated(3, figures("t1", 20, 19, 12), figures("t2", 20, 9, 6), figures("", 20, 9, 6))...),
			[]string{" delivered 4500 9500 60", "t2 delivered 4500 9500 60"},
		},
		"many": {append(repeated(29, figures("t1", 900_000_000, 900_000_000, 1)), repeated(3, figures("t1", 900_000_000, 700_000_000, 1))...), []string{"t1 delivered 7777 10000 2700000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "Asia/Kolkata")
			r.closed(tt.days...)

			var got []string
			falls, err := r.FallsOf(t.Context(), r.brand)
			r.must(err)
			for _, f := range falls {
				got = append(got, strings.Join([]string{f.TemplateID, string(f.What), strconv.FormatInt(f.Share, 10), strconv.FormatInt(f.Before, 10), strconv.FormatInt(f.Messages, 10)}, " "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("falls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFallText says a fall in words.
func TestFallText(t *testing.T) {
	t.Parallel()
	f := usage.Fall{AppID: "gs", TemplateID: "t1", Name: "failed_delivery_v1", What: usage.PartRead, From: "2026-11-20", To: "2026-11-23", Share: 2050, Before: 6009}
	const want = "Of the messages that arrived with the template failed_delivery_v1, 20.5 % were read from 2026-11-20 to 2026-11-22, and 60.0 % in the four weeks before. "
	if got := f.Text(); !strings.HasPrefix(got, want) {
		t.Errorf("got %q", got)
	}
	f.TemplateID, f.What = "", usage.PartDelivered
	if got := f.Text(); !strings.HasPrefix(got, "Of the messages through the app gs, 20.5 % arrived ") {
		t.Errorf("got %q", got)
	}
}
