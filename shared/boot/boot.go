// Package boot starts and stops a deployed function, and receives what Pub/Sub pushes to it. It knows nothing of stores,
// providers or messages; package wire builds those.
//
//   - [Deployed] builds a function at its first request and serves it from then on.
//   - [Function] is what a process gives a function to be built with.
//   - [Lifecycle] lets requests in flight finish after SIGTERM, and then closes what was opened.
//   - [Endpoint] is a push endpoint: it checks and decodes a push, has it worked on, and logs the outcome.
package boot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"google.golang.org/api/option"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// Config is what the process of every function reads, whatever the function does.
type Config struct {
	Project config.Project
	// LogLevel is the least level that is written.
	LogLevel slog.Level `env:"LOG_LEVEL, default=INFO"`
	// ShutdownGrace is how long requests in flight may take after SIGTERM. The platform kills the process after 10 s.
	ShutdownGrace time.Duration `env:"SHUTDOWN_GRACE, default=8s"`
	// GC and MemoryLimit are Go's own variables. The runtime has read them before; here only counts whether they are set.
	GC          string `env:"GOGC"`
	MemoryLimit string `env:"GOMEMLIMIT"`
}

// Validate checks the shutdown grace, and that GOGC is what the runtime takes: of anything else it takes its own default, silently.
func (c Config) Validate() error {
	var check config.Check
	check.Positive("SHUTDOWN_GRACE", c.ShutdownGrace)

	if c.GC != "" && c.GC != "off" {
		percent, err := strconv.ParseInt(c.GC, 10, 32)
		check.That(err == nil && percent >= 0, "GOGC is neither a whole number of percent nor off")
	}

	return check.Err()
}

// Function is what a process gives a function to be built with. Several functions may share one.
type Function struct {
	// Lookuper finds the configuration's variables.
	Lookuper config.Lookuper
	Clock    clock.Clock
	Logger   *slog.Logger
	// Lifecycle closes what the function opens; nil leaves everything open until the process ends.
	Lifecycle *Lifecycle
	// ClientOptions go to the clients of Firestore, Pub/Sub and Secret Manager.
	ClientOptions []option.ClientOption
	// Transport replaces the transport of calls to providers and to the order platform; nil keeps the tuned one.
	Transport http.RoundTripper
}

// OnClose adds a closer to the lifecycle, if there is one. The last added runs first.
func (f Function) OnClose(name string, closer func(context.Context) error) {
	if f.Lifecycle != nil {
		f.Lifecycle.onClose(name, closer)
	}
}

// Ending returns a channel that is closed when the process begins to end, so that answers which go on for long end too; nil if nobody tells.
func (f Function) Ending() <-chan struct{} {
	if f.Lifecycle == nil {
		return nil
	}

	return f.Lifecycle.ending
}

// Builder builds a function's handler. It reads its own configuration and makes no call.
type Builder func(ctx context.Context, f Function) (http.Handler, error)

// Deployed returns the handler that a function registers with the functions framework. It reads the environment and builds
// the function at the first request. Nothing may be done at init, because the init of every function that is linked into a
// process runs. While a function cannot be built, each request is answered 500 and builds it again.
func Deployed(name string, build Builder) http.HandlerFunc {
	l := &lazy{
		name:     name,
		build:    build,
		lookuper: config.OS(),
		logs:     os.Stderr,
		exit:     os.Exit,
	}

	return l.serve
}

type lazy struct {
	name     string
	build    Builder
	lookuper config.Lookuper
	logs     io.Writer
	// exit ends the process after a signal.
	exit func(code int)

	mu      sync.RWMutex
	handler http.Handler
}

func (l *lazy) serve(w http.ResponseWriter, r *http.Request) {
	h, err := l.get(context.WithoutCancel(r.Context()))
	if err != nil {
		h = l.broken(err)
	}

	h.ServeHTTP(w, r)
}

// broken answers 500 and logs why the function cannot be built.
func (l *lazy) broken(err error) http.Handler {
	o := httpx.Options{Logger: logging.New(l.logs, logging.Options{}), Route: l.name}
	return httpx.Serve(o, func(http.ResponseWriter, *http.Request) error {
		return fault.Wrap(fault.Internal, "boot.Deployed", err)
	})
}

// get returns the handler, and builds it if no request has done so yet.
func (l *lazy) get(ctx context.Context) (http.Handler, error) {
	l.mu.RLock()
	h := l.handler
	l.mu.RUnlock()
	if h != nil {
		return h, nil
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.handler != nil {
		return l.handler, nil
	}

	h, err := l.start(ctx)
	if err != nil {
		return nil, err
	}

	l.handler = h

	return h, nil
}

// start builds the function. What a failed build has opened is closed again.
func (l *lazy) start(ctx context.Context) (http.Handler, error) {
	var cfg Config
	if err := config.Load(ctx, l.lookuper, &cfg); err != nil {
		return nil, err
	}

	logger := logging.New(l.logs, logging.Options{
		Level:     cfg.LogLevel,
		ProjectID: cfg.Project.ID,
		Attrs:     []slog.Attr{slog.String("function", l.name)},
	})
	life := NewLifecycle(logger, cfg.ShutdownGrace, nil)

	built, err := l.build(ctx, Function{
		Lookuper:      l.lookuper,
		Clock:         clock.Real{},
		Logger:        logger,
		Lifecycle:     life,
		ClientOptions: lean(),
	})
	if err != nil {
		return nil, errors.Join(err, life.Close(ctx))
	}

	life.onSignal(l.exit)
	collect(ctx, cfg, memlimit.FromCgroup, logger)

	return life.Wrap(built.ServeHTTP), nil
}
