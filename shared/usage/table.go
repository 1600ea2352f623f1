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
