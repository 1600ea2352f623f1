package bench

import (
	"net/http"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/gupshup"
)

// swept is how many messages one sweep takes on at most.
const swept = 500

// BenchmarkSweep has sweep bring back messages that wait because the provider was too busy for them, until it has accepted
// all. An operation is one sweep.
func BenchmarkSweep(b *testing.B) {
	f := newFleet(b, fleetOptions{sweep: true})
	b.StopTimer()
	f.send(b, f.prepare(b, warmUp))
	b.Run("load", func(b *testing.B) {
		messages := b.N * swept
		f.postpone(b, f.prepare(b, messages))
		stop := profile(b, "sweep", f.sweep, f.notify)
		cpu, _ := spent(b, func() {
			b.ResetTimer()
			for left := messages - swept; left >= 0; left -= swept {
				f.callSweep(b)
				b.StopTimer()
				f.waitDue(b, left) // what is accepted and not yet recorded would be brought back once more
				b.StartTimer()
			}
			b.StopTimer()
		}, f.sweep, f.notify)
		stop()
		b.ReportMetric(float64(messages)/b.Elapsed().Seconds(), "messages/s")
		b.ReportMetric(float64(cpu[0].Microseconds())/float64(messages), "sweep-µs/message")
		b.ReportMetric(float64(cpu[1].Microseconds())/float64(messages), "notify-µs/message")
		reportMemory(b, f.sweep, f.notify)
	})
}

// postpone publishes events whose messages the provider refuses for now, and returns once all of them are due again.
func (f *fleet) postpone(b *testing.B, events []queue.Message) {
	b.Helper()
	busy := simulator.Fault{System: gupshup.System, Path: "/template/msg", Mode: chaos.Throttle, Times: len(events)}
	if err := f.sim.SetFaults([]simulator.Fault{busy}); err != nil {
		b.Fatal(err)
	}
	if err := f.orders.PublishAll(b.Context(), events); err != nil {
		b.Fatal(err)
	}
	f.waitDue(b, len(events))
	f.sim.ClearFaults()
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

// callSweep calls sweep once, as the scheduler does, and returns when the provider has accepted what it brought back.
func (f *fleet) callSweep(b *testing.B) {
	b.Helper()
	want := f.sim.AcceptedCount() + swept
	resp, err := http.Post("http://"+f.sweep.addr+"/", "application/json", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		b.Fatalf("sweep answered %d", resp.StatusCode)
	}
	waitFor(b, "what sweep brought back", func() bool { return f.sim.AcceptedCount() >= want })
	if got := f.sim.AcceptedCount(); got != want {
		b.Fatalf("got %d messages accepted, want %d", got, want)
	}
}
