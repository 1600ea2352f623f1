package dispatch_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
)

// quietFrom gives the brand quiet hours from a time on until 17:00, in which nothing is told. A rig begins at 15:30 in India, the brand's zone.
func quietFrom(r *rig.Rig, from string, exempt ...string) {
	r.ChangeAccount(func(a *account.Account) {
		a.Quiet = &account.QuietHours{Enabled: true, From: from, To: "17:00", Exempt: exempt}
	})
}

// morning is when the quiet hours of [quietFrom] end: 17:00 in India.
var morning = time.Date(2024, 2, 13, 11, 30, 0, 0, time.UTC)

// until advances the clock to a time that is no more than an hour or two away.
func until(r *rig.Rig, at time.Time) { r.Clock.Advance(at.Sub(r.Clock.Now())) }

// bring has sweep bring back what is due, and notify decide on it.
func bring(r *rig.Rig) {
	r.T.Helper()
	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent {
		r.T.Errorf("sweep: got %d, want 204", code)
	}
	r.Deliver(world.OrderEvents, r.Hooks.Notify)
}

// checkQuiet holds that the message waits until the quiet hours end, after so many attempts, and was never brought back for itself.
func checkQuiet(t *testing.T, r *rig.Rig, attempts int) {
	t.Helper()
	m := r.Sole(t)
	if m.Status() != message.StatusWaiting || m.Reason != message.QuietHours || m.Attempt != attempts || m.Tries != 0 {
		t.Errorf("got %s %q after %d attempts and %d tries, want waiting for quiet hours after %d attempts and no try", m.Status(), m.Reason, m.Attempt, m.Tries, attempts)
	}
	if !m.Due.Equal(morning) {
		t.Errorf("due: got %s, want %s", m.Due, morning)
	}
}

// TestQuietHours has a message wait for their end: nobody asks the provider for anything, sweep leaves it alone, and then it is sent.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	quietFrom(r, "15:00")
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	checkQuiet(t, r, 0)
	for _, q := range r.Sim.Log().Requests() {
		t.Errorf("asked in the quiet hours: %s %s", q.Method, q.Path)
	}
	if !strings.Contains(r.Logs.String(), `"reason":"quiet_hours"`) {
		t.Errorf("no reason in the log: %s", r.Logs)
	}

	until(r, morning.Add(-time.Second))
	r.CallSweep(r.Hooks)
	if n := r.QueuedAt(world.OrderEvents); n != 0 {
		t.Errorf("brought back before the end: %d", n)
	}

	r.Clock.Advance(time.Second)
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if m := r.Sole(t); m.Attempt != 1 || m.Reason != "" {
		t.Errorf("got %d attempts, reason %q, want one attempt and no reason", m.Attempt, m.Reason)
	}
}

// TestQuietHoursLeaveAlone what is exempt, and what is to be refused anyway: that is told at once, and not in the morning.
func TestQuietHoursLeaveAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before func(r *rig.Rig)
		exempt []string
		want   message.Status
		reason message.Reason
	}{
		{name: "exempt", exempt: account.ExemptByDefault(), want: message.StatusAccepted},
		{name: "nothing_exempt", want: message.StatusWaiting, reason: message.QuietHours},
		{name: "another_exempt", exempt: []string{"shipment/out_for_delivery"}, want: message.StatusWaiting, reason: message.QuietHours},
		{name: "opted_out", before: func(r *rig.Rig) { r.SubscribeShopper(consent.Withdraw) }, want: message.StatusRefused, reason: message.OptedOut},
		{name: "superseded", before: func(r *rig.Rig) { r.Hand(r.Hooks, r.Event("shipment-delivered")) }, want: message.StatusRefused, reason: message.Superseded},
		{
			name: "too_old", before: func(r *rig.Rig) { r.ChangeAccount(func(a *account.Account) { a.MaxAge = time.Minute }) },
			want: message.StatusRefused, reason: message.Expired,
		},
		{
			name: "no_sender", before: func(r *rig.Rig) { r.ChangeAccount(func(a *account.Account) { a.Sender = "gone" }) },
			want: message.StatusRefused, reason: message.NoSender,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			quietFrom(r, "15:00", tt.exempt...)
			if tt.before != nil {
				tt.before(r)
			}
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			if m := r.Sole(t); m.Status() != tt.want || m.Reason != tt.reason {
				t.Errorf("got %s %q, want %s %q", m.Status(), m.Reason, tt.want, tt.reason)
			}
		})
	}
}

// TestMeanwhile has something happen while a message waits for the morning.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		meanwhile func(r *rig.Rig)
		want      message.Reason
	}{
		{"the_shopper_opts_out", func(r *rig.Rig) { r.SubscribeShopper(consent.Withdraw) }, message.OptedOut},
		{"the_shipment_moves_on", func(r *rig.Rig) { r.Hand(r.Hooks, r.Event("shipment-delivered")) }, message.Superseded},
		{"the_event_is_switched_off", func(r *rig.Rig) {
			r.ChangeAccount(func(a *account.Account) { rig.SetEvent(a, func(e *account.Event) { e.Enabled = false }) })
		}, message.EventOff},
		{"the_app_goes", func(r *rig.Rig) { r.ChangeAccount(func(a *account.Account) { a.Apps = nil }) }, message.NoSender},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			quietFrom(r, "15:00")
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			checkQuiet(t, r, 0)

			tt.meanwhile(r)
			until(r, morning)
			r.Settle(r.Hooks)
			if m := r.Sole(t); m.Status() != message.StatusDropped || m.Reason != tt.want || r.Sim.Log().AcceptedCount() != 0 {
				t.Errorf("got %s %q with %d accepted, want dropped %q", m.Status(), m.Reason, r.Sim.Log().AcceptedCount(), tt.want)
			}
		})
	}
}

// TestAgeCountsOn has a message that is too old before the quiet hours end be dropped when it is, and not at their end.
func TestAgeCountsOn(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	quietFrom(r, "15:00")
	r.ChangeAccount(func(a *account.Account) { a.MaxAge = time.Hour })
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery")) // of 15:20:41
	if m := r.Sole(t); m.Reason != message.QuietHours || !m.Due.Equal(time.Date(2024, 2, 13, 10, 50, 42, 0, time.UTC)) {
		t.Fatalf("got %s %q due %s, want it to wait until it is an hour old", m.Status(), m.Reason, m.Due)
	}

	until(r, time.Date(2024, 2, 13, 10, 50, 41, 0, time.UTC))
	bring(r)
	if m := r.Sole(t); m.Status() != message.StatusWaiting {
		t.Errorf("a second before: got %s %q, want waiting", m.Status(), m.Reason)
	}

	r.Clock.Advance(time.Second)
	bring(r)
	if m := r.Sole(t); m.Status() != message.StatusDropped || m.Reason != message.Expired {
		t.Errorf("got %s %q, want dropped expired", m.Status(), m.Reason)
	}
}

// TestQuietHoursBegin under a message that is on its way in any manner: what would be sent next waits for their end.
func TestQuietHoursBegin(t *testing.T) {
	t.Parallel()
	unhealthy := func(r *rig.Rig, h account.Health) {
		r.ChangeAccount(func(a *account.Account) {
			app := a.Apps[rig.AppID]
			app.Health = h
			a.Apps[rig.AppID] = app
		})
	}
	for _, tt := range []struct {
		name string
		// before is done at 15:30, before the quiet hours begin at 15:35, and within is done in them.
		before, within func(r *rig.Rig)
		attempts       int
	}{
		{
			name: "retry",
			before: func(r *rig.Rig) {
				r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1, RetryAfterSeconds: 600})
				r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			},
			within:   func(r *rig.Rig) { until(r, rig.Start.Add(11*time.Minute)) },
			attempts: 1,
		},
		{
			name: "in_doubt",
			before: func(r *rig.Rig) {
				r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
			},
			within: func(r *rig.Rig) {
				for range 150 {
					r.Round(r.Hooks)
				}
			},
			attempts: 1,
		},
		{
			name: "reopened",
			before: func(r *rig.Rig) {
				r.ChangeAccount(func(a *account.Account) { a.MaxAge = 15 * time.Minute })
				r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
			},
			within: func(r *rig.Rig) {
				r.Settle(r.Hooks)
				m := r.Sole(r.T.(*testing.T))
				if m.Phase != message.GivenUp {
					r.T.Fatalf("got %s, want given up", m.Phase)
				}
				r.ChangeAccount(func(a *account.Account) { a.MaxAge = 0 })
				r.Clock.Advance(31 * time.Second)
				r.Must(outcome.Reopen(r.T.Context(), r.Parts.Store, m, r.Clock.Now()))
				bring(r)
			},
			attempts: 1,
		},
		{
			name: "held",
			before: func(r *rig.Rig) {
				unhealthy(r, account.Health{Reason: message.CauseBalance, Since: r.Clock.Now()})
				r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			},
			within: func(r *rig.Rig) { unhealthy(r, account.Health{}) },
		},
		{
			name: "second_look",
			before: func(r *rig.Rig) {
				r.SubscribeShopper(consent.Withdraw)
				r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
				agree(r)
			},
			within: func(r *rig.Rig) { r.Hand(r.Hooks, r.Event("shipment-failed_delivery")) },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			quietFrom(r, "15:35")
			tt.before(r)

			until(r, rig.Start.Add(10*time.Minute))
			tt.within(r)
			r.Clock.Advance(31 * time.Second) // settings are read again
			bring(r)
			checkQuiet(t, r, tt.attempts)
			if n := r.Sim.Log().AcceptedCount(); n != 0 {
				t.Errorf("%d sent in the quiet hours", n)
			}

			until(r, morning)
			r.Settle(r.Hooks)
			r.CheckOne(t, message.StatusRead)
		})
	}
}

// TestProbeInQuietHours gives the turn back to find out whether the app answers: the message asked the provider nothing.
func TestProbeInQuietHours(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	quietFrom(r, "15:35")
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{Reason: message.CauseNotAnswering, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(15 * time.Second)}
		a.Apps[rig.AppID] = app
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	until(r, rig.Start.Add(10*time.Minute))
	bring(r)

	checkQuiet(t, r, 0)
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if h := a.Apps[rig.AppID].Health; !h.NotAnswering() || r.Clock.Now().Before(h.RetryAt) {
		t.Errorf("got %+v at %s, want the turn given back", h, r.Clock.Now())
	}

	until(r, morning)
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestQuietHoursWithoutANumber ask nobody for the number that the event lacks before they end.
func TestQuietHoursWithoutANumber(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	quietFrom(r, "15:00")
	asked := func() int {
		n := 0
		for _, q := range r.Sim.Log().Requests() {
			if strings.Contains(q.Path, "order") {
				n++
			}
		}

		return n
	}
	r.Hand(r.Hooks, r.EventData(r.Altered(func(s map[string]any) { delete(s, "customerContactNumber") })))
	checkQuiet(t, r, 0)
	if n := asked(); n != 0 {
		t.Errorf("the order platform was asked %d times in the quiet hours", n)
	}

	until(r, morning)
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if asked() == 0 {
		t.Error("nobody was asked for the number")
	}
}

// TestQuietHoursOfARepublishedEvent ignore a copy that comes too early: it carries a ticket, and waits for the end like the first.
func TestQuietHoursOfARepublishedEvent(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	quietFrom(r, "15:00")
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	until(r, morning)
	r.CallSweep(r.Hooks)
	copies := r.Take(world.OrderEvents)
	if len(copies) != 1 || copies[0].Message.GetAttributes()[order.AttributeTicket] == "" {
		t.Fatalf("got %d events, want the one that sweep published", len(copies))
	}

	r.ChangeAccount(func(a *account.Account) { a.Quiet = &account.QuietHours{Enabled: true, From: "15:00", To: "17:30"} })
	r.Clock.Advance(31 * time.Second)
	r.Hand(r.Hooks, copies[0])
	if m := r.Sole(t); m.Reason != message.QuietHours || m.Tries != 0 || !m.Due.Equal(morning.Add(30*time.Minute)) {
		t.Errorf("got %s %q after %d tries due %s, want it to wait half an hour more", m.Status(), m.Reason, m.Tries, m.Due)
	}
}

// TestReportWhileItWaits has a message in doubt wait for the end of quiet hours before its next attempt, and the report of the first one come
// meanwhile: there is no other attempt, and the message is no longer found among those that wait.
func TestReportWhileItWaits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault *simulator.Fault
		want  message.Status
	}{
		{"it_arrived", nil, message.StatusRead},
		{"it_failed", rig.FailCallback(131026), message.StatusFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			quietFrom(r, "15:35")
			if tt.fault != nil {
				r.Fault(*tt.fault)
			}
			r.HeldBack = true
			r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
			until(r, rig.Start.Add(10*time.Minute))
			for range 150 {
				r.Round(r.Hooks)
			}
			checkQuiet(t, r, 1)

			r.HeldBack = false
			r.Round(r.Hooks)
			r.Round(r.Hooks)
			until(r, morning)
			r.Settle(r.Hooks)
			if m := r.Sole(t); m.Status() != tt.want || m.Attempt != 1 || m.Reason != "" {
				t.Errorf("got %s after %d attempts, reason %q, want %s after one, and no reason", m.Status(), m.Attempt, m.Reason, tt.want)
			}
		})
	}
}
