package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// allKinds is every kind with its place in the table.
var allKinds = []struct {
	kind   fault.Kind
	name   string
	status int
}{
	{fault.Internal, "internal", http.StatusInternalServerError},
	{fault.Invalid, "invalid", http.StatusBadRequest},
	{fault.Unauthenticated, "unauthenticated", http.StatusUnauthorized},
	{fault.Forbidden, "forbidden", http.StatusForbidden},
	{fault.NotFound, "not_found", http.StatusNotFound},
	{fault.MethodNotAllowed, "method_not_allowed", http.StatusMethodNotAllowed},
	{fault.UnsupportedMediaType, "unsupported_media_type", http.StatusUnsupportedMediaType},
	{fault.TooLarge, "too_large", http.StatusRequestEntityTooLarge},
	{fault.TooSlow, "too_slow", http.StatusRequestTimeout},
	{fault.Conflict, "conflict", http.StatusConflict},
	{fault.Stale, "stale", http.StatusPreconditionFailed},
	{fault.Unconditional, "unconditional", http.StatusPreconditionRequired},
	{fault.TooMany, "too_many", http.StatusTooManyRequests},
	{fault.Unavailable, "unavailable", http.StatusServiceUnavailable},
	{fault.Upstream, "upstream", http.StatusBadGateway},
	{fault.Loop, "loop", http.StatusLoopDetected},
	{fault.Canceled, "canceled", 499},
}

func TestTables(t *testing.T) {
	t.Parallel()
	for i, tc := range allKinds {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if int(tc.kind) != i {
				t.Errorf("kind %d stands at %d: a kind is missing here", tc.kind, i)
			}
			if got := tc.kind.String(); got != tc.name {
				t.Errorf("name: got %q, want %q", got, tc.name)
			}
			if got := tc.kind.Status(); got != tc.status {
				t.Errorf("status: got %d, want %d", got, tc.status)
			}
			if _, msg := fault.Public(fault.New(tc.kind, "", "")); msg == "" {
				t.Error("no general sentence for callers")
			}
		})
	}
	for _, out := range []fault.Kind{-1, fault.Kind(len(allKinds)), 1 << 20} {
		if got := out.String(); got != "internal" {
			t.Errorf("kind %d: got %q, want internal", int(out), got)
		}
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	notFound := fault.Wrap(fault.NotFound, "store.Get", io.EOF)
	tests := []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"plain", io.EOF, fault.Internal},
		{"own", notFound, fault.NotFound},
		{"wrapped_by_fmt", fmt.Errorf("read: %w", notFound), fault.NotFound},
		{"outermost_wins", fault.Wrap(fault.Upstream, "platform.Order", notFound), fault.Upstream},
		{"joined", errors.Join(io.EOF, notFound), fault.NotFound},
		{"deadline", fmt.Errorf("call: %w", context.DeadlineExceeded), fault.Unavailable},
		{"canceled", context.Canceled, fault.Canceled},
		{"deadline_with_a_meaning", fault.Wrap(fault.Upstream, "x", context.DeadlineExceeded), fault.Upstream},
		{"field", fault.Field("email", "is missing"), fault.Invalid},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := fault.KindOf(tc.err); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			if !fault.Is(tc.err, tc.want) {
				t.Errorf("Is(%v) is false", tc.want)
			}
		})
	}
	if fault.Is(nil, fault.Internal) {
		t.Error("nil is an internal error")
	}
}

func TestWrapKeepsNilAndCause(t *testing.T) {
	t.Parallel()
	if err := fault.Wrap(fault.Internal, "op", nil); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if err := fault.Wrap(fault.Internal, "op", io.EOF); !errors.Is(err, io.EOF) {
		t.Errorf("%v does not wrap its cause", err)
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	const secret = "cause-that-callers-must-not-see"
	cause := errors.New(secret)
	tests := []struct {
		name      string
		err       error
		log       string
		wantField string
		wantMsg   string
	}{
		{"new", fault.New(fault.NotFound, "store.Order 51230077", "no such order"), "store.Order 51230077: no such order", "", "no such order"},
		{"new_without_text", fault.New(fault.TooMany, "op", ""), "op: too many requests", "", "too many requests"},
		{"field", fault.Field("contactPhone", "is missing"), "contactPhone: is missing", "contactPhone", "is missing"},
		{"wrap", fault.Wrap(fault.Upstream, "platform.Order 1", cause), "platform.Order 1: " + secret, "", "the order platform or a provider did not answer as agreed; try again later"},
		{"whole", &fault.Error{Kind: fault.Invalid, Op: "op", Field: "f", Msg: "m", Err: cause}, "op: f: m: " + secret, "f", "m"},
		{"plain", cause, secret, "", "internal error"},
		{"deadline", context.DeadlineExceeded, context.DeadlineExceeded.Error(), "", "temporarily unavailable; try again later"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := tc.err.Error(); got != tc.log {
				t.Errorf("log: got %q, want %q", got, tc.log)
			}
			field, msg := fault.Public(tc.err)
			if field != tc.wantField || msg != tc.wantMsg {
				t.Errorf("public: got %q, %q, want %q, %q", field, msg, tc.wantField, tc.wantMsg)
			}
			if strings.Contains(field+msg, secret) {
				t.Errorf("public text %q holds the cause", field+msg)
			}
		})
	}
}
