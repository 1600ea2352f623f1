package bench

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// warmUp is how many messages open the connections and fill the caches before anything is measured.
const warmUp = 200

// BenchmarkNotifications sends platform events through Pub/Sub to notify, and on to the provider.
func BenchmarkNotifications(b *testing.B) {
	for _, tt := range []struct {
		name      string
		file      bool
		behaviour simgupshup.Behaviour
	}{
		{name: "callbacks_off"},
		{name: "callbacks_off_file", file: true},
		{name: "three_callbacks", behaviour: reporting()},
	} {
		b.Run(tt.name, func(b *testing.B) {
			o := fleetOptions{behaviour: tt.behaviour}
			if tt.file {
				o.state = b.TempDir()
			}
			f := newFleet(b, o)
			b.StopTimer()
			f.send(b, f.prepare(b, warmUp))
			f.settle(b)
			b.Run("load", func(b *testing.B) {
				f.measure(b, "send-"+tt.name, b.N, func(events []queue.Message) { f.send(b, events) })
			})
		})
	}
}

// measure has n events published by work, which returns once the provider has accepted all their messages, and measures until then and, if the
// provider reports, until every report is applied.
func (f *fleet) measure(b *testing.B, name string, n int, work func([]queue.Message)) {
	b.Helper()
	ps := []*process{f.notify, f.cloud, self()}
	if f.receive != nil {
		ps = append(ps, f.webhook, f.receive)
	}
	events := f.prepare(b, n)
	stop := profile(b, name, slices.DeleteFunc([]*process{f.notify, f.cloud, f.webhook, f.receive}, func(p *process) bool {
		return p == nil
	})...)
	var took time.Duration
	cpu, rested := spent(b, func() {
		b.ResetTimer()
		work(events)
		took = b.Elapsed()
		f.settle(b)
		b.StopTimer()
	}, ps...)
	stop()
	f.checkApplied(b, n)

	b.ReportMetric(float64(n)/took.Seconds(), "sends/s")
	reportUse(b, n, f.notify, cpu)
	if f.receive == nil {
		return
	}
	callbacks := float64(n * len(threeModes))
	b.ReportMetric(float64(n)/(b.Elapsed()+rested).Seconds(), "notifications/s")
	b.ReportMetric(float64((b.Elapsed()+rested-took-reportLag).Microseconds())/1000, "behind-ms")
	b.ReportMetric(float64(cpu[3].Microseconds())/callbacks, "webhook-µs/callback")
	b.ReportMetric(float64(cpu[4].Microseconds())/callbacks, "receive-µs/callback")
	reportMemory(b, f.webhook, f.receive)
}

// reportQuantiles reports the median and the 99th percentile of how long each took.
func reportQuantiles(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// reportUse reports what the function, which comes first, the cloud, and all processes together used.
func reportUse(b *testing.B, n int, function *process, cpu []time.Duration) {
	b.Helper()
	u, err := function.usage()
	if err != nil {
		return
	}
	var all time.Duration
	for _, c := range cpu {
		all += c
	}
	b.ReportMetric(float64(cpu[0].Microseconds())/float64(n), "cpu-µs/op")
	b.ReportMetric(float64(cpu[1].Microseconds())/float64(n), "cloud-µs/op")
	b.ReportMetric(float64(all.Microseconds())/float64(n), "all-µs/op")
	b.ReportMetric(float64(u.peak)/(1<<20), "rss-MB")
}

// reportMemory reports the most memory that functions beside the one that is measured had resident.
func reportMemory(b *testing.B, ps ...*process) {
	b.Helper()
	for _, p := range ps {
		if u, err := p.usage(); err == nil {
			b.ReportMetric(float64(u.peak)/(1<<20), p.name+"-rss-MB")
		}
	}
}

// clients is how many connections of a provider call the webhook at once.
const clients = 64

// BenchmarkWebhook posts status callbacks to the webhook, each of another message, until each is acknowledged, and so durable.
func BenchmarkWebhook(b *testing.B) {
	for _, file := range []bool{false, true} {
		name, o := "memory", fleetOptions{}
		if file {
			name, o.state = "file", b.TempDir()
		}
		b.Run(name, func(b *testing.B) {
			f := newFleet(b, o)
			b.StopTimer()
			caller := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
			b.Cleanup(caller.CloseIdleConnections)
			f.call(b, caller, warmUp)
			b.Run("load", func(b *testing.B) {
				stop := profile(b, "webhook-"+name, f.webhook, f.cloud)
				var times []time.Duration
				cpu, _ := spent(b, func() {
					b.ResetTimer()
					times = f.call(b, caller, b.N)
					b.StopTimer()
				}, f.webhook, f.cloud, self())
				stop()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
				reportQuantiles(b, times)
				reportUse(b, b.N, f.webhook, cpu)
			})
		})
	}
}

const callback = `{"app":"` + appName + `","timestamp":1780000111000,"version":2,"type":"message-event","payload":{"id":"wamid.TEST%[1]d",` +
	`"gsId":"5a1d0f6e-2222-4333-8444-%012[1]d","type":"delivered","destination":"919000010007","payload":{"ts":1780000110}}}`

// call makes n callbacks from all clients together, and returns how long each took.
func (f *fleet) call(b *testing.B, caller *http.Client, n int) []time.Duration {
	b.Helper()
	url := "http://" + f.webhook.addr + "/gupshup/" + hookToken
	times := make([]time.Duration, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				began := time.Now()
				resp, err := caller.Post(url, "application/json", bytes.NewReader(fmt.Appendf(nil, callback, i)))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					b.Errorf("a callback was answered %d", resp.StatusCode)
					return
				}
				times[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return times
}
