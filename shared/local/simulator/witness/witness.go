// Package witness records what reached the simulated systems, for tests to compare with what our own records claim:
// every message a provider accepted, every request seen with its answer, every callback posted. It holds no credential and no
// address of a webhook.
package witness

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Accepted is one message that a simulated provider took on. It is recorded before the answer leaves, so it is here
// even if the client never saw the answer.
type Accepted struct {
	// Provider is the simulated system, e.g. "gupshup".
	Provider string
	// AppID is the provider's own identifier of the sending app.
	AppID string
	// MessageID is the identifier the provider gave.
	MessageID string
	// Destination is the shopper's number, digits only with country code.
	Destination string
	// TemplateID is empty for session messages.
	TemplateID string
	// Category is that of the template at acceptance, where the system has categories; ByMarketing says that it came by a route for
	// marketing templates alone.
	Category    string
	ByMarketing bool
	// Params are the template's values in order.
	Params []string
	// Text is what a session message says.
	Text string
	// Postbacks are the payloads of the quick-reply buttons, by button index.
	Postbacks map[int]string
	// At is the time of acceptance.
	At time.Time
	// RequestID is the Request this came with.
	RequestID uint64
}

// Request is one HTTP request that reached the simulator.
type Request struct {
	// ID counts from 1 in order of arrival.
	ID uint64
	// At is the time of arrival.
	At time.Time
	// System is the simulated system that was asked: the first part of the path.
	System string
	// Method and Path are those of the request, without the query.
	Method, Path string
	// ContentType and Body are those of the request: the first 64 KiB as they came, but "(not kept)" where a credential was, or
	// the address of a webhook. BodyCut says that more came, or that the body was forgotten: the newest 1000 requests have theirs.
	ContentType, Body string
	BodyCut           bool
	// Status is what was answered, 0 while unanswered or when the connection was cut instead.
	Status int
	// AnswerType and Answer are what was answered, likewise.
	AnswerType, Answer string
	AnswerCut          bool
}

// entry is a request on record.
type entry struct {
	Request

	forgotten bool
}

// forget drops what takes space.
func (e *entry) forget() {
	e.Body, e.BodyCut, e.Answer, e.AnswerCut, e.forgotten = "", true, "", true, true
}

// Delivery is one attempt to post a callback.
type Delivery struct {
	// AppID, Kind and MessageID are those of the callback.
	AppID, Kind, MessageID string
	// Attempt counts from 1.
	Attempt int
	// Status is the receiver's answer, 0 if there was none.
	Status int
	// AckBytes is the length of the receiver's answer; Gupshup asks for an empty one.
	AckBytes int64
	// At is when the attempt began, Took how long it lasted.
	At   time.Time
	Took time.Duration
}

// Log is the record. It is safe for concurrent use.
type Log struct {
	mu       sync.Mutex
	count    int
	accepted ring[Accepted]
	requests ring[*entry]
	// whole are the requests whose bodies are kept, oldest first.
	whole      []*entry
	deliveries ring[Delivery]
	ids        atomic.Uint64
}

// New returns an empty log that keeps the newest keep entries of each sort, or all of them for keep ≤ 0.
func New(keep int) *Log {
	return &Log{
		accepted:   ring[Accepted]{keep: keep},
		requests:   ring[*entry]{keep: keep},
		deliveries: ring[Delivery]{keep: keep},
	}
}

// Accept records a message.
func (l *Log) Accept(a Accepted) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.accepted.add(a)
}

// Accepted lists the kept messages, oldest first.
func (l *Log) Accepted() []Accepted {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accepted.all()
}

// AcceptedCount is how many messages were accepted since the start or the last reset, forgotten ones too.
func (l *Log) AcceptedCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// Deliver records an attempt to post a callback.
func (l *Log) Deliver(d Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.deliveries.add(d)
}

// Deliveries lists the kept attempts, oldest first.
func (l *Log) Deliveries() []Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.deliveries.all()
}

// Requests lists the kept requests, oldest first.
func (l *Log) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()

	all := l.requests.all()

	out := make([]Request, len(all))
	for i, r := range all {
		out[i] = r.Request
	}

	return out
}

type requestKey struct{}

// RequestID is the id that [Log.Wrap] gave the request of this context, 0 outside of one.
func RequestID(ctx context.Context) uint64 {
	id, _ := ctx.Value(requestKey{}).(uint64)
	return id
}

// Wrap records every request to next. Requests are recorded once they and the beginning of their body have arrived, before
// next works on them, so that one still hanging is seen.
func (l *Log) Wrap(now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, begun, secrets := l.ids.Add(1), now(), credentials(r)
		body, cut := ahead(r)
		system, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")

		e := &entry{Request: Request{
			ID:          id,
			At:          begun,
			System:      system,
			Method:      r.Method,
			Path:        r.URL.Path,
			ContentType: r.Header.Get("Content-Type"),
			Body:        keepable(r.Header.Get("Content-Type"), body, secrets),
			BodyCut:     cut,
		}}
		l.begin(e)

		aw := &answerWriter{ResponseWriter: w}
		defer func() { l.end(e, aw, secrets) }()

		next.ServeHTTP(aw, r.WithContext(context.WithValue(r.Context(), requestKey{}, e.ID)))
	})
}

// begin puts a request on record.
func (l *Log) begin(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.requests.add(e)

	l.whole = append(l.whole, e)
	if len(l.whole) > maxBodies {
		l.whole[0].forget()
		l.whole = l.whole[1:]
	}
}

// end adds the answer.
func (l *Log) end(e *entry, w *answerWriter, secrets []string) {
	l.mu.Lock()
	defer l.mu.Unlock()

	e.Status = w.status
	if w.status == 0 || e.forgotten {
		return
	}

	e.AnswerType = w.Header().Get("Content-Type")
	e.Answer, e.AnswerCut = keepable(e.AnswerType, w.body, secrets), w.cut
}

// answerWriter remembers the answer that it passes on: its status, and the beginning of its body.
type answerWriter struct {
	http.ResponseWriter

	status int
	body   []byte
	cut    bool
}

// WriteHeader remembers and passes on.
func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}

	w.ResponseWriter.WriteHeader(status)
}

// Write remembers and passes on. It implies status 200, as net/http does.
func (w *answerWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}

	fits := min(len(b), maxBody-len(w.body))
	w.body, w.cut = append(w.body, b[:fits]...), w.cut || fits < len(b)

	return w.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] reach flush and hijack.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
