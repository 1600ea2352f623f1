package sweep_test

import (
	"fmt"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestDoubtOfASilentAppStays has a worker die before and after it posted the message, through each way of which nothing is
// reported: hours of sweeps and the event's redelivery later the message is in doubt still, said so, and not sent again.
func TestDoubtOfASilentAppStays(t *testing.T) {
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
				if m.Status() != message.StatusInDoubt || m.Attempt != 1 || !m.Due.IsZero() || r.TimesAccepted(m) != want {
					t.Errorf("got %s at attempt %d, due %s, accepted %d times, want in doubt for good, accepted %d times",
						m.Status(), m.Attempt, m.Due, r.TimesAccepted(m), want)
				}
			})
		}
	}
}
