package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// tables returns the tables of terraform/CAPACITY.md by their headings.
func (m model) tables() map[string]string {
	return map[string]string{
		"## What one message takes": m.inputsTable(),
		"## Load":                   m.loadTable(),
		"## Instances at the peak":  m.instancesTable(),
		"## The first limit":        m.limitsTable(),
		"## A million messages":     m.millionTable(),
		"## A month":                m.monthTable(),
		"## Prices":                 m.pricesTable(),
	}
}

func table(head []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	for _, row := range rows {
		line(row)
	}

	return b.String()
}

// grouped returns a number with commas, rounded to three digits that count where it is large.
func grouped(n float64) string {
	switch {
	case n == 0:
		return "0"
	case n < 10:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", n), "0"), ".")
	case n < 1000:
		return fmt.Sprintf("%.0f", n)
	}
	unit := math.Pow(10, math.Floor(math.Log10(n))-2)
	text := fmt.Sprintf("%.0f", math.Round(n/unit)*unit)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}

	return text
}

func dollars(n float64) string {
	if n < 100 {
		return fmt.Sprintf("$%.2f", n)
	}

	return "$" + grouped(n)
}

func (m model) inputsTable() string {
	send, reports := m.Counted.Send, m.Counted.Callbacks
	sum := func(by map[string]float64) float64 {
		total := 0.0
		for _, n := range by {
			total += n
		}
		return total
	}
	message := m.Counted.Stored["messages"]
	return table([]string{"", "to send it", "three callbacks"}, [][]string{
		{"reads, writes", fmt.Sprintf("%.0f, %.0f", send.Reads, send.Writes), fmt.Sprintf("%.0f to %.0f, %.0f", reports.Reads-m.Assumed.ReadAgain, reports.Reads, reports.Writes)},
		{"messages on topics, their bytes", fmt.Sprintf("%.0f, %s", sum(send.Published), grouped(sum(send.Bytes))), fmt.Sprintf("%.0f, %s", sum(reports.Published), grouped(sum(reports.Bytes)))},
		{"bytes of log", grouped(send.LogBytes), grouped(reports.LogBytes)},
		{"processor, µs", m.both(func(c measured) []float64 { return []float64{c.NotifyMicros} }), m.both(func(c measured) []float64 {
			return []float64{c.NotifyReportedMicros - c.NotifyMicros, 3 * c.WebhookMicros, 3 * c.ReceiveMicros}
		})},
		{"memory under load, MB", m.both(func(c measured) []float64 { return []float64{c.ResidentMB["notify"]} }), m.both(func(c measured) []float64 {
			return []float64{c.ResidentMB["notify"], c.ResidentMB["webhook"], c.ResidentMB["receive"]}
		})},
		{"stored", "", fmt.Sprintf("%s bytes, and %s in %.0f entries of indexes", grouped(message.Document), grouped(message.EntryBytes), message.Entries)},
	})
}

// both returns figures of notify, webhook and receive, of the quiet machine and of the busy one.
func (m model) both(of func(c measured) []float64) string {
	list := func(c measured) string {
		var all []string
		for i, n := range of(c) {
			all = append(all, []string{"notify", "webhook", "receive"}[i]+" "+grouped(n))
		}
		return strings.Join(all, ", ")
	}

	return list(m.Measured.Quiet) + "; busy: " + list(m.Measured.Busy)
}

func (m model) loadTable() string {
	var rows [][]string
	for _, day := range m.Assumed.Sizes {
		t := m.traffic(day)
		send, reports := m.Counted.Send, m.Counted.Callbacks
		writes := t.peak * (send.Writes + reports.Writes)
		rows = append(rows, []string{grouped2(day), grouped(t.mean), grouped(t.peak), grouped(3 * t.peak), grouped(t.peak * (send.Reads + reports.Reads)), grouped(writes), ramp(writes)})
	}

	return table([]string{"messages a day", "a second, on average", "at the peak", "callbacks at the peak", "reads a second", "writes a second", "ramp from nothing"}, rows)
}

// grouped2 returns a size in words of digits, exactly.
func grouped2(n float64) string {
	text := fmt.Sprintf("%.0f", n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}

	return text
}

// ramp returns how long a collection without traffic has to be warmed up by Firestore's rule: 500 a second, and half as many more every 5 minutes.
func ramp(rate float64) string {
	if rate <= 500 {
		return "none"
	}

	return fmt.Sprintf("%.0f min", 5*math.Ceil(math.Log(rate/500)/math.Log(1.5)))
}

func (m model) instancesTable() string {
	var rows [][]string
	for _, w := range m.work(true) {
		row := []string{w.name}
		for _, day := range m.Assumed.Sizes {
			waiting, processor := m.needed(w, m.traffic(day).peak)
			by := "waiting"
			if processor > waiting {
				by = "processor"
			}
			row = append(row, fmt.Sprintf("%.0f, by %s", math.Ceil(max(waiting, processor)), by))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.0f", m.functions[w.name].instances)))
	}

	return table(append(append([]string{""}, sizes(m)...), "most instances"), rows)
}

func sizes(m model) []string {
	var all []string
	for _, day := range m.Assumed.Sizes {
		all = append(all, grouped2(day)+" a day")
	}

	return all
}

// limit is one that traffic may reach.
type limit struct {
	name, lever string
	most        float64
	// theirs says that it is a provider's.
	theirs bool
	// need is what the peak of a size needs of it.
	need func(peak float64) float64
}

func (m model) limits() []limit {
	brand := m.Assumed.LargestBrand
	functions := func(name string) func(float64) float64 {
		return func(peak float64) float64 {
			for _, w := range m.work(true) {
				if w.name == name {
					return max(m.needed(w, peak))
				}
			}
			return 0
		}
	}
	topics := func(peak float64) float64 {
		n := 0.0
		for _, s := range []step{m.Counted.Send, m.Counted.Callbacks} {
			for _, bytes := range s.Bytes {
				n += bytes
			}
		}
		return peak * n / 1e6
	}
	return []limit{
		{"Gupshup: messages a second of one app", "more apps, or Meta", 20, true, func(peak float64) float64 { return brand * peak }},
		{"Meta: messages a second of one number", "Meta raises it to 1,000 on its own", 80, true, func(peak float64) float64 { return brand * peak }},
		{"entries of one brand in the index (account, changed): writes a second", "count closed days by other means than `changed`", 500, false, func(peak float64) float64 { return brand * peak * 5 }},
		{"entries of one brand in the index (account, createdAt): writes a second", "split the send log by brand", 500, false, func(peak float64) float64 { return brand * peak }},
		{"instances of notify", "`max_instances`, up to 100", m.functions["notify"].instances, false, functions("notify")},
		{"instances of webhook", "`max_instances`", m.functions["webhook"].instances, false, functions("webhook")},
		{"instances of receive", "`max_instances`", m.functions["receive"].instances, false, functions("receive")},
		{"Pub/Sub, pushed: MB a second of a small region (from memory)", "ask Google", 140, false, topics},
	}
}

// first returns the limit of a provider's, or of Google's and ours, that a size reaches first: of which it needs the greatest share.
func (m model) first(day float64, theirs bool) limit {
	peak := m.traffic(day).peak
	of := slices.DeleteFunc(m.limits(), func(l limit) bool { return l.theirs != theirs })
	return slices.MaxFunc(of, func(a, b limit) int { return cmp.Compare(a.need(peak)/a.most, b.need(peak)/b.most) })
}

func (m model) limitsTable() string {
	var rows [][]string
	for _, l := range m.limits() {
		row := []string{l.name, grouped(l.most)}
		for _, day := range m.Assumed.Sizes {
			need := l.need(m.traffic(day).peak)
			cell := grouped(need)
			if need > l.most {
				cell += ", **over**"
			}
			if m.first(day, l.theirs).name == l.name {
				cell += ", first"
			}
			row = append(row, cell)
		}
		rows = append(rows, append(row, l.lever))
	}

	return table(append(append([]string{"limit", "most"}, sizes(m)...), "lever"), rows)
}

func (m model) millionTable() string {
	var rows [][]string
	for _, r := range m.prices.Regions {
		for _, callbacks := range []bool{false, true} {
			row := []string{name(r) + [...]string{", no callbacks", ", three callbacks"}[btoi(callbacks)]}
			for _, day := range m.Assumed.Sizes {
				row = append(row, dollars(m.perMillion(r, day, callbacks)))
			}
			rows = append(rows, row)
		}
		row := []string{name(r) + ", kept for " + fmt.Sprintf("%.0f days", m.Assumed.RetentionDays)}
		for _, day := range m.Assumed.Sizes {
			row = append(row, dollars(m.keptPerMillion(r, day)))
		}
		rows = append(rows, row)
	}

	return table(append([]string{""}, sizes(m)...), rows)
}

func name(r region) string {
	if r.Estimated {
		return r.Name + " (estimated)"
	}

	return r.Name
}

func btoi(b bool) int {
	if b {
		return 1
	}

	return 0
}

func (m model) monthTable() string {
	var rows [][]string
	add := func(title string, bills []bill, of func(bill) float64) {
		row := []string{title}
		for _, b := range bills {
			row = append(row, dollars(of(b)))
		}
		rows = append(rows, row)
	}
	for _, r := range m.prices.Regions {
		var bills, standing []bill
		for _, day := range m.Assumed.Sizes {
			bills = append(bills, m.bill(r, m.standing().plus(m.sending(day, true)).plus(m.keeping(day))))
			standing = append(standing, m.bill(r, m.standing()))
		}
		if !r.Estimated {
			add("processors and memory", bills, func(b bill) float64 { return b.compute })
			add("requests", bills, func(b bill) float64 { return b.requests })
			add("reads, writes, deletes", bills, func(b bill) float64 { return b.firestore })
			add("topics", bills, func(b bill) float64 { return b.topics })
			add("logs", bills, func(b bill) float64 { return b.logs })
			add("what is kept", bills, func(b bill) float64 { return b.stored })
		}
		add("**"+name(r)+"**", bills, bill.total)
		add(name(r)+", with nothing sent", standing, bill.total)
	}

	return table(append([]string{"with three callbacks each"}, sizes(m)...), rows)
}

func (m model) pricesTable() string {
	head := []string{"as of " + m.prices.AsOf}
	rows := make([][]string, 0, 9)
	for _, p := range []struct {
		title string
		of    func(r region) float64
	}{
		{"1 million vCPU-seconds", func(r region) float64 { return r.VcpuSecond * 1e6 }},
		{"1 million GiB-seconds", func(r region) float64 { return r.GibSecond * 1e6 }},
		{"1 million vCPU-seconds of a kept instance without work", func(r region) float64 { return r.IdleVcpuSecond * 1e6 }},
		{"1 million requests", func(r region) float64 { return r.MillionRequests }},
		{"100,000 reads", func(r region) float64 { return r.Reads100k }},
		{"100,000 writes", func(r region) float64 { return r.Writes100k }},
		{"100,000 deletes", func(r region) float64 { return r.Deletes100k }},
		{"1 GiB stored, a month", func(r region) float64 { return r.StoredGiBMonth }},
		{"1 TiB published, or delivered", func(r region) float64 { return r.TopicTiB }},
		{"1 GiB of logs", func(r region) float64 { return r.LogGiB }},
	} {
		row := []string{p.title}
		for _, r := range m.prices.Regions {
			row = append(row, "$"+strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.4f", p.of(r)), "0"), "."))
		}
		rows = append(rows, row)
	}
	for _, r := range m.prices.Regions {
		head = append(head, name(r))
	}

	return table(head, rows)
}
