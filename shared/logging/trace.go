package logging

import (
	"context"
	"net/http"
	"strconv"
	"strings"
)

// Trace is a request's place in a distributed trace.
type Trace struct {
	// ID is 32 hex digits.
	ID string
	// Span is 16 hex digits, or empty.
	Span string
}

type traceContextKey struct{}

// WithTrace returns a context whose log lines carry the trace. A zero trace changes nothing.
func WithTrace(ctx context.Context, t Trace) context.Context {
	if t.ID == "" {
		return ctx
	}
	return context.WithValue(ctx, traceContextKey{}, t)
}

func traceOf(ctx context.Context) (Trace, bool) {
	t, ok := ctx.Value(traceContextKey{}).(Trace)
	return t, ok
}

// TraceOf is the context's trace, so that it can travel as a message's attribute; zero if there is none.
func TraceOf(ctx context.Context) Trace {
	t, _ := traceOf(ctx)
	return t
}

// TraceFrom reads a request's trace: traceparent (W3C, version-trace-span-flags), else X-Cloud-Trace-Context
// (TRACE/SPAN;o=1, the span in decimal). What is malformed is no trace.
func TraceFrom(h http.Header) Trace {
	if t, ok := parseTraceparent(h.Get("Traceparent")); ok {
		return t
	}

	id, rest, _ := strings.Cut(h.Get("X-Cloud-Trace-Context"), "/")
	id = strings.ToLower(id)
	if !isTraceID(id, 32) {
		return Trace{}
	}

	t := Trace{ID: id}
	span, _, _ := strings.Cut(rest, ";")
	if n, err := strconv.ParseUint(span, 10, 64); err == nil && n != 0 {
		hex := strconv.FormatUint(n, 16)
		t.Span = strings.Repeat("0", 16-len(hex)) + hex
	}

	return t
}

func parseTraceparent(s string) (Trace, bool) {
	parts := strings.Split(s, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || !isTraceID(parts[1], 32) || !isTraceID(parts[2], 16) {
		return Trace{}, false
	}
	return Trace{ID: parts[1], Span: parts[2]}, true
}

// isTraceID reports whether s is n lower-case hex digits that are not all zero.
func isTraceID(s string, n int) bool {
	if len(s) != n || strings.Trim(s, "0") == "" {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}
