package bench

import (
	"net/http"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// sweptAtOnce is how many messages are left to one sweep: fewer than it gets through before it leaves the rest to the next.
const sweptAtOnce = 4000

// BenchmarkSweep has sweep bring back messages that wait because the provider was too busy for them, until it has accepted
// all. An operation is one message.
func BenchmarkSweep(b *testing.B) {
	f := newFleet(b, fleetOptions{sweep: true})
	b.StopTimer()
	f.send(b, f.prepare(b, warmUp))
	b.Run("load", func(b *testing.B) {
		b.StopTimer()
		b.ResetTimer()
		stop := profile(b, "sweep", f.sweep, f.notify)
		var sweep, notify time.Duration
		for left := b.N; left > 0; left -= min(left, sweptAtOnce) {
			n := min(left, sweptAtOnce)
			f.postpone(b, f.prepare(b, n))
			cpu, _ := spent(b, func() {
				b.StartTimer()
				f.callSweep(b, n)
				b.StopTimer()
			}, f.sweep, f.notify)
			sweep, notify = sweep+cpu[0], notify+cpu[1]
			f.waitDue(b, 0) // what is accepted and not yet recorded would be brought back once more
		}
		stop()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		b.ReportMetric(float64(sweep.Microseconds())/float64(b.N), "sweep-µs/message")
		b.ReportMetric(float64(notify.Microseconds())/float64(b.N), "notify-µs/message")
		reportMemory(b, f.sweep, f.notify)
	})
}

// postpone publishes events whose messages the provider refuses for now, and returns once all of them are due again.
func (f *fleet) postpone(b *testing.B, events []queue.Message) {
	b.Helper()
	busy := simulator.Fault{System: gupshup.System, Path: "/template/msg", Mode: chaos.Throttle, Times: len(events)}
	if err := f.sim.Faults().Set([]simulator.Fault{busy}); err != nil {
		b.Fatal(err)
	}
	if err := f.orders.PublishAll(b.Context(), events); err != nil {
		b.Fatal(err)
	}
	f.waitDue(b, len(events))
	f.sim.Faults().Clear()
}

// waitDue waits until as many messages are due.
func (f *fleet) waitDue(b *testing.B, want int) {
	b.Helper()
	waitFor(b, "the messages that are due", func() bool {
		due, err := f.parts.Store.DueMessages(b.Context(), time.Now(), want+1)
		if err != nil {
			b.Fatal(err)
		}
		return len(due) == want
	})
}

// callSweep calls sweep once, as the scheduler does, and returns when the provider has accepted the messages that it brought
// back.
func (f *fleet) callSweep(b *testing.B, messages int) {
	b.Helper()
	f.accepts(b, messages, func() {
		resp, err := testkit.Client.Post("http://"+f.sweep.addr+"/", "application/json", http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			b.Fatalf("sweep answered %d", resp.StatusCode)
		}
	})
}
