package scenario_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// TestFaultsAreFaults holds that each fault is exactly one thing that the simulators or the cloud take, under its own id, for every system.
func TestFaultsAreFaults(t *testing.T) {
	t.Parallel()
	c, err := cloud.Start(t.Context(), cloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })

	ids, systems := map[string]bool{}, map[string]bool{}
	for _, f := range scenario.Faults() {
		if ids[f.ID] || f.Words == "" {
			t.Errorf("%s: the id is not unique, or there are no words", f.ID)
		}
		ids[f.ID], systems[f.System] = true, true

		kinds := 0
		if f.Worker {
			kinds++
		}
		if f.Simulator != nil {
			kinds++
			if err := f.Simulator.Check(); err != nil || f.Simulator.ID != f.ID || f.Simulator.System != f.System {
				t.Errorf("%s: got %+v, %v", f.ID, f.Simulator, err)
			}
		}
		if f.Cloud != nil {
			kinds++
			if err := f.Cloud.Check(); err != nil || f.Cloud.ID != f.ID || !c.Serves(*f.Cloud) {
				t.Errorf("%s: got %+v, %v", f.ID, f.Cloud, err)
			}
		}
		if kinds != 1 {
			t.Errorf("%s is %d things, want one", f.ID, kinds)
		}
		if got, known := scenario.FaultOf(f.ID); !known || got.Words != f.Words {
			t.Errorf("%s: got %+v", f.ID, got)
		}
	}
	for _, system := range append(simulator.Systems(), scenario.CloudSystem, scenario.WorkerSystem) {
		if !systems[system] {
			t.Errorf("nothing goes wrong at %s", system)
		}
	}
}
