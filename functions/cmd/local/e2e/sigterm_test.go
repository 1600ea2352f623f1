package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// build builds what runs every function in a process of its own, by FUNCTION_TARGET.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "local")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", path, "..").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// process is one function in a process of its own, against a world in the test.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	logs *testkit.Log
	done chan error
}

func startFunction(t *testing.T, path string, w *world.World, target string) *process {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	_ = l.Close()
	p := &process{t: t, url: "http://" + addr, logs: &testkit.Log{}, done: make(chan error, 1), cmd: exec.Command(path)}
	for k, v := range w.Config {
		p.cmd.Env = append(p.cmd.Env, k+"="+v)
	}
	p.cmd.Env = append(p.cmd.Env, "FUNCTION_TARGET="+target, "PORT="+port, "FIRESTORE_EMULATOR_HOST="+w.Cloud.Addr(),
		"PUBSUB_EMULATOR_HOST="+w.Cloud.Addr(), "SECRET_MANAGER_EMULATOR_HOST="+w.Cloud.Addr())
	p.cmd.Stdout, p.cmd.Stderr = p.logs, p.logs
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.eventually("listens", func() bool {
		var d net.Dialer
		conn, err := d.DialContext(t.Context(), "tcp", addr)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return p
}

// eventually waits, on the machine's clock, for what another process does.
func (p *process) eventually(what string, ok func() bool) {
	p.t.Helper()
	for range 12_000 {
		if ok() {
			return
		}
		if err := clock.Wait(p.t.Context(), clock.Real{}, 10*time.Millisecond); err != nil {
			break
		}
	}
	p.t.Fatalf("the function never %s; its log:\n%s", what, p.logs)
}

// reply is what a request in flight got.
type reply struct {
	status int
	body   string
	err    error
}

func (p *process) post(path string, body []byte) <-chan reply {
	got := make(chan reply, 1)
	go func() {
		req, err := http.NewRequestWithContext(context.WithoutCancel(p.t.Context()), http.MethodPost, p.url+path, bytes.NewReader(body))
		if err != nil {
			got <- reply{err: err}
			return
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			got <- reply{err: err}
			return
		}
		answer, err := io.ReadAll(resp.Body)
		got <- reply{resp.StatusCode, string(answer), err}
		_ = resp.Body.Close()
	}()
	return got
}

// signal asks the process to end, and returns how it did.
func (p *process) signal() error {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(15 * time.Second):
		p.t.Fatalf("the process did not end; its log:\n%s", p.logs)
		return nil
	}
}

// terminate asks the process to end while a request is in flight, and returns the request's answer once the process has
// ended with 0.
func (p *process) terminate(inFlight <-chan reply) reply {
	p.t.Helper()
	if err := p.signal(); err != nil {
		p.t.Errorf("the process ended with %v; its log:\n%s", err, p.logs)
	}
	select {
	case r := <-inFlight:
		return r
	case <-time.After(time.Minute):
		p.t.Fatal("the request in flight got no answer")
		return reply{}
	}
}

func startWorld(t *testing.T) *world.World {
	t.Helper()
	w, err := world.Start(t.Context(), world.Options{Secrets: demo.Secrets(), Prepare: demo.Seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(context.WithoutCancel(t.Context())) })
	return w
}

// slow makes a system take its time over requests whose path ends so.
func slow(t *testing.T, w *world.World, system, path string) {
	t.Helper()
	err := w.Simulator.Faults().Set([]simulator.Fault{{System: system, Path: path, Mode: chaos.Slow, DelayMillis: 1000, Times: 1}})
	if err != nil {
		t.Fatal(err)
	}
}

// asked tells whether a request whose path ends so has reached the simulator.
func asked(w *world.World, path string) func() bool {
	return func() bool {
		for _, r := range w.Simulator.Log().Requests() {
			if strings.HasSuffix(r.Path, path) {
				return true
			}
		}
		return false
	}
}

// TestTerminate ends functions in processes of their own with SIGTERM.
func TestTerminate(t *testing.T) {
	t.Parallel()
	path := build(t)
	for name, test := range map[string]func(*testing.T, string){
		"during a send": terminateDuringASend, "during a subscribe": terminateDuringASubscribe,
		"before the first request": terminateBeforeTheFirstRequest,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, path)
		})
	}
}

// terminateDuringASend ends notify's process in the middle of a post to the provider: the request is answered with 204,
// the message is recorded, and the process ends with 0.
func terminateDuringASend(t *testing.T, path string) {
	t.Helper()
	w := startWorld(t)
	subscribeIra(t, w)
	slow(t, w, "gupshup", "/template/msg")
	p := startFunction(t, path, w, "Notify")
	event, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		t.Fatal(err)
	}
	push, err := json.Marshal(map[string]any{
		"message":      map[string]any{"data": base64.StdEncoding.EncodeToString(event), "messageId": "1", "publishTime": time.Now().Format(time.RFC3339)},
		"subscription": "projects/local/subscriptions/notify",
	})
	if err != nil {
		t.Fatal(err)
	}
	inFlight := p.post("/", push)
	p.eventually("posts to the provider", asked(w, "/template/msg"))
	if got := p.terminate(inFlight); got.status != http.StatusNoContent {
		t.Errorf("the request in flight: got %d %s %v, want 204; the log:\n%s", got.status, got.body, got.err, p.logs)
	}
	all, err := w.Parts.Store.MessagesOfOrderInAllAccounts(t.Context(), demo.IraOrder)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || !all[0].Recorded() || all[0].Attempt != 1 || all[0].Attempts["1"].Rank < message.RankAccepted {
		t.Errorf("send log: got %v, want one that is recorded", rig.Statuses(all))
	}
	if got := w.Simulator.Log().AcceptedCount(); got != 1 {
		t.Errorf("accepted: got %d, want 1", got)
	}
}

// subscribeIra opts the demo's first shopper in.
func subscribeIra(t *testing.T, w *world.World) {
	t.Helper()
	p := &process{t: t, url: w.URL}
	if got := <-p.post("/_ah/api/esb/v2/order/"+demo.IraOrder, iraBody(consent.Active)); got.status != http.StatusOK {
		t.Fatalf("subscribe: got %d %s %v", got.status, got.body, got.err)
	}
}

func iraBody(status consent.Status) []byte {
	return fmt.Appendf(nil, `{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":%q}`, status)
}

// terminateDuringASubscribe ends subscribe's process while it waits for the order platform: the shopper gets the
// documented success, and is subscribed.
func terminateDuringASubscribe(t *testing.T, path string) {
	t.Helper()
	w := startWorld(t)
	slow(t, w, "platform", demo.IraOrder)
	p := startFunction(t, path, w, "Subscribe")
	inFlight := p.post("/_ah/api/esb/v2/order/"+demo.IraOrder, iraBody(consent.Active))
	p.eventually("asks for the order", asked(w, demo.IraOrder))
	if got := p.terminate(inFlight); got.status != http.StatusOK || !strings.Contains(got.body, "updated successfully") {
		t.Errorf("the request in flight: got %d %s %v, want the documented success; the log:\n%s", got.status, got.body, got.err, p.logs)
	}
}

// terminateBeforeTheFirstRequest ends a process that nobody has asked anything yet.
func terminateBeforeTheFirstRequest(t *testing.T, path string) {
	t.Helper()
	w := startWorld(t)
	p := startFunction(t, path, w, "Webhook")
	if err := p.signal(); err != nil && p.cmd.ProcessState.ExitCode() > 0 {
		t.Errorf("the process ended with %v; its log:\n%s", err, p.logs)
	}
}
