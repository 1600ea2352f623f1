package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// What each part of a plan is drawn from is a source of its own, so that a change of one part leaves the others as they were.
const (
	worldSource uint64 = iota + 1
	eventSource
	peopleSource
	outageSource
	troubleSource
	newsSource
	operatorSource
	rareSource
	settingsSource
	offersSource
	talksSource
	ownersSource
	billsSource
	quietSource
	categorySource
	deskSource
)

// drawing is a plan that is being drawn.
type drawing struct {
	*rand.Rand
	plan *Plan
	// quiet leaves out everything that goes wrong, so that all that should be done has to be.
	quiet bool
	// large is a day with three brands.
	large bool
}

// Draw returns the plan of a seed.
func Draw(seed uint64) Plan {
	d := &drawing{plan: &Plan{Seed: seed, Until: 3 * time.Hour}}

	d.from(worldSource)
	d.quiet, d.large = d.IntN(3) == 0, d.IntN(50) == 0
	if d.large {
		d.plan.Until = 24 * time.Hour
	}

	d.machines()
	d.brands()

	d.from(ownersSource)
	d.owners()

	d.from(eventSource)
	d.orders()
	d.switches()

	d.from(peopleSource)
	d.people()

	if !d.quiet {
		d.from(outageSource)
		d.outages()

		d.from(troubleSource)
		d.troubles()

		d.from(newsSource)
		d.tidings()
		d.rubbish()

		d.from(operatorSource)
		d.operator()
	}

	d.from(rareSource)
	d.rare()

	d.from(settingsSource)
	d.saves()

	d.from(offersSource)
	d.offers()

	d.from(talksSource)
	d.talks()

	d.from(billsSource)
	d.bills()

	d.from(quietSource)
	d.hushes()

	if !d.quiet {
		d.from(categorySource)
		d.categories()
	}

	d.from(deskSource)
	d.desk()

	return *d.plan
}

// from goes on with another source.
func (d *drawing) from(source uint64) { d.Rand = rand.New(rand.NewPCG(d.plan.Seed, source)) }

// one reports true once in so many times.
func (d *drawing) one(in int) bool { return d.IntN(in) == 0 }

// between returns a time from least up to most.
func (d *drawing) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.Int64N(int64(most-least)+1))
}

// some returns a time up to one of the limits, so that short ones are as frequent as long ones.
func (d *drawing) some(limits ...time.Duration) time.Duration {
	return d.between(0, pick(d, limits...))
}

// pick returns one of the things.
func pick[T any](d *drawing, things ...T) T { return things[d.IntN(len(things))] }

// step adds a step.
func (d *drawing) step(s Step) {
	s.ID = len(d.plan.Steps) + 1
	d.plan.Steps = append(d.plan.Steps, s)
}

// machines draws the instances and how far their clocks are off.
func (d *drawing) machines() {
	for range 1 + d.IntN(3) {
		skew := d.between(-300*time.Millisecond, 300*time.Millisecond)
		if d.one(12) && !d.quiet {
			skew = d.between(-5*time.Second, 5*time.Second)
		}

		d.plan.Machines = append(d.plan.Machines, skew)
	}
}

// brands draws the accounts with the apps that they send with.
func (d *drawing) brands() {
	n := pick(d, 1, 1, 1, 1, 1, 2, 2, 3)
	if d.large {
		n = 3
	}

	platform := -1
	for i := range n {
		b := Brand{
			ID: fmt.Sprint(811 + i), Slug: []string{"neem", "tulsi", "amla"}[i], Declared: d.one(2),
			MaxAge: pick(d, 0, 0, 0, 0, 30*time.Minute, time.Hour, 6*time.Hour),
		}

		switch {
		case platform >= 0 && !d.one(4):
			b.Sender = platform
		case n > 1 && platform < 0 && !d.one(3):
			b.Sender = d.app(-1)
			platform = b.Sender
		default:
			b.Sender = d.app(i)
		}

		for _, k := range kinds {
			if !d.one(12) {
				b.Kinds = append(b.Kinds, k.name)
			}
		}

		d.plan.Brands = append(d.plan.Brands, b)
		d.shoppers(i)
	}
}

// app draws an app of a brand, or the platform's for -1, and returns its number.
func (d *drawing) app(brand int) int {
	n := len(d.plan.Apps)
	a := App{ID: fmt.Sprintf("app-%d", n), Brand: brand, Version: 2 + d.IntN(2), ByTemplate: d.one(2)}

	a.Provider = pick(d, gupshup.Name, gupshup.Name, meta.Name, meta.Name, kaleyra.Name, kaleyra.Name, businessonbot.Name)
	if a.Provider == businessonbot.Name && brand < 0 {
		a.Provider = meta.Name
	}

	a.Silent = d.one(15)
	a.Callbacks = d.course(a.Provider)
	d.plan.Apps = append(d.plan.Apps, a)

	return n
}

// course draws how an app's messages and callbacks go.
func (d *drawing) course(provider string) Course {
	c := Course{
		Sent:      d.between(200*time.Millisecond, 4*time.Second),
		Delivered: d.some(3*time.Second, 3*time.Second, 10*time.Minute),
		Read:      d.some(20*time.Second, 5*time.Minute, 40*time.Minute),
		Late:      d.some(time.Second, 10*time.Second, 2*time.Minute),
		Twice:     pick(d, 0, 500, 3000),
	}

	if d.one(5) {
		c.Read = 0
	}
	if d.quiet {
		return c
	}
	if d.one(5) {
		c.Lost = pick(d, 200, 1000, 3000)
	}
	if d.one(6) {
		c.Late = d.some(20*time.Minute, time.Hour)
	}
	if d.one(2) {
		c.Fail, c.Codes = pick(d, 500, 2000, 5000), d.codes(provider)
	}

	return c
}

// codes draws the codes of an app's failed deliveries: few, so that they come again.
func (d *drawing) codes(provider string) []int {
	var all []int
	for _, f := range failures {
		if f.of(provider) {
			all = append(all, f.code)
		}
	}

	d.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })

	return all[:min(len(all), 1+d.IntN(2))]
}

// shoppers draws a brand's shoppers. Some are shoppers of the first brand, too.
func (d *drawing) shoppers(brand int) {
	b := &d.plan.Brands[brand]
	for i := range 1 + d.IntN(4) {
		phone := fmt.Sprint(919000000001 + brand*100 + i)
		if first := d.plan.Brands[0].Shoppers; brand > 0 && d.one(3) && i < len(first) {
			phone = first[i].Phone
		}

		b.Shoppers = append(b.Shoppers, Shopper{
			Phone: phone, Called: phone, Name: "Ira Sample", Email: fmt.Sprintf("ira%d%d@example.test", brand, i),
		})
	}
}

// orders draws the lives of orders, and now and then a burst of events.
func (d *drawing) orders() {
	for i, b := range d.plan.Brands {
		// A third of the brands hears of few events only, so that its app is quiet for long.
		n := pick(d, 1, 2, 3, 3, 4)
		if len(d.plan.Brands) > 1 {
			n = pick(d, 1, 1, 2, 3)
		}
		if d.large {
			n = 4 + d.IntN(4)
		}

		for order := range n {
			d.order(i, d.IntN(len(b.Shoppers)), order)
		}
	}

	if d.one(25) {
		d.burst()
	}
}

// order draws the life of one order, which may be split into two shipments.
func (d *drawing) order(brand, shopper, order int) {
	began := d.between(time.Minute, d.plan.Until*2/3)
	d.life(Step{Brand: brand, Shopper: shopper, Order: order, At: began})

	if d.one(6) {
		d.life(Step{Brand: brand, Shopper: shopper, Order: order, Shipment: 1, At: began + d.some(time.Minute, time.Hour)})
	}
}

// lives are the ways that shipments go.
var lives = [][]string{
	{"created", "packed", "intransit", "out_for_delivery", "delivered"},
	{"created", "intransit", "out_for_delivery", "failed_delivery", "out_for_delivery", "delivered"},
	{"intransit", "out_for_delivery", "failed_delivery", "failed_delivery", "rto_created"},
	{"packed", "intransit", "intransit", "out_for_delivery", "delivered"},
	{"created", "packed", "rto_created"},
	{"out_for_delivery", "out_for_delivery", "failed_delivery"},
	{"created"},
	{"intransit"},
}

// life draws the events of a shipment, from the time of the step on.
func (d *drawing) life(s Step) {
	s.Kind = Happens
	pace := pick(d, 20*time.Second, 5*time.Minute, 30*time.Minute)
	first := len(d.plan.Steps)

	for _, status := range pick(d, lives...) {
		s.Event, s.Occurred = "shipment/"+status, s.At-d.between(0, 3*time.Second)
		s.Again = nil
		d.oddities(&s)
		d.step(s)

		if d.one(8) {
			d.scanAgain(s)
		}

		s.At = min(s.At+d.between(time.Second, pace), d.plan.Until)
	}

	// Some are published before what came before them.
	for i := first + 1; i < len(d.plan.Steps); i++ {
		if a, b := &d.plan.Steps[i-1], &d.plan.Steps[i]; d.one(12) {
			a.At, b.At = b.At, a.At
		}
	}
}

// oddities draws what may be odd of an event: it comes late, or again.
func (d *drawing) oddities(s *Step) {
	if d.one(12) {
		s.Occurred -= d.some(10*time.Minute, 3*time.Hour, 30*time.Hour)
	}

	for d.one(8) {
		s.Again = append(s.Again, d.some(5*time.Second, 5*time.Minute, 2*time.Hour))
	}

	slices.Sort(s.Again)
}

// scanAgain has the courier scan the same status once more: later on that day, or with the time of another day.
func (d *drawing) scanAgain(s Step) {
	s.Again = nil
	s.At = min(s.At+d.some(time.Minute, 10*time.Minute, time.Hour), d.plan.Until)

	switch d.IntN(4) {
	case 0:
		s.Occurred -= d.between(20*time.Hour, 40*time.Hour)
	default:
		s.Occurred = s.At - d.between(0, time.Minute)
	}

	d.step(s)
}

// burst draws many events at once for the first brand.
func (d *drawing) burst() {
	at := d.between(10*time.Minute, 90*time.Minute)
	for i := range 45 + d.IntN(20) {
		s := Step{
			Kind: Happens, Shopper: i % len(d.plan.Brands[0].Shoppers), Order: 20 + i,
			Event: pick(d, "shipment/packed", "shipment/out_for_delivery"), At: at + d.between(0, 2*time.Second),
		}
		s.Occurred = s.At - time.Second
		d.step(s)
	}
}

// switches draws events that are turned off, and on again.
func (d *drawing) switches() {
	if !d.one(6) {
		return
	}

	brand := d.IntN(len(d.plan.Brands))
	event := pick(d, kinds...).name
	at := d.between(0, d.plan.Until*2/3)

	d.step(Step{Kind: Switch, Brand: brand, Event: event, At: at})
	d.step(Step{Kind: Switch, Brand: brand, Event: event, At: at + d.some(10*time.Minute, time.Hour), Active: true})
}
