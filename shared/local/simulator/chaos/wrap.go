package chaos

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Dialect is how one simulated system words what the faults make it say.
type Dialect struct {
	// System is the name that faults know it by.
	System string
	// Error writes the system's documented error answer.
	Error func(w http.ResponseWriter, status int, message string)
	// Refusal, Throttled, Unauthorised and Down are its default messages.
	Refusal, Throttled, Unauthorised, Down string
	// NoID is a success answer that lacks the identifier.
	NoID []byte
	// AppID finds which app asks, or "". It may read the form and must leave the body readable through it.
	AppID func(r *http.Request) string
}

const htmlBadGateway = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
	"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

// maxDrain is how much of a request's body is read before hanging or cutting: net/http notices that a client has gone
// only once the body was read.
const maxDrain = 1 << 20

// Wrap applies the faults of the dialect's system to next.
func (l *List) Wrap(d Dialect, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.busy.Load() {
			next.ServeHTTP(w, r)
			return
		}

		f, hit := l.take(transportModes, d.System, r.URL.Path, d.AppID(r))
		if !hit {
			next.ServeHTTP(w, r)
			return
		}

		switch f.Mode {
		case Slow:
			if l.wait(f.delay()) {
				next.ServeHTTP(w, r)
			} else {
				cut(w, r)
			}
		case HTML502After, TimeoutAfter, ResetAfter, Truncated, NoID, Malformed:
			l.after(w, r, &d, &f, next)
		default:
			l.before(w, r, &d, &f)
		}
	})
}

func (l *List) before(w http.ResponseWriter, r *http.Request, d *Dialect, f *Fault) {
	switch f.Mode {
	case Throttle:
		if s := f.retryAfter(); s >= 0 {
			w.Header().Set("Retry-After", strconv.Itoa(s))
		}

		d.Error(w, http.StatusTooManyRequests, f.message(d.Throttled))
	case WrongCredentials:
		d.Error(w, http.StatusUnauthorized, f.message(d.Unauthorised))
	case Unavailable:
		d.Error(w, f.status(http.StatusServiceUnavailable), f.message(d.Down))
	case HTML502Before:
		writeBadGateway(w)
	case TimeoutBefore:
		l.hang(w, r)
	case ResetBefore:
		cut(w, r)
	default:
		d.Error(w, f.status(http.StatusBadRequest), f.message(d.Refusal))
	}
}

// after lets next work into a buffer, then loses or spoils the answer. A request that next refused is answered as it
// is: there was nothing to lose.
func (l *List) after(w http.ResponseWriter, r *http.Request, d *Dialect, f *Fault, next http.Handler) {
	b := &buffer{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(b, r)
	if b.status >= http.StatusMultipleChoices {
		b.copyTo(w, b.body.Bytes())
		return
	}

	switch f.Mode {
	case HTML502After:
		writeBadGateway(w)
	case TimeoutAfter:
		l.hang(w, r)
	case ResetAfter:
		cut(w, r)
	case Truncated:
		b.header.Set("Content-Length", strconv.Itoa(b.body.Len()))
		b.copyTo(w, b.body.Bytes()[:b.body.Len()/2])
	case NoID:
		b.copyTo(w, d.NoID)
	default:
		b.copyTo(w, []byte(`{"status":"succ`))
	}
}

// wait lets d pass on the clock and reports whether it did before the simulator ended. A client that gives up before
// ends nothing: the real system would not know either.
func (l *List) wait(d time.Duration) bool {
	done := make(chan struct{})

	timer := l.clock.AfterFunc(d, func() { close(done) })
	select {
	case <-done:
		return true
	case <-l.closed:
		timer.Stop()
		return false
	}
}

// hang answers nothing until the client or the simulator ends, and cuts the connection then.
func (l *List) hang(w http.ResponseWriter, r *http.Request) {
	l.hanging.Add(1)
	defer l.hanging.Add(-1)

	drain(r)

	select {
	case <-r.Context().Done():
	case <-l.closed:
	}

	cut(w, r)
}

// cut closes the connection with a reset instead of an answer.
func cut(w http.ResponseWriter, r *http.Request) {
	drain(r)

	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "the connection cannot be cut", http.StatusInternalServerError)
		return
	}

	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetLinger(0)
	}

	// The client is meant to see a broken connection; that closing failed as well changes nothing for it.
	_ = errors.Join(err, conn.Close())
}

func drain(r *http.Request) {
	// A body that cannot be read belongs to a client that has gone, which is noticed by its context.
	_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
}

func writeBadGateway(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusBadGateway)
	write(w, []byte(htmlBadGateway))
}

func write(w io.Writer, body []byte) {
	// A failed write means that the client has gone.
	_, _ = w.Write(body)
}

// buffer is a response that nobody has seen yet.
type buffer struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

// Header is the answer's header.
func (b *buffer) Header() http.Header { return b.header }

// WriteHeader keeps the first status.
func (b *buffer) WriteHeader(status int) {
	if !b.wrote {
		b.status, b.wrote = status, true
	}
}

// Write keeps the body.
func (b *buffer) Write(p []byte) (int, error) {
	b.wrote = true
	return b.body.Write(p)
}

func (b *buffer) copyTo(w http.ResponseWriter, body []byte) {
	maps.Copy(w.Header(), b.header)
	w.WriteHeader(b.status)
	write(w, body)
}
