package simulation

import (
	"fmt"
	"slices"
	"time"
)

// people draws who the shoppers are to the providers, and what they ask for and say. Most subscribe, and do nothing else.
func (d *drawing) people() {
	d.identities()

	for i, b := range d.plan.Brands {
		for k := range b.Shoppers {
			d.personOf(i, k)
		}
	}

	if d.one(8) {
		d.stranger()
	}
	if d.one(12) {
		d.nobodysOrder()
	}
}

// identities draws by which number and user id providers know the shoppers. Who is a shopper of two brands is known alike to both.
func (d *drawing) identities() {
	alike := map[string]Shopper{}

	for i := range d.plan.Brands {
		shoppers := d.plan.Brands[i].Shoppers
		for k := range shoppers {
			phone := shoppers[k].Phone
			if known, ok := alike[phone]; ok {
				known.Name, known.Email = shoppers[k].Name, shoppers[k].Email
				shoppers[k] = known

				continue
			}

			d.identity(&shoppers[k], len(alike))
			alike[phone] = shoppers[k]
		}
	}
}

// identity draws by which number and user id providers know a shopper.
func (d *drawing) identity(s *Shopper, n int) {
	if d.one(4) {
		spellings := pick(d,
			[2]string{fmt.Sprint(5531988880001 + n), fmt.Sprint(553188880001 + n)},
			[2]string{fmt.Sprint(523312345601 + n), fmt.Sprint(5213312345601 + n)},
			[2]string{fmt.Sprint(541123456701 + n), fmt.Sprint(5491123456701 + n)})

		first := d.IntN(2)
		s.Phone, s.Called, s.Ordered = spellings[first], spellings[1-first], d.one(2)
	}

	if d.one(2) {
		s.UserID = fmt.Sprintf("%s.%d", s.country(), 55500000+n)
		s.Hidden, s.Untold = d.one(4), d.one(4)
	}

	// Neighbours have numbers of the same end, and are two persons all the same.
	if s.Called == s.Phone && d.one(6) {
		s.Phone = fmt.Sprint([]int{919812340001, 919912340001, 919712340001}[n%3] + n/3)
		s.Called = s.Phone
	}
}

// one who speaks or asks, while that is drawn.
type speaker struct {
	*drawing
	brand, shopper int
	// order is one of the shopper's, began when its first event happens.
	order int
	began time.Duration
	// mute: the brand's provider tells nothing of what shoppers write.
	mute bool
}

// personOf draws what one shopper asks for and says.
func (d *drawing) personOf(brand, shopper int) {
	i := slices.IndexFunc(d.plan.Steps, func(s Step) bool { return s.Kind == Happens && s.Brand == brand && s.Shopper == shopper })
	if i < 0 {
		return
	}

	first := d.plan.Steps[i]
	s := speaker{
		drawing: d, brand: brand, shopper: shopper, order: first.Order, began: first.At,
		mute: !d.plan.Apps[d.plan.Brands[brand].Sender].reports(),
	}

	if !d.one(3) {
		s.plain()
		return
	}

	pick(d, s.leaves, s.leaves, s.leaves, s.wavers, s.wavers, s.repeats, s.unknown, s.gone, s.gone, s.clicks, s.withdraws, s.chats)()

	for d.one(2) {
		s.look(s.sometime())
	}
}

// sometime returns a time in the plan, rather after the shopper's first event.
func (s speaker) sometime() time.Duration {
	if s.one(3) {
		return s.between(0, s.plan.Until)
	}

	return s.between(min(s.began, s.plan.Until*2/3), s.plan.Until)
}

// plain has a shopper subscribe soon, later or never, where the brand has not declared them to be; few leave again.
func (s speaker) plain() {
	switch {
	case s.plan.Brands[s.brand].Declared && !s.one(6):
	case !s.one(6):
		s.portal(true, s.between(0, 30*time.Second))
	case !s.one(4):
		s.portal(true, s.between(0, s.plan.Until))
	}

	if s.one(8) {
		s.decides(false, s.sometime(), 0)
	}
	if s.one(6) {
		s.look(s.sometime())
	}
}

// portal has the shopper ask for a status on the portal.
func (s speaker) portal(active bool, at time.Duration) {
	s.step(Step{Kind: Portal, Brand: s.brand, Shopper: s.shopper, Order: s.order, Active: active, At: at})
}

// look has the shopper look at the order on the portal.
func (s speaker) look(at time.Duration) {
	s.step(Step{Kind: Looks, Brand: s.brand, Shopper: s.shopper, Order: s.order, At: at})
}

// decides has the shopper subscribe or leave, on the portal or by WhatsApp.
func (s speaker) decides(active bool, at, late time.Duration) {
	if s.mute || s.one(3) {
		s.portal(active, at)
		return
	}

	s.says(map[bool]meaning{true: starts, false: stops}[active], at, late)
}

// says has the shopper write something of a meaning, in any form and under any name that the provider can tell.
func (s speaker) says(what meaning, at, late time.Duration) {
	if s.mute {
		return
	}

	step := Step{Kind: Says, Brand: s.brand, Shopper: s.shopper, At: at, Late: late, Answers: !s.one(3), Word: s.word(what)}
	a := s.plan.Apps[s.plan.Brands[s.brand].Sender]

	if s.one(3) {
		step.Wire = pick(s.drawing, a.wires()...)
	}
	if !s.one(3) {
		step.Form = pick(s.drawing, s.formsOf(a, step.Wire, what)...)
	}

	shopper := s.plan.Brands[s.brand].Shoppers[s.shopper]
	switch {
	case shopper.UserID != "" && (shopper.Hidden || s.one(3)):
		step.By = pick(s.drawing, byUserID, byUserID, byUserIDForNumber)
	case shopper.UserID != "" && s.one(2):
		step.By = pick(s.drawing, byBoth, byBoth, byContact)
	}

	step.Other = shopper.called() != shopper.Phone && !s.one(4)
	s.step(step)
}

// formsOf are the forms that an app's provider can tell in a wire, of what means that.
func (s speaker) formsOf(a App, wire string, what meaning) []string {
	all := []string{"text"}

	for _, name := range sortedKeys(forms) {
		mute := forms[name].mute
		fits := !mute && what != nothing || what == mere && name == "location" || what == stops && name == optedOut ||
			what == nothing && mute && name != optedOut && name != "location"
		if fits && a.carries(name, wire) {
			all = append(all, name)
		}
	}

	if what == nothing && len(all) > 1 {
		return all[1:]
	}

	return all
}

// word returns one of the words that mean something.
func (s speaker) word(what meaning) string {
	var all []string
	for _, word := range sortedKeys(vocabulary) {
		if vocabulary[word] == what {
			all = append(all, word)
		}
	}

	return pick(s.drawing, all...)
}

// leaves has the shopper write STOP once something was sent, and now and then come back.
func (s speaker) leaves() {
	if !s.plan.Brands[s.brand].Declared || s.one(3) {
		s.portal(true, s.between(0, max(s.began-2*time.Second, time.Second)))
	}

	at := min(s.began+s.some(2*time.Minute, time.Hour), s.plan.Until)
	s.says(stops, at, s.lateness(time.Minute))

	if s.one(3) {
		s.decides(true, min(at+s.some(time.Minute, time.Hour), s.plan.Until), s.lateness(time.Minute))
	}
}

// wavers has the shopper change their mind, within seconds or within hours, and what was said arrives in any order.
func (s speaker) wavers() {
	at := s.sometime()
	pause := pick(s.drawing, time.Second, 5*time.Second, time.Minute, 20*time.Minute)
	active := s.one(2)

	for range 2 + s.IntN(4) {
		s.decides(active, min(at, s.plan.Until), s.lateness(pause))

		at += s.between(0, pause)
		if !s.one(4) {
			active = !active
		}
	}
}

// lateness draws how late a callback is told: mostly not, and now and then later than what is said next.
func (s speaker) lateness(pause time.Duration) time.Duration {
	if !s.one(3) {
		return 0
	}

	return s.between(0, 4*pause+time.Minute)
}

// repeats has the shopper say the same twice, and the contrary in between, which is told last.
func (s speaker) repeats() {
	active := s.one(2)
	at := min(s.sometime(), s.plan.Until*3/4)
	pause := pick(s.drawing, time.Minute, 10*time.Minute)

	if s.one(2) {
		s.portal(active, at)
		s.portal(active, at+2*pause)
	} else {
		s.decides(active, at, 0)
		s.decides(active, at+2*pause, 0)
	}

	what := map[bool]meaning{true: stops, false: starts}[active]
	s.says(what, at+pause, pause+s.between(30*time.Second, 20*time.Minute))
}

// unknown has the shopper write before anything was sent to them.
func (s speaker) unknown() {
	at := s.between(0, max(s.began-time.Second, time.Second))
	if s.one(2) {
		s.portal(true, s.between(0, at))
	}

	s.says(stops, at, 0)

	if s.one(3) {
		s.says(starts, min(at+s.some(time.Minute, time.Hour), s.plan.Until), 0)
	}
}

// gone has the shopper's number leave WhatsApp before an event, and come back in one of the ways that we hear of; or not.
func (s speaker) gone() {
	if !s.plan.Brands[s.brand].Declared {
		s.portal(true, s.between(0, max(s.began-2*time.Second, time.Second)))
	}

	var times []time.Duration
	for _, e := range s.plan.Steps {
		if e.Kind == Happens && e.Brand == s.brand && e.Shopper == s.shopper {
			times = append(times, e.At)
		}
	}

	at := pick(s.drawing, times...)
	back := at + s.some(10*time.Second, 10*time.Minute, time.Hour)

	s.step(Step{Kind: Leaves, Brand: s.brand, Shopper: s.shopper, At: max(at-3*time.Second, 0)})
	s.step(Step{Kind: Leaves, Brand: s.brand, Shopper: s.shopper, At: back, Active: true})

	sent := s.plan.Apps[s.plan.Brands[s.brand].Sender].Callbacks.Sent
	soon := at + sent + s.between(0, 3*time.Second)

	switch s.IntN(8) {
	case 0, 1:
		s.says(starts, soon, s.lateness(time.Minute))
	case 2, 3:
		s.says(mere, pick(s.drawing, soon, back), s.lateness(10*time.Minute))
	case 4:
		s.says(starts, back, s.lateness(10*time.Minute))
	case 5:
		s.portal(true, pick(s.drawing, soon, back))
	case 6:
		s.decides(s.one(2), soon, s.lateness(10*time.Minute))
		s.says(mere, soon+s.some(time.Second, time.Minute), s.lateness(10*time.Minute))
	default:
	}

	s.look(back + time.Minute)
}

// clicks has the shopper click so often that many POSTs are made at once.
func (s speaker) clicks() {
	s.step(Step{
		Kind: Portal, Brand: s.brand, Shopper: s.shopper, Order: s.order, Active: s.one(2), At: s.sometime(), Many: 2 + s.IntN(24),
	})

	if s.one(2) {
		s.decides(s.one(2), s.sometime(), 0)
	}
}

// withdraws has the shopper refuse on the portal before the brand has told them anything.
func (s speaker) withdraws() {
	s.portal(false, s.between(0, max(s.began-2*time.Second, time.Second)))

	if s.one(3) {
		s.decides(true, s.sometime(), 0)
	}
}

// chats has the shopper write what changes nothing, beside a decision.
func (s speaker) chats() {
	s.plain()

	for range 1 + s.IntN(4) {
		s.says(pick(s.drawing, mere, nothing, nothing), s.sometime(), s.lateness(10*time.Minute))
	}

	if s.one(2) {
		s.decides(s.one(2), s.sometime(), 0)
	}
}

// offers has what is chosen in WhatsApp itself be a stop of offers now and then, and in some plans a shopper choose so, and think better
// of it.
func (d *drawing) offers() {
	for i := range d.plan.Steps {
		if s := &d.plan.Steps[i]; s.Form == preference && d.one(2) {
			s.Word = stopsOffers
		}
	}

	s, ok := d.anybody()
	if !ok || s.mute || !d.one(6) {
		return
	}

	at := s.sometime()
	s.prefers(stopsOffers, at)

	if d.one(3) {
		s.prefers("resume", min(at+s.some(time.Minute, time.Hour), d.plan.Until))
	}
}

// prefers has the shopper choose something in WhatsApp itself.
func (s speaker) prefers(word string, at time.Duration) {
	wires := slices.DeleteFunc(s.app().wires(), func(wire string) bool { return !s.app().carries(preference, wire) })
	step := Step{Kind: Says, Brand: s.brand, Shopper: s.shopper, At: at, Late: s.lateness(time.Minute), Word: word, Form: preference, Wire: pick(s.drawing, wires...)}

	if s.plan.Brands[s.brand].Shoppers[s.shopper].Hidden {
		step.By = byUserID
	}

	s.step(step)
}

// stranger has somebody guess at an order on the portal, now and then before there is one; then its shopper asks, and is heard.
func (d *drawing) stranger() {
	brand := d.IntN(len(d.plan.Brands))
	s := Step{
		Kind: Guesses, Brand: brand, Shopper: d.IntN(len(d.plan.Brands[brand].Shoppers)), Order: 70, At: d.between(0, d.plan.Until*3/4),
		Many: pick(d, 1, 3, 30, 30+30*len(d.plan.Machines)), Early: d.one(2),
	}
	d.step(s)

	asks := s
	asks.Kind, asks.Active, asks.At, asks.Many = Portal, d.one(2), s.At+d.between(9*time.Second, 50*time.Second), 0
	d.step(asks)
}

// nobodysOrder has somebody look at an order that no one can subscribe with.
func (d *drawing) nobodysOrder() {
	d.step(Step{
		Kind: Looks, Brand: d.IntN(len(d.plan.Brands)), Order: 80, At: d.between(0, d.plan.Until), Form: pick(d, ofNoAccount, ofNoNumber),
	})
}
