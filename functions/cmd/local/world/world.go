// Package world runs the whole product in one process: every function at its path, the local cloud, and the simulated
// providers, order platform and phones. The functions are built as deployed, from configuration. `make run` serves a world,
// and end-to-end tests drive one. A world starts without any brand: Options.Prepare installs what is wanted.
package world

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"google.golang.org/api/option"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab/pages"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/meter"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Project is the Google Cloud project id of everything local.
const Project = "local"

// Options configures a world. The zero value keeps its state in memory, runs on the machine's clock, and listens on a free
// port.
type Options struct {
	// Clock is a [clock.Forward] of a world that can be moved ahead, as far ahead as [SavedAhead] says of Path.
	Clock clock.Clock
	// Path is the directory of the local cloud's state; empty keeps the state in memory.
	Path string
	// Listen is the address to serve on; empty means a free port of localhost.
	Listen string
	Logger *slog.Logger
	// Config overrides the functions' configuration, by variable.
	Config map[string]string
	// SweepEvery is the interval between calls of sweep; 0 calls it never.
	SweepEvery time.Duration
	// Retain is for how long order-events retains what was published, in memory; 0 retains nothing.
	Retain time.Duration
	// NotifyURL, ReceiveURL and SweepURL take the pushes and sweep's calls instead of the world's own functions, where they are
	// not empty: those functions run in processes of their own.
	NotifyURL, ReceiveURL, SweepURL string
	// CloudListen is the TCP address of the local cloud, KeysListen that of the public key of its tokens; empty means a free
	// port.
	CloudListen, KeysListen string
	// Seed decides the simulator's ids and disorder. 0 together with Path means a random one: a provider never gives an id
	// twice, so the ids of an earlier run on the same state must not come again.
	Seed uint64
	// FirestoreEmulator and PubSubEmulator are addresses of Google's emulators, to use instead of those of the local cloud.
	// The clients read the same addresses from the environment, where they must be set.
	FirestoreEmulator, PubSubEmulator string
	// Secrets are the names of secrets to make, with random values, beside the product's own keys.
	Secrets []string
	// Prepare runs once the world serves, before the first sweep and the first push, for which it must not wait; brands are installed here.
	Prepare func(ctx context.Context, w *World) error
}

// World is a running world.
type World struct {
	// URL is the base of every route, such as http://localhost:8080.
	URL       string
	Clock     clock.Clock
	Cloud     *cloud.Cloud
	Simulator *simulator.Simulator
	// Parts read and write the same state as the functions, which have parts of their own.
	Parts *inspect.Parts
	// Config is the functions' configuration, by variable.
	Config map[string]string
	// Lab are the pages under /lab.
	Lab *pages.Pages

	options   Options
	clients   []option.ClientOption
	server    *http.Server
	newcomers newcomers
	actor     *scenario.Actor
	life      *boot.Lifecycle
	// meter knows what the functions have done at Firestore; it sees nothing of Google's emulator.
	meter *meter.Meter
	// workers is nil where notify cannot die.
	workers *workers
	// prepared is closed once Options.Prepare has returned.
	prepared chan struct{}
	// forwarding has one place, for the only move ahead, so that what is kept of the time is never less than it is.
	forwarding chan struct{}
	// underWay is what UnderWay reports.
	underWay atomic.Bool
	// ending is done once the world ends.
	ending context.Context //nolint:containedctx // the life of the world, which ends moves
	end    context.CancelFunc
	// zone is that of the platform's times.
	zone     *time.Location
	stopTick func()
	served   chan error
}

// Beside returns a world whose functions run elsewhere, on a cloud and with simulators of the caller's: stories can be told on it at url by its
// actor, and there is nothing to close.
func Beside(url string, c *cloud.Cloud, sim *simulator.Simulator, parts *inspect.Parts) *World {
	w := &World{URL: url, Clock: parts.Clock, Cloud: c, Simulator: sim, Parts: parts, zone: config.IST}
	w.actor = w.newActor()

	return w
}

// Start builds and serves a world, and returns once it is prepared. ctx bounds the start only; end a world with Close. A clock that
// would have time go back on the state is [ErrBehind].
func Start(ctx context.Context, o Options) (*World, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if _, movable := o.Clock.(*clock.Forward); movable {
		o.Logger = slog.New(inTime{o.Logger.Handler(), o.Clock})
	}
	if o.Listen == "" {
		o.Listen = "localhost:0"
	}
	if o.Path != "" && o.Seed == 0 {
		o.Seed = rand.Uint64()
	}

	if err := checkAhead(o.Path, o.Clock); err != nil {
		return nil, err
	}

	w := &World{
		Clock:      o.Clock,
		options:    o,
		prepared:   make(chan struct{}),
		forwarding: make(chan struct{}, 1),
		stopTick:   func() {},
		served:     make(chan error, 1),
	}
	w.ending, w.end = context.WithCancel(context.WithoutCancel(ctx))

	if err := w.start(ctx); err != nil {
		return nil, errors.Join(err, w.Close(ctx))
	}

	return w, nil
}

// start brings up the simulator, the cloud, the functions and the server, in that order.
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

	w.Simulator = simulator.New(simulator.Options{Clock: w.Clock, Logger: w.options.Logger, Seed: w.options.Seed})
	w.Cloud, err = cloud.Start(ctx, cloud.Options{
		Clock:          w.Clock,
		Path:           w.options.Path,
		Indexes:        bytes.NewReader(store.Indexes),
		EnforceIndexes: true,
		Listen:         cmp.Or(w.options.CloudListen, "127.0.0.1:0"),
		ListenKeys:     cmp.Or(w.options.KeysListen, "127.0.0.1:0"),
		Logger:         w.options.Logger,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}

	if w.meter, err = meter.New(w.Clock); err != nil {
		return errors.Join(err, listener.Close())
	}

	w.Cloud.Firestore().OnCharge(w.meter.Charge)

	w.Config = Environment(w.URL, Project)
	maps.Copy(w.Config, UserEnvironment(w.Cloud.KeysURL()))
	maps.Copy(w.Config, StorageEnvironment(w.Cloud.StorageURL()))
	if w.options.PubSubEmulator == "" { // Google's emulator pushes without a token
		maps.Copy(w.Config, PushEnvironment(w.Cloud.KeysURL()))
	}

	maps.Copy(w.Config, w.options.Config)
	if err = w.chooseCloud(); err != nil {
		return errors.Join(err, listener.Close())
	}

	var process struct {
		boot.Config
		Zone config.Zone `env:"PLATFORM_TIME_ZONE, default=Asia/Kolkata"`
	}
	if err = config.Load(ctx, config.Map(w.Config), &process); err != nil {
		return errors.Join(err, listener.Close())
	}

	w.zone = process.Zone.Location()
	w.life = boot.NewLifecycle(w.options.Logger, process.ShutdownGrace, w.Clock)
	handler, err := w.routes(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}

	w.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ConnState:         w.newcomers.track,
		ErrorLog:          slog.NewLogLogger(w.options.Logger.Handler(), slog.LevelWarn),
	}
	go func() { w.served <- w.server.Serve(listener) }()

	return w.populate(ctx)
}

// chooseCloud decides where the clients connect: to the emulators that the options name, and to the local cloud for
// everything else.
func (w *World) chooseCloud() error {
	if w.options.FirestoreEmulator == "" && w.options.PubSubEmulator == "" {
		w.clients = w.Cloud.ClientOptions(w.meter.DialOptions()...)
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

// populate makes secrets, topics and subscriptions, runs Options.Prepare, and starts to call sweep.
func (w *World) populate(ctx context.Context) error {
	if err := EnsureSecrets(ctx, w.Cloud.Secrets(), Project, w.options.Secrets...); err != nil {
		return err
	}
	if err := w.ensureSubscriptions(ctx); err != nil {
		return err
	}
	if w.options.Prepare != nil {
		if err := w.options.Prepare(ctx, w); err != nil {
			return err
		}
	}

	close(w.prepared)

	if w.options.SweepEvery > 0 {
		w.stopTick = w.Cloud.Schedule(cloud.ScheduledCall{
			URL:            cmp.Or(w.options.SweepURL, w.URL+"/push/sweep"),
			Every:          w.options.SweepEvery,
			ServiceAccount: PushAccount,
			Audience:       PushAudience,
		})
	}

	return nil
}

// Close ends the world: it takes no new requests, finishes those in flight, and leaves the state as it is.
func (w *World) Close(ctx context.Context) error {
	w.end()
	w.stopTick()

	var problems []error
	if w.Simulator != nil {
		w.Simulator.Close()
	}
	if w.server != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()

		w.life.End()

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
