package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/process"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// function is one function in a process of its own, against a world in the test.
type function struct {
	*process.Process
	t *testing.T
}

func startFunction(t *testing.T, binary string, w *world.World, target string) *function {
	t.Helper()
	p := process.New(t, target, binary)
	p.Configure(target, w.Cloud.Addr(), w.Config)
	p.Start()
	return &function{Process: p, t: t}
}

// eventually waits, on the machine's clock, for what another process does.
func (p *function) eventually(what string, ok func() bool) {
	p.t.Helper()
	testkit.Eventually(p.t, live.Patience, "the function "+what, ok)
}

// reply is what a request in flight got.
type reply struct {
	status int
	body   string
	err    error
}

// post posts in the background, with a bearer token if there is one, and sends the answer.
func post(t *testing.T, url, token string, body []byte) <-chan reply {
	t.Helper()
	got := make(chan reply, 1)
	go func() {
		req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			got <- reply{err: err}
			return
		}
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := testkit.Client.Do(req)
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
func (p *function) signal() error {
	p.t.Helper()
	if err := p.Signal(); err != nil {
		p.t.Fatal(err)
	}
	return p.Wait()
}

// terminate asks the process to end while a request is in flight, and returns the request's answer once the process has
// ended with 0.
func (p *function) terminate(inFlight <-chan reply) reply {
	p.t.Helper()
	if err := p.signal(); err != nil {
		p.t.Errorf("the process ended with %v; its log:\n%s", err, p.Output())
	}
	select {
	case r := <-inFlight:
		return r
	case <-time.After(time.Minute):
		p.t.Fatal("the request in flight got no answer")
		return reply{}
	}
}

// slow makes a system take its time over requests whose path ends so.
func slow(t *testing.T, w *world.World, system, path string) {
	t.Helper()
	err := w.Simulator.Faults().Set([]simulator.Fault{{System: system, Path: path, Mode: chaos.Slow, DelayMillis: 1000, Times: 1}})
	if err != nil {
		t.Fatal(err)
	}
}

// asked returns a function that reports whether a request whose path ends so has reached the simulator.
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
	path := process.Build(t)
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
	started := live.Start(t, live.Options{})
	w := started.World
	subscribeIra(t, w)
	slow(t, w, "gupshup", "/template/msg")
	p := startFunction(t, path, w, "Notify")
	event, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		t.Fatal(err)
	}
	push := rig.PushBody(&pb.PubsubMessage{Data: event, MessageId: "1", PublishTime: timestamppb.Now()}, 1)
	inFlight := post(t, p.URL()+"/", started.PushToken(), push)
	p.eventually("posts to the provider", asked(w, "/template/msg"))
	if got := p.terminate(inFlight); got.status != http.StatusNoContent {
		t.Errorf("the request in flight: got %d %s %v, want 204; the log:\n%s", got.status, got.body, got.err, p.Output())
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
	if got := <-post(t, w.URL+world.OrderPath+demo.IraOrder, "", iraBody(consent.Active)); got.status != http.StatusOK {
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
	w := live.Start(t, live.Options{}).World
	slow(t, w, "platform", demo.IraOrder)
	p := startFunction(t, path, w, "Subscribe")
	inFlight := post(t, p.URL()+world.OrderPath+demo.IraOrder, "", iraBody(consent.Active))
	p.eventually("asks for the order", asked(w, demo.IraOrder))
	if got := p.terminate(inFlight); got.status != http.StatusOK || !strings.Contains(got.body, "updated successfully") {
		t.Errorf("the request in flight: got %d %s %v, want the documented success; the log:\n%s", got.status, got.body, got.err, p.Output())
	}
}

// terminateBeforeTheFirstRequest ends a process that nobody has asked anything yet.
func terminateBeforeTheFirstRequest(t *testing.T, path string) {
	t.Helper()
	w := live.Start(t, live.Options{}).World
	p := startFunction(t, path, w, "Webhook")
	var exit *exec.ExitError
	if err := p.signal(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 0) {
		t.Errorf("the process ended with %v; its log:\n%s", err, p.Output())
	}
}
