package simulation

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestPlantedBillsAreFound plants functions that count or price messages wrongly. One of the first seeds finds each, with all brands sending
// through apps of the platform's, and much that is out of the ordinary in what is told of prices.
func TestPlantedBillsAreFound(t *testing.T) {
	const charged = "is not charged as its messages arrived"

	tests := []struct {
		name  string
		plant func(*machine)
		want  string
	}{
		{"a message is charged twice", closing(func(_, now store.ClosedDay) store.ClosedDay {
			for i := range now.Usage.Rows {
				now.Usage.Rows[i].ActualMicros *= 2
			}

			return now
		}), charged},
		{"what failed is charged", pushing(`"status":"failed"`, func(data []byte) []byte {
			return bytes.Replace(data, []byte(`"status":"failed"`), []byte(`"status":"delivered"`), 1)
		}), charged},
		{"a closed day is never closed again", closing(func(first, _ store.ClosedDay) store.ClosedDay { return first }), charged},
		{"a message has the price of the day on which it was sent", pushing(`"status":"delivered"`, func(data []byte) []byte {
			return timeOf.ReplaceAll(data, []byte(`"at":1772425800000`))
		}), charged},
		{"bills are forgotten", pushing(`"kind":"billing"`, func([]byte) []byte { return nil }), charged},
		{"a word of the price is taken for another", pushing(`"type":"free_entry_point"`, func(data []byte) []byte {
			return bytes.ReplaceAll(data, []byte(`"known":true`), []byte(`"known":true,"billable":true`))
		}), charged},
	}

	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			for seed := range uint64(20) {
				p := Draw(seed + 1)
				p.chargeAll()

				if strings.Contains(together(runPlanted(t, p, tc.plant).Findings), tc.want) {
					t.Logf("seed %d", seed+1)
					return
				}
			}

			t.Errorf("no seed has found %q", tc.want)
		})
	}
}

// timeOf is the time of an event on provider-events.
var timeOf = regexp.MustCompile(`"at":\d+`)

// chargeAll has all brands send through apps of the platform's that report, and providers tell all sorts of things of prices.
func (p *Plan) chargeAll() {
	p.Bills = Bills{Free: 10, Entry: 20, Recast: 20, Lost: 10, Late: 50}

	for i := range p.Apps {
		if a := &p.Apps[i]; a.Provider != businessonbot.Name {
			a.Brand, a.Silent, a.Callbacks.Fail = -1, false, 3000
			a.Callbacks.Codes = []int{131049}
		}
	}
}

// closing has sweep keep something else of each day that it has closed: what change makes of how it was closed first and now.
func closing(change func(first, now store.ClosedDay) store.ClosedDay) func(*machine) {
	type place struct {
		world *World
		name  string
	}

	firsts := map[place]store.ClosedDay{}
	changed := map[place]bool{}

	return func(m *machine) {
		right := m.Sweep
		m.Sweep = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			right.ServeHTTP(rw, r)

			w := m.world
			for _, b := range w.plan.Brands {
				days, err := w.parts.Store.ClosedDays(w.ctx, b.ID, "2026-03-01", billing.Day("2026-03-10"))
				if err != nil {
					w.oracle.find("the fault cannot be planted: %v", err)
				}

				for _, d := range days {
					name := place{w, b.ID + " " + string(d.Day)}
					if _, known := firsts[name]; !known {
						firsts[name] = d
					}

					if closed := (place{w, name.name + d.ClosedAt.String()}); !changed[closed] {
						changed[closed] = true

						planted := change(firsts[name], d)
						planted.UpdateTime = d.UpdateTime

						if err = w.parts.Store.PutClosedDay(w.ctx, b.ID, planted); err != nil {
							w.oracle.find("the fault cannot be planted: %v", err)
						}
					}
				}
			}
		})
	}
}

// TestBills has all brands charged, and much that is out of the ordinary told of prices.
func TestBills(t *testing.T) {
	for seed := range uint64(8) {
		p := Draw(seed + 1)
		p.chargeAll()

		if r := runPlan(t, p); len(r.Findings) > 0 {
			t.Errorf("seed %d: %s", seed+1, together(r.Findings))
		}
	}
}
