package conformance

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// CheckRows tests a provider's own rows of codes: each has a meaning and a source, none stands there twice, and each differs
// from the row that it overrides. base are the rows that the provider shares with others; nil where its rows override none.
func CheckRows(tb testing.TB, rows, base []provider.CodeRow) {
	tb.Helper()

	seen, shared := map[string]bool{}, provider.NewCodeTable(base)
	for _, row := range rows {
		if row.Means.Class == "" || !strings.ContainsAny(row.Source, ":") {
			tb.Errorf("%s: class %q, source %q", row.Code, row.Means.Class, row.Source)
		}
		if seen[row.Code] {
			tb.Errorf("%s: listed twice", row.Code)
		}

		seen[row.Code] = true

		if base == nil {
			continue
		}
		if over, ok := shared[row.Code]; !ok || over.Means == row.Means {
			tb.Errorf("%s: overrides nothing", row.Code)
		}
	}
}
