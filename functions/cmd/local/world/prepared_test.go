package world_test

import (
	"context"
	"errors"
	"net/http"
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

// TestPushesWaitUntilPrepared pushes to each function while the world is prepared, and after it.
func TestPushesWaitUntilPrepared(t *testing.T) {
	t.Parallel()
	paths := []string{"/push/notify", "/push/receive", "/push/sweep"}
	w := startEvery(t, world.Options{Prepare: func(ctx context.Context, w *world.World) error {
		for _, path := range paths {
			if err := push(ctx, w, path, 300*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s while the world is prepared: got %v, want no answer", path, err)
			}
		}

		return nil
	}}, 0)
	for _, path := range paths {
		if err := push(t.Context(), w, path, time.Minute); err != nil {
			t.Errorf("%s of a prepared world: %v", path, err)
		}
	}
}

// push makes a push that is refused for its lack of a token, and waits for the answer.
func push(ctx context.Context, w *world.World, path string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+path, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := testkit.Client.Do(r)
	if err != nil {
		return err
	}

	return answer.Body.Close()
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
