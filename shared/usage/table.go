package usage

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
)

// CSV returns the rows as a table that a spreadsheet opens (RFC 4180, UTF-8): a header, the keys grouped by, the counts, and the sums as
// decimal amounts of the currency in the last column. A text that a spreadsheet would take for a formula has an apostrophe before it.
func (r Report) CSV() []byte {
	lines := [][]string{append(append([]string{}, r.GroupBy...),
		"sent", "delivered", "read", "failed", "refused", "open", "charged", "free", "without_actual", "estimated", "actual", "currency")}

	for _, row := range r.Rows {
		var line []string
		for _, name := range r.GroupBy {
			line = append(line, harmless(valueOf(row.Key, name)))
		}

		for _, n := range []int64{row.Sent, row.Delivered, row.Read, row.Failed, row.Refused, row.Open, row.Charged, row.Free, row.WithoutActual} {
			line = append(line, strconv.FormatInt(n, 10))
		}

		for _, micros := range []int64{row.EstimatedMicros, row.ActualMicros} {
			line = append(line, billing.Money{Micros: micros}.Decimal())
		}

		lines = append(lines, append(line, r.Currency))
	}

	return tableOf(lines)
}

// CSV returns the days as a table, as [Report.CSV] does. A cell is empty where there is nothing to tell.
func (r FailedDeliveries) CSV() []byte {
	lines := [][]string{{
		"day", "failed", "asked", "delivered", "read", "answered", "action_accepted", "delivered_after_all", "returned", "minutes_to_ask_p50",
		"minutes_to_ask_p95", "minutes_to_action_p50", "minutes_to_action_p95", "cost", "cost_per_rescued", "currency",
	}}

	for _, d := range r.Days {
		line := []string{harmless(string(d.Day))}
		for _, n := range []int64{d.Failed, d.Asked, d.Delivered, d.Read, d.Answered, d.Accepted, d.DeliveredAfterAll, d.Returned} {
			line = append(line, strconv.FormatInt(n, 10))
		}

		for _, m := range []*Minutes{d.ToAsk, d.ToAction} {
			if m == nil {
				line = append(line, "", "")
			} else {
				line = append(line, strconv.FormatInt(m.P50, 10), strconv.FormatInt(m.P95, 10))
			}
		}

		each := ""
		if d.PerRescueMicros != nil {
			each = billing.Money{Micros: *d.PerRescueMicros}.Decimal()
		}

		lines = append(lines, append(line, billing.Money{Micros: d.CostMicros}.Decimal(), each, harmless(r.Currency)))
	}

	return tableOf(lines)
}

// tableOf returns lines as a table that a spreadsheet opens.
func tableOf(lines [][]string) []byte {
	var table bytes.Buffer

	w := csv.NewWriter(&table)
	w.UseCRLF = true
	_ = w.WriteAll(lines) // a buffer takes everything

	return table.Bytes()
}

// valueOf returns what a key has under the name that rows are grouped by.
func valueOf(k billing.Key, name string) string {
	switch name {
	case "app":
		return k.AppID
	case "template":
		return k.TemplateID
	case "ownership":
		return string(k.Ownership)
	case "event":
		return k.Event
	case "category":
		return k.Category
	default:
		return string(k.Day)
	}
}

// harmless returns a text that no spreadsheet takes for a formula.
func harmless(text string) string {
	if strings.ContainsAny(text[:min(1, len(text))], "=+-@\t\r") {
		return "'" + text
	}

	return text
}
