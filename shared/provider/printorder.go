package provider

import (
	"fmt"
	"log/slog"
)

// Format writes the kind of the event and the reference, for every verb.
func (m OrderMessage) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "order message %s %s", m.Event.Kind(), m.Ref)
}

// LogValue is the kind of the event and the reference.
func (m OrderMessage) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", m.Event.Kind().String()), slog.String("ref", m.Ref))
}
