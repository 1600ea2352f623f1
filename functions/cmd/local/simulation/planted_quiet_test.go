package simulation

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestPlantedQuietHoursAreFound plants faults of quiet hours into the product. Seeds find each, and find nothing without it.
func TestPlantedQuietHoursAreFound(t *testing.T) {
	hushed := func(p Plan) bool {
		return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Kind == Hushes })
	}
	for _, tt := range []struct {
		name  string
		plant func(*machine)
		// hushes says that quiet hours have to be switched for the fault to show.
		hushes bool
		// from is the first seed that is tried.
		from uint64
		want string
	}{
		{"they are ignored", knowing(func(q *account.QuietHours) { q.Enabled = false }), false, 90018, "posts it in the quiet hours"},
		{"nothing is exempt", knowing(func(q *account.QuietHours) { q.Exempt = nil }), false, 90018, "has it wait for the end of quiet hours, of which there are none"},
		{"they begin too early", knowing(func(q *account.QuietHours) { q.From = clockBefore(q.From) }), false, 90007, "has it wait for the end of quiet hours, of which there are none"},
		{"nothing is due afterwards", waiting(func(m *message.Message) { m.Due = time.Time{} }), false, 90058, "it was not sent: waiting quiet_hours"},
		{"it is due an hour late", waiting(func(m *message.Message) { m.Due = m.Due.Add(time.Hour) }), false, 90169, "after its publication, or the end of quiet hours"},
		{"what waits is not brought back when they change", forgettingChanges, true, 90575, "after its publication, or the end of quiet hours"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tried := 0
			for seed := tt.from; tried < 30; seed++ {
				p := Draw(seed)
				if hushed(p) != tt.hushes || !slices.ContainsFunc(p.Brands, func(b Brand) bool { return b.Quiet != nil }) {
					continue
				}

				tried++
				if r := runPlanted(t, p, tt.plant); !strings.Contains(together(r.Findings), tt.want) {
					continue
				}
				if r := runPlan(t, p); len(r.Findings) > 0 {
					t.Errorf("seed %d finds without the fault: %s", seed, together(r.Findings))
				}

				t.Logf("seed %d", seed)

				return
			}

			t.Errorf("none of %d seeds has found it", tried)
		})
	}
}

// knowing plants a fault: the product knows the brands' quiet hours wrongly.
func knowing(wrong func(*account.QuietHours)) func(*machine) {
	return func(m *machine) {
		w := m.world
		for _, b := range w.plan.Brands {
			if b.Quiet == nil {
				continue
			}

			a, err := w.parts.Store.Account(w.ctx, b.ID)
			if err != nil {
				panic(err) // it was just seeded
			}

			a.Quiet = b.Quiet.settings()
			wrong(a.Quiet)

			if err = w.parts.Store.PutAccount(w.ctx, a); err != nil {
				panic(err)
			}
		}
	}
}

// clockBefore returns what the clocks show two hours before they show something.
func clockBefore(clock string) string {
	at, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err) // a plan made it
	}

	return at.Add(-2 * time.Hour).Format("15:04")
}

// waiting plants a fault: each message that is made to wait for the end of quiet hours waits wrongly.
func waiting(wrong func(*message.Message)) func(*machine) {
	return func(m *machine) {
		right := m.Notify
		m.Notify = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			right.ServeHTTP(rw, r)

			w := m.world
			for _, b := range w.plan.Brands {
				all, err := w.parts.Store.SendLog(w.ctx, store.LogQuery{AccountID: b.ID, Reason: message.QuietHours}, 1000)
				if err != nil {
					panic(err) // nothing is in its way
				}

				for _, waits := range all {
					if waits.Due.IsZero() || waits.Due.Second() != 0 || waits.Ticket != "" {
						continue // it was done before, and is marked by the second
					}

					waits.Due = waits.Due.Add(time.Second)
					wrong(&waits)

					if err = w.parts.Store.Change(w.ctx, store.Change{Message: waits}); err != nil && !store.IsConflict(err) {
						panic(err)
					}
				}
			}
		})
	}
}

// forgettingChanges plants a fault: sweep never hears that quiet hours were changed.
func forgettingChanges(m *machine) {
	right := m.Sweep
	m.Sweep = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w := m.world

		all, err := w.parts.Store.QuietChanges(w.ctx, 100)
		if err != nil {
			panic(err) // nothing is in its way
		}
		for _, c := range all {
			_ = w.parts.Store.EndQuietChange(w.ctx, c) // of two sweeps at once one does
		}

		right.ServeHTTP(rw, r)
	})
}
