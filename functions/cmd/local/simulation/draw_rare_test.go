package simulation

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// rare draws, in a third of the plans, something of which each part is frequent and which is rare as a whole: what once was a fault.
func (d *drawing) rare() {
	if !d.one(3) {
		return
	}

	scenes := []func(speaker){speaker.hasty, speaker.crowd, speaker.bothNames, speaker.writesOn}
	if !d.quiet {
		scenes = append(scenes, speaker.looksInTrouble, speaker.heldBack, speaker.sentLate, speaker.copiesPile, speaker.neighbours)
	}

	if s, ok := d.anybody(); ok {
		pick(d, scenes...)(s)
	}
}

// anybody returns a shopper of whom there is an event.
func (d *drawing) anybody() (speaker, bool) {
	events := slices.DeleteFunc(slices.Clone(d.plan.Steps), func(s Step) bool { return s.Kind != Happens })
	if len(events) == 0 {
		return speaker{}, false
	}

	first := pick(d, events...)

	return speaker{
		drawing: d, brand: first.Brand, shopper: first.Shopper, order: first.Order, began: first.At,
		mute: !d.plan.Apps[d.plan.Brands[first.Brand].Sender].reports(),
	}, true
}

// app is the one that the shopper's brand sends through.
func (s speaker) app() App { return s.plan.Apps[s.sender()] }

func (s speaker) sender() int { return s.plan.Brands[s.brand].Sender }

// hasty has the shopper ask on the portal and write the contrary within the same second.
func (s speaker) hasty() {
	for range 3 {
		at := s.sometime()
		s.portal(true, at)
		s.says(stops, at, 0)
	}
}

// crowd has a shopper click as often as a broken page does.
func (s speaker) crowd() {
	s.step(Step{
		Kind: Portal, Brand: s.brand, Shopper: s.shopper, Order: s.order, Active: s.one(2), At: s.sometime(), Many: 60 + s.IntN(60),
	})
}

// bothNames has a shopper write under the other spelling of the number and under the user id, which reports have told.
func (s speaker) bothNames() {
	me := s.plan.Brands[s.brand].Shoppers[s.shopper]
	if s.mute || s.app().Provider == kaleyra.Name || me.called() == me.Phone {
		s.hasty()
		return
	}

	for _, b := range s.plan.Brands {
		for k := range b.Shoppers {
			if other := &b.Shoppers[k]; other.Phone == me.Phone {
				other.Ordered, other.Hidden, other.Untold = true, false, false
				if other.UserID == "" {
					other.UserID = other.country() + "." + other.Phone
				}
			}
		}
	}

	s.portal(true, s.between(0, max(s.began-2*time.Second, time.Second)))
	s.step(Step{
		Kind: Says, Brand: s.brand, Shopper: s.shopper, At: s.began + s.between(time.Minute, time.Hour), Word: s.word(stops), Form: "text",
		By: byBoth, Other: true,
	})
}

// writesOn has a shopper's number leave WhatsApp for a while, and the shopper write before we hear that it had left.
func (s speaker) writesOn() {
	a := &s.plan.Apps[s.sender()]
	a.Callbacks.Late = max(a.Callbacks.Late, 20*time.Minute)

	s.portal(true, s.between(0, max(s.began-2*time.Second, time.Second)))
	s.step(Step{Kind: Leaves, Brand: s.brand, Shopper: s.shopper, At: max(s.began-2*time.Second, 0)})
	s.step(Step{Kind: Leaves, Brand: s.brand, Shopper: s.shopper, At: s.began + time.Minute, Active: true})
	s.says(mere, s.began+a.Callbacks.Sent+s.between(4*time.Second, time.Minute), 0)
}

// looksInTrouble has a subscriber look at the order while our calls fail.
func (s speaker) looksInTrouble() {
	s.portal(true, s.between(0, 20*time.Second))

	at := s.between(2*time.Minute, s.plan.Until)
	s.plan.Troubles = append(s.plan.Troubles, Trouble{From: at, Until: at + time.Minute, Often: 5000, Blows: []Blow{FailBefore}})

	for range 6 {
		s.look(at + s.between(0, time.Minute))
	}
}

// heldBack has a provider answer 502, and keep its callbacks to itself from before until long after that. It has reported one message
// before, and took another that it has not reported.
func (s speaker) heldBack() {
	from := max(0, s.began-s.some(5*time.Second, time.Minute))
	dry := max(0, from-s.between(time.Minute, 10*time.Minute))

	if dry > 5*time.Minute {
		s.plan.Brands[s.brand].Declared = true
		s.soon(s.brand, 0, dry-3*time.Minute)
		s.soon(s.brand, 1, dry+s.between(0, from-dry-20*time.Second))
	}

	s.plan.Droughts = append(s.plan.Droughts, Drought{App: s.sender(), From: dry, Until: from + s.between(25*time.Minute, time.Hour)})
	s.plan.Outages = append(s.plan.Outages, Outage{
		App: s.sender(), From: from, Until: from + s.between(time.Minute, 5*time.Minute), Mode: pick(s.drawing, BadGateway, BadGatewaySends),
	})
}

// sentLate has a provider do what it was asked for long after the answer was given up, and take and report another message after that.
func (s speaker) sentLate() {
	from := max(0, s.began-s.some(5*time.Second, time.Minute))
	s.plan.Outages = append(s.plan.Outages, Outage{
		App: s.sender(), From: from, Until: from + s.between(30*time.Second, 3*time.Minute), Mode: SendsLate,
		Wait: s.between(50*time.Second, 3*time.Minute),
	})

	s.plan.Brands[s.brand].Declared = true
	for n := range 3 {
		s.soon(s.brand, n, from+s.between(4*time.Minute, 9*time.Minute))
	}
}

// copiesPile has messages wait while the platform's events and sweep's copies do not reach us, and then come all at once.
func (s speaker) copiesPile() {
	from := max(0, s.began-s.some(5*time.Second, time.Minute))
	s.plan.Outages = append(s.plan.Outages, Outage{
		App: s.sender(), From: from, Until: from + s.between(2*time.Minute, 15*time.Minute), Mode: Throttles, Wait: s.between(20*time.Second, 4*time.Minute),
	})

	s.plan.Brands[s.brand].Declared = true
	for n := range 3 {
		s.soon(s.brand, n, s.began+s.between(0, 20*time.Second))
	}

	closed := s.began + s.between(5*time.Second, time.Minute)
	s.plan.Closures = append(s.plan.Closures, Closure{From: closed, Until: closed + s.between(2*time.Minute, 8*time.Minute), What: OrdersDown})
}

// neighbours has an app hang under a burst, while another brand's events come steadily.
func (s speaker) neighbours() {
	other := slices.IndexFunc(s.plan.Brands, func(b Brand) bool {
		return s.plan.Apps[b.Sender].Provider != s.app().Provider && s.plan.Apps[b.Sender].Provider != businessonbot.Name
	})
	if other < 0 {
		s.heldBack()
		return
	}

	s.plan.Brands[other].Declared = true
	if s.one(2) { // and nothing else explains that tries are used up
		s.plan.Tries = 3 + s.IntN(4)
		s.plan.Troubles, s.plan.Closures = nil, nil
		s.plan.Outages = slices.DeleteFunc(s.plan.Outages, func(o Outage) bool { return o.All })
	}

	at := s.between(10*time.Minute, 90*time.Minute)
	s.plan.Outages = append(s.plan.Outages, Outage{App: s.sender(), From: at - time.Minute, Until: at + s.between(2*time.Minute, 10*time.Minute), Mode: Hangs})

	for i := range 70 + s.IntN(30) {
		s.soon(s.brand, i, at+s.between(0, 10*time.Second))
	}
	for i := range 8 {
		s.soon(other, i, at+time.Duration(i)*15*time.Second+s.between(0, time.Second))
	}
}

// soon has something of an order of its own happen to any shopper of a brand.
func (s speaker) soon(brand, n int, at time.Duration) {
	s.step(Step{
		Kind: Happens, Brand: brand, Shopper: s.IntN(len(s.plan.Brands[brand].Shoppers)), Order: 21 + n%40, Shipment: 3 + n/40,
		Event: "shipment/out_for_delivery", At: at, Occurred: at - time.Second,
	})
}
