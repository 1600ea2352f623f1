package sweep_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestDoubtOfASilentAppIsGivenUp has a worker die before and after it posted the message, through each way of which nothing is
// reported: it is given up and told so once, whatever is delivered again, and not sent again.
func TestDoubtOfASilentAppIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, o := range rig.SilentWays() {
		for p, want := range map[rig.Point]int{rig.DieBefore: 0, rig.DieAfter: 1} {
			t.Run(fmt.Sprintf("%s/%s", name, p), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, o)
				faulty, healthy := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
				q := r.First()
				faulty.Faults.StrikeFirst("HTTP POST", p, nil)
				r.Hand(faulty, q)
				for range 2 {
					for range 30 {
						r.Round(healthy)
					}
					r.Clock.Advance(rig.SettledWithin)
					r.Hand(healthy, q)
				}
				r.Settle(healthy)
				m := r.Sole(t)
				if m.Status() != message.StatusGivenUp || m.Attempt != 1 || r.TimesAccepted(m) != want {
					t.Errorf("got %s at attempt %d, accepted %d times, want given up, accepted %d times",
						m.Status(), m.Attempt, r.TimesAccepted(m), want)
				}
				if told := []string{m.ID + ".1.given_up"}; !slices.Equal(r.ActivityIDs(), told) {
					t.Errorf("told %v, want %v", r.ActivityIDs(), told)
				}
			})
		}
	}
}
