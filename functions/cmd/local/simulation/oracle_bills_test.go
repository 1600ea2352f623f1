package simulation

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// bills recounts what accounts are to be charged, from what providers have taken and what they told that we have acknowledged. Of the messages'
// documents it looks only at which of a provider's ids became known, since Gupshup's reports name nothing else.
type bills struct {
	deaf
	oracle *oracle
	world  *World

	// bought are what providers have taken, by their ids, and order the ids as they came.
	bought map[string]*bought
	order  []string
	// newest is what was last taken of those who are at work.
	newest map[*actor]*bought
	// estimated is when a message was last claimed, which is what its estimate is of, by its document's id.
	estimated map[string]time.Time
}

// bought is a message that a provider has taken.
type bought struct {
	app         int
	destination string
	entry       string
	attempt     int
	at          time.Time
	by          *actor
	// answered: the provider's answer reached who posted.
	answered bool
	words    []*billWord
}

// billWord is a callback with what it says of the price.
type billWord struct {
	name, kind      string
	at              time.Time
	known, billable bool
	category        string
	heard           bool
}

func newBills(o *oracle) *bills {
	return &bills{oracle: o, world: o.world, bought: map[string]*bought{}, newest: map[*actor]*bought{}, estimated: map[string]time.Time{}}
}

func (b *bills) accepted(c call, a simulator.Accepted) {
	app, _ := b.world.appOf(a.AppID)
	now := &bought{app: app, destination: a.Destination, at: time.Now(), by: c.actor}

	if mine := b.oracle.sending.claims[c.actor]; b.oracle.sending.occurrenceOf(c.actor.about.step) != nil {
		now.entry, now.attempt = mine.entry, mine.attempt
	} else if answer := b.oracle.talks.answers[b.oracle.talks.claims[c.actor]]; answer != nil {
		now.entry, now.attempt = answer.id, answer.attempt
	}

	b.bought[a.MessageID], b.newest[c.actor] = now, now
	b.order = append(b.order, a.MessageID)
}

func (b *bills) postEnds(c call, _, status int) {
	if one := b.newest[c.actor]; one != nil {
		one.answered = status/100 == 2
	}
}

func (b *bills) told(cb simulator.Callback, app int, name string, lost bool) {
	one := b.bought[cb.MessageID]
	if one == nil || lost {
		return
	}

	w := b.world.plan.Apps[app].billWord(cb)
	w.name, w.kind = name, cb.Kind
	one.words = append(one.words, &w)
}

func (b *bills) heard(cb simulator.Callback, name string) {
	if one := b.bought[cb.MessageID]; one != nil {
		for _, w := range one.words {
			w.heard = w.heard || w.name == strings.TrimSuffix(name, " again")
		}
	}
}

// billWord reads what a callback says of the time and the price.
func (a App) billWord(cb simulator.Callback) (w billWord) {
	f := decoded(cb.Body)

	switch {
	case a.Provider == kaleyra.Name:
		w.at = time.Unix(numberIn(f["timestamp"]), 0)
		return w
	case a.Provider == gupshup.Name && a.Version == 2:
		w.at = time.UnixMilli(numberIn(f["timestamp"]))

		payload, _ := f["payload"].(fields)
		if inner, ok := payload["payload"].(fields); ok && inner["ts"] != nil {
			w.at = time.Unix(numberIn(inner["ts"]), 0)
		}
	default:
		for _, value := range valuesOf(f) {
			for _, status := range objects(value["statuses"]) {
				w.at = time.Unix(numberIn(status["timestamp"]), 0)
			}
		}
	}

	for _, p := range pricesIn(f) {
		// Version 2 leaves out of its reports whether they are charged, and then only the billing event says it. Of the types that Meta
		// lists it is known.
		kind, _ := p["type"].(string)
		billable, says := p["billable"].(bool)

		if a.Provider != gupshup.Name || a.Version == 3 && cb.Kind != "billing" {
			says = kind != ""
			billable = kind == "regular"
		}

		w.known, w.billable = says, billable
		w.category, _ = p["category"].(string)
		w.known = w.known && w.category != ""
	}

	return w
}

// hasArrived reports whether the provider told that a message arrived; a billing event tells it too, unless it was said to have failed.
func hasArrived(words []*billWord) (delivered, charged bool) {
	has := func(kinds ...string) bool {
		return slices.ContainsFunc(words, func(w *billWord) bool { return w.heard && slices.Contains(kinds, w.kind) })
	}
	priced := slices.ContainsFunc(words, func(w *billWord) bool { return w.heard && w.kind == "billing" && w.known })

	delivered = has("delivered", "read")

	return delivered, delivered || priced && !has("failed")
}

// strongest returns the word that counts: of the billing event, else of what is nearest to the arrival. nil if nothing was said.
func strongest(words []*billWord) *billWord {
	for _, kind := range []string{"billing", "delivered", "read", "sent"} {
		for _, w := range words {
			if w.heard && w.known && w.kind == kind {
				return w
			}
		}
	}

	return nil
}

// arrivedAt returns when a message arrived, by the provider's time.
func arrivedAt(words []*billWord, otherwise time.Time) time.Time {
	for _, kind := range []string{"delivered", "read"} {
		var first time.Time

		for _, w := range words {
			if w.heard && w.kind == kind && (first.IsZero() || w.at.Before(first)) {
				first = w.at
			}
		}

		if !first.IsZero() {
			return first
		}
	}

	if w := strongest(words); w != nil && !w.at.IsZero() {
		return w.at
	}

	return otherwise
}

// listPrice returns what a message costs at a time, with what a brand is charged beyond that.
func listPrice(destination, category string, at time.Time, markup int) int64 {
	of := tariffs[0]
	if billing.Day(at.In(india).Format(time.DateOnly)) >= tariffs[1].from {
		of = tariffs[1]
	}

	country := "IN"
	for prefix, other := range map[string]string{"55": "BR", "52": "MX", "54": "AR"} {
		if strings.HasPrefix(destination, prefix) {
			country = other
		}
	}

	tenThousandths := (of.categories[category] + of.countries[country]) * int64(10_000+markup)
	micros := tenThousandths / 10_000

	if tenThousandths%10_000 >= 5_000 {
		micros++
	}

	return micros
}

// billRow is what a statement is grouped by here.
type billRow struct {
	app, ownership, event, category string
}

func (r billRow) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s of %s through %s, which is the %s's", r.category, r.event, r.app, r.ownership))
}

// billSums are what is recounted of a row. unsure is by how much the sum may differ: of messages that were claimed as prices changed.
type billSums struct {
	delivered, charged, free, untold, micros, unsure int64
}

func (s billSums) String() string {
	return fmt.Sprintf("%d delivered, %d charged, %d free, %d without the provider's word, %d micros", s.delivered, s.charged, s.free, s.untold, s.micros)
}

// billTry is what the provider told of one attempt.
type billTry struct {
	*bought
	words []*billWord
}

// statement is what a brand's account is to be charged.
type statement struct {
	rows map[billRow]billSums
	// extra are further attempts that were charged.
	extra []string
	// unknown are those that nobody can know of, taken through the brand's own apps.
	unknown int64
}

// recount returns what a brand is to be charged.
func (b *bills) recount(brand int) statement {
	s := statement{rows: map[billRow]billSums{}}
	tries, order := b.triesOf(brand, &s)

	for _, id := range order {
		b.count(&s, brand, b.entryOf(id), tries[id])
	}

	slices.Sort(s.extra)

	return s
}

func (b *bills) entryOf(id string) entry {
	if e, ok := b.oracle.sending.entries[id]; ok {
		return e
	}
	if a := b.oracle.talks.answers[id]; a != nil {
		return a.entry
	}

	return entry{}
}

// place is an attempt of a message.
type place struct {
	entry   string
	attempt int
}

// triesOf returns what was told of each attempt of a brand's messages, by the messages' ids, which order has as they came.
func (b *bills) triesOf(brand int, s *statement) (tries map[string]map[int]*billTry, order []string) {
	named := b.named()
	tries = map[string]map[int]*billTry{}

	for _, id := range b.order {
		one := b.bought[id]
		app := b.world.plan.Apps[one.app]
		at := place{one.entry, one.attempt}

		if app.Provider == gupshup.Name {
			known, ok := named[app.ID+":"+id]
			if !ok && b.entryOf(one.entry).account == b.world.plan.Brands[brand].ID {
				b.notKnown(one, s)
			}

			at = known
		}

		if at.entry == "" || b.entryOf(at.entry).account != b.world.plan.Brands[brand].ID {
			continue
		}
		if tries[at.entry] == nil {
			tries[at.entry] = map[int]*billTry{}
			order = append(order, at.entry)
		}
		if tries[at.entry][at.attempt] == nil {
			tries[at.entry][at.attempt] = &billTry{bought: one}
		}

		t := tries[at.entry][at.attempt]
		t.words = append(t.words, one.words...)
	}

	return tries, order
}

// named returns the attempts whose provider's id is known.
func (b *bills) named() map[string]place {
	all := map[string]place{}
	add := func(e entry) {
		for n, t := range e.tries {
			for _, id := range t.ids {
				all[e.app+":"+id] = place{e.id, n}
			}
		}
	}

	for _, e := range b.oracle.sending.entries {
		add(e)
	}

	for _, a := range b.oracle.talks.answers {
		add(a.entry)
	}

	return all
}

// notKnown looks at a message whose id never became known, so that nobody can tell what its reports are of: its answer must have been lost.
func (b *bills) notKnown(one *bought, s *statement) {
	if b.world.plan.Apps[one.app].Brand >= 0 {
		s.unknown++
	}

	m := one.by.machine
	if one.answered && !m.isDead() && !one.by.struckSince(one.at) && !m.self.struckSince(one.at) {
		b.oracle.find("the id of %s, attempt %d, is not known although its answer came", b.entryOf(one.entry).event, one.attempt)
	}
}

// count adds a message to a statement.
func (b *bills) count(s *statement, brand int, e entry, tries map[int]*billTry) {
	var (
		account            *billCharge
		arrivedAny         int64
		event, owner, apps = e.event, "client", ""
		expected           = "utility"
	)

	if e.isAnswer() {
		expected = "service"
	}

	for _, n := range sortedNumbers(tries) {
		t := tries[n]
		app := b.world.plan.Apps[t.app]
		apps = app.ID

		if app.Brand < 0 {
			owner = "platform"
		}

		if delivered, _ := hasArrived(t.words); delivered {
			arrivedAny = 1
		}

		c := b.charge(t, e.id, expected, b.world.plan.Brands[brand].Markup)

		switch {
		case c == nil:
		case account == nil, account.free && !c.free:
			account = c
		case !c.free:
			s.extra = append(s.extra, fmt.Sprintf("attempt %d through %s as %s for %d", n, app.ID, c.category, c.micros))
		}
	}

	row := billRow{apps, owner, event, expected}
	if account != nil {
		row.category = account.category
	}

	sums := s.rows[row]
	sums.delivered += arrivedAny

	switch {
	case account == nil:
	case account.free:
		sums.free++
	case owner == "platform":
		sums.charged++
		sums.micros += account.micros
		sums.unsure += account.unsure
	}

	if account != nil && account.untold {
		sums.untold++
	}
	if sums != (billSums{}) {
		s.rows[row] = sums
	}
}

// billCharge is what an attempt costs.
type billCharge struct {
	category       string
	free, untold   bool
	micros, unsure int64
}

// charge returns what an attempt costs; nil if nothing is known of a cost. Where the provider says nothing the estimate stands: the price of
// what was expected, as the message was last claimed.
func (b *bills) charge(t *billTry, entry, expected string, markup int) *billCharge {
	app := b.world.plan.Apps[t.app]
	platform := app.Brand < 0

	_, charged := hasArrived(t.words)
	if !charged || app.Provider == businessonbot.Name {
		return nil
	}

	if w := strongest(t.words); w != nil {
		// What Gupshup says before the billing event is what it expects.
		c := &billCharge{category: w.category, free: !w.billable, untold: w.kind == "sent" && app.Provider == gupshup.Name && w.billable}
		if w.billable && platform {
			c.micros = listPrice(t.destination, w.category, arrivedAt(t.words, t.at), markup)
		}

		return c
	}

	c := &billCharge{category: expected, untold: app.Provider != kaleyra.Name}

	if platform {
		const soon = 3 * time.Minute

		at := b.estimated[entry]
		c.micros = listPrice(t.destination, expected, at, markup)
		before, after := listPrice(t.destination, expected, at.Add(-soon), markup), listPrice(t.destination, expected, at.Add(soon), markup)
		c.unsure = max(after-before, before-after)
	}

	return c
}

// sortedNumbers returns the numbers of attempts in their order.
func sortedNumbers[T any](m map[int]T) (all []int) {
	for n := range m {
		all = append(all, n)
	}

	slices.Sort(all)

	return all
}

// settleAccounts has days pass, and holds what each account is charged for them against the recount.
func (w *World) settleAccounts() {
	until := billing.Day(time.Now().In(india).Format(time.DateOnly)).Next()
	w.daysPass()

	accounts := settings.NewAccounts(w.parts.Store, settings.Options{Clock: clock.Real{}, TTL: time.Second, Timeout: time.Minute})
	book := usage.New(usage.Deps{Store: w.parts.Store, Accounts: accounts, Providers: w.parts.Providers, Clock: clock.Real{}})

	for i, b := range w.plan.Brands {
		r, err := book.Usage(w.ctx, access.Caller{Role: access.Viewer, Accounts: []string{b.ID}}, b.ID, usage.Query{
			From: "2026-03-01", To: string(until), GroupBy: "app,ownership,event,category",
		})
		if err != nil {
			w.oracle.find("brand %d has no statement: %v", i, err)
			continue
		}

		if r.OpenFrom != "" {
			w.oracle.find("brand %d: %s is not closed days later", i, r.OpenFrom)
		}

		w.oracle.hearing.Lock()
		want := w.oracle.bills.recount(i)
		w.oracle.hearing.Unlock()

		w.oracle.compare(i, r, want)
		w.countAfresh(i, accounts, until)
	}
}

// compare holds a statement against the recount.
func (o *oracle) compare(brand int, r usage.Report, want statement) {
	got := map[billRow]billSums{}
	for _, row := range r.Rows {
		sums := billSums{
			delivered: row.Delivered, charged: row.Charged, free: row.Free, untold: row.WithoutActual, micros: row.ActualMicros,
		}
		if sums != (billSums{}) {
			got[billRow{row.AppID, string(row.Ownership), row.Event, row.Category}] = sums
		}
	}

	all := map[billRow]bool{}
	for k := range got {
		all[k] = true
	}
	for k := range want.rows {
		all[k] = true
	}

	rows := make([]billRow, 0, len(all))
	for k := range all {
		rows = append(rows, k)
	}

	slices.SortFunc(rows, func(a, b billRow) int { return cmp.Compare(a.String(), b.String()) })

	for _, k := range rows {
		is, be := got[k], want.rows[k]
		off := max(is.micros-be.micros, be.micros-is.micros)

		switch {
		case off > be.unsure:
			o.find("brand %d is not charged as its messages arrived: %s: %s, and not %s", brand, k, is, be)
		case is.delivered != be.delivered, is.charged != be.charged, is.free != be.free, is.untold != be.untold:
			o.find("brand %d: messages are counted as they did not arrive: %s: %s, and not %s", brand, k, is, be)
		}
	}

	var extra []string
	for _, e := range r.Extra {
		extra = append(extra, fmt.Sprintf("attempt %d through %s as %s for %d", e.Attempt, e.AppID, e.Category, e.Price.Micros))
	}

	slices.Sort(extra)

	if !slices.Equal(extra, want.extra) {
		o.find("brand %d: charged beside another attempt are %q, and not %q", brand, extra, want.extra)
	}
	if r.WithoutMessage > want.unknown {
		o.find("brand %d: %d messages that were charged are none of ours, of which %d can be", brand, r.WithoutMessage, want.unknown)
	}
}

// countAfresh holds the closed days of an account against what its messages come to now.
func (w *World) countAfresh(brand int, accounts *settings.Accounts, until billing.Day) {
	id := w.plan.Brands[brand].ID

	closed, err := w.parts.Store.ClosedDays(w.ctx, id, "2026-03-01", until)
	cards, failed := accounts.Cards(w.ctx)

	if err != nil || failed != nil {
		w.oracle.find("brand %d: its days cannot be counted: %v, %v", brand, err, failed)
		return
	}

	days := map[billing.Day]billing.Usage{}
	for _, d := range closed {
		days[d.Day] = d.Usage
	}

	for day := billing.Day("2026-03-01"); day < until; day = day.Next() {
		var n billing.Counter

		err = w.parts.Store.EachOfDays(w.ctx, id, day, day.Next(), func(m message.Message) { n.Count(m, cards.Of(m, settings.Teller(w.parts.Providers, m.Provider))) })
		if err != nil {
			w.oracle.find("brand %d: its messages cannot be counted: %v", brand, err)
		}

		if fresh := n.Usage(); !reflect.DeepEqual(fresh.Rows, days[day].Rows) || len(fresh.Extra) != len(days[day].Extra) {
			w.oracle.find("brand %d: %s is closed with %+v, and comes to %+v", brand, day, days[day], fresh)
		}
	}
}
