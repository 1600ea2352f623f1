package simulation

import (
	"slices"
	"strings"
	"testing"
)

// TestPlantedDesksAreFound plants desks that say that they have stored what they have not.
func TestPlantedDesksAreFound(t *testing.T) {
	for name, tt := range map[string]struct {
		desk   Desk
		active bool
		from   uint64
		want   string
	}{
		"a withdrawal by a consent manager": {ManagerWithdraws, false, 60, "is ACTIVE in the end, who is INACTIVE after a withdrawal"},
		"a subscription by an agent":        {AgentSubscribes, false, 20, "in the end, who is ACTIVE"},
		"a block":                           {Authority, true, 1, "is sent to"},
		"the end of a block":                {Authority, false, 1, "is INACTIVE in the end"},
		"a wish for offers":                 {AgentOffers, true, 50, "as not_opted_in, which is not so"},
		"the end of a wish for offers":      {AgentOffers, false, 900, "although nothing may be since"},
	} {
		t.Run(name, func(t *testing.T) {
			is := func(s Step) bool { return s.Kind == Records && s.Desk == tt.desk && s.Active == tt.active }
			plant := func(m *machine) { m.world.forgets = is }

			for seed := tt.from; seed <= tt.from+300; seed++ {
				p := Draw(seed)
				if !slices.ContainsFunc(p.Steps, is) {
					continue
				}
				if r := runPlanted(t, p, plant); strings.Contains(together(r.Findings), tt.want) {
					t.Logf("seed %d", seed)
					return
				} else if len(r.Findings) > 0 {
					t.Logf("seed %d: %s", seed, together(r.Findings))
				}
			}

			t.Errorf("no seed has found %q", tt.want)
		})
	}
}
