package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// reporting is a provider whose three reports of a message come after its answer, and the worker's record with it.
func reporting() gupshup.Behaviour {
	return gupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, AutoRead: true, Lag: tenant.Lag{
		Sent: reportLag - 100*time.Millisecond, Delivered: 50 * time.Millisecond, Read: 50 * time.Millisecond,
	}}}
}

// reportLag is how long after a message is accepted the last report of it leaves the provider.
const reportLag = 400 * time.Millisecond

// The loads that are measured at length.
const (
	// sustained is how many messages one operation of BenchmarkSustained sends.
	sustained = 10_000
	// storedBefore is how many messages the large state has already.
	storedBefore = 100_000
	// rateFor is how long one operation of BenchmarkRate goes on.
	rateFor = 20 * time.Second
)

// load is a way in which messages are sent for long.
type load struct {
	name string
	o    fleetOptions
	// stored is how many messages there are before.
	stored int
}

// BenchmarkSustained publishes 10,000 events at once, and measures until the provider has accepted all messages and until every report of them
// is applied, which is held afterwards. One operation is one such load.
func BenchmarkSustained(b *testing.B) {
	for _, l := range []load{
		{name: "callbacks_off"},
		{name: "three_callbacks", o: fleetOptions{behaviour: reporting()}},
		{name: "three_callbacks_stored", o: fleetOptions{behaviour: reporting()}, stored: storedBefore},
	} {
		b.Run(l.name, func(b *testing.B) {
			f := l.fleet(b)
			b.Run("load", func(b *testing.B) {
				n := b.N * sustained
				f.measure(b, "sustained-"+l.name, n, func(events []queue.Message) { f.send(b, events) })
				b.ReportMetric(0, "ns/op")
			})
		})
	}
}

// BenchmarkRate publishes events evenly, at rates that leave the machine time, and measures how long each is from the moment at which it was due to
// be published to the provider's acceptance, and how far behind the reports are in the end. One operation is 20 seconds.
func BenchmarkRate(b *testing.B) {
	for _, l := range []load{
		{name: "callbacks_off", o: fleetOptions{alone: true}},
		{name: "three_callbacks", o: fleetOptions{behaviour: reporting(), alone: true}},
	} {
		for _, rate := range []int{50, 200, 500} {
			b.Run(fmt.Sprintf("%s/%d", l.name, rate), func(b *testing.B) {
				f := l.fleet(b)
				b.Run("load", func(b *testing.B) {
					n := b.N * rate * int(rateFor/time.Second)
					first := f.shoppers
					var due []time.Time
					f.measure(b, fmt.Sprintf("rate-%s-%d", l.name, rate), n, func(events []queue.Message) { due = f.pace(b, events, rate) })
					f.reportLatency(b, first, due)
					b.ReportMetric(0, "ns/op")
				})
			})
		}
	}
}

// fleet starts a fleet whose provider keeps record of all, and which has sent what is stored before.
func (l load) fleet(b *testing.B) *fleet {
	b.Helper()
	l.o.remember = 1 << 20
	f := newFleet(b, l.o)
	f.send(b, f.prepare(b, warmUp))
	f.settle(b)
	if l.stored > 0 {
		f.report(b, gupshup.Behaviour{}) // nothing is measured meanwhile
		for left := l.stored; left > 0; left -= sustained {
			f.send(b, f.prepare(b, min(left, sustained)))
		}
		f.report(b, l.o.behaviour)
	}

	return f
}

// pace publishes events evenly at a rate a second, each by a call of its own, and returns when each was due. It returns once all are accepted.
func (f *fleet) pace(b *testing.B, events []queue.Message, rate int) []time.Time {
	b.Helper()
	due := make([]time.Time, len(events))
	f.accepts(b, len(events), func() {
		began := time.Now()
		for i, event := range events {
			due[i] = began.Add(time.Duration(i) * time.Second / time.Duration(rate))
			time.Sleep(time.Until(due[i]))
			go func() {
				if _, err := f.orders.Publish(b.Context(), event); err != nil {
					b.Error(err)
				}
			}()
		}
	})

	return due
}

// reportLatency reports how long it took from when an event was due to the acceptance of its message. The shoppers are those from first on, one an
// event.
func (f *fleet) reportLatency(b *testing.B, first int, due []time.Time) {
	b.Helper()
	accepted := map[string]time.Time{}
	for _, a := range f.sim.Log().Accepted() {
		accepted[a.Destination] = a.At
	}

	took := make([]time.Duration, len(due))
	for i, at := range due {
		when, found := accepted["91"+phoneOf(first+i)]
		if !found {
			b.Fatal("the provider does not remember a message")
		}
		took[i] = when.Sub(at)
	}

	reportQuantiles(b, took)
}

// checkApplied holds that the newest n messages have all that was reported of them.
func (f *fleet) checkApplied(b *testing.B, n int) {
	b.Helper()
	want, times := message.StatusAccepted, 1
	if f.receive != nil {
		want, times = message.StatusRead, 1+len(threeModes)
	}

	const page = 1000
	q := store.LogQuery{AccountID: brandID}
	for left := n; left > 0; left -= page {
		limit := min(left, page)
		found, err := f.parts.Store.SendLog(b.Context(), q, limit)
		if err != nil || len(found) != limit {
			b.Fatalf("got %d messages, %v, want %d", len(found), err, limit)
		}
		for _, m := range found {
			if m.Status() != want || len(m.Newest().At) != times {
				b.Fatalf("a message is %s, of %v, want %s and %d times", m.Status(), m.Newest().At, want, times)
			}
		}
		q.After = &store.LogPlace{CreatedAt: found[limit-1].CreatedAt, ID: found[limit-1].ID}
	}
}
