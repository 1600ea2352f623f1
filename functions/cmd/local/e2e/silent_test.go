package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// silentWays are the ways to send of which nothing is ever reported: BusinessOnBot with our templates, and apps whose
// callbacks were never set up. The template says the event's remark, so that each acceptance can be told from the others.
func silentWays() map[string]rigOptions {
	remark := []string{"customer_name", "failure_reason"}
	return map[string]rigOptions{
		"BusinessOnBot by template":     {provider: businessonbot.Name, byTemplate: true, variables: remark},
		"Meta without its callbacks":    {provider: meta.Name, silent: true, variables: remark},
		"Kaleyra without its callbacks": {provider: kaleyra.Name, silent: true, variables: remark},
	}
}

// silentActions are what may happen meanwhile where nothing is reported. The protocol tells Kaleyra and Meta from
// BusinessOnBot by their echo only, so that what concerns the shopper is tried with one of each sort.
func silentActions(provider string) []action {
	names := []string{"nothing", "redelivery", "sweep"}
	if provider != kaleyra.Name {
		names = append(names, "take-over", "opt-out", "second message")
	}
	return slices.DeleteFunc(actions(), func(a action) bool { return !slices.Contains(names, a.name) })
}

// TestEveryFaultOfASendThatNothingIsReportedOf strikes every call of a send of which no evidence can ever come, in every
// way, alone and together with something else: it is accepted at most once, and where nobody can know, the log says so.
func TestEveryFaultOfASendThatNothingIsReportedOf(t *testing.T) {
	t.Parallel()
	for name, o := range silentWays() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := recordSend(t, o)
			t.Logf("one send makes %d calls: %s", len(calls), strings.Join(calls, ", "))
			if post := postAmong(calls); len(calls) < 5 || post < 2 || post == len(calls)-1 {
				t.Fatalf("got %d calls with the post as number %d, want reading and claiming before it and recording after it", len(calls), post)
			}
			strikeEach(t, o, calls, silentActions(o.provider), strikeUnreported(postAmong(calls)))
		})
	}
}

// TestDoubtOfASilentAppStays has a worker die before and after it posted the message, through each way of which nothing is
// reported: hours of sweeps and the event's redelivery later the message is in doubt still, said so, and not sent again.
func TestDoubtOfASilentAppStays(t *testing.T) {
	t.Parallel()
	for name, o := range silentWays() {
		for p, want := range map[point]int{dieBefore: 0, dieAfter: 1} {
			t.Run(fmt.Sprintf("%s/%s", name, p), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, o)
				faulty, healthy := r.newWorker("faulty", rigOptions{}), r.newWorker("healthy", rigOptions{})
				q := r.first()
				faulty.faults.strikeFirst("HTTP POST", p, nil)
				r.hand(faulty, q)
				for range 2 {
					for range 30 {
						r.round(healthy)
					}
					r.clock.Advance(settledWithin)
					r.hand(healthy, q)
				}
				r.settle(healthy)
				m := r.sole(t)
				if m.Status() != message.StatusInDoubt || m.Attempt != 1 || !m.Due.IsZero() || r.timesAccepted(m) != want {
					t.Errorf("got %s at attempt %d, due %s, accepted %d times, want in doubt for good, accepted %d times",
						m.Status(), m.Attempt, m.Due, r.timesAccepted(m), want)
				}
			})
		}
	}
}
