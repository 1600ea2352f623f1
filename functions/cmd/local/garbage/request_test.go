package garbage_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// request is one request as bytes on the wire: what net/http's client would refuse to send can be sent.
type request struct {
	method, path string
	header       map[string]string
	body         []byte
	// chunked sends the body without its length; short declares more bytes than are sent, and hangs up; stalled declares
	// more, and waits.
	chunked, short, stalled bool
}

const authorization = "Authorization"

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

// send makes a request over a connection of its own. A push gets a token, unless its header says otherwise.
func (r *rig) send(t *testing.T, q request) answer {
	t.Helper()
	if _, said := q.header[authorization]; !said && strings.HasPrefix(q.path, "/push/") {
		header := map[string]string{authorization: "Bearer " + r.PushToken()}
		maps.Copy(header, q.header)
		q.header = header
	}
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
	before, logged := r.state(t), r.Logs.Len()
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

// buried sends a push of a message that nobody can read: it must be acknowledged and kept in the dead-letter topic as it came,
// with one line in the log that names what is wrong, without a write or a word of the marker.
func (r *rig) buried(t *testing.T, q request, data []byte, names string) {
	t.Helper()
	before, logged := r.state(t), r.Logs.Len()
	a := r.send(t, q)
	if a.status != http.StatusNoContent || len(a.body) > 0 {
		t.Fatalf("got %d %s, want 204 and nothing", a.status, clip(a.body))
	}
	topic := world.ProviderEvents
	if q.path == notifyPath {
		topic = world.OrderEvents
	}
	if m := r.kept(t, topic+"-dead-kept"); !bytes.Equal(m.GetData(), data) || m.GetAttributes()["source"] != topic {
		t.Errorf("kept: got %q under %v, want it as it came", clip(m.GetData()), m.GetAttributes())
	}
	if after := r.state(t); after.documents != before.documents || after.accepted != before.accepted {
		t.Error("it was written")
	}
	line := r.Logs.From(logged)
	if strings.Count(line, "cannot be read") != 1 || !strings.Contains(line, names) {
		t.Errorf("got log %s, want one line that names %s", line, names)
	}
	r.silent(t, a, logged)
}

// silent fails if the answer or what was logged since says the marker.
func (r *rig) silent(t *testing.T, a answer, logged int) {
	t.Helper()
	checkSilent(t, a, r.Logs.From(logged))
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

// unlisted is told as an error, since somebody must look a new code up; it is the provider's fault, not ours.
const unlisted = "provider named a code that no table has"

// maybeStop is told as an error, since a shopper's STOP may lie in what cannot be read.
const maybeStop = "a message that may be a shopper's cannot be read"

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
		if !sound || l.Level == "ERROR" && l.Msg != unlisted && l.Msg != maybeStop || l.Status >= 500 || l.Stack != "" {
			lines = append(lines, clip([]byte(line)))
		}
	}
	return lines
}
