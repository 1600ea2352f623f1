package sweep_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
)

// saveSettings changes the rig's brand as workspace does.
func saveSettings(r *rig.Rig, change func(*account.Account)) {
	r.T.Helper()
	_, err := r.Parts.Store.SaveSettings(r.T.Context(), rig.BrandID, func(a account.Account) (store.Version, error) {
		change(&a)
		return store.Version{At: r.Clock.Now(), Settings: a}, nil
	})
	r.Must(err)
}

// quietChanges counts the notes of quiet hours that were changed.
func quietChanges(r *rig.Rig) int {
	r.T.Helper()
	all, err := r.Parts.Store.QuietChanges(r.T.Context(), 10)
	r.Must(err)

	return len(all)
}

// TestQuietHoursAreChanged while a message waits for their end: it goes by the new ones within two minutes, although the instance that gets it
// first may still go by the former ones.
func TestQuietHoursAreChanged(t *testing.T) {
	t.Parallel()
	night := func(from, to string, exempt ...string) *account.QuietHours {
		return &account.QuietHours{Enabled: true, From: from, To: to, Exempt: exempt}
	}
	for _, tt := range []struct {
		name   string
		change func(a *account.Account)
		want   message.Status
		// due is when a message that still waits is due, by the clocks of India.
		due string
	}{
		{"switched_off", func(a *account.Account) { a.Quiet = &account.QuietHours{} }, message.StatusAccepted, ""},
		{"taken_away", func(a *account.Account) { a.Quiet = nil }, message.StatusAccepted, ""},
		{"begin_later", func(a *account.Account) { a.Quiet = night("21:00", "08:00") }, message.StatusAccepted, ""},
		{"event_exempt", func(a *account.Account) { a.Quiet = night("15:00", "08:00", rig.FailedDeliveryKind) }, message.StatusAccepted, ""},
		{"end_later", func(a *account.Account) { a.Quiet = night("15:00", "09:30") }, message.StatusWaiting, "09:30"},
		{"end_earlier", func(a *account.Account) { a.Quiet = night("15:00", "16:30") }, message.StatusWaiting, "16:30"},
		{"another_zone_where_it_is_day", func(a *account.Account) { a.TimeZone = "Europe/Berlin" }, message.StatusAccepted, ""},
		{"another_zone", func(a *account.Account) { a.TimeZone = "Asia/Singapore" }, message.StatusWaiting, "05:30"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			saveSettings(r, func(a *account.Account) { a.Quiet = night("15:00", "08:00") })
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery")) // at 15:30 in India, which is 11:00 in Berlin
			if m := r.Sole(t); m.Reason != message.QuietHours || quietChanges(r) != 0 {
				t.Fatalf("got %s %q and %d notes, want it to wait, and no note", m.Status(), m.Reason, quietChanges(r))
			}

			saveSettings(r, tt.change)
			r.CallSweep(r.Hooks)
			r.Deliver(world.OrderEvents, r.Hooks.Notify)
			if m := r.Sole(t); m.Reason != message.QuietHours || m.Tries != 0 {
				t.Errorf("by the former settings: got %s %q after %d tries, want it to wait", m.Status(), m.Reason, m.Tries)
			}

			r.Clock.Advance(time.Minute)
			r.CallSweep(r.Hooks)
			r.Deliver(world.OrderEvents, r.Hooks.Notify)
			m := r.Sole(t)
			if m.Status() != tt.want || tt.due != "" && m.Due.In(account.Account{}.Zone()).Format("15:04") != tt.due {
				t.Errorf("got %s %q due %s, want %s %s", m.Status(), m.Reason, m.Due, tt.want, tt.due)
			}

			r.Clock.Advance(time.Minute + time.Second)
			r.CallSweep(r.Hooks)
			if n := r.QueuedAt(world.OrderEvents); n != 0 || quietChanges(r) != 0 {
				t.Errorf("afterwards: %d events and %d notes, want none", n, quietChanges(r))
			}
		})
	}
}

// TestNoteOfQuietHours is made only where something may wait.
func TestNoteOfQuietHours(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	for _, tt := range []struct {
		name   string
		change func(a *account.Account)
		want   int
	}{
		{"first", func(a *account.Account) { a.Quiet = &account.QuietHours{Enabled: true, From: "21:00", To: "08:00"} }, 0},
		{"something else", func(a *account.Account) { a.MaxAge = time.Hour }, 0},
		{"off", func(a *account.Account) { a.Quiet = &account.QuietHours{From: "21:00", To: "08:00"} }, 1},
		{"another zone while off", func(a *account.Account) { a.TimeZone = "Europe/Berlin" }, 0},
		{"on again", func(a *account.Account) { a.Quiet = &account.QuietHours{Enabled: true, From: "21:00", To: "08:00"} }, 0},
		{"another zone", func(a *account.Account) { a.TimeZone = "Asia/Kolkata" }, 1},
	} {
		saveSettings(r, tt.change)
		if got := quietChanges(r); got != tt.want {
			t.Errorf("%s: got %d notes, want %d", tt.name, got, tt.want)
		}
		r.Clock.Advance(2*time.Minute + time.Second)
		swept(t, r, sweep.Counts{})
		if got := quietChanges(r); got != 0 {
			t.Errorf("%s: got %d notes once it is settled", tt.name, got)
		}
	}
}

// TestNoteOfQuietHoursStays until what it is about was decided on anew, also if that takes long, and is not ended by a sweep that has read an
// older one.
func TestNoteOfQuietHoursStays(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	saveSettings(r, func(a *account.Account) { a.Quiet = &account.QuietHours{Enabled: true, From: "15:00", To: "08:00"} })
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	saveSettings(r, func(a *account.Account) { a.Quiet = nil })
	old, err := r.Parts.Store.QuietChanges(t.Context(), 10)
	r.Must(err)

	for range 5 { // nothing delivers the events
		r.Clock.Advance(time.Minute)
		r.CallSweep(r.Hooks)
	}
	if len(old) != 1 || quietChanges(r) != 1 {
		t.Errorf("got %d notes, then %d, want it to stay", len(old), quietChanges(r))
	}

	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if quietChanges(r) != 0 {
		t.Error("the note stays for good")
	}

	saveSettings(r, func(a *account.Account) { a.Quiet = &account.QuietHours{Enabled: true, From: "15:00", To: "08:00"} })
	saveSettings(r, func(a *account.Account) { a.Quiet = nil })
	if err = r.Parts.Store.EndQuietChange(t.Context(), old[0]); !store.IsConflict(err) || quietChanges(r) != 1 {
		t.Errorf("ended by an older look: got %v, want a conflict", err)
	}
}
