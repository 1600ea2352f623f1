package leak_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/process"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// start runs a function against the world's cloud and simulator, with a log at every level.
func (r *rig) start(binary, target string) *process.Process {
	r.Helper()
	env := world.Environment(r.URL, world.Project)
	maps.Copy(env, world.PushEnvironment(r.Cloud.KeysURL()))
	maps.Copy(env, times())
	env["LOG_LEVEL"] = "DEBUG"

	p := process.New(r.T, target, binary)
	p.Configure(target, r.Cloud.Addr(), env)
	p.Start()
	return p
}

// pushTo points a push subscription at a process.
func (r *rig) pushTo(subscription, url string) {
	r.Helper()
	_, err := r.Cloud.PubSub().ModifyPushConfig(r.Context(), &pb.ModifyPushConfigRequest{
		Subscription: "projects/" + world.Project + "/subscriptions/" + subscription,
		PushConfig: &pb.PushConfig{
			PushEndpoint: url,
			AuthenticationMethod: &pb.PushConfig_OidcToken_{OidcToken: &pb.PushConfig_OidcToken{
				ServiceAccountEmail: world.PushAccount, Audience: world.PushAudience,
			}},
		},
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
	binary := process.Build(t)
	processes := map[string]*process.Process{}
	for _, target := range []string{"Subscribe", "Webhook", "Notify", "Receive", "Sweep", "BrandAPI"} {
		processes[target] = r.start(binary, target)
	}
	r.framework = true
	r.subscribe, r.webhook = processes["Subscribe"].URL(), processes["Webhook"].URL()
	r.notify, r.receive, r.sweep = processes["Notify"].URL()+"/", processes["Receive"].URL()+"/", processes["Sweep"].URL()+"/"
	r.brandapi = processes["BrandAPI"].URL()
	r.pushTo("notify", r.notify)
	r.pushTo("receive", r.receive)
	// Callbacks come to the process as well as to the world; that they come twice changes nothing.
	_, err := r.Simulator.Gupshup().Subscribe(demo.NeemGupshupID, gupshup.Subscription{Tag: "process", URL: r.webhook + "/gupshup/" + r.token, Version: 3})
	r.Must(err)
	r.callBack(r.webhook)
	stop := r.Cloud.Schedule(cloud.ScheduledCall{
		URL: r.sweep, Every: 100 * time.Millisecond, ServiceAccount: world.PushAccount, Audience: world.PushAudience,
	})

	r.flows()
	stop()
	logs := r.terminate(processes)
	r.end()
	r.judge(logs)
}

// terminate ends the processes while requests are in flight, and keeps what they have said.
func (r *rig) terminate(processes map[string]*process.Process) string {
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
		r.Must(processes[name].Signal())
	}
	if code := <-answered; code != http.StatusBadGateway {
		r.Errorf("the request in flight: got %d, want 502, as without SIGTERM", code)
	}
	for _, name := range slices.Sorted(maps.Keys(processes)) {
		p := processes[name]
		if err := p.Wait(); err != nil {
			r.Errorf("%s after SIGTERM: %v", name, err)
		}
		said := p.Output()
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
