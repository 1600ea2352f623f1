package world

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// workers serve notify, one at a time, as an instance of its own would: with connections, caches and places of its own. One that
// is to die does so right after a provider has taken a message of its: nothing of it reaches anybody any more, and the next
// request finds a new one.
type workers struct {
	world *World
	// base is what every worker is built of, but for what is its own.
	base boot.Function

	mu sync.Mutex
	// killing is how many are still to die.
	killing int
	// started are the workers that are not closed; only the last one can be alive.
	started []*worker
	// closing are the dead ones that are being closed.
	closing sync.WaitGroup
}

// worker is one instance of notify.
type worker struct {
	all  *workers
	life *boot.Lifecycle
	// next is the way to providers and to the order platform.
	next http.RoundTripper

	handler http.Handler
	dead    atomic.Bool
	// calls are the requests that it serves; guarded by the workers' mu.
	calls int
}

// mortal reports whether the world's workers can die. They cannot where notify is another process, or has connections to Google's
// emulators, which the clients make by themselves.
func (w *World) mortal() bool {
	return w.options.NotifyURL == "" && w.options.FirestoreEmulator == "" && w.options.PubSubEmulator == ""
}

// killer returns what has workers die, or nil if they cannot.
func (w *World) killer() scenario.Killer {
	if w.workers == nil {
		return nil
	}
	return w
}

// notify builds the function with the first worker.
func (w *World) notify(ctx context.Context, f boot.Function) (http.Handler, error) {
	if !w.mortal() {
		return notify.New(ctx, f)
	}

	w.workers = &workers{world: w, base: f}
	f.OnClose("workers", w.workers.close)

	if _, err := w.workers.start(ctx); err != nil {
		return nil, err
	}

	return w.workers, nil
}

// KillAfterPost has the next so many workers of notify die, each right after a provider has taken a message of its; 0 has none die. Nothing of
// a dead worker reaches the store, a queue, a provider or the caller of its requests any more, and the next one starts cold.
// In a world whose workers cannot die it does nothing.
func (w *World) KillAfterPost(times int) {
	if w.workers == nil {
		return
	}

	w.workers.mu.Lock()
	defer w.workers.mu.Unlock()

	w.workers.killing = times
}

// Killing is how many workers of notify are still to die.
func (w *World) Killing() int {
	if w.workers == nil {
		return 0
	}

	w.workers.mu.Lock()
	defer w.workers.mu.Unlock()

	return w.workers.killing
}

// start starts a worker, cold. Call with mu held, but for the first.
func (all *workers) start(ctx context.Context) (*worker, error) {
	next, err := all.transport(ctx)
	if err != nil {
		return nil, err
	}

	k := &worker{all: all, next: next}

	f := all.base
	f.Logger = slog.New(mortalLog{f.Logger.Handler(), &k.dead})
	k.life = boot.NewLifecycle(f.Logger, 0, f.Clock)
	f.Lifecycle = k.life
	f.ClientOptions = all.world.Cloud.ClientOptions(append(all.world.meter.DialOptions(),
		grpc.WithChainUnaryInterceptor(k.unary), grpc.WithChainStreamInterceptor(k.stream))...)
	f.Transport = k

	if k.handler, err = notify.New(ctx, f); err != nil {
		return nil, errors.Join(err, k.life.Close(ctx))
	}

	all.started = append(all.started, k)

	return k, nil
}

// transport returns the one that notify makes for itself.
func (all *workers) transport(ctx context.Context) (http.RoundTripper, error) {
	var cfg notify.Config
	if err := config.Load(ctx, all.base.Lookuper, &cfg); err != nil {
		return nil, err
	}

	return wire.Client(all.base, cfg.Client, append(cfg.Providers.Addresses(), cfg.Platform.BaseURL)...).Transport, nil
}

// take returns the worker that takes a request, which must be left afterwards.
func (all *workers) take(ctx context.Context) (*worker, error) {
	all.mu.Lock()
	defer all.mu.Unlock()

	k := all.started[len(all.started)-1]
	if k.dead.Load() {
		var err error
		if k, err = all.start(ctx); err != nil {
			return nil, err
		}

		all.bury()
	}

	k.calls++

	return k, nil
}

// leave ends a request of a worker.
func (all *workers) leave(k *worker) {
	all.mu.Lock()
	defer all.mu.Unlock()

	k.calls--

	all.bury()
}

// bury closes the dead workers that serve no request any more, except the last one: another follows it with the next request. Call
// with mu held.
func (all *workers) bury() {
	last := all.started[len(all.started)-1]

	all.started = slices.DeleteFunc(all.started, func(k *worker) bool {
		over := k != last && k.calls == 0
		if over {
			all.closing.Go(func() { _ = k.life.Close(context.Background()) }) // what a dead worker could not end is nobody's loss
		}

		return over
	})
}

// ServeHTTP has the worker serve a request. If the worker dies meanwhile, the connection is cut without an answer.
func (all *workers) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	k, err := all.take(context.WithoutCancel(r.Context()))
	if err != nil {
		httpx.WriteProblem(rw, fault.Wrap(fault.Unavailable, "world.workers", err))
		return
	}

	defer all.leave(k)

	k.handler.ServeHTTP(rw, r)

	if k.dead.Load() {
		panic(http.ErrAbortHandler)
	}
}

// close closes what all workers have opened.
func (all *workers) close(ctx context.Context) error {
	all.mu.Lock()
	defer all.mu.Unlock()

	var problems []error
	for _, k := range all.started {
		if err := k.life.Close(ctx); !k.dead.Load() {
			problems = append(problems, err)
		}
	}

	all.closing.Wait()

	return errors.Join(problems...)
}

// RoundTrip makes a call of a provider or of the order platform. The worker dies over it if it is to, and a provider has taken a message.
func (k *worker) RoundTrip(r *http.Request) (*http.Response, error) {
	if k.dead.Load() {
		return nil, errDead
	}

	taken := k.all.world.Simulator.Log().AcceptedCount()
	answer, err := k.next.RoundTrip(r)

	if k.all.world.Killing() > 0 && k.all.tookMessage(r.URL.Path, taken) {
		k.dieIfDue()
	}
	if !k.dead.Load() {
		return answer, err
	}

	if err == nil {
		_ = answer.Body.Close() // nobody reads it
	}

	return nil, errDead
}

// tookMessage reports whether a provider has taken a message at that path since it had taken so many.
func (all *workers) tookMessage(path string, since int) bool {
	log := all.world.Simulator.Log()

	fresh := log.AcceptedCount() - since
	if fresh <= 0 {
		return false
	}

	ids := map[uint64]bool{}
	for _, m := range newest(log.Accepted(), fresh) {
		ids[m.RequestID] = true
	}

	for _, r := range log.Requests() {
		if ids[r.ID] && strings.HasSuffix(path, r.Path) {
			return true
		}
	}

	return false
}

// newest returns the last n of a list, or all of a shorter one.
func newest(all []witness.Accepted, n int) []witness.Accepted { return all[max(0, len(all)-n):] }

// dieIfDue ends the worker if one is to die.
func (k *worker) dieIfDue() {
	k.all.mu.Lock()
	defer k.all.mu.Unlock()

	if k.all.killing == 0 || k.dead.Load() {
		return
	}

	k.all.killing--
	k.dead.Store(true)
}
