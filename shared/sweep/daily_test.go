package sweep_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
)

// news are the states that account-news told of apps, in order.
func news(r *rig.Rig) []string {
	r.T.Helper()
	var all []string
	for _, m := range r.Published(world.AccountNews) {
		var n struct {
			Before string `json:"before"`
			State  string `json:"state"`
		}
		r.Must(json.Unmarshal(m.GetData(), &n))
		all = append(all, n.Before+" "+n.State)
	}
	return all
}

// TestHealthyAppIsCheckedADay asks about an app with which nothing is wrong once a day, and about none that was checked since.
func TestHealthyAppIsCheckedADay(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	checkedAt := func() time.Time {
		a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)
		return a.Apps[rig.AppID].Checked.At
	}
	swept(t, r, sweep.Counts{})
	r.Clock.Advance(25 * time.Hour)
	swept(t, r, sweep.Counts{Checked: 1})
	if got := checkedAt(); !got.Equal(r.Clock.Now()) {
		t.Errorf("checked at %v, want now, %v", got, r.Clock.Now())
	}
	r.Clock.Advance(23 * time.Hour)
	swept(t, r, sweep.Counts{})

	if got := news(r); len(got) != 0 {
		t.Errorf("told %q of an app that is well", got)
	}
}

// TestWalk looks at every account, a few a sweep, and asks about no more apps a sweep than it may.
func TestWalk(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	const others = 60
	for n := range others {
		r.Must(r.Parts.Store.PutAccount(t.Context(), account.Account{
			ID: fmt.Sprint(1000 + n), Apps: map[string]account.App{fmt.Sprint("gs-", n): {Provider: "gupshup", Ownership: message.Client, Secret: "app-none"}},
		}))
	}
	for _, want := range []int{25, 10, 25, 0} { // of 50 accounts, of 11, and of those again
		swept(t, r, sweep.Counts{Checked: want})
	}
	for n := range others {
		a, err := r.Parts.Store.Account(t.Context(), fmt.Sprint(1000+n))
		r.Must(err)
		for id, app := range a.Apps {
			if app.Health.Reason != message.CauseCredentials || app.Checked.At.IsZero() {
				t.Errorf("%s, which has no credential: %+v, checked %v", id, app.Health, app.Checked.At)
			}
		}
	}
}

// TestSignsAreTold tells once that an app became silent, as sweep is deployed, and once that reports come again.
func TestSignsAreTold(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	call := func(want ...string) {
		t.Helper()
		if code := r.CallSweep(r.Hooks); code/100 != 2 {
			t.Fatalf("sweep answered %d", code)
		}
		if got := news(r); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("told %q, want %q", got, want)
		}
	}
	call()
	r.Clock.Advance(time.Hour)
	r.Must(r.Parts.Store.RecordAppTimes(t.Context(), rig.AppID, store.AppTimes{Taken: r.Clock.Now()}))
	call()
	r.Clock.Advance(20 * time.Minute)
	call("healthy silent")
	call("healthy silent")
	r.Must(r.Parts.Store.RecordAppTimes(t.Context(), rig.AppID, store.AppTimes{Witness: r.Clock.Now()}))
	call("healthy silent", "silent healthy")
}
