package simulation

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestPlantedReopeningIsFound has messages that were given up not be reopened, although an operator asks for it.
func TestPlantedReopeningIsFound(t *testing.T) {
	var fails error
	plant := func(m *machine) {
		m.world.reopens = func(context.Context, *store.Store, message.Message, time.Time) error { return fails }
	}

	for seed := uint64(61); seed <= 300; seed++ {
		p := Draw(seed)
		if !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Kind == Reopens }) {
			continue
		}
		if r := runPlanted(t, p, plant); !strings.Contains(together(r.Findings), "it was reopened, and is given_up") {
			continue
		}

		t.Logf("seed %d", seed)

		fails = errors.New("as seen")
		if r := runPlanted(t, p, plant); !strings.Contains(together(r.Findings), "and cannot be reopened: as seen") {
			t.Errorf("an error is not found: %s", together(r.Findings))
		}

		return
	}

	t.Error("no seed has found a reopening that writes nothing")
}
