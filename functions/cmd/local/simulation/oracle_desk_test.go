package simulation

import (
	"slices"
	"time"
)

// records hears of a desk that is about to record something of a shopper. Like who asks on the portal, it has seen what was in effect before.
func (o *oracle) records(s Step) *word {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	p := o.people
	now := time.Now()
	said := &word{step: s.name(), portal: true, began: now, from: now.Add(p.least), until: now.Add(aDay)}
	one := who{s.Brand, p.oracle.world.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone}

	switch s.Desk {
	case ManagerWithdraws:
		said.stops = true
		p.persons[one].words = append(p.persons[one].words, said)
	case AgentSubscribes:
		p.persons[one].words = append(p.persons[one].words, said)
	case AgentOffers:
		said.stops = !s.Active
		p.persons[one].offers = append(p.persons[one].offers, said)
	case Authority:
		said.stops = s.Active
		for _, all := range p.everybody() {
			if all.phone == one.phone {
				p.persons[all].orders = append(p.persons[all].orders, said)
			}
		}
	}

	return said
}

// mayBeUnknown reports whether a brand may not have known a shopper at a time.
func (o *oracle) mayBeUnknown(s Step, at time.Time) bool {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	made := o.people.persons[who{s.Brand, o.world.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone}].made

	return made.IsZero() || !made.Before(at)
}

// mayBeBlocked reports whether an authority may have blocked a step's shopper since a time.
func (o *oracle) mayBeBlocked(s Step, since time.Time) bool {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	person := o.people.persons[who{s.Brand, o.world.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone}]

	return person.maybeBlocked(since, time.Now())
}

// mustBeBlocked reports whether an authority must have blocked a step's shopper at a time.
func (o *oracle) mustBeBlocked(s Step, at time.Time) bool {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	person := o.people.persons[who{s.Brand, o.world.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone}]

	return person.surelyBlocked(at, at)
}

// maybeBlocked reports whether an authority may have the number blocked.
func (p *person) maybeBlocked(sure, begun time.Time) bool { return lastOf(p.orders, true, sure, begun) }

// surelyBlocked reports whether an authority must have the number blocked.
func (p *person) surelyBlocked(sure, begun time.Time) bool {
	blocked := slices.ContainsFunc(p.orders, func(w *word) bool { return w.stops && counts(w.sure, sure) })

	return blocked && !lastOf(p.orders, false, sure, begun)
}

// closing is what was said about offers, with what stops everything.
func (p *person) closing() []*word {
	all := slices.Clone(p.offers)
	for _, w := range p.words {
		if w.stops {
			all = append(all, w)
		}
	}

	return all
}

// maybeAgreed reports whether the shopper may have agreed to offers.
func (p *person) maybeAgreed(sure, begun time.Time) bool {
	return lastOf(p.closing(), false, sure, begun)
}

// surelyAgreed reports whether the shopper must have agreed to offers.
func (p *person) surelyAgreed(sure, begun time.Time) bool {
	agreed := slices.ContainsFunc(p.offers, func(w *word) bool { return !w.stops && counts(w.sure, sure) })

	return agreed && !lastOf(p.closing(), true, sure, begun)
}

// wantsOffers reports whether a shopper of a brand was sure to want offers at all times from one to another.
func (p *people) wantsOffers(brand, shopper int, from, to time.Time) bool {
	person := p.persons[who{brand, p.oracle.world.plan.Brands[brand].Shoppers[shopper].Phone}]
	if !person.surelyAgreed(from, from) {
		return false
	}

	return !slices.ContainsFunc(person.closing(), func(w *word) bool { return w.stops && !w.began.Before(from) && !w.began.After(to) })
}

// mayWantOffers reports whether a shopper of a brand may have wanted offers at a time.
func (p *people) mayWantOffers(brand, shopper int, at time.Time) bool {
	return p.persons[who{brand, p.oracle.world.plan.Brands[brand].Shoppers[shopper].Phone}].maybeAgreed(at, at)
}

// said is what was said about offers; nothing of nobody.
func (p *person) said() []*word {
	if p == nil {
		return nil
	}

	return p.offers
}
