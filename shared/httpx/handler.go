// Package httpx serves HTTP the way every function needs it, which the functions framework does not:
//
//   - [Serve] makes a [Handler], which returns an error, into an http.HandlerFunc: errors are answered once, as
//     problem+json by their [fault.Kind], each request is one log line, and a panic ends the request, not the process.
//   - [ReadBody] and the Require functions limit and check a body before anything else reads it.
//   - [Client] makes the HTTP client that providers and the platform are called with.
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
	// Clock measures durations; nil means the machine's.
	Clock clock.Clock
}

const defaultTimeout = 30 * time.Second

// Serve makes a Handler into an [http.HandlerFunc]: it sets the deadline, the trace and the safety headers, recovers
// panics, answers errors by their kind and writes the request's log line. The answer to a HEAD has no body.
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

		result := &handled{whole: logging.WithTrace(r.Context(), logging.TraceFrom(r.Header))}

		ctx, cancel := context.WithTimeout(result.whole, o.Timeout)
		defer cancel()

		r = r.WithContext(context.WithValue(ctx, handledKey{}, result))

		limitReading(ctx, w)
		setSafetyHeaders(w.Header())
		rec := &recorder{ResponseWriter: w, head: r.Method == http.MethodHead}

		err := protect(rec, r, h)

		if err != nil && !rec.began {
			err = blame(r.Context(), err)
			WriteProblem(rec, err)
		}
		if err == nil && !rec.began {
			rec.WriteHeader(http.StatusOK)
		}

		o.log(r, rec, result.attrs, err, o.Clock.Now().Sub(start))
	}
}

// blame returns the error with whose fault it is. A call of ours that ended as cancelled, such as one whose connection to Firestore was reset, looks like
// a caller who went away; while the caller waits it is a fault of ours. A 499 would tell providers and portals not to try again.
func blame(ctx context.Context, err error) error {
	if fault.Is(err, fault.Canceled) && !errors.Is(ctx.Err(), context.Canceled) {
		return fault.Wrap(fault.Unavailable, "httpx.Serve", err)
	}

	return err
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

// handledKey is the context's key of a *handled.
type handledKey struct{}

// handled is what a handler adds to its request's log line.
type handled struct {
	attrs []slog.Attr
	// whole is the request's context without the deadline that [Serve] has set.
	whole context.Context //nolint:containedctx // Extend sets another deadline on it
}

// Handled adds attributes to the log line of a request that succeeds, whose message then is "handled". It saves the
// handler a line of its own. ctx is the request's; in any other it does nothing. The last call counts. Like the writing
// of the answer it belongs to the handler's own goroutine.
func Handled(ctx context.Context, attrs ...slog.Attr) {
	if h, ok := ctx.Value(handledKey{}).(*handled); ok {
		h.attrs = attrs
	}
}

// endOfAnswer is how long an answer may go on after its request's time is over: it says that it is.
const endOfAnswer = 10 * time.Second

// Extend gives a request more time than [Serve] has: for a handler that knows whose the request is, and answers while it still reads the body.
// The context that it returns ends with the new time, or when the caller goes away. What the handler writes is sent with a [http.Flusher].
func Extend(w http.ResponseWriter, r *http.Request, timeout time.Duration) (context.Context, context.CancelFunc) {
	whole := r.Context()
	if h, ok := whole.Value(handledKey{}).(*handled); ok {
		whole = context.WithValue(h.whole, handledKey{}, h)
	}

	ctx, cancel := context.WithTimeout(whole, timeout)
	limitReading(ctx, w)

	if deadline, ok := ctx.Deadline(); ok {
		// As in limitReading, writers that cannot do these are tests' recorders. HTTP/2 needs no leave for answering early.
		answer := http.NewResponseController(w)
		_ = answer.SetWriteDeadline(deadline.Add(endOfAnswer))
		_ = answer.EnableFullDuplex()
	}

	return ctx, cancel
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

// log writes the request's line.
func (o Options) log(r *http.Request, rec *recorder, result []slog.Attr, err error, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("route", o.Route),
		slog.String("method", knownMethod(r.Method)),
		slog.Int("status", rec.status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes_in", r.ContentLength),
		slog.Int64("bytes_out", rec.written),
	}

	switch {
	case err != nil:
		level, why := failure(rec, err)
		o.Logger.LogAttrs(r.Context(), level, "request", append(attrs, why...)...)
	case len(result) > 0:
		o.Logger.LogAttrs(r.Context(), slog.LevelInfo, "handled", append(result, attrs...)...)
	default:
		o.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
	}
}

// failure returns the level of a failed request's line and what the line says of the error.
func failure(rec *recorder, err error) (slog.Level, []slog.Attr) {
	kind := fault.KindOf(err)
	attrs := []slog.Attr{slog.String("kind", kind.String()), slog.String("error", err.Error())}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", p.stack))
	}
	if rec.began && rec.status < http.StatusBadRequest {
		attrs = append(attrs, slog.Bool("answered_before_error", true))
	}

	if kind.Status() >= http.StatusInternalServerError {
		return slog.LevelError, attrs
	}

	return slog.LevelWarn, attrs
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
	// head leaves the body out: it is the answer to a HEAD.
	head bool
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

	if r.head {
		return len(b), nil
	}

	n, err := r.ResponseWriter.Write(b)
	r.written += int64(n)

	return n, err
}

// Unwrap lets [http.ResponseController] reach the server's own writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
