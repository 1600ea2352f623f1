package logging

import (
	"fmt"
	"io"
	"log/slog"
)

// Format writes a value the way it is logged, for every verb of fmt. A type with personal data calls it from its own
// Format method, so that printing it shows no more than its LogValue:
//
//	func (e Event) Format(s fmt.State, _ rune) { logging.Format(s, e) }
//
// A group is written as "[kind=shipment/created order_id=51230077]".
func Format(s fmt.State, v slog.LogValuer) {
	// A write that fails is reported to the caller of fmt, which owns the state.
	_, _ = io.WriteString(s, v.LogValue().Resolve().String())
}
