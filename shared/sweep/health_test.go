package sweep_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
)

// unhealthy puts the health on the rig's app, or for the reason of a held template on its event.
func unhealthy(r *rig.Rig, h account.Health) {
	r.T.Helper()
	r.ChangeAccount(func(a *account.Account) {
		if h.Reason == account.TemplateHeld {
			rig.SetEvent(a, func(e *account.Event) { e.Health = h })
			return
		}
		app := a.Apps[rig.AppID]
		app.Health = h
		a.Apps[rig.AppID] = app
	})
}

// What is unhealthy is checked once its time has come. What works again is released, and what does not is checked later.
func TestHealthChecks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		health account.Health
		before func(r *rig.Rig)
		want   int
	}{
		{name: "an app that works again", health: account.Health{Reason: message.CauseBlocked, Since: rig.Start, RetryAt: rig.Start}, want: 1},
		{name: "a template that is approved again", health: account.Health{Reason: account.TemplateHeld, Since: rig.Start, RetryAt: rig.Start}, want: 1},
		{name: "an app that is not to be checked yet", health: account.Health{Reason: message.CauseBlocked, Since: rig.Start, RetryAt: rig.Start.Add(48 * time.Hour)}},
		{
			name:   "an app whose credential is refused",
			health: account.Health{Reason: message.CauseBlocked, Since: rig.Start, RetryAt: rig.Start},
			before: func(r *rig.Rig) {
				r.Fault(simulator.Fault{System: "gupshup", Mode: chaos.WrongCredentials})
			},
		},
		{
			name:   "a template whose provider is down",
			health: account.Health{Reason: account.TemplateHeld, Since: rig.Start, RetryAt: rig.Start},
			before: func(r *rig.Rig) {
				r.Fault(simulator.Fault{System: "gupshup", Mode: chaos.Unavailable})
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			unhealthy(r, tt.health)
			if tt.before != nil {
				tt.before(r)
			}
			r.Clock.Advance(time.Minute)

			swept(t, r, sweep.Counts{Recovered: tt.want})
			a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
			r.Must(err)
			if got := !a.Condition().NeedsAttention(); got != (tt.want == 1) {
				t.Errorf("healthy: got %t, want %t: %+v", got, tt.want == 1, a.Condition())
			}
			for _, h := range []account.Health{a.Apps[rig.AppID].Health, a.Events[rig.FailedDeliveryKind].Health} {
				if !h.Healthy() && !h.RetryAt.After(r.Clock.Now()) {
					t.Errorf("got %+v, want the next check later than %s", h, r.Clock.Now())
				}
			}
		})
	}
}

// A held message is published again once its app and template are healthy, or if no wait can help it; until then it is
// postponed, ever longer, for as long as its age allows.
func TestHeldMessage(t *testing.T) {
	t.Parallel()
	blocked := account.Health{Reason: message.CauseBlocked, Since: rig.Start, RetryAt: rig.Start.Add(48 * time.Hour)}
	held := account.Health{Reason: account.TemplateHeld, Since: rig.Start, RetryAt: rig.Start.Add(48 * time.Hour)}
	tests := []struct {
		name   string
		health account.Health
		change func(r *rig.Rig, m *message.Message)
		want   sweep.Counts
		look   time.Duration // how long it is left alone
	}{
		{name: "healthy", want: sweep.Counts{Republished: 1}},
		{name: "app blocked", health: blocked, want: sweep.Counts{Postponed: 1}, look: 5 * time.Second},
		{name: "template held", health: held, want: sweep.Counts{Postponed: 1}, look: 5 * time.Second},
		{
			name: "app blocked for a while", health: blocked, change: func(r *rig.Rig, _ *message.Message) { r.Clock.Advance(24 * time.Minute) },
			want: sweep.Counts{Postponed: 1}, look: 3 * time.Minute,
		},
		{
			name: "app blocked for long", health: blocked, change: func(r *rig.Rig, _ *message.Message) { r.Clock.Advance(24 * time.Hour) },
			want: sweep.Counts{Postponed: 1}, look: 5 * time.Minute,
		},
		{
			name: "too old by now", health: blocked,
			change: func(r *rig.Rig, m *message.Message) {
				r.ChangeAccount(func(a *account.Account) { a.MaxAge = time.Hour })
				m.OccurredAt = r.Clock.Now().Add(-2 * time.Hour).Unix()
			},
			want: sweep.Counts{Republished: 1},
		},
		{
			name: "its app was removed", health: blocked, change: func(_ *rig.Rig, m *message.Message) { m.AppID = "another" },
			want: sweep.Counts{Republished: 1},
		},
		{
			name: "its account was removed", health: blocked, change: func(_ *rig.Rig, m *message.Message) { m.AccountID = "999" },
			want: sweep.Counts{Republished: 1},
		},
		{
			name: "never claimed, the brand has another sender", health: blocked,
			change: func(r *rig.Rig, m *message.Message) {
				m.Attempt = 0
				r.ChangeAccount(func(a *account.Account) {
					a.Sender = "another"
					another := r.Vendor.Installed()
					another.InstalledAt = r.Clock.Now()
					a.Apps["another"] = another
				})
			},
			want: sweep.Counts{Republished: 1},
		},
		{
			name: "never claimed, the sender is blocked", health: blocked,
			change: func(_ *rig.Rig, m *message.Message) { m.Attempt, m.AppID = 0, "another" },
			want:   sweep.Counts{Postponed: 1}, look: 5 * time.Second,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			unhealthy(r, tt.health)
			m := due(r, "m1")
			m.Phase, m.Attempt = message.Held, 1
			if tt.change != nil {
				tt.change(r, &m)
			}
			put(r, m)

			swept(t, r, tt.want)
			if events := republished(r); len(events) != tt.want.Republished {
				t.Errorf("events: got %v, want %d", events, tt.want.Republished)
			}
			got := load(r, "m1")
			want := r.Clock.Now().Add(time.Minute)
			if tt.look > 0 {
				want = r.Clock.Now().Add(tt.look)
			}
			if got.Phase != message.Held || got.Tries != tt.want.Republished || !got.Due.Equal(want) {
				t.Errorf("got %s due %s after %d tries, want held, due %s after %d", got.Phase, got.Due, got.Tries, want, tt.want.Republished)
			}
		})
	}
}

// The message that finds out whether the provider of the platform's app answers again goes out for all brands behind it, and those
// that do not know learn of it then. One that cannot be told does not keep it back.
func TestProbeOfThePlatformsApp(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	silent := account.Health{Reason: message.CauseNotAnswering, Since: rig.Start, RetryAt: rig.Start.Add(15 * time.Second)}
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Ownership = message.Platform
		a.Apps[rig.AppID] = app

		for _, id := range []string{"812", "813"} { // they know nothing
			other := *a
			other.ID, other.Slug = id, "brand-"+id
			r.Must(r.Parts.Store.PutAccount(t.Context(), other))
		}
	})
	unhealthy(r, silent)
	_, err := r.Parts.Store.ChangeAppHealth(t.Context(), rig.AppID, func(c *account.Condition) bool {
		return c.SuspendApp(rig.AppID, rig.Start, rig.Start)
	})
	r.Must(err)
	_, err = r.Cloud.Rules().Add(cloud.Rule{Method: "Commit", Match: "accounts/812", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	r.Must(err)

	m := due(r, "m1")
	m.Phase, m.Attempt = message.Held, 1
	put(r, m)
	r.Clock.Advance(15 * time.Second)
	got, err := newSweeper(r).Sweep(t.Context())
	if want := (sweep.Counts{Republished: 1}); got != want || err == nil || len(republished(r)) != 1 {
		t.Errorf("got %+v, %v, want the probe published, and the account that could not be told reported", got, err)
	}

	for id, want := range map[string]bool{rig.BrandID: true, "812": false, "813": true} {
		a, err := r.Parts.Store.Account(t.Context(), id)
		r.Must(err)
		if got := a.Apps[rig.AppID].Health.NotAnswering(); got != want {
			t.Errorf("%s: held %t, want %t", id, got, want)
		}
	}
}

// TestProbeIsNotInDoubt has four messages of an app that does not answer due at once, the first of which was in doubt: one that was
// surely not sent finds out whether the app answers.
func TestProbeIsNotInDoubt(t *testing.T) {
	t.Parallel()
	for range 20 {
		r := rig.New(t, rig.Options{})
		unhealthy(r, account.Health{Reason: message.CauseNotAnswering, Since: rig.Start, RetryAt: rig.Start.Add(15 * time.Second)})
		for i, id := range []string{"m1", "m2", "m3", "m4"} {
			m := due(r, id)
			m.Phase, m.Attempt = message.Held, 1
			if i == 0 {
				m.Doubts = 1
			}
			put(r, m)
		}
		r.Clock.Advance(15 * time.Second)

		swept(t, r, sweep.Counts{Republished: 1, Postponed: 3})

		if probes := republished(r); len(probes) != 1 || probes[0][order.AttributeRetry] == "m1" {
			t.Fatalf("got %v, want one that was not in doubt", probes)
		}
	}
}
