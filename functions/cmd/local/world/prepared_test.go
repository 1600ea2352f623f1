package world_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// TestWhatIsLeftWaitsForTheSimulators begins a run on an old state with an event that is pushed before the simulators know any key: the event waits for
// them, and its message is sent, in the place of being refused for its key.
func TestWhatIsLeftWaitsForTheSimulators(t *testing.T) {
	t.Parallel()
	for _, order := range []string{demo.IraOrder, demo.ArunOrder, demo.LilaOrder} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			w := open(t, world.Options{Path: dir}, 0)
			do(t, w, scenario.Step{Do: scenario.Subscribe, Order: order})
			if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
				t.Fatal(err)
			}

			w = startEvery(t, world.Options{Path: dir, Prepare: func(ctx context.Context, w *world.World) error {
				left(t, w, order)
				return demo.Seed(ctx, w)
			}}, 0)
			testkit.Eventually(t, 30*time.Second, "the message is sent", func() bool { return w.Simulator.Log().AcceptedCount() > 0 })
		})
	}
}

// TestAFailedStartLetsGoOfPushes ends a world whose preparation failed while a push waited for it.
func TestAFailedStartLetsGoOfPushes(t *testing.T) {
	t.Parallel()
	failed := errors.New("it fails")
	_, err := world.Start(t.Context(), world.Options{Secrets: demo.Secrets(), Prepare: func(ctx context.Context, w *world.World) error {
		if err := demo.Seed(ctx, w); err != nil {
			return err
		}
		left(t, w, demo.IraOrder)

		return failed
	}})
	if !errors.Is(err, failed) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want no more than what failed", err)
	}
}

// left has an event of an order wait in Pub/Sub, and be pushed.
func left(t *testing.T, w *world.World, order string) {
	t.Helper()
	told, err := testdata.Files.ReadFile("orders/" + order + ".json")
	if err != nil {
		t.Fatal(err)
	}
	w.Simulator.Platform().PutOrder(order, told)
	do(t, w, scenario.Step{Do: scenario.Event, Order: order, Event: "shipment/failed_delivery"})
	time.Sleep(500 * time.Millisecond) // in which it would be sent
}
