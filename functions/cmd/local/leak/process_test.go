package leak_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// process is one function in a process of its own, as deployed, with all that it says.
type process struct {
	cmd *exec.Cmd
	url string
	out *testkit.Log
}

// build compiles the local command.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "local")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/eshopbox/whatsapp-notifications/functions/cmd/local").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// start runs a function against the world's cloud and simulator, telling everything.
func (r *rig) start(binary, target string) *process {
	r.Helper()
	var lc net.ListenConfig
	free, err := lc.Listen(r.Context(), "tcp", "127.0.0.1:0")
	r.Must(err)
	_, port, err := net.SplitHostPort(free.Addr().String())
	r.Must(err)
	r.Must(free.Close())

	env := world.Environment(r.URL, world.Project)
	maps.Copy(env, times())
	maps.Copy(env, map[string]string{
		"FUNCTION_TARGET": target, "PORT": port, "LOG_LEVEL": "DEBUG", "FIRESTORE_EMULATOR_HOST": r.Cloud.Addr(),
		"PUBSUB_EMULATOR_HOST": r.Cloud.Addr(), "SECRET_MANAGER_EMULATOR_HOST": r.Cloud.Addr(),
	})
	p := &process{cmd: exec.Command(binary), url: "http://127.0.0.1:" + port, out: &testkit.Log{}}
	p.cmd.Env = os.Environ()
	for _, name := range slices.Sorted(maps.Keys(env)) {
		p.cmd.Env = append(p.cmd.Env, name+"="+env[name])
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	r.Must(p.cmd.Start())
	r.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	testkit.Eventually(r.T, live.Patience, target+" answers", func() bool {
		var d net.Dialer
		conn, err := d.DialContext(r.Context(), "tcp", "127.0.0.1:"+port)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return p
}

// pushTo points a push subscription at a process.
func (r *rig) pushTo(subscription, url string) {
	r.Helper()
	_, err := r.Cloud.PubSub().ModifyPushConfig(r.Context(), &pb.ModifyPushConfigRequest{
		Subscription: "projects/" + world.Project + "/subscriptions/" + subscription, PushConfig: &pb.PushConfig{PushEndpoint: url},
	})
	r.Must(err)
}

// TestNoLeaksInProcesses runs the same flows with each function in a process of its own, and listens to all that they say.
func TestNoLeaksInProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and starts six processes")
	}
	t.Parallel()
	r := newRig(t, 0)
	binary := build(t)
	processes := map[string]*process{}
	for _, target := range []string{"Subscribe", "Webhook", "Notify", "Receive", "Sweep", "BrandAPI"} {
		processes[target] = r.start(binary, target)
	}
	r.framework = true
	r.subscribe, r.webhook = processes["Subscribe"].url, processes["Webhook"].url
	r.notify, r.receive, r.sweep = processes["Notify"].url+"/", processes["Receive"].url+"/", processes["Sweep"].url+"/"
	r.brandapi = processes["BrandAPI"].url
	r.pushTo("notify", r.notify)
	r.pushTo("receive", r.receive)
	// Callbacks come to the process as well as to the world; that they come twice changes nothing.
	_, err := r.Simulator.Gupshup().Subscribe(demo.NeemGupshupID, gupshup.Subscription{Tag: "process", URL: r.webhook + "/gupshup/" + r.token, Version: 3})
	r.Must(err)
	r.callBack(r.webhook)
	stop := r.Cloud.Schedule(r.sweep, 100*time.Millisecond)

	r.flows()
	stop()
	logs := r.terminate(processes)
	r.end()
	r.judge(logs)
}

// terminate ends the processes while requests are in flight, and keeps what they have said.
func (r *rig) terminate(processes map[string]*process) string {
	r.Helper()
	r.Must(r.Simulator.Faults().Set([]simulator.Fault{{System: "platform", Mode: chaos.TimeoutBefore}, {System: "gupshup", Mode: chaos.TimeoutAfter}}))
	answered, before := make(chan int, 1), r.asked(r.all[0].order)
	go func() {
		code, _ := r.get(r.all[0])
		answered <- code
	}()
	r.event(r.all[2], "shipment-failed_delivery", 3100)
	// A process that is told to end before the request came to it refuses the connection, and rightly.
	testkit.Eventually(r.T, live.Patience, "the platform is asked for the order", func() bool { return r.asked(r.all[0].order) > before })
	var logs strings.Builder
	for _, name := range slices.Sorted(maps.Keys(processes)) {
		r.Must(processes[name].cmd.Process.Signal(syscall.SIGTERM))
	}
	if code := <-answered; code != http.StatusBadGateway {
		r.Errorf("the request in flight: got %d, want 502, as without SIGTERM", code)
	}
	for _, name := range slices.Sorted(maps.Keys(processes)) {
		p := processes[name]
		if err := p.wait(r.Context()); err != nil {
			r.Errorf("%s after SIGTERM: %v", name, err)
		}
		said := p.out.String()
		if !strings.Contains(said, "shutting down") {
			r.Errorf("%s did not say that it shuts down: %s", name, clip(said))
		}
		for line := range strings.Lines(said) {
			r.see("the output of "+name, line)
		}
		logs.WriteString(said)
	}
	r.Simulator.Faults().Clear()
	return logs.String()
}

// asked is how often the order platform was asked for an order.
func (r *rig) asked(order string) int {
	n := 0
	for _, q := range r.Simulator.Log().Requests() {
		if strings.HasPrefix(q.Path, "/platform/") && strings.HasSuffix(q.Path, "/"+order) {
			n++
		}
	}
	return n
}

// wait gives a process the time that the platform gives it.
func (p *process) wait(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(12 * time.Second):
		return fmt.Errorf("still running: %w", context.DeadlineExceeded)
	case <-ctx.Done():
		return ctx.Err()
	}
}
