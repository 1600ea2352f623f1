package usage_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

const (
	neem    = "811"
	shopper = "+919000000001"
	failed  = "shipment/failed_delivery"
	// price is that of a utility message by the card that the product brings along, with the brand's mark-up of ten percent.
	price = 126_500
)

// start is noon of a day in November in India.
var start = time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)

// rig is a book over a local cloud with one account.
type rig struct {
	*usage.Book

	t     *testing.T
	clock *clock.Manual
	cloud *cloud.Cloud
	store *store.Store
	brand account.Account
	made  int
}

func newRig(t *testing.T, zone string) *rig {
	t.Helper()
	clk := clock.NewManual(start)
	local := testkit.Cloud(t, clk)
	r := &rig{t: t, clock: clk, cloud: local, store: testkit.Store(t, local)}
	r.brand = account.Account{ID: neem, Slug: "neem", Name: "Neem", TimeZone: zone, MarkupBasisPoints: 1_000, Apps: map[string]account.App{
		"gs":  {Provider: "gupshup", Ownership: message.Platform},
		"own": {Provider: "meta", Ownership: message.Client},
		"kal": {Provider: "kaleyra", Ownership: message.Platform},
	}}
	r.must(r.store.PutAccount(t.Context(), r.brand))
	r.Book = r.another()

	return r
}

// another returns a book as another instance has it.
func (r *rig) another() *usage.Book {
	return usage.New(usage.Deps{
		Store:     r.store,
		Accounts:  settings.NewAccounts(r.store, settings.Options{Clock: r.clock, TTL: time.Second, Timeout: time.Minute}),
		Providers: catalog.New(catalog.Config{}),
		Clock:     r.clock,
	})
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// claim stores a message that is claimed now through an app.
func (r *rig) claim(app string) message.Message {
	r.t.Helper()
	return r.claimOf(app, message.Message{})
}

// claimOf stores a message that is claimed now through an app, about what another one is about.
func (r *rig) claimOf(app string, about message.Message) message.Message {
	r.t.Helper()
	r.made++
	now, installed := r.clock.Now(), r.brand.Apps[app]
	m := message.Message{
		ID: fmt.Sprintf("%032x", r.made), AccountID: neem, Event: failed, AppID: app, Provider: installed.Provider, Ownership: installed.Ownership,
		Phone: shopper, Phase: message.Claimed, Attempt: 1, Day: r.brand.Day(now), CreatedAt: now, ExpireAt: now.Add(10_000 * time.Hour),
		OrderID: about.OrderID, Subject: about.Subject, CustomerID: about.CustomerID, OccurredAt: about.OccurredAt, TemplateID: about.TemplateID,
	}
	m = m.WithAttempt(1, message.Attempt{ClaimedAt: now.UnixMilli()})
	m.Estimate = billing.Cards{billing.India()}.Estimate(m, billing.Utility, 1_000, "INR", now)
	_, err := r.store.Decide(r.t.Context(), store.Decision{Message: m})
	r.must(err)

	return m
}

// reports are the callbacks of a message that is delivered, read and charged.
func reports(m message.Message, at time.Time) []message.Progress {
	word := message.Pricing{Known: true, Billable: true, Type: "regular", Category: "utility", At: at.UnixMilli()}
	p := func(s message.Status, after time.Duration) message.Progress {
		return message.Progress{MessageID: m.ID, Attempt: 1, AppID: m.AppID, Status: s, At: at.Add(after).UnixMilli()}
	}
	all := []message.Progress{p(message.StatusAccepted, 0), p(message.StatusSent, time.Second), p(message.StatusDelivered, 2*time.Second), p(message.StatusRead, 3*time.Second)}
	all[1].Pricing, all[1].PricingKind = word, "sent"
	billed := p("", 0)
	billed.Pricing, billed.PricingKind = word, "billing"

	return append(all, billed)
}

func (r *rig) apply(all ...message.Progress) {
	r.t.Helper()
	for _, p := range all {
		r.must(r.store.Record(r.t.Context(), p))
	}
}

// closeUp closes what is over by the clock.
func (r *rig) closeUp() {
	r.t.Helper()
	r.must(r.Close(r.t.Context(), neem))
}

func (r *rig) usage(q usage.Query) usage.Report {
	r.t.Helper()
	report, err := r.Usage(r.t.Context(), access.Caller{Role: access.Viewer, Accounts: []string{neem}}, neem, q)
	r.must(err)

	return report
}

var november = usage.Query{From: "2026-11-01", To: "2026-12-01", GroupBy: "day,app,ownership,event,category"}

// TestUsage counts messages of each outcome, through the platform's apps and the brand's own, before and after their day is closed.
func TestUsage(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")

	r.apply(reports(r.claim("gs"), start)...)
	r.apply(reports(r.claim("gs"), start)[:3]...) // delivered, and no billing event yet: what was said on sent stands until it comes
	r.apply(reports(r.claim("own"), start)...)
	untold := reports(r.claim("kal"), start)[2]
	r.apply(untold)
	r.claim("gs") // on its way
	r.must(r.store.RecordNotTaken(t.Context(), r.stored(r.claim("gs").ID), message.Failure{Class: message.ClassRecipient}, start))
	test := r.claim("gs")
	_, err := r.store.Decide(t.Context(), store.Decision{Message: message.Message{ID: "refused", AccountID: neem, Event: failed, Phase: message.Refused, Reason: message.NotOptedIn, Day: test.Day, CreatedAt: start, ExpireAt: start.AddDate(1, 0, 0)}})
	r.must(err)

	open := r.usage(november)
	if open.OpenFrom != "2026-11-01" || open.Projection != nil {
		t.Errorf("got %+v, want a month that is open, and no projection from the first day of messages", open)
	}

	want := []billing.Row{
		{Key: billing.Key{Day: "2026-11-20", Event: failed}, Figures: billing.Figures{Refused: 1}},
		{Key: billing.Key{Day: "2026-11-20", AppID: "gs", Ownership: message.Platform, Event: failed, Category: "utility"}, Figures: billing.Figures{
			Sent: 2, Delivered: 2, Read: 1, Failed: 1, Open: 2, Charged: 2, WithoutActual: 1, EstimatedMicros: 2 * price, ActualMicros: 2 * price,
		}},
		{Key: billing.Key{Day: "2026-11-20", AppID: "kal", Ownership: message.Platform, Event: failed, Category: "utility"}, Figures: billing.Figures{
			Sent: 1, Delivered: 1, Charged: 1, EstimatedMicros: price, ActualMicros: price,
		}},
		{Key: billing.Key{Day: "2026-11-20", AppID: "own", Ownership: message.Client, Event: failed, Category: "utility"}, Figures: billing.Figures{Sent: 1, Delivered: 1, Read: 1}},
	}
	if diff := cmp.Diff(want, open.Rows); diff != "" {
		t.Errorf("open day (-want +got):\n%s", diff)
	}

	r.clock.Advance(48 * time.Hour)
	r.closeUp()

	closed := r.usage(usage.Query{From: "2026-11-01", To: "2026-11-21", GroupBy: november.GroupBy})
	if diff := cmp.Diff(want, closed.Rows); diff != "" || closed.OpenFrom != "" || closed.Projection != nil {
		t.Errorf("closed day, open from %q, projection %+v (-want +got):\n%s", closed.OpenFrom, closed.Projection, diff)
	}
	if one := r.usage(usage.Query{From: "2026-11-01", To: "2026-12-01"}); len(one.Rows) != 1 || one.Rows[0].Figures != closed.Total || one.Total.ActualMicros != 3*price {
		t.Errorf("got %+v ungrouped, want one row of three charges", one)
	}
}

// TestProjection has a brand whose first message is of the twentieth of a month: what the month comes to rests on the days from then on, and is
// never less than what is counted already.
func TestProjection(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	send := func(n int) {
		for range n {
			r.apply(reports(r.claim("gs"), r.clock.Now())...)
		}
	}

	send(2)
	r.clock.Advance(48 * time.Hour)
	if got, want := r.usage(november).Projection, (&usage.Projection{Days: 2, Sent: 11, Micros: 11 * price}); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v: one a day on each of eleven days", got, want)
	}

	send(10)
	if got, want := r.usage(november).Projection, (&usage.Projection{Days: 2, Sent: 12, Micros: 12 * price}); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v: what is counted already", got, want)
	}
	for name, q := range map[string]usage.Query{
		"is_over":     {From: "2026-11-01", To: "2026-11-22"},
		"has_no_past": {From: "2026-11-22", To: "2026-12-01"},
		"is_to_come":  {From: "2026-12-01", To: "2027-01-01"},
	} {
		if got := r.usage(q).Projection; got != nil {
			t.Errorf("%s: got %+v, want none", name, got)
		}
	}
}

func (r *rig) stored(id string) message.Message {
	r.t.Helper()
	m, err := r.store.Message(r.t.Context(), id)
	r.must(err)

	return m
}

// TestLateEventReopensItsDay has a message that arrives after its day was closed. The day is closed again the next night, and the report
// says so; what is closed again without news stays as it is.
func TestLateEventReopensItsDay(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	m := r.claim("gs")
	r.apply(reports(m, start)[0])
	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	if got := r.usage(november); got.Total.ActualMicros != 0 || got.Total.Sent != 1 || len(got.ClosedAgain) != 0 {
		t.Errorf("got %+v on the first closing, want one sent and nothing charged", got.Total)
	}

	r.clock.Advance(time.Hour)
	r.apply(reports(m, r.clock.Now())...)
	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	got := r.usage(november)
	if got.Total.ActualMicros != price || got.Total.Read != 1 || len(got.ClosedAgain) != 1 || got.ClosedAgain[0].Day != "2026-11-20" || got.ClosedAgain[0].Closings != 2 {
		t.Errorf("got %+v, closed again %+v, want the charge, and its day closed twice", got.Total, got.ClosedAgain)
	}

	r.clock.Advance(24 * time.Hour)
	r.closeUp()
	if again := r.usage(november); again.ClosedAgain[0].Closings != 2 {
		t.Errorf("a day without news was closed again: %+v", again.ClosedAgain)
	}
}

// TestDaysAreTheAccounts has messages around midnight of zones that differ, at the end of a month and on a leap day.
func TestDaysAreTheAccounts(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		zone string
		at   time.Time
		day  string
	}{
		"india_after_midnight":    {"Asia/Kolkata", time.Date(2026, 10, 31, 18, 30, 0, 0, time.UTC), "2026-11-01"},
		"india_before_midnight":   {"Asia/Kolkata", time.Date(2026, 10, 31, 18, 29, 59, 0, time.UTC), "2026-10-31"},
		"new_york_end_of_summer":  {"America/New_York", time.Date(2026, 11, 1, 4, 30, 0, 0, time.UTC), "2026-11-01"},
		"new_york_long_day":       {"America/New_York", time.Date(2026, 11, 2, 4, 59, 59, 0, time.UTC), "2026-11-01"},
		"leap_day":                {"Asia/Kolkata", time.Date(2028, 2, 28, 18, 30, 0, 0, time.UTC), "2028-02-29"},
		"kiritimati_first_of_all": {"Pacific/Kiritimati", time.Date(2026, 12, 31, 10, 0, 0, 0, time.UTC), "2027-01-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.zone)
			r.clock.Advance(tt.at.Sub(start))
			r.apply(reports(r.claim("gs"), tt.at)...)

			for _, closes := range []bool{false, true} {
				if closes {
					r.clock.Advance(48 * time.Hour)
					r.closeUp()
				}
				day := billing.Day(tt.day)
				in := r.usage(usage.Query{From: tt.day, To: string(day.Next()), GroupBy: "day"})
				before := r.usage(usage.Query{From: string(day.Plus(-1)), To: tt.day})
				if len(in.Rows) != 1 || in.Rows[0].Day != day || in.Total.Sent != 1 || before.Total.Sent != 0 {
					t.Errorf("closed %v: got %+v on %s and %+v before", closes, in.Rows, tt.day, before.Total)
				}
			}
		})
	}
}

// TestStatementIsTheSameInEveryOrder applies the same callbacks straight, and then repeated and in random orders with closings in between:
// the statement is the same to the byte.
func TestStatementIsTheSameInEveryOrder(t *testing.T) {
	t.Parallel()

	statement := func(seed uint64) []byte {
		r := newRig(t, "Asia/Kolkata")
		rng := rand.New(rand.NewPCG(seed, 1))

		var all []message.Progress
		for i := range 30 {
			m := r.claim([]string{"gs", "own", "kal"}[i%3])
			all = append(all, reports(m, start.Add(time.Duration(i)*time.Minute))...)
			r.clock.Advance(2 * time.Hour)
		}

		if seed != 0 {
			all = append(all, all[:len(all)/2]...)
			rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}

		for i, p := range all {
			r.apply(p)
			if seed != 0 && i%17 == 0 {
				r.must(r.another().Close(t.Context(), neem))
				r.clock.Advance(3 * time.Hour)
			}
		}

		r.clock.Advance(48 * time.Hour)
		r.closeUp()
		r.clock.Advance(24 * time.Hour)
		r.closeUp()

		report := r.usage(november)
		if report.Total.Charged != 20 || report.Total.ActualMicros != 20*price {
			t.Errorf("seed %d: got %+v, want 20 charges of %d", seed, report.Total, price)
		}

		return report.CSV()
	}

	want := statement(0)
	for seed := uint64(1); seed <= 4; seed++ {
		if got := statement(seed); !bytes.Equal(got, want) {
			t.Errorf("seed %d: got\n%s\nwant\n%s", seed, got, want)
		}
	}
}

// TestReads holds what a month costs to read: a closed day each, and the messages of what is open.
func TestReads(t *testing.T) {
	t.Parallel()

	// A closed day is one document of sums, so that of 33 messages stands for one of 667 too, which would take the test long to make.
	const closed = 33

	reads := func(aDay int) (all int64) {
		r := newRig(t, "Asia/Kolkata")
		r.clock.Advance(time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC).Sub(start))

		for range 29 {
			for range closed {
				r.claim("gs")
			}
			r.clock.Advance(24 * time.Hour)
		}
		for range aDay { // the last day is open
			r.claim("gs")
		}
		r.closeUp()
		r.usage(november) // what an instance keeps is read

		before := r.cloud.Firestore().Counts().Reads
		if report := r.usage(november); report.OpenFrom != "2026-11-30" || report.Total.Open != int64(29*closed+aDay) {
			t.Errorf("got %+v, open from %q", report.Total, report.OpenFrom)
		}

		return r.cloud.Firestore().Counts().Reads - before
	}

	// The progress, 29 closed days, a count for each of three apps and one of charges for what is none of ours; and the messages of the
	// day that is open. So a million messages a month are read as these, but for 33,000 of the open day.
	for _, aDay := range []int{closed, 667} { // 1,000 and 20,000 a month
		if got, want := reads(aDay), int64(1+29+3+1+aDay); got != want {
			t.Errorf("got %d reads at %d messages a day, want %d", got, aDay, want)
		}
	}
}

// TestQueriesAreChecked has what is wrong with a query named by its field.
func TestQueriesAreChecked(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	viewer := access.Caller{Role: access.Viewer, Accounts: []string{neem}}

	for field, q := range map[string]usage.Query{
		"from":     {From: "2026-02-29", To: "2026-03-01"},
		"to":       {From: "2026-11-01", To: "2026-11-01"},
		"groupBy":  {From: "2026-11-01", To: "2026-12-01", GroupBy: "day,phone"},
		"currency": {From: "2026-11-01", To: "2026-12-01", Currency: "inr"},
	} {
		if _, err := r.Usage(t.Context(), viewer, neem, q); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("got %v, want an error about %s", err, field)
		}
	}

	if _, err := r.Usage(context.Background(), access.Caller{Role: access.Viewer, Accounts: []string{"812"}}, neem, november); err == nil {
		t.Error("another account's usage was shown")
	}
}

// TestCSVIsHarmless has texts that a spreadsheet would take for formulas, and amounts of every size.
func TestCSVIsHarmless(t *testing.T) {
	t.Parallel()

	report := usage.Report{Currency: "INR", GroupBy: []string{"day", "category"}, Rows: []billing.Row{
		{Key: billing.Key{Day: "2026-11-01", Category: "=HYPERLINK(\"x\")"}, Figures: billing.Figures{Sent: 1, ActualMicros: 1}},
		{Key: billing.Key{Day: "2026-11-02", Category: "utility, old"}, Figures: billing.Figures{EstimatedMicros: 1_126_500_000}},
	}}

	want := "day,category,sent,delivered,read,failed,refused,open,charged,free,without_actual,estimated,actual,currency\r\n" +
		"2026-11-01,\"'=HYPERLINK(\"\"x\"\")\",1,0,0,0,0,0,0,0,0,0.00,0.000001,INR\r\n" +
		"2026-11-02,\"utility, old\",0,0,0,0,0,0,0,0,0,1126.50,0.00,INR\r\n"
	if got := string(report.CSV()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
