package sweep_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestHealthIsLookedAt has sweep keep how the provider rated the number when it was asked, and warn once a day, in the words that the
// deployment's alert waits for, of a template whose messages arrive less.
func TestHealthIsLookedAt(t *testing.T) {
	t.Parallel()

	const fell = `"msg":"fewer messages of a template arrive or are read"`

	r := rig.New(t, rig.Options{})
	at := r.Clock.Now().UTC().Truncate(time.Second)
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[a.Sender]
		app.Checked = account.Checked{At: at, Quality: "YELLOW"}
		a.Apps[a.Sender] = app
	})
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)

	today := billing.Day(a.Day(at))
	for n := range 32 {
		row := billing.Row{Key: billing.Key{AppID: a.Sender, TemplateID: "t1"}, Figures: billing.Figures{Sent: 20, Delivered: 20}}
		if n >= 29 {
			row.Delivered, row.Sent, row.Failed = 10, 10, 10
		}
		r.Must(r.Parts.Store.PutClosedDay(t.Context(), rig.BrandID, store.ClosedDay{Day: today.Plus(n - 32), Closings: 1, Usage: billing.Usage{Rows: []billing.Row{row}}}))
	}
	r.Must(r.Parts.Store.PutClosing(t.Context(), rig.BrandID, store.Closing{ClosedTo: today, LookedAt: at}))

	s := newSweeper(r)
	sweep := func() string {
		t.Helper()
		from := r.Logs.Len()
		_, failed := s.Sweep(t.Context())
		r.Must(failed)

		return r.Logs.From(from)
	}

	log := sweep()
	if strings.Count(log, fell) != 1 || !strings.Contains(log, `"what":"delivered","share":5000,"before":10000,"messages":60`) {
		t.Errorf("got %s, want one warning", log)
	}
	r.Clock.Advance(2 * time.Hour)
	if log := sweep(); strings.Contains(log, fell) {
		t.Errorf("warned again on the same day: %s", log)
	}

	got, err := r.Parts.Store.Ratings(t.Context(), a.Sender)
	r.Must(err)
	want := []store.Rating{{At: at, Kind: store.Quality, Value: "YELLOW"}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.Rating{}, "Until")); diff != "" {
		t.Errorf("ratings (-want +got):\n%s", diff)
	}
}
