package simulation

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// mostReruns is how often a failing plan is run again at most, to make it shorter.
const mostReruns = 300

// shrinker makes a failing plan shorter. It leaves out, or makes simple, a part of the plan, and runs what is left; if that fails in the
// same way, the part did not matter. Nothing is random, so that a plan always shrinks to the same one.
type shrinker struct {
	try func(Plan) Result
	// kind is that of the finding that has to stay.
	kind string
	// left is how many runs may still be made.
	left int
	// tried are the plans that were run, as text.
	tried map[string]bool

	// plan is the shortest that still fails, and result what comes of it.
	plan   Plan
	result Result
	// shorter says that the plan became shorter since this was last set to false.
	shorter bool
}

// shrink returns the shortest plan that was found to have a finding of the same kind as the first of r, what comes of it, and how
// many runs were made. r is what came of p.
func shrink(p Plan, r Result, most int, try func(Plan) Result) (shortest Plan, result Result, runs int) {
	s := &shrinker{try: try, kind: r.Findings[0].Kind, left: most, tried: map[string]bool{string(lean(p)): true}, plan: p, result: r}

	for s.shorter = true; s.shorter && s.left > 0; {
		s.shorter = false

		s.leaveOutSteps()
		s.leaveOutOutages()
		s.leaveOutTroubles()
		s.spareBlows()
		s.simplifySteps()
		s.simplifyCallbacks()
		s.simplifyBills()
		s.simplifyMachines()
		s.simplifyPeople()
		s.simplifyFaults()
		s.endEarlier()
		s.leaveOutPeople()
	}

	s.narrowTroubles()

	return s.plan, s.result, most - s.left
}

// stays runs a plan and reports whether the finding stays. If so, the plan is the shortest from now on.
func (s *shrinker) stays(p Plan) bool {
	text := string(lean(p))
	if s.left == 0 || s.tried[text] {
		return false
	}

	s.left--
	s.tried[text] = true

	r := s.try(p)
	if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Kind == s.kind }) {
		return false
	}

	s.plan, s.result, s.shorter = p, r, true

	return true
}

// change runs the plan with a change. One that changes nothing was tried before.
func (s *shrinker) change(edit func(*Plan)) bool {
	p := clone(s.plan)
	edit(&p)

	return s.stays(p)
}

// clone returns a copy of the plan that shares nothing with it.
func clone(p Plan) (c Plan) {
	if err := decode(lean(p), &c); err != nil {
		panic(err) // a plan is plain data
	}

	return c
}

// reduce leaves out as many things as possible: first all, then halves, quarters and so on, at last single ones until none can go.
// stays reports whether the failure stays with those that are kept.
func reduce[T any](all []T, stays func(kept []T) bool) {
	for size := len(all); size > 0; {
		before := len(all)

		for from := 0; from < len(all); {
			kept := slices.Concat(all[:from], all[min(from+size, len(all)):])
			if stays(kept) {
				all = kept
			} else {
				from += size
			}
		}

		if size > 1 || len(all) == before {
			size /= 2
		}
	}
}

// leaveOut leaves out as much as possible of one list of the plan.
func leaveOut[T any](s *shrinker, list func(*Plan) *[]T) {
	reduce(*list(&s.plan), func(kept []T) bool {
		return s.change(func(p *Plan) { *list(p) = kept })
	})
}

func (s *shrinker) leaveOutSteps() {
	leaveOut(s, func(p *Plan) *[]Step { return &p.Steps })
}

// leaveOutOutages leaves out what goes wrong with others and on the way in.
func (s *shrinker) leaveOutOutages() {
	leaveOut(s, func(p *Plan) *[]Outage { return &p.Outages })
	leaveOut(s, func(p *Plan) *[]Drought { return &p.Droughts })
	leaveOut(s, func(p *Plan) *[]Closure { return &p.Closures })

	if s.plan.Missed > 0 {
		s.change(func(p *Plan) { p.Missed = 0 })
	}
}

// leaveOutTroubles ends a trouble rather than to take it out of its list: what strikes a call depends on its place there.
func (s *shrinker) leaveOutTroubles() {
	var live []int
	for i, t := range s.plan.Troubles {
		if t.Until > t.From {
			live = append(live, i)
		}
	}

	reduce(live, func(kept []int) bool {
		return s.change(func(p *Plan) {
			for _, i := range live {
				if !slices.Contains(kept, i) {
					p.Troubles[i] = Trouble{Blows: p.Troubles[i].Blows}
				}
			}
		})
	})
}

// spareBlows leaves out calls that were struck. What comes of that is struck in its turn, and looked at in the next round.
func (s *shrinker) spareBlows() {
	var struck []string
	for _, b := range s.result.Struck {
		if !slices.Contains(struck, b.Call) {
			struck = append(struck, b.Call)
		}
	}

	before := s.plan.Spared

	reduce(struck, func(kept []string) bool {
		return s.change(func(p *Plan) {
			p.Spared = map[string]bool{}
			maps.Copy(p.Spared, before)

			for _, name := range struck {
				if !slices.Contains(kept, name) {
					p.Spared[name] = true
				}
			}
		})
	})
}

// simplifySteps has everything happen once and in time, and shoppers write in the plainest way.
func (s *shrinker) simplifySteps() {
	for i := range s.plan.Steps {
		reduce(s.plan.Steps[i].Again, func(kept []time.Duration) bool {
			return s.change(func(p *Plan) { p.Steps[i].Again = kept })
		})

		for _, edit := range []func(*Step){
			func(step *Step) { step.Many = min(step.Many, 1) },
			func(step *Step) { step.Many = min(step.Many, 4) },
			func(step *Step) { step.Late = 0 },
			func(step *Step) { step.Answers = false },
			func(step *Step) { step.Other = false },
			func(step *Step) { step.Wire = "" },
			func(step *Step) { step.By = byNumber },
			func(step *Step) { step.Form = "" },
			func(step *Step) { step.Button = 0 },
			func(step *Step) { step.Word = plainest(*step) },
			func(step *Step) { step.Undated = false },
			func(step *Step) { step.Kept, step.Undated = 0, false },
			func(step *Step) { step.Early = false },
			func(step *Step) { step.Occurred = max(step.Occurred, step.At-time.Second) },
		} {
			s.change(func(p *Plan) { edit(&p.Steps[i]) })
		}
	}
}

// simplifyCallbacks has callbacks come in order, once and all.
func (s *shrinker) simplifyCallbacks() {
	for i := range s.plan.Apps {
		for _, edit := range []func(c *Course){
			func(c *Course) { *c = Course{Sent: c.Sent, Delivered: c.Delivered} },
			func(c *Course) { c.Late = 0 },
			func(c *Course) { c.Lost = 0 },
			func(c *Course) { c.Twice = 0 },
			func(c *Course) { c.Fail, c.Codes = 0, nil },
			func(c *Course) { c.Read = 0 },
		} {
			s.change(func(p *Plan) { edit(&p.Apps[i].Callbacks) })
		}
	}
}

// simplifyBills has providers tell prices as they are, in time, and brands pay no more than those.
func (s *shrinker) simplifyBills() {
	for _, edit := range []func(*Bills){
		func(b *Bills) { *b = Bills{} },
		func(b *Bills) { b.Free = 0 },
		func(b *Bills) { b.Entry = 0 },
		func(b *Bills) { b.Recast = 0 },
		func(b *Bills) { b.Untold = 0 },
		func(b *Bills) { b.Lost = 0 },
		func(b *Bills) { b.Early = 0 },
		func(b *Bills) { b.Late = 0 },
	} {
		s.change(func(p *Plan) { edit(&p.Bills) })
	}

	for i := range s.plan.Brands {
		s.change(func(p *Plan) { p.Brands[i].Markup = 0 })
	}
}

// plainest is the plainest word for what is said.
func plainest(s Step) string {
	switch vocabulary[s.Word] {
	case stops:
		return "STOP"
	case starts:
		return "START"
	case mere:
		return "hello"
	default:
		return s.Word
	}
}

// simplifyPeople has providers call shoppers by their numbers, apps be of the usual kind, and brands have no limit of their own.
func (s *shrinker) simplifyPeople() {
	for i := range s.plan.Brands {
		s.change(func(p *Plan) { p.Brands[i].MaxAge = 0 })
		s.change(func(p *Plan) { p.Brands[i].Quiet = nil })
		s.change(func(p *Plan) { p.Brands[i].Declared = true })

		for k := range s.plan.Brands[i].Shoppers {
			for _, edit := range []func(*Shopper){
				func(one *Shopper) { one.Hidden = false },
				func(one *Shopper) { one.Untold = false },
				func(one *Shopper) { one.Ordered = false },
				func(one *Shopper) { one.UserID, one.Hidden, one.Untold = "", false, false },
				func(one *Shopper) { one.Called, one.Ordered = one.Phone, false },
			} {
				s.change(func(p *Plan) { edit(&p.Brands[i].Shoppers[k]) })
			}
		}
	}

	for i := range s.plan.Apps {
		s.change(func(p *Plan) { p.Apps[i].Silent = false })
		s.change(func(p *Plan) { p.Apps[i].Version = 2 })
	}
}

// simplifyFaults has what goes wrong last no longer than it must, and be of the plainest kind.
func (s *shrinker) simplifyFaults() {
	s.change(func(p *Plan) { p.Tries = 0 })
	s.change(func(p *Plan) { p.Deliveries = 0 })

	for i := range s.plan.Outages {
		for _, edit := range []func(*Outage){
			func(o *Outage) { o.Mode = o.Mode.plainer() },
			func(o *Outage) { o.All = o.App < 0 },
			func(o *Outage) { o.Route = "" },
			func(o *Outage) { o.Wait = min(o.Wait, time.Second) },
		} {
			s.change(func(p *Plan) { edit(&p.Outages[i]) })
		}

		s.shorten(func(p *Plan) (from, until *time.Duration) { return &p.Outages[i].From, &p.Outages[i].Until })
	}

	for i := range s.plan.Droughts {
		s.change(func(p *Plan) { p.Droughts[i].Lag, p.Droughts[i].Mixed = 0, false })
		s.shorten(func(p *Plan) (from, until *time.Duration) { return &p.Droughts[i].From, &p.Droughts[i].Until })
	}

	for i := range s.plan.Closures {
		s.shorten(func(p *Plan) (from, until *time.Duration) { return &p.Closures[i].From, &p.Closures[i].Until })
	}
}

// shorten has something last half as long, again and again: it ends earlier, or begins later.
func (s *shrinker) shorten(of func(*Plan) (from, until *time.Duration)) {
	for {
		from, until := of(&s.plan)

		half := (*until - *from) / 2
		if half < time.Second {
			return
		}

		earlier := s.change(func(p *Plan) { from, until := of(p); *until = *from + half })
		if !earlier && !s.change(func(p *Plan) { from, until := of(p); *from = *until - half }) {
			return
		}
	}
}

// plainer is a mode with the same effect that is easier to think of.
func (m OutageMode) plainer() OutageMode {
	switch m {
	case HangsSends, ResetsSends, SendsLate:
		return BadGatewaySends
	case Hangs, Resets, Refuses, Unavailable:
		return BadGateway
	default:
		return m
	}
}

// simplifyMachines has one machine do everything, or those that there are agree on the time.
func (s *shrinker) simplifyMachines() {
	s.change(func(p *Plan) { p.Machines = make([]time.Duration, 1) })
	s.change(func(p *Plan) { p.Machines = make([]time.Duration, len(p.Machines)) })

	if n := len(s.plan.Machines); n > 1 {
		s.change(func(p *Plan) { p.Machines = p.Machines[:n-1] })
	}
}

// endEarlier has nothing go wrong any more a minute after the last thing that happens.
func (s *shrinker) endEarlier() {
	var last time.Duration
	for _, step := range s.plan.Steps {
		last = max(last, step.At+time.Minute)
		for _, again := range step.Again {
			last = max(last, step.At+again+time.Minute)
		}
	}

	if last < s.plan.Until {
		s.change(func(p *Plan) { p.Until = last })
	}
}

// leaveOutPeople leaves out the shoppers, brands and apps at the end of their lists that no step is about. The others keep their
// places, by which everything is named.
func (s *shrinker) leaveOutPeople() {
	s.change(func(p *Plan) {
		brands, apps := 1, 1
		shoppers := map[int]int{}

		for _, step := range p.Steps {
			brands = max(brands, step.Brand+1)
			shoppers[step.Brand] = max(shoppers[step.Brand], step.Shopper+1)
			apps = max(apps, step.App+1)
		}

		p.Brands = p.Brands[:brands]
		for i, b := range p.Brands {
			p.Brands[i].Shoppers = b.Shoppers[:min(shoppers[i], len(b.Shoppers))]
			apps = max(apps, b.Sender+1)
		}

		p.Apps = p.Apps[:apps]
		p.Outages = slices.DeleteFunc(p.Outages, func(o Outage) bool { return o.App >= apps })
		p.Droughts = slices.DeleteFunc(p.Droughts, func(d Drought) bool { return d.App >= apps })
	})
}

// narrowTroubles has the troubles last from the first call that is struck to the last one, and spares no call that is not struck then.
// It makes the plan easier to read.
func (s *shrinker) narrowTroubles() {
	if len(s.result.Struck) == 0 {
		return
	}

	byTime := func(a, b Struck) int { return cmp.Compare(a.At, b.At) }
	first, last := slices.MinFunc(s.result.Struck, byTime), slices.MaxFunc(s.result.Struck, byTime)

	s.change(func(p *Plan) {
		for i := range p.Troubles {
			t := &p.Troubles[i]
			t.From, t.Until = max(t.From, first.At-time.Millisecond), min(t.Until, last.At+time.Millisecond)

			if t.Until <= t.From {
				*t = Trouble{Blows: t.Blows}
			}
		}
	})

	reduce(slices.Sorted(maps.Keys(s.plan.Spared)), func(kept []string) bool {
		return s.change(func(p *Plan) {
			p.Spared = map[string]bool{}
			for _, name := range kept {
				p.Spared[name] = true
			}
		})
	})
}
