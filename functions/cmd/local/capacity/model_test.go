package capacity

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// root is the repository's.
const root = "../../../.."

// step is what one message takes to be sent, or to be reported on three times.
type step struct {
	Reads, Writes    float64
	Published, Bytes map[string]float64
	LogBytes         float64
}

// measured is the processor time that a function takes for a message, or for one callback, and the most memory that it holds.
type measured struct {
	On                                                               string
	NotifyMicros, NotifyReportedMicros, WebhookMicros, ReceiveMicros float64
	ResidentMB                                                       map[string]float64
}

// inputs are testdata/capacity.json.
type inputs struct {
	// Measured are figures of a machine without other work, and of one that others share: of two cores each.
	Measured struct{ Quiet, Busy measured }
	Counted  struct {
		Send, Callbacks, Look step
		Stored                map[string]struct{ Document, Entries, EntryBytes float64 }
	}
	Assumed struct {
		Sizes                                                     []float64
		Peak, Hours, LargestBrand                                 float64
		NotifySeconds, WebhookSeconds, ReceiveSeconds             float64
		Utilisation, RoundSeconds, RetentionDays, MessagesAnOrder float64
		RequestLogBytes, LooksACall, SweepSeconds, DaysAMonth     float64
		// ReadAgain is how many more reads the three callbacks of a message take where each comes to another instance, or so late that the one which
		// wrote the one before has forgotten it.
		ReadAgain float64
	}
}

// region has the prices of one, in dollars.
type region struct {
	Name                                                                  string
	Estimated                                                             bool
	VcpuSecond, GibSecond, IdleVcpuSecond, IdleGibSecond, MillionRequests float64
	Reads100k, Writes100k, Deletes100k, StoredGiBMonth, TopicTiB, LogGiB  float64
}

// prices are testdata/prices.json.
type prices struct {
	AsOf string
	Free struct {
		VcpuSeconds, GibSeconds, Requests, ReadsADay, WritesADay, DeletesADay, StoredGiB, TopicGiB, LogGiB float64
	}
	Regions []region
}

// deployed is a function as terraform/modules/product/functions.tf deploys it.
type deployed struct{ gib, concurrency, instances float64 }

// model has everything that the tables are worked out from.
type model struct {
	inputs
	prices prices
	// cpu are the figures that count.
	cpu       measured
	functions map[string]deployed
	// unlogged says that Cloud Run's own lines of pushes that went well are not kept.
	unlogged bool
}

func newModel(t *testing.T) model {
	t.Helper()
	m := model{functions: map[string]deployed{}}
	read := func(name string, v any) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(root, "testdata", name))
		if err == nil {
			err = json.Unmarshal(text, v)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	read("capacity.json", &m.inputs)
	read("prices.json", &m.prices)
	m.cpu = m.Measured.Quiet
	m.Counted.Callbacks.Reads += m.Assumed.ReadAgain // the most that there can be

	text, err := os.ReadFile(filepath.Join(root, "terraform/modules/product/functions.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range regexp.MustCompile(`(?s)\n    (\w+) = \{\n.*?memory\s+= "(\d+)(Mi|Gi)"\n\s+concurrency\s+= (\d+).*?max_instances\s+= (\d+)`).FindAllStringSubmatch(string(text), -1) {
		number := func(s string) float64 { n, _ := strconv.ParseFloat(s, 64); return n }
		gib := number(f[2])
		if f[3] == "Mi" {
			gib /= 1024
		}
		m.functions[f[1]] = deployed{gib: gib, concurrency: number(f[4]), instances: number(f[5])}
	}
	exclusion, err := os.ReadFile(filepath.Join(root, "terraform/modules/product/requestlogs.tf"))
	m.unlogged = err == nil && strings.Contains(string(exclusion), "httpRequest.status<400")

	for _, name := range []string{"notify", "webhook", "receive", "sweep", "subscribe"} {
		if m.functions[name].gib == 0 {
			t.Fatalf("functions.tf does not say how %s is deployed", name)
		}
	}

	return m
}

// traffic is a size with its rates, in messages a second: of the hour of the peak, and of the rest of the hours in which shoppers are written to.
type traffic struct{ day, mean, peak, rest float64 }

func (m model) traffic(day float64) traffic {
	mean := day / 86_400
	peak := mean * m.Assumed.Peak
	return traffic{day: day, mean: mean, peak: peak, rest: (day - peak*3600) / ((m.Assumed.Hours - 1) * 3600)}
}

// work is what a function does for one message.
type work struct {
	name            string
	requests        float64
	seconds, micros float64
}

// work returns what functions do for one message, with its three callbacks or without any.
func (m model) work(callbacks bool) []work {
	if !callbacks {
		return []work{{"notify", 1, m.Assumed.NotifySeconds, m.cpu.NotifyMicros}}
	}
	return []work{
		{"notify", 1, m.Assumed.NotifySeconds, m.cpu.NotifyReportedMicros},
		{"webhook", 3, m.Assumed.WebhookSeconds, m.cpu.WebhookMicros},
		{"receive", 3, m.Assumed.ReceiveSeconds, m.cpu.ReceiveMicros},
	}
}

// needed returns how many instances a function needs at so many messages a second, as a fraction: by what it waits for, at a share of the
// concurrency that Cloud Run lets an instance reach before it starts another, and by the processor.
func (m model) needed(w work, rate float64) (byWaiting, byProcessor float64) {
	rate *= w.requests
	return rate * w.seconds / (m.functions[w.name].concurrency * m.Assumed.Utilisation), rate * w.micros / 1e6 / m.Assumed.Utilisation
}

// billed returns how many instances are charged for at so many messages a second. Cloud Run charges an instance while a request is under way, in
// steps of 100 ms: while few are, for each; while always one is, for the instance.
func (m model) billed(w work, rate float64) float64 {
	waiting, processor := m.needed(w, rate)
	underWay := rate * w.requests * max(w.seconds, m.Assumed.RoundSeconds)
	return max(1-math.Exp(-underWay), waiting, processor)
}

// use is what is charged for in a month.
type use struct {
	vcpuSeconds, gibSeconds, requests, idleVcpuSeconds, idleGibSeconds float64
	reads, writes, deletes, topicBytes, logBytes, storedBytes          float64
}

func (u use) plus(o use) use {
	return use{
		u.vcpuSeconds + o.vcpuSeconds, u.gibSeconds + o.gibSeconds, u.requests + o.requests, u.idleVcpuSeconds + o.idleVcpuSeconds, u.idleGibSeconds + o.idleGibSeconds,
		u.reads + o.reads, u.writes + o.writes, u.deletes + o.deletes, u.topicBytes + o.topicBytes, u.logBytes + o.logBytes, u.storedBytes + o.storedBytes,
	}
}

// standing returns what is charged for when nothing is sent: sweep, and the instances that production keeps.
func (m model) standing() use {
	calls := 24 * 60 * m.Assumed.DaysAMonth
	month := 86_400 * m.Assumed.DaysAMonth
	logged := m.Counted.Look.LogBytes
	if !m.unlogged {
		logged += 3 * m.Assumed.RequestLogBytes
	}
	return use{
		vcpuSeconds: calls * m.Assumed.SweepSeconds, gibSeconds: calls * m.Assumed.SweepSeconds * m.functions["sweep"].gib,
		requests:        3 * calls, // sweep, webhook with its heartbeat, receive
		idleVcpuSeconds: 2 * month, idleGibSeconds: month * (m.functions["webhook"].gib + m.functions["subscribe"].gib),
		reads: calls * m.Assumed.LooksACall * m.Counted.Look.Reads, writes: calls, logBytes: calls * logged,
		topicBytes: calls * 2 * 1000,
	}
}

// sending returns what the messages of a month take, but for what is kept of them.
func (m model) sending(day float64, callbacks bool) use {
	t := m.traffic(day)
	u := use{}
	n := day * m.Assumed.DaysAMonth
	for _, w := range m.work(callbacks) {
		seconds := m.Assumed.DaysAMonth * 3600 * (m.billed(w, t.peak) + (m.Assumed.Hours-1)*m.billed(w, t.rest))
		u.vcpuSeconds += seconds
		u.gibSeconds += seconds * m.functions[w.name].gib
		u.requests += n * w.requests
		if w.name != "webhook" && !m.unlogged { // of webhook Cloud Run's own lines are never kept
			u.logBytes += n * w.requests * m.Assumed.RequestLogBytes
		}
	}

	steps := []step{m.Counted.Send}
	if callbacks {
		steps = append(steps, m.Counted.Callbacks)
	}
	for _, s := range steps {
		u.reads += n * s.Reads
		u.writes += n * s.Writes
		u.logBytes += n * s.LogBytes
		for topic, times := range s.Published { // each is published and delivered once, and counts as 1,000 bytes at least
			u.topicBytes += n * 2 * times * max(s.Bytes[topic]/times, 1000)
		}
	}
	u.deletes = n * (1 + 1/m.Assumed.MessagesAnOrder)

	return u
}

// keeping returns what is stored once messages have been sent for as long as they are kept.
func (m model) keeping(day float64) use {
	message, order := m.Counted.Stored["messages"], m.Counted.Stored["orders"]
	each := message.Document + message.EntryBytes + (order.Document+order.EntryBytes)/m.Assumed.MessagesAnOrder
	return use{storedBytes: day * m.Assumed.RetentionDays * each}
}

const gib, tib = 1 << 30, 1 << 40

// bill is what a month costs, in dollars.
type bill struct{ compute, requests, firestore, topics, logs, stored float64 }

func (b bill) total() float64 {
	return b.compute + b.requests + b.firestore + b.topics + b.logs + b.stored
}

// bill returns what a use costs, with what is free each month or day.
func (m model) bill(r region, u use) bill {
	free, days := m.prices.Free, m.Assumed.DaysAMonth
	paid := func(used, without float64) float64 { return max(used-without, 0) }
	return bill{
		compute: paid(u.vcpuSeconds, free.VcpuSeconds)*r.VcpuSecond + paid(u.gibSeconds, free.GibSeconds)*r.GibSecond +
			u.idleVcpuSeconds*r.IdleVcpuSecond + u.idleGibSeconds*r.IdleGibSecond,
		requests: paid(u.requests, free.Requests) / 1e6 * r.MillionRequests,
		firestore: paid(u.reads, days*free.ReadsADay)/1e5*r.Reads100k + paid(u.writes, days*free.WritesADay)/1e5*r.Writes100k +
			paid(u.deletes, days*free.DeletesADay)/1e5*r.Deletes100k,
		topics: paid(u.topicBytes, free.TopicGiB*gib) / tib * r.TopicTiB,
		logs:   paid(u.logBytes, free.LogGiB*gib) / gib * r.LogGiB,
		stored: paid(u.storedBytes, free.StoredGiB*gib) / gib * r.StoredGiBMonth,
	}
}

// perMillion returns what a million messages cost to send at a size: what the bill is higher by than with nothing sent.
func (m model) perMillion(r region, day float64, callbacks bool) float64 {
	more := m.bill(r, m.standing().plus(m.sending(day, callbacks))).total() - m.bill(r, m.standing()).total()
	return more / (day * m.Assumed.DaysAMonth) * 1e6
}

// keptPerMillion returns what it costs to keep a million messages for as long as they are kept.
func (m model) keptPerMillion(r region, day float64) float64 {
	return m.bill(r, m.keeping(day)).total() / (day * m.Assumed.DaysAMonth) * 1e6
}
