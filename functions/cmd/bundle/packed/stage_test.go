package packed

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/process"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// routes are what the front has before each function's own paths, as in a local run.
var routes = map[string]string{
	"brandapi":  "/brandapi",
	"console":   "/console",
	"notify":    "/push/notify",
	"receive":   "/push/receive",
	"subscribe": "",
	"sweep":     "/push/sweep",
	"webhook":   "/webhook",
	"workspace": "/workspace",
}

// emulatorOnly are the variables that lead to what stands in for Google and the providers. A deployment sets none of them.
var emulatorOnly = []string{
	"PUSH_KEYS_URL", "PUSH_ISSUER", "GUPSHUP_BASE_URL", "KALEYRA_BASE_URL", "META_BASE_URL", "BUSINESSONBOT_BASE_URL", "STORAGE_EMULATOR_HOST",
}

// stage is the local cloud and the simulators, with a front that leads to the packed functions in processes of their own.
type stage struct {
	t         *testing.T
	front     *httptest.Server
	cloud     *cloud.Cloud
	world     *world.World // what the demo is told by: of the product itself it runs nothing
	processes map[string]*process.Process
	log       *testkit.Log

	mu sync.Mutex
	// answers counts what the functions answered, by function and status.
	answers map[string]map[int]int
}

// newStage sets everything up and starts no process yet.
func newStage(t *testing.T, all []*function) *stage {
	t.Helper()
	for _, name := range process.Emulators {
		t.Setenv(name, "")
	}
	s := &stage{t: t, processes: map[string]*process.Process{}, log: &testkit.Log{}, answers: map[string]map[int]int{}}
	logger := logging.New(s.log, logging.Options{Level: slog.LevelWarn})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the cloud and the simulators wrote:\n%s", s.log.String())
		}
	})
	sim := simulator.New(simulator.Options{Seed: 1, Logger: logger})
	mux := http.NewServeMux()
	s.front = httptest.NewServer(mux)
	t.Cleanup(s.front.Close)
	t.Cleanup(sim.Close)

	var err error
	s.cloud, err = world.StartCloud(t.Context(), world.CloudOptions{
		Listen:     "127.0.0.1:0",
		Keys:       "127.0.0.1:0",
		NotifyURL:  s.front.URL + routes["notify"],
		ReceiveURL: s.front.URL + routes["receive"],
		Secrets:    demo.Secrets(),
		Logger:     logger,
	})
	s.must(err)
	t.Cleanup(func() { _ = s.cloud.Close() })

	values := s.values()
	parts, err := inspect.Open(t.Context(), boot.Function{
		Lookuper: config.Map(values), Clock: clock.Real{}, Logger: logger, ClientOptions: s.cloud.ClientOptions(),
	})
	s.must(err)
	t.Cleanup(func() { _ = parts.Close(context.WithoutCancel(t.Context())) })
	s.world = world.Beside(s.front.URL, s.cloud, sim, parts)

	for _, f := range all {
		p := process.New(t, f.name, f.binary)
		p.Configure(f.EntryPoint, s.cloud.Addr(), s.environment(f, values))
		s.processes[f.name] = p
		s.lead(mux, f.name, p.URL())
	}
	mux.Handle("/sim/", http.StripPrefix("/sim", sim.Handler()))
	(&lab.Lab{
		Store:     parts.Store,
		Simulator: sim,
		Cloud:     s.cloud,
		Events:    parts.Publisher(world.OrderEvents, queue.Options{}),
		Providers: parts.Providers,
		Keys:      parts.Keys,
		Zone:      config.IST,
		Audience:  values["USER_AUDIENCE"],
		Clock:     clock.Real{},
		Logger:    logger,
	}).Mount(mux)

	return s
}

// values returns what the variables of all functions are in this cloud.
func (s *stage) values() map[string]string {
	all := world.Environment(s.front.URL, world.Project)
	maps.Copy(all, world.PushEnvironment(s.cloud.KeysURL()))
	maps.Copy(all, world.UserEnvironment(s.cloud.KeysURL()))
	maps.Copy(all, world.StorageEnvironment(s.cloud.StorageURL()))
	all["LOG_LEVEL"] = "DEBUG"
	all["CONSOLE_DOOR"] = "brand" // the local door does not start where a function is deployed

	return all
}

// environment returns the variables of a function: those that Terraform is told of, so that one it is not told of is missing here too,
// and those of an emulator.
func (s *stage) environment(f *function, values map[string]string) map[string]string {
	s.t.Helper()
	env := map[string]string{}
	for name, v := range f.Variables {
		switch value, ok := values[name]; {
		case ok:
			env[name] = value
		case v.Default != "":
			env[name] = v.Default
		case v.Required:
			s.t.Errorf("%s requires %s, which has no value here", f.name, name)
		}
	}
	for _, name := range emulatorOnly {
		env[name] = values[name]
	}

	return env
}

// lead leads the function's path of the front to its process, and counts its answers.
func (s *stage) lead(mux *http.ServeMux, name, address string) {
	s.t.Helper()
	to, err := url.Parse(address)
	s.must(err)
	proxy := &httputil.ReverseProxy{
		Transport: testkit.Transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(r *http.Response) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.answers[name] == nil {
				s.answers[name] = map[int]int{}
			}
			s.answers[name][r.StatusCode]++
			return nil
		},
	}
	path := routes[name]
	switch {
	case path == "":
		mux.Handle(world.OrderPath, proxy)
	case strings.HasPrefix(path, "/push/"):
		mux.Handle(path, http.StripPrefix(path, proxy))
	default:
		mux.Handle(path+"/", http.StripPrefix(path, proxy))
	}
}

// answered returns how often a function answered with a status.
func (s *stage) answered(name string, status int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers[name][status]
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
