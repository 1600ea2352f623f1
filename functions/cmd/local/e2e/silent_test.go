package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

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
	for name, o := range rig.SilentWays() {
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
