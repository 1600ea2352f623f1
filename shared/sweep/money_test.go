package sweep_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestMoney has sweep close the days of an account that are over, and warn, in the words that the deployment's alerts wait for, once an hour of
// an account that has spent most of a limit and of a rate card from before this quarter.
func TestMoney(t *testing.T) {
	t.Parallel()

	const near, old = `"msg":"an account has spent four fifths of a limit"`, `"msg":"the newest rate card is of a former quarter"`

	r := rig.New(t, rig.Options{Shared: true})
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	a.Limits = account.Limits{DailyMicros: 100}
	r.Must(r.Parts.Store.PutAccount(t.Context(), a))

	m := due(r, "0123456789abcdef0123456789abcdef")
	now := r.Clock.Now()
	m.Ownership, m.Phase, m.Due, m.CreatedAt, m.Day = message.Platform, message.Claimed, time.Time{}, now, a.Day(now)
	m.ExpireAt, m.Attempt, m.LeaseUntil = now.Add(1000*time.Hour), 1, now
	m.Attempts = map[string]message.Attempt{"1": {Rank: message.RankSent, ClaimedAt: now.UnixMilli()}}
	m.Estimate = message.Estimate{Category: "utility", Micros: 80, Currency: "INR", Day: m.Day}
	_, err = r.Parts.Store.Decide(t.Context(), store.Decision{Message: m})
	r.Must(err)

	s := newSweeper(r)
	sweep := func() string {
		t.Helper()
		from := r.Logs.Len()
		_, failed := s.Sweep(t.Context())
		r.Must(failed)

		return r.Logs.From(from)
	}

	if log := sweep(); strings.Count(log, near) != 1 || strings.Contains(log, old) {
		t.Errorf("got %s, want one warning of the spending", log)
	}
	if log := sweep(); strings.Contains(log, near) {
		t.Errorf("warned again at once: %s", log)
	}

	r.Clock.Advance(48 * time.Hour)
	if log := sweep(); strings.Contains(log, near) {
		t.Errorf("the day after got %s", log)
	}

	days, err := r.Parts.Store.ClosedDays(t.Context(), rig.BrandID, "2024-01-01", "2025-01-01")
	r.Must(err)
	if len(days) != 1 || days[0].Usage.Total().Sent != 1 || days[0].Usage.Total().EstimatedMicros != 80 {
		t.Errorf("got closed days %+v, want the message's", days)
	}

	r.Clock.Advance(4 * 365 * 24 * time.Hour) // far beyond the quarter of the card that the product brings along
	if log := sweep(); strings.Count(log, old) != 1 {
		t.Errorf("got %s, want a warning of the card", log)
	}
}
