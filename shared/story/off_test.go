package story_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestOffByDayStandsFirst holds that an event of which only the day is known stands above what is known to the second of that day, in the story and
// among the answers, and that it names a version of the settings only where there was one all day.
func TestOffByDayStandsFirst(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		versions []time.Duration
		settings int64
	}{
		"the settings changed on that day": {[]time.Duration{-24 * time.Hour, time.Second}, 0},
		"they changed the day before":      {[]time.Duration{-24 * time.Hour}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			r.SubscribeShopper(consent.Grant)
			for _, after := range tt.versions {
				_, err := r.Parts.Store.SaveSettings(t.Context(), rig.BrandID, func(a account.Account) (store.Version, error) {
					return store.Version{At: r.Clock.Now().Add(after), Action: "test", Settings: a}, nil
				})
				r.Must(err)
			}
			on := func(on bool) *rig.Worker {
				r.ChangeAccount(func(a *account.Account) { rig.SetEvent(a, func(e *account.Event) { e.Enabled = on }) })
				return r.NewWorker(rig.Options{})
			}
			put(t, r, on(false), "failed_delivery")
			r.Clock.Advance(time.Minute)
			put(t, r, on(true), "failed_delivery")

			w := whole(t, r)
			var lines []string
			for _, e := range w.Entries[:4] {
				lines = append(lines, strings.TrimSpace(e.Day+" "+told(e)))
			}
			want := []string{"2024-02-13 event failed_delivery", "2024-02-13 decision failed_delivery failed event_off", "event failed_delivery", "decision failed_delivery passed"}
			if diff := cmp.Diff(want, lines); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if len(w.Answers) != 2 || w.Answers[0].Because != "event_off" || w.Answers[0].Number != parcel.Number || w.Answers[1].Number != parcel.Number {
				t.Errorf("got %+v", w.Answers)
			}
			if got := w.Entries[1].Decision.Settings; got != tt.settings || w.Answers[0].Settings != tt.settings {
				t.Errorf("by version %d and %d, want %d", got, w.Answers[0].Settings, tt.settings)
			}
		})
	}
}
