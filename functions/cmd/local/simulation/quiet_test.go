package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// Quiet are a brand's quiet hours, every day again.
type Quiet struct {
	// From and Until count from the beginning, in whole minutes.
	From, Until time.Duration
	// Exempt are the events that are told all the same.
	Exempt []string
}

// settings returns the quiet hours as an account has them.
func (q *Quiet) settings() *account.QuietHours {
	if q == nil {
		return nil
	}

	clock := func(at time.Duration) string { return start.Add(at).In(india).Format("15:04") }

	return &account.QuietHours{Enabled: true, From: clock(q.From), To: clock(q.Until), Exempt: q.Exempt}
}

// check returns what of the quiet hours means nothing, of the brand of that name.
func (q *Quiet) check(brand string) error {
	if q == nil {
		return nil
	}

	var problems []error
	if q.From%time.Minute != 0 || q.Until%time.Minute != 0 {
		problems = append(problems, fmt.Errorf("%s.Quiet begins at %s and ends at %s, which are no whole minutes", brand, q.From, q.Until))
	}
	if lasts := q.Until - q.From; lasts <= 0 || lasts >= 24*time.Hour {
		problems = append(problems, fmt.Errorf("%s.Quiet lasts %s", brand, lasts))
	}

	for _, kind := range q.Exempt {
		problems = append(problems, known(brand+".Quiet.Exempt", kind, kindNames()...))
	}

	return errors.Join(problems...)
}

func (q *Quiet) inWords() string {
	if q == nil {
		return ""
	}

	words := fmt.Sprintf("; quiet from %s for %s", start.Add(q.From).In(india).Format("15:04"), q.Until-q.From)
	if len(q.Exempt) > 0 {
		words += fmt.Sprintf(", but for %v", q.Exempt)
	}

	return words
}

// hush has an operator switch the quiet hours of a brand on or off.
func (w *World) hush(s Step) {
	brand := w.plan.Brands[s.Brand]
	if brand.Quiet == nil {
		return
	}

	in := settings.QuietHoursInput(*brand.Quiet.settings())
	in.Enabled = s.Active
	in.Exempt = append([]string{}, in.Exempt...) // none, and not those that are exempt by default

	changed := w.oracle.quiet.changes(s)
	if w.untilSaved(s, func(ctx context.Context, office *settings.Workspace, seen settings.Seen) error {
		_, err := office.PutQuietHours(ctx, operator, brand.ID, in, seen)
		return err
	}) {
		changed.known = time.Now()
	}
}

// hushes draws, in a quarter of the plans, the quiet hours of a brand, and now and then an operator who switches them off, and on again.
func (d *drawing) hushes() {
	if !d.one(4) {
		return
	}

	brand := d.IntN(len(d.plan.Brands))
	q := &Quiet{From: d.between(0, d.plan.Until*2/3).Truncate(time.Minute), Exempt: []string{"shipment/failed_delivery"}}
	q.Until = q.From + pick(d, 10*time.Minute, 40*time.Minute, 2*time.Hour, 8*time.Hour)

	switch d.IntN(4) {
	case 0:
		q.Exempt = nil
	case 1:
		q.Exempt = append(q.Exempt, pick(d, "shipment/packed", "shipment/out_for_delivery"))
	}

	d.plan.Brands[brand].Quiet = q

	if d.one(3) {
		at := q.From + d.between(0, min(q.Until-q.From, d.plan.Until))
		d.step(Step{Kind: Hushes, Brand: brand, At: min(at, d.plan.Until)})

		if d.one(3) {
			d.step(Step{Kind: Hushes, Brand: brand, At: min(at+d.some(20*time.Minute, time.Hour), d.plan.Until), Active: true})
		}
	}
}
