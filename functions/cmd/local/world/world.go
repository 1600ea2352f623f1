// Package world runs the whole product on one machine: every function at its path, the local cloud they work with, and
// simulated providers, order platform and phones. `make run` serves it, and the end-to-end tests drive it; the functions
// are built exactly as deployed, from configuration.
package world

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"time"

	"google.golang.org/api/option"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/service"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Project is the project id of everything local.
const Project = "local"

// Options of a world; the zero value lives in memory, on the machine's clock, at a free port.
type Options struct {
	Clock clock.Clock
	// Path is the directory the local cloud keeps its state in; empty keeps it in memory.
	Path string
	// Listen is the address to serve on; empty means a free port of localhost.
	Listen string
	Logger *slog.Logger
	// Config overrides the functions' configuration by variable.
	Config map[string]string
	// SweepEvery is how often sweep is called; 0 leaves it to the caller.
	SweepEvery time.Duration
	// Seed decides the simulator's ids and disorder. On a state that is kept, 0 means a new one at every start: the ids of
	// an earlier run must not come again, as no provider gives one twice.
	Seed uint64
	// Forget bounds the simulator's memory, for benchmarks.
	Forget int
	// FirestoreEmulator and PubSubEmulator are addresses of Google's emulators to use instead of the local cloud's; the
	// clients read them from the environment, where they must stand.
	FirestoreEmulator, PubSubEmulator string
	// Bare leaves out the demo accounts.
	Bare bool
	// Behaviour of the demo accounts' callbacks; nil means well-behaved, within seconds.
	Behaviour *simulator.Behaviour
}

// World is a running world.
type World struct {
	// URL is where it serves, such as http://localhost:8080.
	URL       string
	Clock     clock.Clock
	Cloud     *cloud.Cloud
	Simulator *simulator.Simulator
	// Parts are a set of the product's parts beside those of the functions, for looking at what they did.
	Parts  *service.Parts
	Config map[string]string

	options   Options
	clients   []option.ClientOption
	server    *http.Server
	newcomers newcomers
	life      *httpx.Lifecycle
	stopTick  func()
	served    chan error
}

// Start builds and serves a world; ctx bounds only the start.
func Start(ctx context.Context, o Options) (*World, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Listen == "" {
		o.Listen = "localhost:0"
	}
	if o.Path != "" && o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	w := &World{Clock: o.Clock, options: o, stopTick: func() {}, served: make(chan error, 1)}
	if err := w.start(ctx); err != nil {
		return nil, errors.Join(err, w.Close(ctx))
	}
	return w, nil
}

func (w *World) start(ctx context.Context) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", w.options.Listen)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	w.URL = "http://localhost:" + port
	w.Simulator = simulator.New(simulator.Options{
		Clock: w.Clock, Logger: w.options.Logger, Seed: w.options.Seed, Forget: w.options.Forget,
	})
	w.Cloud, err = cloud.Start(ctx, cloud.Options{
		Clock: w.Clock, Path: w.options.Path, Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true,
		Listen: "127.0.0.1:0", Logger: w.options.Logger,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	w.Config = Environment(w.URL, Project)
	maps.Copy(w.Config, w.options.Config)
	if err = w.chooseCloud(); err != nil {
		return errors.Join(err, listener.Close())
	}
	w.life = httpx.NewLifecycle(w.options.Logger, 8*time.Second, w.Clock)
	handler, err := w.routes(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	w.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ConnState: w.newcomers.track,
		ErrorLog: slog.NewLogLogger(w.options.Logger.Handler(), slog.LevelWarn),
	}
	go func() { w.served <- w.server.Serve(listener) }()
	return w.populate(ctx)
}

// chooseCloud has the clients use the local cloud, or Google's emulators where they are named and the local cloud for the
// rest.
func (w *World) chooseCloud() error {
	if w.options.FirestoreEmulator == "" && w.options.PubSubEmulator == "" {
		w.clients = w.Cloud.ClientOptions()
		return nil
	}
	w.Config["SECRET_MANAGER_EMULATOR_HOST"] = w.Cloud.Addr()
	var problems []error
	if w.options.FirestoreEmulator == "" {
		problems = append(problems, os.Setenv("FIRESTORE_EMULATOR_HOST", w.Cloud.Addr()))
	}
	if w.options.PubSubEmulator == "" {
		problems = append(problems, os.Setenv("PUBSUB_EMULATOR_HOST", w.Cloud.Addr()))
	}
	return errors.Join(problems...)
}

// populate declares topics and subscriptions, seeds the demo, and starts to tick.
func (w *World) populate(ctx context.Context) error {
	if err := EnsureSecrets(ctx, w.Cloud.Secrets(), Project); err != nil {
		return err
	}
	if err := w.ensureSubscriptions(ctx); err != nil {
		return err
	}
	if !w.options.Bare {
		if err := w.seed(ctx); err != nil {
			return fmt.Errorf("seed the demo: %w", err)
		}
	}
	if w.options.SweepEvery > 0 {
		w.stopTick = w.Cloud.Schedule(w.URL+"/push/sweep", w.options.SweepEvery)
	}
	return nil
}

// Environment is the configuration of the functions against a world at url.
func Environment(url, project string) map[string]string {
	return map[string]string{
		"GOOGLE_CLOUD_PROJECT":   project,
		"PLATFORM_BASE_URL":      url + "/sim/platform",
		"GUPSHUP_BASE_URL":       url + "/sim/gupshup",
		"KALEYRA_BASE_URL":       url + "/sim/kaleyra",
		"META_BASE_URL":          url + "/sim/meta",
		"BUSINESSONBOT_BASE_URL": url + "/sim/businessonbot",
		"PORTAL_ORIGINS":         "http://localhost:3000",
	}
}

// routes mounts every function at its path, built as it is deployed.
func (w *World) routes(ctx context.Context) (http.Handler, error) {
	f := service.Function{
		Lookuper:  config.Map(w.Config),
		Options:   service.Options{Clock: w.Clock, Logger: w.options.Logger, ClientOptions: w.clients},
		Lifecycle: w.life,
	}
	mux := http.NewServeMux()
	for _, route := range []struct {
		path, strip string
		build       service.Builder
	}{
		{"/_ah/api/esb/v2/order/", "", subscribe.New},
		{"/webhook/", "/webhook", webhook.New},
		{"/brandapi/", "/brandapi", brandapi.New},
		{"/push/notify", "", notify.New},
		{"/push/receive", "", receive.New},
		{"/push/sweep", "", sweep.New},
	} {
		h, err := route.build(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("function at %s: %w", route.path, err)
		}
		mux.Handle(route.path, http.StripPrefix(route.strip, w.life.Wrap(h.ServeHTTP)))
	}
	var err error
	if w.Parts, err = service.Build(ctx, f); err != nil {
		return nil, err
	}
	mux.Handle("/sim/", http.StripPrefix("/sim", w.Simulator.Handler()))
	w.people(mux)
	return w.strict(mux), nil
}

// Close ends the world: no new requests, what is in flight is finished, and the state is left as it is.
func (w *World) Close(ctx context.Context) error {
	w.stopTick()
	var problems []error
	if w.Simulator != nil {
		w.Simulator.Close()
	}
	if w.server != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		problems = append(problems, shutdown(stop, w.server, &w.newcomers))
		if err := <-w.served; !errors.Is(err, http.ErrServerClosed) {
			problems = append(problems, err)
		}
	}
	if w.life != nil {
		problems = append(problems, w.life.Drain(context.WithoutCancel(ctx)))
	}
	if w.Cloud != nil {
		problems = append(problems, w.Cloud.Close())
	}
	return errors.Join(problems...)
}

// Sweep calls the sweep function once, as the scheduler does.
func (w *World) Sweep(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/push/sweep", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := w.Parts.Client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusNoContent {
		err = errors.Join(err, fmt.Errorf("sweep answered %d", resp.StatusCode))
	}
	return errors.Join(err, resp.Body.Close())
}
