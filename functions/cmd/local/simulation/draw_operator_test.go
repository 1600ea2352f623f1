package simulation

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// operator draws how patient we are, and what those do who run the product.
func (d *drawing) operator() {
	if d.one(8) {
		d.plan.Tries = pick(d, 2, 3, 6)
	}
	if d.one(6) {
		d.impatient()
	}
	if len(d.plan.Outages) > 0 && d.one(3) {
		d.reopenings()
	}
	if d.one(6) {
		d.unreadable()
	}
}

// impatient has what fails become a dead letter soon, as receive does for a while; now and then an operator publishes those again.
func (d *drawing) impatient() {
	d.plan.Deliveries = pick(d, 3, 6, 10)

	if d.one(2) {
		from := d.busyTime()
		d.plan.Closures = append(d.plan.Closures, Closure{From: from, Until: from + d.between(time.Minute, 40*time.Minute), What: ReceiveDown})
	}

	for d.one(2) {
		d.step(Step{Kind: Replays, At: d.between(0, d.plan.Until)})
	}
}

// reopenings has an operator reopen what was given up in the course of an outage, or after it.
func (d *drawing) reopenings() {
	o := pick(d, d.plan.Outages...)

	of := slices.IndexFunc(d.plan.Brands, func(b Brand) bool { return b.Sender == o.App })
	if of < 0 {
		return
	}

	at := o.From
	for range 1 + d.IntN(3) {
		at += d.some(20*time.Minute, time.Hour)
		d.step(Step{Kind: Reopens, Brand: of, At: min(at, d.plan.Until)})
	}
}

// unreadable has a shopper say something that the build of that day cannot read, and something else that it can, before an operator has
// published the dead letter again.
func (d *drawing) unreadable() {
	brand := d.IntN(len(d.plan.Brands))
	s := speaker{drawing: d, brand: brand, shopper: d.IntN(len(d.plan.Brands[brand].Shoppers))}

	a := d.plan.Apps[d.plan.Brands[brand].Sender]
	if s.mute = !a.reports(); s.mute {
		return
	}

	at, kept := s.sometime(), d.some(time.Minute, time.Hour)
	stop := d.one(2)

	s.says(map[bool]meaning{true: stops, false: starts}[stop], at, 0)

	said := &d.plan.Steps[len(d.plan.Steps)-1]
	said.Kept = kept + time.Second
	said.Undated = a.Provider == kaleyra.Name && said.Wire == "" && d.one(2)

	if !d.one(4) {
		s.decides(stop, at+d.between(0, kept), 0)
	}
}
