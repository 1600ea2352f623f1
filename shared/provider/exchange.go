package provider

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
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

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

const (
	// maxAnswer is the most that is read of the answer to a send.
	maxAnswer = 1 << 20
	// maxPage is the most that is read of an answer to a question, such as a page of templates.
	maxPage = 8 << 20
)

// Codes of errors that no provider named.
const (
	// CodeNotSent: the connection could not be made, or the caller gave up before it was.
	CodeNotSent = "not_sent"
	// CodeNoAnswer: the request, or a part of it, may have left, and no answer came.
	CodeNoAnswer = "no_answer"
	// CodeCutAnswer: the answer's status came, the rest did not.
	CodeCutAnswer = "cut_answer"
	// CodeLongAnswer: the answer is longer than any that a provider gives.
	CodeLongAnswer = "long_answer"
	// CodeNoID: the provider said yes and named no message.
	CodeNoID = "no_id"
)

// errSentOnce keeps net/http from sending a request a second time.
var errSentOnce = errors.New("a request is sent once")

// Answer is what came back for a request, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a message: once, following no redirect, with read to judge the answer. The error is always a *SendError:
//
//   - message.ClassTransient where no byte of the request can have left;
//   - message.ClassUnknown where one may have and no whole answer of at most 1 MiB came back, and for a receipt without an id;
//   - else what read says. An error of read that is no *SendError becomes message.ClassUnknown.
//
// No error holds the request's URL, header or body, or a word of the answer.
func Do(
	ctx context.Context, client *http.Client, req *http.Request,
	read func(status int, header http.Header, body []byte) (Receipt, error),
) (Receipt, error) {
	answer, err := exchange(ctx, client, req, maxAnswer)
	if err != nil {
		return Receipt{}, err
	}

	receipt, err := read(answer.Status, answer.Header, answer.Body)
	if err != nil {
		if e, ok := errors.AsType[*SendError](err); ok {
			return Receipt{}, e
		}
		return Receipt{}, &SendError{Failure: message.Failure{Class: message.ClassUnknown}, HTTPStatus: answer.Status}
	}
	if receipt.ID == "" {
		return Receipt{}, &SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: CodeNoID}, HTTPStatus: answer.Status}
	}

	return receipt, nil
}

// Fetch asks a provider something that is no send: templates, settings. It behaves as Do and takes answers of up to
// 8 MiB; what the answer means is the caller's to say.
func Fetch(ctx context.Context, client *http.Client, req *http.Request) (Answer, error) {
	return exchange(ctx, client, req, maxPage)
}

func exchange(ctx context.Context, client *http.Client, req *http.Request, limit int64) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, &SendError{Failure: message.Failure{Class: message.ClassTransient, Code: CodeNotSent}, Err: scrub(err)}
	}
	var w wire
	req = w.watch(ctx, req)
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Do(req) //nolint:gosec // G704: the address is the provider's, from configuration
	if err != nil {
		return Answer{}, w.failure(err)
	}

	defer func() { _ = resp.Body.Close() }()

	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return Answer{}, &SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: CodeCutAnswer}, HTTPStatus: resp.StatusCode, Err: scrub(err),
		}
	case int64(len(body)) > limit:
		return Answer{}, &SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: CodeLongAnswer}, HTTPStatus: resp.StatusCode}
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

// failure classifies a request without an answer. A transport that reports nothing is believed nothing.
func (w *wire) failure(err error) *SendError {
	if w.sought.Load() && !w.got.Load() {
		return &SendError{Failure: message.Failure{Class: message.ClassTransient, Code: CodeNotSent}, Err: scrub(err)}
	}
	return &SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: CodeNoAnswer}, Err: scrub(err)}
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

// Refusal is what an HTTP status means where the provider named no code of its own. own says that the body is the
// provider's documented error and not somebody else's in between: a proxy's 5xx tells nothing of the message.
// It fits any status, also of answers that should have been a receipt; those are message.ClassUnknown.
func Refusal(status int, header http.Header, own bool) *SendError {
	e := &SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: HTTPCode(status)}, HTTPStatus: status}
	switch {
	case status == http.StatusTooManyRequests:
		e.Class, e.RetryAfter = message.ClassThrottled, RetryAfter(header)
	case status == http.StatusUnauthorized:
		e.Class, e.Cause = message.ClassAccount, message.CauseCredentials
	case !own:
		// Nobody knows whose answer this is.
	case status == http.StatusForbidden:
		e.Class, e.Cause = message.ClassAccount, message.CauseCredentials
	case status == http.StatusRequestTimeout, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		// A gateway waited for the server behind it, which may have taken the message.
	case status >= 500 && status < 600:
		e.Class, e.RetryAfter = message.ClassTransient, RetryAfter(header)
	case status >= 400 && status < 500:
		e.Class = message.ClassBadRequest
	}

	return e
}

// HTTPCode is the code of an error for which the provider named none: "http_502".
func HTTPCode(status int) string { return "http_" + strconv.Itoa(status) }

// RetryAfter is how long an answer asks to wait: Retry-After in seconds or as a date, which is measured against the
// answer's own Date, or else Gupshup's X-Rate-Limit-Retry-After-Seconds. 0 when it does not say, or not sensibly; at
// most a day.
func RetryAfter(header http.Header) time.Duration {
	for _, name := range []string{"Retry-After", "X-Rate-Limit-Retry-After-Seconds"} {
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

// Encode is JSON as providers' own samples spell it, without HTML's escapes and without a line break at the end.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("provider: encode: %w", err)
	}

	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
