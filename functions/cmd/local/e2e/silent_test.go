package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// silentWays are the ways to send of which nothing is ever reported: BusinessOnBot with our templates, and apps whose
// callbacks were never set up. The template says the event's remark, so that each acceptance can be told from the others.
func silentWays() map[string]rig.Options {
	remark := []string{"customer_name", "failure_reason"}
	return map[string]rig.Options{
		"BusinessOnBot by template":     {Provider: businessonbot.Name, ByTemplate: true, Variables: remark},
		"Meta without its callbacks":    {Provider: meta.Name, Silent: true, Variables: remark},
		"Kaleyra without its callbacks": {Provider: kaleyra.Name, Silent: true, Variables: remark},
	}
}

// silentActions are what may happen meanwhile where nothing is reported. The protocol tells Kaleyra and Meta from
// BusinessOnBot by their echo only, so that what concerns the shopper is tried with one of each sort.
func silentActions(provider string) []rig.Action {
	names := []string{"nothing", "redelivery", "sweep"}
	if provider != kaleyra.Name {
		names = append(names, "take-over", "opt-out", "second message")
	}
	return slices.DeleteFunc(rig.Actions(), func(a rig.Action) bool { return !slices.Contains(names, a.Name) })
}

// TestEveryFaultOfASendThatNothingIsReportedOf strikes every call of a send of which no evidence can ever come, in every
// way, alone and together with something else: it is accepted at most once, and where nobody can know, the log says so.
func TestEveryFaultOfASendThatNothingIsReportedOf(t *testing.T) {
	t.Parallel()
	for name, o := range silentWays() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := rig.RecordSend(t, o)
			t.Logf("one send makes %d calls: %s", len(calls), strings.Join(calls, ", "))
			if post := rig.PostAmong(calls); len(calls) < 5 || post < 2 || post == len(calls)-1 {
				t.Fatalf("got %d calls with the post as number %d, want reading and claiming before it and recording after it", len(calls), post)
			}
			rig.StrikeEach(t, o, calls, silentActions(o.Provider), rig.StrikeUnreported(rig.PostAmong(calls)))
		})
	}
}

// TestDoubtOfASilentAppStays has a worker die before and after it posted the message, through each way of which nothing is
// reported: hours of sweeps and the event's redelivery later the message is in doubt still, said so, and not sent again.
func TestDoubtOfASilentAppStays(t *testing.T) {
	t.Parallel()
	for name, o := range silentWays() {
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
