package logging_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
)

// line logs with log and returns the one line written, decoded, without its time.
func line(t *testing.T, o logging.Options, log func(context.Context, *slog.Logger)) map[string]any {
	t.Helper()
	var out strings.Builder
	log(t.Context(), logging.New(&out, o))
	if n := strings.Count(out.String(), "\n"); n != 1 || !strings.HasSuffix(out.String(), "\n") {
		t.Fatalf("got %d lines, want 1: %q", n, out.String())
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	at, _ := got["time"].(string)
	if _, err := time.Parse(time.RFC3339Nano, at); err != nil {
		t.Errorf("time %q is not RFC 3339", at)
	}
	delete(got, "time")
	return got
}

func TestLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		o    logging.Options
		log  func(context.Context, *slog.Logger)
		want map[string]any
	}{
		{
			"plain",
			logging.Options{Attrs: []slog.Attr{slog.String("function", "notify")}},
			func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "sent", slog.Int("attempt", 2)) },
			map[string]any{"severity": "INFO", "message": "sent", "function": "notify", "attempt": 2.0},
		},
		{
			"debug",
			logging.Options{Level: slog.LevelDebug},
			func(ctx context.Context, l *slog.Logger) { l.DebugContext(ctx, "x") },
			map[string]any{"severity": "DEBUG", "message": "x"},
		},
		{
			"trace",
			logging.Options{ProjectID: "demo"},
			func(ctx context.Context, l *slog.Logger) {
				l.InfoContext(logging.WithTrace(ctx, logging.Trace{ID: traceID, Span: spanID}), "x")
			},
			map[string]any{
				"severity": "INFO", "message": "x", "logging.googleapis.com/trace": "projects/demo/traces/" + traceID,
				"logging.googleapis.com/spanId": spanID,
			},
		},
		{
			"trace_stays_on_top_inside_a_group",
			logging.Options{},
			func(ctx context.Context, l *slog.Logger) {
				l.With(slog.Int("a", 1)).WithGroup("g").With(slog.Int("b", 2)).
					InfoContext(logging.WithTrace(ctx, logging.Trace{ID: traceID}), "x", slog.Int("c", 3))
			},
			map[string]any{
				"severity": "INFO", "message": "x", "a": 1.0, "g": map[string]any{"b": 2.0, "c": 3.0},
				"logging.googleapis.com/trace": traceID,
			},
		},
		{
			"line_breaks_cannot_forge_a_line",
			logging.Options{},
			func(ctx context.Context, l *slog.Logger) {
				l.InfoContext(ctx, "x", slog.String("reason", "a\r\n{\"severity\":\"ERROR\"}\u2028"))
			},
			map[string]any{"severity": "INFO", "message": "x", "reason": "a\r\n{\"severity\":\"ERROR\"}\u2028"},
		},
		{
			"forbidden_keys_are_masked",
			logging.Options{},
			func(ctx context.Context, l *slog.Logger) {
				l.With(slog.String("phone", "+919000000001")).InfoContext(ctx, "x",
					slog.Group("customer", slog.String("email", "ira@example.test"), slog.String("customer_name", "Ira Sample")),
					slog.String("api_key", "k"), slog.Any("body", []byte("b")), slog.Any("pin", config.NewSecret("4711")), slog.String("order", "1"))
			},
			map[string]any{
				"severity": "INFO", "message": "x", "phone": "[redacted]", "api_key": "[redacted]", "body": "[redacted]", "pin": "[redacted]",
				"customer": map[string]any{"email": "[redacted]", "customer_name": "[redacted]"}, "order": "1",
			},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, line(t, tc.o, tc.log)); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWarningsCarryTheirSource(t *testing.T) {
	t.Parallel()
	for level, severity := range map[slog.Level]string{slog.LevelWarn: "WARNING", slog.LevelError: "ERROR", slog.LevelError + 4: "CRITICAL"} {
		got := line(t, logging.Options{}, func(ctx context.Context, l *slog.Logger) { l.LogAttrs(ctx, level, "x") })
		if got["severity"] != severity {
			t.Errorf("got severity %v, want %s", got["severity"], severity)
		}
		source, _ := got["logging.googleapis.com/sourceLocation"].(map[string]any)
		if source["file"] != "logging_test.go" {
			t.Errorf("%s: got source %v, want this file without its folder", severity, source)
		}
		if f, _ := source["function"].(string); !strings.Contains(f, "TestWarningsCarryTheirSource") {
			t.Errorf("%s: got function %q", severity, f)
		}
	}
}

// TestWarningsCarryLabels holds that a warning can be found by whom it is about, whatever it calls them, and that labels hold nothing that is
// masked.
func TestWarningsCarryLabels(t *testing.T) {
	t.Parallel()

	const labels = "logging.googleapis.com/labels"

	for _, tc := range []struct {
		name  string
		level slog.Level
		attrs []slog.Attr
		want  any
	}{
		{
			"all", slog.LevelWarn,
			[]slog.Attr{slog.String("account_id", "811"), slog.String("app_id", "gupshup-neem"), slog.String("provider", "gupshup"), slog.String("token", "t")},
			map[string]any{"account": "811", "app": "gupshup-neem", "provider": "gupshup"},
		},
		{"short_names", slog.LevelError, []slog.Attr{slog.String("account", "811"), slog.String("app", "a")}, map[string]any{"account": "811", "app": "a"}},
		{"nothing_to_say", slog.LevelWarn, []slog.Attr{slog.String("account_id", ""), slog.Int("provider", 1), slog.String("order_id", "7")}, nil},
		{"information", slog.LevelInfo, []slog.Attr{slog.String("account_id", "811")}, nil},
	} {
		got := line(t, logging.Options{}, func(ctx context.Context, l *slog.Logger) { l.LogAttrs(ctx, tc.level, "x", tc.attrs...) })
		if diff := cmp.Diff(tc.want, got[labels]); diff != "" {
			t.Errorf("%s: labels (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestLevelIsRespected(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	l := logging.New(&out, logging.Options{Level: slog.LevelWarn}).With(slog.Int("a", 1)).WithGroup("g")
	l.InfoContext(t.Context(), "x")
	if out.Len() != 0 {
		t.Errorf("got %q, want nothing under the level", out.String())
	}
}

func TestTraceFrom(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		traceparent string
		cloud       string
		want        logging.Trace
	}{
		{"none", "", "", logging.Trace{}},
		{"w3c", "00-" + traceID + "-" + spanID + "-01", "", logging.Trace{ID: traceID, Span: spanID}},
		{"w3c_first", "00-" + traceID + "-" + spanID + "-01", "11111111111111111111111111111111/1", logging.Trace{ID: traceID, Span: spanID}},
		{"w3c_broken", "00-xyz", "11111111111111111111111111111111/255;o=1", logging.Trace{ID: strings.Repeat("1", 32), Span: "00000000000000ff"}},
		{"w3c_zero", "00-" + strings.Repeat("0", 32) + "-" + spanID + "-01", "", logging.Trace{}},
		{"cloud_without_span", "", strings.ToUpper(traceID), logging.Trace{ID: traceID}},
		{"cloud_bad_span", "", traceID + "/abc;o=1", logging.Trace{ID: traceID}},
		{"cloud_forged", "", "projects/x/traces/y\n{}", logging.Trace{}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			h.Set("Traceparent", tc.traceparent)
			h.Set("X-Cloud-Trace-Context", tc.cloud)
			got := logging.TraceFrom(h)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("trace (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, logging.TraceOf(logging.WithTrace(t.Context(), got))); diff != "" {
				t.Errorf("trace of the context (-want +got):\n%s", diff)
			}
		})
	}
}
