// Package logging writes log lines in the form Cloud Logging reads from a container's standard error: one JSON object
// a line, with severity, trace, labels and source location under its names. It also is the last net against a slip: attributes
// whose key says that they hold personal data or a secret are masked, whatever their value.
package logging

import (
	"context"
	"io"
	"log/slog"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Names of Cloud Logging's special fields.
const (
	traceKey  = "logging.googleapis.com/trace"
	spanKey   = "logging.googleapis.com/spanId"
	sourceKey = "logging.googleapis.com/sourceLocation"
	labelsKey = "logging.googleapis.com/labels"
)

const masked = "[redacted]"

// levelCritical and above is written as CRITICAL.
const levelCritical = slog.LevelError + 4

// Options of a logger.
type Options struct {
	// Level is the least level written; nil means Info.
	Level slog.Leveler
	// ProjectID makes trace ids into trace names; without it they are written as they are.
	ProjectID string
	// Attrs are on every line, such as the function's name.
	Attrs []slog.Attr
}

// New returns a logger that writes to w. Warnings and errors carry their place in the source, and the account, the app and the
// provider that they are about as labels, so that one filter finds all of an account's.
func New(w io.Writer, o Options) *slog.Logger {
	var inner slog.Handler = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: o.Level, ReplaceAttr: replace})
	if len(o.Attrs) > 0 {
		inner = inner.WithAttrs(o.Attrs)
	}
	return slog.New(&handler{root: inner, inner: inner, project: o.ProjectID})
}

// handler adds to each record what Cloud Logging wants at the top level of the line.
type handler struct {
	root    slog.Handler
	inner   slog.Handler
	replay  []func(slog.Handler) slog.Handler // leads from root to inner
	grouped bool
	project string
}

func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.inner.Enabled(ctx, l) }

// Handle writes the record. Attributes of a record land in the open group, so inside a group the special fields are
// put on the root first and the groups opened again above them.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	extra := h.extra(ctx, r)
	if len(extra) == 0 {
		return h.inner.Handle(ctx, r)
	}
	if !h.grouped {
		r = r.Clone()
		r.AddAttrs(extra...)
		return h.inner.Handle(ctx, r)
	}

	out := h.root.WithAttrs(extra)
	for _, step := range h.replay {
		out = step(out)
	}

	return out.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(h.grouped, func(inner slog.Handler) slog.Handler { return inner.WithAttrs(attrs) })
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(true, func(inner slog.Handler) slog.Handler { return inner.WithGroup(name) })
}

func (h *handler) with(grouped bool, step func(slog.Handler) slog.Handler) slog.Handler {
	next := *h
	next.grouped = grouped
	next.inner = step(h.inner)
	next.replay = append(slices.Clip(h.replay), step)
	return &next
}

func (h *handler) extra(ctx context.Context, r slog.Record) []slog.Attr {
	var attrs []slog.Attr
	if t, ok := traceOf(ctx); ok {
		name := t.ID
		if h.project != "" {
			name = "projects/" + h.project + "/traces/" + t.ID
		}

		attrs = append(attrs, special(traceKey, slog.StringValue(name)))
		if t.Span != "" {
			attrs = append(attrs, special(spanKey, slog.StringValue(t.Span)))
		}
	}
	if r.Level >= slog.LevelWarn && r.PC != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
		attrs = append(attrs, special(sourceKey, slog.GroupValue(
			slog.String("file", path.Base(frame.File)), // never a path of the machine it was built on
			slog.String("line", strconv.Itoa(frame.Line)),
			slog.String("function", frame.Function),
		)))
	}
	if r.Level >= slog.LevelWarn {
		if labels := labelsOf(r); len(labels) > 0 {
			attrs = append(attrs, special(labelsKey, slog.GroupValue(labels...)))
		}
	}

	return attrs
}

// special is a field under a name of Cloud Logging's.
func special(key string, value slog.Value) slog.Attr { return slog.Attr{Key: key, Value: value} }

// replace renames slog's own fields and masks what must not be logged.
func replace(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 {
		switch a.Key {
		case slog.LevelKey:
			if l, ok := a.Value.Any().(slog.Level); ok {
				return slog.String("severity", severity(l))
			}
		case slog.MessageKey:
			a.Key = "message"
			return a
		}
	}

	if forbidden(a.Key) {
		return slog.String(a.Key, masked)
	}

	return a
}

func severity(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "DEBUG"
	case l < slog.LevelWarn:
		return "INFO"
	case l < slog.LevelError:
		return "WARNING"
	case l < levelCritical:
		return "ERROR"
	default:
		return "CRITICAL"
	}
}

// forbiddenWords are the words that, alone or as the last part of a key, say that a value is personal or secret.
var forbiddenWords = map[string]bool{
	"address": true, "authorization": true, "body": true, "contact": true, "cookie": true, "credential": true,
	"credentials": true, "email": true, "key": true, "mail": true, "mobile": true, "name": true, "password": true,
	"payload": true, "phone": true, "recipient": true, "secret": true, "signature": true, "text": true, "token": true,
}

// forbidden reports whether an attribute with this key is masked: the key, or what follows its last underscore, hyphen
// or dot, is a word such as phone, email, name, token, key, text or body; "customerName" counts as "customer_name".
func forbidden(key string) bool {
	last := key
	for i := len(key) - 1; i >= 0; i-- {
		c := key[i]
		if c == '_' || c == '-' || c == '.' {
			last = key[i+1:]
			break
		}
		if i > 0 && c >= 'A' && c <= 'Z' && key[i-1] >= 'a' && key[i-1] <= 'z' {
			last = key[i:]
			break
		}
	}

	return forbiddenWords[last] || forbiddenWords[strings.ToLower(last)]
}
