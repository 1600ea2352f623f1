package simulation

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
)

// talks draws, in some plans, shoppers who tap a button of the message about a failed delivery, and times in which the order platform does not
// take what they choose.
func (d *drawing) talks() {
	if !d.one(2) {
		return
	}

	var failed []Step
	for _, s := range d.plan.Steps {
		if s.Kind == Happens && s.Event == failedDelivery && d.canTap(s) && !d.one(3) {
			failed = append(failed, s)
		}
	}

	first := len(d.plan.Steps)
	for _, s := range failed {
		d.talk(s)
	}

	said := d.plan.Steps[first:]
	if len(said) == 0 || d.quiet {
		return
	}

	// Where shoppers agree by themselves there is surely something to tap.
	sure := slices.DeleteFunc(slices.Clone(said), func(s Step) bool {
		b := d.plan.Brands[s.Brand]
		return !b.Declared || !slices.Contains(b.Kinds, failedDelivery)
	})
	if len(sure) > 0 {
		said = sure
	}

	d.platformOutage(pick(d, said...).At)
}

// canTap reports whether what a shopper taps is told, by the number that the order has. What those are told who hide or spell it in another
// way, and those whose number leaves WhatsApp, is up to other draws.
func (d *drawing) canTap(s Step) bool {
	b := d.plan.Brands[s.Brand]
	a, shopper := d.plan.Apps[b.Sender], b.Shoppers[s.Shopper]

	for _, other := range d.plan.Steps {
		if other.Kind == Leaves && d.plan.Brands[other.Brand].Shoppers[other.Shopper].Phone == shopper.Phone {
			return false
		}
	}

	return a.reports() && a.Provider != businessonbot.Name && !shopper.Hidden && shopper.called() == shopper.Phone
}

// talk draws what a shopper makes of one failed delivery.
func (d *drawing) talk(failed Step) {
	tap := Step{Kind: Taps, Brand: failed.Brand, Shopper: failed.Shopper, Order: failed.Order, Shipment: failed.Shipment}
	tap.At = failed.At + 5*time.Second + d.some(time.Minute, 10*time.Minute, 3*time.Hour)
	tap.Button = d.IntN(len(buttons))
	d.step(tap)

	// Some tap twice, and some think better of it.
	if d.one(3) {
		again := tap
		again.At += d.some(2*time.Second, time.Minute, 30*time.Minute)

		if d.one(2) {
			again.Button = d.IntN(len(buttons))
		}
		if d.one(3) {
			again.Late = d.some(time.Minute, 10*time.Minute)
		}

		d.step(again)
	}

	for at := tap.At; !d.one(3); {
		at += 2*time.Second + d.some(20*time.Second, 8*time.Minute, 3*time.Hour)
		answer := Step{Kind: Decides, Brand: failed.Brand, Shopper: failed.Shopper, At: at, Button: d.IntN(3)}

		if d.one(2) {
			answer.Word = pick(d, "no", "yes", "tomorrow", "5 March", "near the red gate", "whenever you like")
		}

		d.step(answer)
	}
}

// platformOutage draws a time in which a route of the order platform does not work, from a little before a shopper says something at that
// time. What needs no answer is submitted ten minutes later, so that half of them last longer than that.
func (d *drawing) platformOutage(at time.Duration) {
	o := Outage{App: -1, All: true, Route: pick(d, OrderRoute, ResolutionRoute, ResolutionRoute), Wait: d.between(time.Second, time.Minute)}
	o.From = max(0, at-d.some(time.Second, time.Minute))
	o.Until = at + pick(d, 0, 11*time.Minute) + d.some(2*time.Minute, 20*time.Minute, 2*time.Hour)
	if d.one(4) {
		// Longer than an action waits and a service window is open.
		o.Until = at + d.between(25*time.Hour, 26*time.Hour)
		d.plan.Until = max(d.plan.Until, o.Until)
	}

	o.Mode = pick(d, Unavailable, Refuses, BadGateway)

	if o.Route == ResolutionRoute {
		o.Mode = pick(d, Unavailable, Refuses, BadGateway, BadGatewaySends, HangsSends, ResetsSends, Resets, Throttles)
	}

	d.plan.Outages = append(d.plan.Outages, o)
}
