package simulation

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// busyTime returns a time at which something happens, or a little before.
func (d *drawing) busyTime() time.Duration {
	at := pick(d, d.plan.Steps...).At
	return max(0, at-d.some(5*time.Second, time.Minute, 5*time.Minute))
}

// outages draws times in which the providers or the order platform do not work, and in which their callbacks do not reach us.
func (d *drawing) outages() {
	for range pick(d, 0, 1, 1, 1, 2) {
		d.outage(d.IntN(len(d.plan.Apps)))
	}

	if d.one(12) {
		from := d.busyTime()
		d.plan.Outages = append(d.plan.Outages, Outage{
			From: from, Until: from + d.some(time.Minute, 10*time.Minute, time.Hour), App: -1, All: true,
			Mode: pick(d, BadGateway, Hangs, Refuses, Unavailable),
		})
	}

	if d.one(8) {
		d.drought(d.IntN(len(d.plan.Apps)), d.busyTime())
	}
	if d.one(10) {
		d.closure(d.busyTime())
	}
}

// outage draws an outage of an app. What its provider has taken without saying so is found out by callbacks only: they
// may not come either.
func (d *drawing) outage(app int) {
	o := Outage{
		App: app, From: d.busyTime(), All: d.one(3), Wait: d.between(time.Second, pick(d, 20*time.Second, 5*time.Minute)),
		Mode: pick(d,
			BadGateway, BadGateway, BadGatewaySends, BadGatewaySends, Hangs, Hangs, HangsSends, Resets, ResetsSends, Refuses,
			Throttles, Throttles, Unavailable, SendsLate),
	}
	o.Until = o.From + d.some(20*time.Second, 2*time.Minute, 15*time.Minute, time.Hour)
	d.plan.Outages = append(d.plan.Outages, o)

	switch o.Mode {
	case BadGatewaySends, HangsSends, ResetsSends, SendsLate:
		if d.one(3) {
			d.drought(app, max(0, o.From-d.some(time.Second, 5*time.Minute)))
		}
		if d.one(4) {
			d.closure(max(0, o.From-d.some(time.Second, 2*time.Minute)))
		}
	default:
	}

	if d.one(4) {
		again := o
		again.From = o.Until + d.some(10*time.Second, 5*time.Minute)
		again.Until = again.From + d.some(time.Minute, 20*time.Minute)
		again.Mode = pick(d, BadGateway, BadGatewaySends, Hangs, Throttles)
		d.plan.Outages = append(d.plan.Outages, again)
	}
}

// drought draws a time in which an app's callbacks stay at the provider.
func (d *drawing) drought(app int, from time.Duration) {
	dry := Drought{App: app, From: from, Until: from + d.between(4*time.Minute, pick(d, 20*time.Minute, time.Hour)), Mixed: d.one(2)}
	if d.one(3) {
		dry.Lag = d.between(4*time.Minute, 20*time.Minute)
	}

	d.plan.Droughts = append(d.plan.Droughts, dry)
}

// closure draws a time in which we take nothing of what providers tell.
func (d *drawing) closure(from time.Duration) {
	c := Closure{From: from, What: pick(d, WebhookDown, WebhookDown, ReceiveDown, SubscriptionDown)}

	longest := 30 * time.Minute
	if c.What == ReceiveDown {
		longest = 15 * time.Minute // each delivery counts, and there are not to be too many
	}

	c.Until = from + d.between(time.Minute, longest)
	d.plan.Closures = append(d.plan.Closures, c)
}

// troubles draws what goes wrong with ourselves.
func (d *drawing) troubles() {
	d.plan.Missed = pick(d, 0, 0, 8, 25)

	for range pick(d, 0, 0, 1, 1, 2) {
		t := Trouble{Often: pick(d, 20, 100, 300), Blows: blows, Until: d.plan.Until}
		if d.one(3) {
			t.From, t.Often = d.busyTime(), pick(d, 1000, 3000)
			t.Until = t.From + d.between(10*time.Second, 5*time.Minute)
		}
		if d.one(2) {
			t.Blows = []Blow{pick(d, blows...)}
		}

		d.plan.Troubles = append(d.plan.Troubles, t)
	}

	for range pick(d, 0, 0, 0, 1, 2) {
		d.step(Step{Kind: Kill, At: d.busyTime(), Machine: d.IntN(len(d.plan.Machines))})
	}
}

// tidings draws news of apps and templates, and later those that end them.
func (d *drawing) tidings() {
	if d.one(2) {
		return
	}

	app := d.IntN(len(d.plan.Apps))
	if !d.plan.Apps[app].tellsNews() {
		return
	}

	sent := d.sentThrough(app)
	if len(sent) == 0 {
		return
	}

	told := pick(d,
		[]Word{TemplatePaused, TemplateApproved}, []Word{TemplateRejected, TemplateApproved},
		[]Word{TemplatePaused, TemplateRejected, TemplateApproved})
	if d.plan.Apps[app].Provider != kaleyra.Name && !d.one(3) { // which tells nothing of accounts
		told = pick(d,
			[]Word{AccountDisabled, AccountEnabled}, []Word{AccountOffboarded, NumberBack}, []Word{AppUninstalled, AppInstalled})
	}

	// They come a little before an event that they concern.
	s := pick(d, sent...)
	at := max(0, s.At-d.some(time.Minute, 5*time.Minute))

	for _, news := range told {
		step := Step{Kind: News, At: at, App: app, News: news}
		if news.ofTemplate() {
			step.Event = s.Event
		}

		d.step(step)
		at += d.between(5*time.Minute, pick(d, 20*time.Minute, 90*time.Minute))
	}
}

// categories draws, in a third of the plans, a template that WhatsApp moves to marketing and back, or of which that is only announced. Brands go on
// with it or not.
func (d *drawing) categories() {
	app := d.IntN(len(d.plan.Apps))
	a := d.plan.Apps[app]

	sent := d.sentThrough(app)
	if !d.one(3) || !a.tellsNews() || a.Provider == kaleyra.Name || len(sent) == 0 { // which tells nothing of categories
		return
	}

	for i := range d.plan.Brands {
		d.plan.Brands[i].SendsReclassed = d.one(2)
	}

	s := pick(d, sent...)
	at := max(0, s.At-d.some(time.Minute, 5*time.Minute, 20*time.Minute))

	told := pick(d, []Word{TemplateAnnounced}, []Word{TemplateMarketing, TemplateUtility}, []Word{TemplateAnnounced, TemplateMarketing, TemplateUtility},
		[]Word{TemplateMarketing, TemplateMarketing, TemplateUtility, TemplateMarketing, TemplateUtility})
	for _, news := range told {
		d.step(Step{Kind: News, At: at, App: app, News: news, Event: s.Event})
		at += d.between(2*time.Minute, pick(d, 10*time.Minute, 60*time.Minute))
	}
}

// sentThrough returns the events that are sent through an app.
func (d *drawing) sentThrough(app int) (sent []Step) {
	for _, s := range d.plan.Steps {
		if s.Kind == Happens && d.plan.Brands[s.Brand].Sender == app {
			sent = append(sent, s)
		}
	}

	return sent
}

// rubbish draws what nobody can read.
func (d *drawing) rubbish() {
	if !d.one(5) {
		return
	}

	s := Step{
		Kind: Garbage, At: d.between(0, d.plan.Until), App: d.IntN(len(d.plan.Apps)),
		Rubbish: pick(d, NonsenseCallback, NonsenseBeside, NonsenseBeside, NewerSchema, NonsenseEvent, NonsenseOrder),
	}

	// The shopper is one of a brand that sends through the app.
	s.Brand = max(0, slices.IndexFunc(d.plan.Brands, func(b Brand) bool { return b.Sender == s.App }))

	reports := d.plan.Apps[s.App].reports()
	if s.Rubbish == NonsenseCallback && !reports || s.Rubbish == NonsenseBeside && !reports {
		s.Rubbish = NonsenseOrder
	}

	d.step(s)
}
