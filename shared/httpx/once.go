package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Answer is what came back for a request, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Loss is how far a request got that brought no whole answer.
type Loss string

// How far a request can get.
const (
	// NotSent: the connection could not be made, or the caller gave up before it was. No byte has left.
	NotSent Loss = "not_sent"
	// NoAnswer: the request, or a part of it, may have left, and no answer came.
	NoAnswer Loss = "no_answer"
	// CutAnswer: the answer's status came, the rest did not.
	CutAnswer Loss = "cut_answer"
	// LongAnswer: the answer is longer than the caller reads.
	LongAnswer Loss = "long_answer"
)

// LostError says of a request that it brought no whole answer.
type LostError struct {
	Loss Loss
	// Status is that of the answer; 0 if none came.
	Status int
	// Err is the transport's error, if there was one, with nothing secret in it.
	Err error
}

// Error names the loss, the status and the transport's error.
func (e *LostError) Error() string {
	text := string(e.Loss)
	if e.Status != 0 {
		text += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}

	return text
}

// Unwrap returns the transport's error.
func (e *LostError) Unwrap() error { return e.Err }

// errSentOnce keeps net/http from sending a request a second time.
var errSentOnce = errors.New("a request is sent once")

// Once makes a request once, following no redirect, and reads an answer of up to limit bytes. The error is always a *[LostError]. It
// says whether a byte of the request may have left, and holds nothing of the URL, the headers, the body or the answer.
func Once(ctx context.Context, client *http.Client, req *http.Request, limit int64) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, &LostError{Loss: NotSent, Err: scrub(err)}
	}

	var w wire
	req = w.watch(ctx, req)
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Do(req) //nolint:gosec // G704: the address is from configuration
	if err != nil {
		return Answer{}, &LostError{Loss: w.loss(), Err: scrub(err)}
	}

	defer func() { _ = resp.Body.Close() }()

	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return Answer{}, &LostError{Loss: CutAnswer, Status: resp.StatusCode, Err: scrub(err)}
	case int64(len(body)) > limit:
		return Answer{}, &LostError{Loss: LongAnswer, Status: resp.StatusCode}
	}

	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// wire watches how far a request gets.
type wire struct {
	sought atomic.Bool // a connection was looked for, so the transport reports what it does
	got    atomic.Bool // a connection was there: from now on bytes may have left
	http2  atomic.Bool
}

func (w *wire) watch(ctx context.Context, req *http.Request) *http.Request {
	traced := req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.sought.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			w.got.Store(true)
			if c, ok := info.Conn.(*tls.Conn); ok && c.ConnectionState().NegotiatedProtocol == "h2" {
				w.http2.Store(true)
			}
		},
	}))
	// net/http asks for a fresh body when it wants to send again by itself. Over HTTP/1 it wants that for a POST only
	// where a reused connection proved closed before one byte was written; over HTTP/2 on a server's word as well.
	if fresh := req.GetBody; fresh != nil {
		traced.GetBody = func() (io.ReadCloser, error) {
			if w.http2.Load() {
				return nil, errSentOnce
			}
			return fresh()
		}
	}

	return traced
}

// loss classifies a request without an answer. A transport that reports nothing is believed nothing.
func (w *wire) loss() Loss {
	if w.sought.Load() && !w.got.Load() {
		return NotSent
	}
	return NoAnswer
}

// plain are the errors that may be told as they are.
var plain = []error{
	context.Canceled, context.DeadlineExceeded, errSentOnce,
	syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, syscall.EHOSTUNREACH, syscall.ENETUNREACH,
	io.ErrUnexpectedEOF, io.EOF,
}

var (
	errNoHost     = errors.New("host not found")
	errTLS        = errors.New("no secure connection")
	errTimeout    = errors.New("timed out")
	errConnection = errors.New("connection failed")
)

// scrub reduces an error of net/http to one of a few: the whole text may hold the URL, and of an answer that is not
// HTTP, the answer.
func scrub(err error) error {
	for _, known := range plain {
		if errors.Is(err, known) {
			return known
		}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return errNoHost
	}
	if isTLS(err) {
		return errTLS
	}
	if t, ok := errors.AsType[*url.Error](err); ok && t.Timeout() {
		return errTimeout
	}

	return errConnection
}

func isTLS(err error) bool {
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	_, cert := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	return record || alert || cert || unknown
}

// maxRetryAfter is the longest wait that is believed; a longer one is an error or a date in another calendar.
const maxRetryAfter = 24 * time.Hour

// RetryAfter is how long an answer asks to wait: Retry-After in seconds or as a date, which is measured against the
// answer's own Date, or else the first of more headers that says so. 0 when none does, or not sensibly; at most a day.
func RetryAfter(header http.Header, more ...string) time.Duration {
	for _, name := range append([]string{"Retry-After"}, more...) {
		if d := wait(strings.TrimSpace(header.Get(name)), header.Get("Date")); d > 0 {
			return min(d, maxRetryAfter)
		}
	}

	return 0
}

func wait(value, date string) time.Duration {
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if seconds > 0 {
			return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
		}
		return 0
	}

	then, err := http.ParseTime(value)
	if err != nil {
		return 0
	}

	now, err := http.ParseTime(date)
	if err != nil {
		return 0
	}

	return then.Sub(now)
}
