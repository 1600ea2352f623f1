package story_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// TestWatchRefusesStrangers tells another brand nothing of what changes.
func TestWatchRefusesStrangers(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	never := func() { t.Error("called") }
	if err := tellerOf(r).WatchOrder(t.Context(), stranger, rig.BrandID, parcel.Order, never); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an order: got %v", err)
	}
	if err := tellerOf(r).WatchNewest(t.Context(), stranger, rig.BrandID, 5, never); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the newest: got %v", err)
	}
}
