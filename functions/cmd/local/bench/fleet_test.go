package bench

import (
	"cmp"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// fleet is the product as it is deployed: each function in its process, the cloud in another. This process simulates the
// provider.
type fleet struct {
	*brand
	cloud                    *process
	notify, webhook, receive *process
	sweep                    *process
	orders                   *queue.Publisher
}

// fleetOptions vary a fleet.
type fleetOptions struct {
	// state is the directory of the cloud's journal; empty is in memory.
	state string
	// behaviour of the provider's callbacks; without any, receive is not started.
	behaviour simgupshup.Behaviour
	// sweep starts that function too; nobody calls it but the benchmark.
	sweep bool
	// alone gives each function one processor, as it is deployed, and not all that the machine has.
	alone bool
	// remember is how many messages the simulated provider remembers; 0 is some.
	remember int
}

// cloudGOGC lets the cloud, which holds all state in memory and stands in for machines elsewhere, collect garbage less often.
const cloudGOGC = "400"

// entryPoints are the functions' names in the framework.
var entryPoints = map[string]string{"notify": "Notify", "webhook": "Webhook", "receive": "Receive", "sweep": "Sweep", "empty": "Empty"}

func newFleet(b *testing.B, o fleetOptions) *fleet {
	b.Helper()
	ctx := b.Context()
	sim := simulator.New(simulator.Options{Clock: clock.Real{}, Seed: 1, Forget: cmp.Or(o.remember, 1000)})
	server := httptest.NewServer(http.StripPrefix("/sim", sim.Handler()))
	b.Cleanup(func() {
		sim.Close()
		server.Close()
	})
	f := &fleet{}
	addrs := map[string]string{"notify": freeAddr(b), "webhook": freeAddr(b), "receive": freeAddr(b)}
	keys := freeAddr(b)
	args := []string{"-listen", freeAddr(b), "-keys", keys, "-state", o.state, "-notify", "http://" + addrs["notify"]}
	if o.behaviour.Callbacks {
		args = append(args, "-receive", "http://"+addrs["receive"])
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleVar+"="+cloudRole, "GOGC="+cloudGOGC)
	f.cloud = launch(b, cloudRole, args[1], cmd)

	env := world.Environment(server.URL, world.Project)
	env["MAX_INSTANCES"] = "1"
	env["CONCURRENCY"], env["APP_CONCURRENCY"] = "1000", "1000" // nobody would send again what found no place on a busy machine
	if o.alone {
		env["GOMAXPROCS"] = "1"
	}
	env["WEBHOOK_URL"] = "http://" + addrs["webhook"]
	parts, err := inspect.Open(ctx, boot.Function{
		Lookuper:      config.Map(env),
		Clock:         clock.Real{},
		Logger:        slog.New(slog.DiscardHandler),
		ClientOptions: cloud.RemoteOptions(f.cloud.addr),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = parts.Close(b.Context()) })
	f.brand, err = newBrand(ctx, parts, sim, "http://"+addrs["webhook"]+"/gupshup/"+hookToken, o.behaviour)
	if err != nil {
		b.Fatal(err)
	}
	f.orders = parts.Publisher(world.OrderEvents, queue.Options{MaxBatch: 1000})
	for _, host := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "SECRET_MANAGER_EMULATOR_HOST"} {
		env[host] = f.cloud.addr
	}
	if o.sweep { // called by the benchmark, which has no token
		f.sweep = startFunction(b, "sweep", freeAddr(b), env)
	}
	maps.Copy(env, world.PushEnvironment("http://"+keys+"/"))
	f.notify = startFunction(b, "notify", addrs["notify"], env)
	f.webhook = startFunction(b, "webhook", addrs["webhook"], env)
	if o.behaviour.Callbacks {
		f.receive = startFunction(b, "receive", addrs["receive"], env)
	}
	return f
}

// startFunction starts one function alone in its process; to be profiled it is this test's binary, with all of them.
func startFunction(tb testing.TB, name, addr string, env map[string]string) *process {
	tb.Helper()
	cmd := functionCommand(tb, name, addr, env)
	return launch(tb, name, addr, cmd)
}

func functionCommand(tb testing.TB, name, addr string, env map[string]string) *exec.Cmd {
	tb.Helper()
	if os.Getenv(profileVar) == "" {
		cmd := exec.Command(built.of(tb, name))
		cmd.Env = functionEnv(name, addr, env)
		return cmd
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(functionEnv(name, addr, env), roleVar+"="+functionRole)
	return cmd
}

// deployedLimit is what a function finds as its memory's limit where it is deployed: four fifths of the 512 MiB of its container. Here there is none.
const deployedLimit = "GOMEMLIMIT=429496729"

// functionEnv is a function's environment: as the platform sets it, and env.
func functionEnv(name, addr string, env map[string]string) []string {
	vars := append(os.Environ(), "PORT="+portOf(addr), "FUNCTION_TARGET="+entryPoints[name], deployedLimit)
	for k, v := range env {
		vars = append(vars, k+"="+v)
	}
	return append(vars, strings.Fields(os.Getenv(envVar))...)
}

// prepare makes n new shoppers, and returns a message with an event about the order of each.
func (f *fleet) prepare(b *testing.B, n int) []queue.Message {
	b.Helper()
	events, err := f.more(b.Context(), n)
	if err != nil {
		b.Fatal(err)
	}
	messages := make([]queue.Message, n)
	for i := range events {
		messages[i].Data = events[i]
	}
	return messages
}

// send publishes events, and returns once the provider has accepted a message for each.
func (f *fleet) send(b *testing.B, events []queue.Message) {
	b.Helper()
	f.accepts(b, len(events), func() {
		if err := f.orders.PublishAll(b.Context(), events); err != nil {
			b.Fatal(err)
		}
	})
}

// accepts returns once the provider has accepted the n messages that work causes, and holds that it accepts no more.
func (f *fleet) accepts(b *testing.B, n int, work func()) {
	b.Helper()
	want := f.sim.Log().AcceptedCount() + n
	work()
	waitFor(b, "the notifications", func() bool { return f.sim.Log().AcceptedCount() >= want })
	if got := f.sim.Log().AcceptedCount(); got != want {
		b.Fatalf("got %d messages accepted, want %d", got, want)
	}
}

// report changes how the provider reports from now on.
func (f *fleet) report(b *testing.B, behaviour simgupshup.Behaviour) {
	b.Helper()
	if err := f.sim.Gupshup().SetBehaviour(simApp, behaviour); err != nil {
		b.Fatal(err)
	}
}

// settle waits until all that was accepted is read, if the provider reports it.
func (f *fleet) settle(b *testing.B) {
	b.Helper()
	if f.receive == nil {
		return
	}
	if err := f.sim.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	waitFor(b, "the callbacks", func() bool { return f.sim.Outbox().Waiting() == 0 })
}
