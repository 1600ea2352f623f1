package order

import (
	"fmt"
	"log/slog"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// redacted is what personal data and secrets print as.
const redacted = "[redacted]"

// LogValue is the event's kind, order and account; never the shopper, nor the bytes.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("kind", e.Kind().String()),
		slog.String("order_id", e.OrderID),
		slog.String("account_id", e.AccountID),
	)
}

// Format writes the same as LogValue, for every verb.
func (e Event) Format(s fmt.State, _ rune) { logging.Format(s, e) }

// LogValue is the order's id.
func (o Order) LogValue() slog.Value { return slog.GroupValue(slog.String("order_id", o.ID)) }

// Format writes the same as LogValue, for every verb.
func (o Order) Format(s fmt.State, _ rune) { logging.Format(s, o) }

// LogValue is [redacted].
func (Customer) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted], for every verb.
func (c Customer) Format(s fmt.State, _ rune) { logging.Format(s, c) }

// LogValue is [redacted].
func (Address) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted], for every verb.
func (a Address) Format(s fmt.State, _ rune) { logging.Format(s, a) }

// LogValue is [redacted].
func (Keyer) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted], for every verb.
func (k Keyer) Format(s fmt.State, _ rune) { logging.Format(s, k) }
