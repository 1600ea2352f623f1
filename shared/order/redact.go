package order

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what personal data prints as.
const redacted = "[redacted]"

// Format writes what the event is about and whose it is, for every verb; never the shopper, nor the bytes.
func (e Event) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "event %s of order %s, account %s", e.Kind(), e.OrderID, e.AccountID)
}

// LogValue is a group of the same facts.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("kind", e.Kind().String()), slog.String("order_id", e.OrderID), slog.String("account_id", e.AccountID),
	)
}

// Format writes which order it is, for every verb.
func (o Order) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "order %s", o.ID) }

// LogValue is a group of the same fact.
func (o Order) LogValue() slog.Value { return slog.GroupValue(slog.String("order_id", o.ID)) }

// Format writes a fixed text for every verb.
func (Customer) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue is a fixed text.
func (Customer) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a fixed text for every verb.
func (Address) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue is a fixed text.
func (Address) LogValue() slog.Value { return slog.StringValue(redacted) }
