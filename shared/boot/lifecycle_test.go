package boot_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// patience bounds a wait; it is reached only when the test fails.
const patience = 10 * time.Second

// childVariable makes the test binary be the server of TestSIGTERM instead.
const childVariable = "BOOT_LIFECYCLE_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
		return
	}
	os.Exit(m.Run())
}

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

func request(t *testing.T, method, body string) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
}

// child serves as a function does under the framework: ListenAndServe and nothing that waits for a shutdown.
func child() {
	life := boot.NewLifecycle(slog.New(slog.DiscardHandler), 5*time.Second, nil)
	life.OnClose("first", func(context.Context) error { fmt.Println("closed first"); return nil })
	life.OnClose("second", func(context.Context) error { fmt.Println("closed second"); return nil })
	life.OnSignal(os.Exit)
	in := bufio.NewReader(os.Stdin)
	mux := http.NewServeMux()
	mux.HandleFunc("/slow", life.Wrap(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Println("begun")
		_, _ = in.ReadString('\n') // the parent says when
		_, _ = io.WriteString(w, "finished")
	}))
	mux.HandleFunc("/fast", life.Wrap(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fast") }))
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	fmt.Println(listener.Addr())
	fmt.Println(http.Serve(listener, mux))
}

type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	addr  string
}

func startChild(t *testing.T) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childVariable+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, in: in, lines: make(chan string, 16)}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	p.addr = <-p.lines
	return p
}

type answer struct {
	status int
	body   string
	close  bool
	err    error
}

func call(ctx context.Context, url string) answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{err: err}
	}
	resp, err := httpx.Client(patience, url).Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(body), resp.Close, err}
}

func TestSIGTERMFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	p := startChild(t)
	slow := make(chan answer, 1)
	go func() { slow <- call(t.Context(), "http://"+p.addr+"/slow") }()
	if got := <-p.lines; got != "begun" {
		t.Fatalf("got %q, want begun", got)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// While it drains it still serves, and asks callers to leave; that also shows that the signal has arrived.
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		a := call(t.Context(), "http://"+p.addr+"/fast")
		if a.err != nil || a.body != "fast" {
			t.Fatalf("while draining: got %+v, want fast", a)
		}
		if a.close {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the drain never began")
		}
	}
	if _, err := io.WriteString(p.in, "go on\n"); err != nil {
		t.Fatal(err)
	}
	if a := <-slow; a.err != nil || a.status != http.StatusOK || a.body != "finished" {
		t.Errorf("got %+v for the request in flight, want it finished", a)
	}
	var rest []string
	for l := range p.lines {
		rest = append(rest, l)
	}
	if want := []string{"closed second", "closed first"}; !slices.Equal(rest, want) {
		t.Errorf("got closers %v, want %v", rest, want)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("got %v, want exit code 0", err)
	}
}

func TestSIGTERMEndsAnIdleProcess(t *testing.T) {
	t.Parallel()
	p := startChild(t)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for l := range p.lines {
		if !strings.HasPrefix(l, "closed") {
			t.Errorf("got %q, want closers only", l)
		}
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("got %v, want exit code 0", err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := startChild(t)
	go func() { call(t.Context(), "http://"+p.addr+"/slow") }()
	if got := <-p.lines; got != "begun" {
		t.Fatalf("got %q, want begun", got)
	}
	// Two signals sent together may count as one, so the second follows until the process is gone.
	for p.cmd.Process.Signal(syscall.SIGTERM) == nil {
		select {
		case <-p.lines:
		case <-time.After(5 * time.Millisecond):
			continue
		}
		break
	}
	var exit *exec.ExitError
	if err := p.cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("got %v, want exit code 1", err)
	}
}

func TestDrainRefusesAfterTheLastRequest(t *testing.T) {
	t.Parallel()
	life := boot.NewLifecycle(slog.New(slog.DiscardHandler), time.Second, nil)
	var order []string
	life.OnClose("a", func(context.Context) error { order = append(order, "a"); return errors.New("broken") })
	life.OnClose("b", func(context.Context) error { order = append(order, "b"); return nil })
	err := life.Drain(t.Context())
	if err == nil || err.Error() != "close a: broken" {
		t.Errorf("got %v, want the closer's error", err)
	}
	if !slices.Equal(order, []string{"b", "a"}) {
		t.Errorf("got closers in order %v, want b before a", order)
	}
	w := httptest.NewRecorder()
	life.Wrap(func(http.ResponseWriter, *http.Request) { t.Error("a request was served after the end") })(w, request(t, http.MethodGet, ""))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Connection") != "close" || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %v, want 503 with Connection: close and Retry-After", w.Code, w.Header())
	}
}

func TestDrainGivesUpAfterTheGrace(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	life := boot.NewLifecycle(slog.New(slog.DiscardHandler), 8*time.Second, c)
	closed := false
	life.OnClose("client", func(context.Context) error { closed = true; return nil })
	begun, hold := make(chan struct{}), make(chan struct{})
	served := make(chan struct{})
	go func() {
		defer close(served)
		life.Wrap(func(http.ResponseWriter, *http.Request) { close(begun); <-hold })(httptest.NewRecorder(), request(t, http.MethodGet, ""))
	}()
	<-begun
	result := make(chan error, 1)
	go func() { result <- life.Drain(t.Context()) }()
	for deadline := time.Now().Add(patience); c.Pending() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the drain does not wait")
		}
	}
	c.Advance(8 * time.Second)
	if err := <-result; err == nil || !strings.Contains(err.Error(), "1 requests still in flight") {
		t.Errorf("got %v, want it to count the request", err)
	}
	if !closed {
		t.Error("the closers did not run")
	}
	close(hold)
	<-served
}

func TestWrapCountsPanics(t *testing.T) {
	t.Parallel()
	life := boot.NewLifecycle(slog.New(slog.DiscardHandler), time.Hour, nil)
	func() {
		defer func() { _ = recover() }()
		life.Wrap(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })(httptest.NewRecorder(), request(t, http.MethodGet, ""))
	}()
	if err := life.Drain(t.Context()); err != nil {
		t.Errorf("got %v: a request that panicked still counts as in flight", err)
	}
}

// TestEndingEndsWhatGoesOn holds that draining tells answers that go on for long to end, before it waits for them.
func TestEndingEndsWhatGoesOn(t *testing.T) {
	t.Parallel()
	life := boot.NewLifecycle(slog.New(slog.DiscardHandler), time.Minute, nil)
	f := boot.Function{Lifecycle: life}
	begun, over := make(chan struct{}), make(chan struct{})
	h := life.Wrap(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-f.Ending()
		close(over)
	})
	go h(httptest.NewRecorder(), request(t, http.MethodGet, ""))
	<-begun

	if err := life.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	<-over
	life.End() // again
	if (boot.Function{}).Ending() != nil {
		t.Error("without a lifecycle something tells of its end")
	}
}
