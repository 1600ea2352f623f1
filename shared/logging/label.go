package logging

import "log/slog"

// labelOf names the labels that attributes are shown as, by the attributes' keys.
var labelOf = map[string]string{
	"account_id": "account",
	"account":    "account",
	"app_id":     "app",
	"app":        "app",
	"provider":   "provider",
}

// labelsOf returns the labels of a record: what its own attributes say of account, app and provider. Lines below a warning have none, since
// there are many of them and what labels repeat costs.
func labelsOf(r slog.Record) []slog.Attr {
	var labels []slog.Attr

	r.Attrs(func(a slog.Attr) bool {
		if label := labelOf[a.Key]; label != "" && a.Value.Kind() == slog.KindString && a.Value.String() != "" {
			labels = append(labels, slog.String(label, a.Value.String()))
		}

		return true
	})

	return labels
}
