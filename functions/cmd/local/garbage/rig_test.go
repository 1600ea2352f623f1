package garbage_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// marker stands in every input for the secret, number or name that must not come back in an answer or a log line.
const marker = "QzMarker9000079999Kx"

// Paths of the world.
const (
	orderPath   = "/_ah/api/esb/v2/order/"
	notifyPath  = "/push/notify"
	receivePath = "/push/receive"
	sweepPath   = "/push/sweep"
	eventsPath  = "/local/events"
	inboxPath   = "/local/inbox/9000000001"
	replyPath   = "/local/inbox/9000000001/reply"
	logPath     = "/local/send-log?orderId=51230077"
	faultsPath  = "/local/faults"
	botPath     = "/local/bot"

	platformPath = "/push/platform"
)

// times are short enough to see what follows them, and long enough for a busy machine.
func times() map[string]string {
	return map[string]string{
		"PROVIDER_TIMEOUT": "5s", "REQUEST_TIMEOUT": "6s", "LEASE": "7s", "ACK_DEADLINE": "15s", "PARK_AFTER": "300ms", "GRACE": "1s",
		"BRANDAPI_RATE": "100000", "BRANDAPI_BURST": "100000",
	}
}

// brief ends what stalls before anybody gets impatient.
func brief() map[string]string {
	return map[string]string{"PROVIDER_TIMEOUT": "500ms", "REQUEST_TIMEOUT": "600ms", "LEASE": "700ms", "ACK_DEADLINE": "800ms"}
}

// rig is a running world with everything that it logs, writes and publishes in view.
type rig struct {
	t       *testing.T
	w       *world.World
	host    string
	webhook string // the path of Neem's webhook, with its token
	// meta and kaleyra are the paths of Marigold's and Jasmine's.
	meta, kaleyra string
	logs          *buffer
	// published counts the messages of every topic.
	published atomic.Int64
}

// buffer collects log lines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// from is what was logged after the first n bytes.
func (b *buffer) from(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.b.Bytes()[n:])
}

func (b *buffer) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Len()
}

func newRig(t *testing.T, config map[string]string) *rig {
	t.Helper()
	r := &rig{t: t, logs: &buffer{}}
	all := times()
	maps.Copy(all, config)
	w, err := world.Start(t.Context(), world.Options{
		Logger:    slog.New(slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})),
		Config:    all,
		Behaviour: &simulator.Behaviour{Callbacks: true, AutoRead: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.w = w
	t.Cleanup(func() {
		if closing := w.Close(context.WithoutCancel(t.Context())); closing != nil {
			t.Errorf("close: %v", closing)
		}
	})
	r.host = strings.TrimPrefix(w.URL, "http://")
	r.webhook = "/webhook/gupshup/" + r.secret("webhook-token-neem")
	r.meta = "/webhook/meta/" + r.secret("webhook-token-marigold")
	r.kaleyra = "/webhook/kaleyra/" + r.secret("webhook-token-jasmine")
	w.Cloud.PubSub().OnPublish(func(string, *pb.PubsubMessage) { r.published.Add(1) })
	r.rest()
	return r
}

// secret is one of the demo's.
func (r *rig) secret(name string) string {
	r.t.Helper()
	s, err := r.w.Parts.Secrets.Access(r.t.Context(), name)
	if err != nil {
		r.t.Fatal(err)
	}
	return s.Reveal()
}

// rest waits until nothing is on its way.
func (r *rig) rest() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	if err := errors.Join(r.w.Simulator.Settle(ctx), r.w.Cloud.WaitIdle(ctx)); err != nil {
		r.t.Fatalf("the world does not come to rest: %v", err)
	}
}

// request is one request as bytes on the wire: what net/http's client would refuse to send can be sent.
type request struct {
	method, path string
	header       map[string]string
	body         []byte
	// chunked sends the body without its length; short declares more bytes than are sent, and hangs up; stalled declares
	// more, and waits.
	chunked, short, stalled bool
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// problem is the body of a documented error.
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Field  string `json:"field"`
	Status int    `json:"status"`
}

func (q request) bytes(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", q.method, q.path, host)
	header := map[string]string{"Content-Type": "application/json"}
	maps.Copy(header, q.header)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if header[name] != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, header[name])
		}
	}
	switch {
	case q.chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		for rest := q.body; len(rest) > 0; {
			n := min(len(rest), 64<<10)
			fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
			rest = rest[n:]
		}
		b.WriteString("0\r\n\r\n")
	case q.short || q.stalled:
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(q.body)+100, q.body)
	default:
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(q.body), q.body)
	}
	return b.Bytes()
}

// send makes a request over a connection of its own.
func (r *rig) send(t *testing.T, q request) answer {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", r.host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err = conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() {
		// A server that has refused the request may not read all of it.
		_, _ = conn.Write(q.bytes(r.host))
		if tcp, ok := conn.(*net.TCPConn); ok && q.short {
			_ = tcp.CloseWrite()
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: q.method})
	if err != nil {
		t.Fatalf("%s: no answer: %v", q.method, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: answer cut: %v", q.method, err)
	}
	return answer{resp.StatusCode, resp.Header, body}
}

// state is all that a request could have changed.
type state struct {
	writes, published int64
	accepted          int
	documents         [32]byte
}

func (r *rig) state(t *testing.T) state {
	t.Helper()
	sum := sha256.New()
	for name, fields := range r.w.Cloud.Firestore().Documents {
		fmt.Fprintf(sum, "%s\n", name)
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			value, err := proto.MarshalOptions{Deterministic: true}.Marshal(fields[field])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(sum, "%s %x\n", field, value)
		}
	}
	counts := r.w.Cloud.Firestore().Counts()
	s := state{writes: counts.Writes + counts.Deletes, published: r.published.Load(), accepted: r.w.Simulator.AcceptedCount()}
	sum.Sum(s.documents[:0])
	return s
}

// want is what an answer must be.
type want struct {
	status int
	// names must be in the problem's field or detail; empty asks for any that is not empty.
	names string
}

// refused sends a request that must be refused: by the documented status, with a body that names what is wrong, without
// a write, a message or a word of the marker.
func (r *rig) refused(t *testing.T, q request, w want) {
	t.Helper()
	before, logged := r.state(t), r.logs.len()
	a := r.send(t, q)
	if a.status != w.status {
		t.Errorf("status: got %d, want %d; body %s", a.status, w.status, clip(a.body))
	}
	if after := r.state(t); after != before {
		t.Errorf("state changed: got %+v, want %+v", after, before)
	}
	checkProblem(t, q, a, w)
	r.silent(t, a, logged)
}

// silent fails if the answer or what was logged since says the marker.
func (r *rig) silent(t *testing.T, a answer, logged int) {
	t.Helper()
	checkSilent(t, a, r.logs.from(logged))
}

func checkSilent(t *testing.T, a answer, logs string) {
	t.Helper()
	texts := map[string]string{"answer": string(a.body) + fmt.Sprint(a.header), "log": logs}
	for where, text := range texts {
		for _, form := range forms() {
			if before, after, found := strings.Cut(text, form); found {
				line := before[strings.LastIndexByte(before, '\n')+1:] + form + after[:max(0, strings.IndexByte(after, '\n'))]
				t.Errorf("the %s repeats what was sent (%s): %s", where, form, clip([]byte(line)))
			}
		}
	}
}

// forms are the marker as it could come back.
func forms() []string {
	return []string{
		marker, strings.ToLower(marker), base64.StdEncoding.EncodeToString([]byte(marker))[:24], fmt.Sprintf("%x", marker), "9000079999",
	}
}

func checkProblem(t *testing.T, q request, a answer, w want) {
	t.Helper()
	if q.method == http.MethodHead {
		return
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type: got %q, want application/problem+json; body %s", got, clip(a.body))
		return
	}
	var p problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Errorf("body is no problem: %v: %s", err, clip(a.body))
		return
	}
	if p.Status != a.status || p.Title == "" || p.Detail == "" {
		t.Errorf("problem lacks status, title or detail: %s", a.body)
	}
	if !strings.Contains(p.Field+": "+p.Detail, w.names) {
		t.Errorf("problem does not name what is wrong: got %q %q, want %q", p.Field, p.Detail, w.names)
	}
}

func clip(b []byte) string {
	if len(b) > 600 {
		return string(b[:600]) + "…"
	}
	return string(b)
}

// wrapped is a push of data, as Pub/Sub wraps it.
func wrapped(data []byte, attributes map[string]string) []byte {
	b, err := json.Marshal(map[string]any{
		"message": map[string]any{
			"data": base64.StdEncoding.EncodeToString(data), "attributes": attributes, "messageId": "1",
			"publishTime": "2024-02-13T10:00:00Z",
		},
		"subscription": "projects/local/subscriptions/garbage", "deliveryAttempt": 1,
	})
	if err != nil {
		panic(err)
	}
	return b
}

// neem are the attributes of a callback of Neem's app.
func neem(kind string) map[string]string {
	return map[string]string{"kind": kind, "provider": "gupshup", "app": world.NeemApp, "account": world.NeemID}
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := testdata.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// padded is a sound body with blanks before it up to size bytes.
func padded(body []byte, size int) []byte {
	return append(bytes.Repeat([]byte{' '}, size-len(body)), body...)
}

// portalBody is the sound POST of Ira's order.
func portalBody() []byte {
	return []byte(`{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}`)
}

func deep(n int) []byte {
	return []byte(strings.Repeat(`{"`+marker+`":[`, n/2) + `"` + marker + `"` + strings.Repeat(`]}`, n/2))
}

// unlisted is told as an error, since somebody must look a new code up; it is the provider's fault, not ours.
const unlisted = "provider named a code that no table has"

// faulty lists the lines of failed requests: what was refused is a warning, only our own faults are 5xx.
func faulty(logs string) []string {
	var lines []string
	for line := range strings.Lines(logs) {
		var l struct {
			Level  string `json:"level"`
			Msg    string `json:"msg"`
			Status int    `json:"status"`
			Stack  string `json:"stack"`
		}
		sound := json.Unmarshal([]byte(line), &l) == nil
		if !sound || l.Level == "ERROR" && l.Msg != unlisted || l.Status >= 500 || l.Stack != "" {
			lines = append(lines, clip([]byte(line)))
		}
	}
	return lines
}

func number(n int) string { return strconv.Itoa(n) }
