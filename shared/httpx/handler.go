// Package httpx owns what every HTTP function does alike: bodies are capped and checked before anything reads them,
// errors are answered once as problem+json by their [fault.Kind], each request is one log line, panics end a request
// and not the process, and SIGTERM lets requests in flight finish. The functions framework does none of these as we
// need them. It also makes the one kind of outbound client that providers are called with.
package httpx

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// Handler answers a request, or returns an error before it has written anything. It neither logs nor writes errors.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Options of [Serve].
type Options struct {
	// Logger gets one line per request. It must be set.
	Logger *slog.Logger
	// Route labels the request in the log, such as "subscribe.get". Paths and queries are never logged, since they hold
	// tokens and phone numbers.
	Route string
	// Timeout is the request's deadline; 0 means 30 s.
	Timeout time.Duration
	// Push answers 204 to an error whose kind acknowledges ([fault.Kind.Ack]), as Pub/Sub needs.
	Push bool
	// Clock measures durations; nil means the machine's.
	Clock clock.Clock
}

const defaultTimeout = 30 * time.Second

// Serve makes a Handler into an [http.HandlerFunc]: it sets the deadline, the trace and the safety headers, recovers
// panics, answers errors by their kind and writes the request's log line.
//
// An error returned after the response has begun can only be logged: handlers write last, and in one piece.
func Serve(o Options, h Handler) http.HandlerFunc {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return func(w http.ResponseWriter, r *http.Request) {
		start := o.Clock.Now()
		ctx, cancel := context.WithTimeout(logging.WithTrace(r.Context(), logging.TraceFrom(r.Header)), o.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		limitReading(ctx, w)
		rec := &recorder{ResponseWriter: w}
		setSafetyHeaders(w.Header())

		err := protect(rec, r, h)
		if err != nil && !rec.began {
			answer(rec, o, err)
		}
		if err == nil && !rec.began {
			rec.WriteHeader(http.StatusOK)
		}
		o.log(r, rec, err, o.Clock.Now().Sub(start))
	}
}

// limitReading ends the wait for a body that a caller announces and does not send: ours, and net/http's, which reads
// what is left of a refused body before it answers. The server takes the deadline away when the body has ended.
func limitReading(ctx context.Context, w http.ResponseWriter) {
	if deadline, ok := ctx.Deadline(); ok {
		// Writers that cannot do this are tests' recorders, whose bodies are in memory.
		_ = http.NewResponseController(w).SetReadDeadline(deadline)
	}
}

// setSafetyHeaders keeps answers, which hold customers' data, out of caches, frames and content sniffing.
func setSafetyHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// Handled has the request's log line say "handled", and what came of it beside what every line says: one line and one
// write to the log where a line of the handler's own would make two. The handler gives the writer that it was given.
func Handled(w http.ResponseWriter, outcome ...slog.Attr) {
	for {
		switch v := w.(type) {
		case *recorder:
			v.outcome = outcome
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return
		}
	}
}

// panicError is a recovered panic. Its value may hold anything, so only a runtime error's own text is kept.
type panicError struct {
	text  string
	stack string
}

func (e *panicError) Error() string { return "panic: " + e.text }

// protect runs the handler and turns a panic into an error.
func protect(w http.ResponseWriter, r *http.Request, h Handler) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if e, ok := v.(error); ok && errors.Is(e, http.ErrAbortHandler) {
			panic(v) // net/http's own way to cut a connection
		}
		p := &panicError{text: "a value that is not a runtime error", stack: string(debug.Stack())}
		if e, ok := v.(interface {
			error
			RuntimeError()
		}); ok {
			p.text = e.Error()
		}
		err = p
	}()
	return h(w, r)
}

func answer(w http.ResponseWriter, o Options, err error) {
	if o.Push && fault.KindOf(err).Ack() {
		NoContent(w)
		return
	}
	writeProblem(w, err)
}

func (o Options) log(r *http.Request, rec *recorder, err error, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("route", o.Route),
		slog.String("method", knownMethod(r.Method)),
		slog.Int("status", rec.status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes_in", r.ContentLength),
		slog.Int64("bytes_out", rec.written),
	}
	level := slog.LevelInfo
	if err != nil {
		kind := fault.KindOf(err)
		attrs = append(attrs, slog.String("kind", kind.String()), slog.String("error", err.Error()))
		switch {
		case kind.Status() >= http.StatusInternalServerError:
			level = slog.LevelError
		case !kind.Ack():
			level = slog.LevelWarn
		}
		if p, ok := errors.AsType[*panicError](err); ok {
			attrs = append(attrs, slog.String("stack", p.stack))
		}
		if rec.began && rec.status < http.StatusBadRequest && !kind.Ack() {
			attrs = append(attrs, slog.Bool("answered_before_error", true))
		}
	}
	if len(rec.outcome) > 0 && err == nil {
		o.Logger.LogAttrs(r.Context(), level, "handled", append(rec.outcome, attrs...)...)
		return
	}
	o.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

// knownMethod keeps a caller's own words out of the log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	default:
		return "other"
	}
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status  int
	written int64
	began   bool
	outcome []slog.Attr
}

func (r *recorder) WriteHeader(status int) {
	if !r.began && status >= http.StatusOK {
		r.began, r.status = true, status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if !r.began {
		r.WriteHeader(http.StatusOK)
	}
	n, err := r.ResponseWriter.Write(b)
	r.written += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] reach the server's own writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
