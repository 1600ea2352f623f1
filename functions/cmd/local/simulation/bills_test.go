package simulation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// tariff is the prices from a day on, in millionths of a rupee: what a category costs, and how much more that is in a country.
type tariff struct {
	version    string
	from       billing.Day
	categories map[string]int64
	countries  map[string]int64
}

// tariffs are those of the simulated time. The second begins at the first midnight in India.
var tariffs = []tariff{
	{
		version: "simulated-1", from: "2026-01-01",
		categories: map[string]int64{"utility": 115_003, "marketing": 863_107, "authentication": 115_009, "service": 90_011},
		countries:  map[string]int64{"IN": 0, "BR": 200_003, "MX": 150_001, "AR": 301_007},
	},
	{
		version: "simulated-2", from: "2026-03-03",
		categories: map[string]int64{"utility": 129_013, "marketing": 901_127, "authentication": 127_031, "service": 99_103},
		countries:  map[string]int64{"IN": 0, "BR": 211_007, "MX": 163_003, "AR": 317_011},
	},
}

// putCards makes the tariffs known.
func (w *World) putCards() error {
	for _, t := range tariffs {
		c := billing.Card{Version: t.version, Currency: "INR", From: t.from}
		for _, country := range sortedKeys(t.countries) {
			for _, category := range sortedKeys(t.categories) {
				c.Rates = append(c.Rates, billing.Rate{
					Market: country, Category: billing.Category(category), Micros: t.categories[category] + t.countries[country],
				})
			}
		}

		if err := w.parts.Store.CreateRateCard(w.ctx, store.RateCard{Card: c}); err != nil {
			return err
		}
	}

	return nil
}

// withheld is a callback that comes days later.
type withheld struct {
	cb   simulator.Callback
	app  int
	name string
}

// of100 reports whether something is one of so many of 100, by what it is called.
func (w *World) of100(many int, purpose, name string) bool {
	return many > 0 && int(drawn(w.plan.Seed, 100, purpose, name)) < many
}

// losesBill reports whether a callback is a billing event that never comes.
func (w *World) losesBill(cb simulator.Callback, name string) bool {
	return cb.Kind == "billing" && w.of100(w.plan.Bills.Lost, "lost bill", name)
}

// comesEarly reports whether a callback is a billing event that comes at once.
func (w *World) comesEarly(cb simulator.Callback, name string) bool {
	return cb.Kind == "billing" && w.of100(w.plan.Bills.Early, "early bill", name)
}

// withholds reports whether a callback comes days later, and takes note of it. Until then it is as if it were lost.
func (w *World) withholds(cb simulator.Callback, app int, name string) bool {
	if !slices.Contains([]string{"delivered", "read", "billing"}, cb.Kind) || !w.of100(w.plan.Bills.Late, "late bill", name) {
		return false
	}

	w.mu.Lock()
	defer w.mu.Unlock()

	w.withheld = append(w.withheld, withheld{cb, app, name})

	return true
}

// billed returns a callback with what the provider says of the price of what it is about.
func (w *World) billed(cb simulator.Callback, app int, about string) simulator.Callback {
	b := w.plan.Bills
	if b == (Bills{}) || cb.MessageID == "" || w.plan.Apps[app].Provider == kaleyra.Name {
		return cb
	}

	f := decoded(cb.Body)

	for _, p := range pricesIn(f) {
		says := func(kind, category string, billable bool) {
			p["type"], p["category"] = kind, category

			if _, told := p["billable"]; told {
				p["billable"] = billable
			}
		}

		switch {
		case w.of100(b.Free, "free", about):
			says("free_customer_service", "utility", false)
		case w.of100(b.Entry, "free entry", about):
			says("free_entry_point", "utility", false)
		case w.of100(b.Recast, "recast", about) && cb.Kind != "sent":
			says("regular", "marketing", true)
		case w.of100(b.Untold, "untold", about):
			clear(p)
		}
	}

	cb.Body = encoded(f)
	cb.Header = w.signature(app, cb.Body)

	return cb
}

// pricesIn returns what a callback says of a price: of Gupshup's version 2, or in Meta's envelope.
func pricesIn(f fields) (all []fields) {
	add := func(v any) {
		if p, ok := v.(fields); ok {
			all = append(all, p)
		}
	}

	if payload, ok := f["payload"].(fields); ok {
		add(payload["pricing"])
		add(payload["deductions"])
	}

	for _, value := range valuesOf(f) {
		for _, status := range objects(value["statuses"]) {
			add(status["pricing"])
		}

		if bill, ok := value["billing"].(fields); ok {
			add(bill["deductions"])
		}
	}

	return all
}

// dated returns a report of an arrival, or a billing event, that tells another time.
func (w *World) dated(cb simulator.Callback, app int, at time.Time) simulator.Callback {
	f := decoded(cb.Body)

	switch a := w.plan.Apps[app]; {
	case a.Provider == kaleyra.Name:
		f["timestamp"] = fmt.Sprint(at.Unix())
	case a.Provider == gupshup.Name && a.Version == 2:
		f["timestamp"] = at.UnixMilli()

		payload, _ := f["payload"].(fields)
		if inner, ok := payload["payload"].(fields); ok {
			inner["ts"] = at.Unix()
		}
	default:
		for _, value := range valuesOf(f) {
			for _, status := range objects(value["statuses"]) {
				status["timestamp"] = strconv.FormatInt(at.Unix(), 10)
			}
		}
	}

	cb.Body, cb.Planned = encoded(f), at
	cb.Header = w.signature(app, cb.Body)

	return cb
}

// daysPass has sweep close days, with all that was withheld coming meanwhile, until nothing more is heard of them.
func (w *World) daysPass() {
	last := time.Now()

	night := func(n int) {
		for time.Sleep(22 * time.Hour); !w.busy.idle() && time.Since(last) < 30*aDay; {
			time.Sleep(time.Minute)
		}

		w.sweep(fmt.Sprintf("sweep of night %d", n))
	}

	night(1)

	for _, c := range w.withheld {
		after := time.Duration(drawn(w.plan.Seed, int64(30*time.Hour), "withheld", c.name))
		if drawn(w.plan.Seed, 2, "dated", c.name) == 0 {
			c.cb = w.dated(c.cb, c.app, time.Now().Add(after).Truncate(time.Second))
		}

		c.name += " at last"
		w.oracle.bills.told(c.cb, c.app, c.name, false)
		w.later(c.cb, c.name, after)
	}

	for n := range 3 {
		if n == 0 || len(w.withheld) > 0 {
			night(n + 2)
		}
	}
}

// numberIn reads a number that may be written as text; 0 for what is none.
func numberIn(v any) int64 {
	text := fmt.Sprint(v)
	if n, ok := v.(json.Number); ok {
		text = n.String()
	}

	n, _ := strconv.ParseInt(text, 10, 64) // what is none is 0

	return n
}
