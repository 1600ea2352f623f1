package rig

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// Workers starts n workers.
func (r *Rig) Workers(n int) []*Worker {
	all := make([]*Worker, n)
	for i := range all {
		all[i] = r.NewWorker(Options{})
	}
	return all
}

// Worker is one set of the functions, as one instance of each would be, with connections of its own: every call it makes can
// be seen and made to fail.
type Worker struct {
	Functions
	Parts  *inspect.Parts
	Faults *Faults
}

// NewWorker starts a worker.
func (r *Rig) NewWorker(o Options) *Worker {
	r.T.Helper()

	w := &Worker{Faults: &Faults{}}

	var at clock.Clock = r.Clock
	if o.Clock != nil {
		at = o.Clock
	}

	env := world.Environment(r.http.URL, world.Project)
	maps.Copy(env, map[string]string{"LEASE": "30s", "ACK_DEADLINE": "60s", "GRACE": "3m", "QUIET_GRACE": "3m"})
	maps.Copy(env, o.Config)

	// All clients of a worker share one connection: a rig has many workers, and most of them make few calls.
	conn, err := r.Cloud.Conn(grpc.WithChainUnaryInterceptor(w.Faults.unary), grpc.WithChainStreamInterceptor(w.Faults.watchedStream))
	r.Must(err)

	logger := slog.New(slog.NewJSONHandler(r.Logs, &slog.HandlerOptions{Level: slog.LevelDebug}))

	life := boot.NewLifecycle(logger, 0, at)
	testkit.AtEnd(r.T, func() { _ = life.Close(context.Background()) })
	f := boot.Function{
		Lookuper:      config.Map(env),
		Clock:         at,
		Logger:        logger,
		Lifecycle:     life,
		ClientOptions: []option.ClientOption{option.WithGRPCConn(conn), option.WithTelemetryDisabled()},
		Transport: &faultyTransport{
			faults:  w.Faults,
			clock:   at,
			next:    &http.Transport{MaxIdleConnsPerHost: 8},
			refused: &r.Unreachable,
		},
	}

	w.Parts, err = inspect.Open(r.T.Context(), f)
	r.Must(err)

	w.Functions, err = buildEach(r.T.Context(), func(name string) boot.Function {
		own := f
		if o.Logger != nil {
			own.Logger = o.Logger(name)
		}

		return own
	})
	r.Must(err)

	return w
}

// Push delivers a message to a handler as a push subscription does, and returns the answer's status.
func (r *Rig) Push(h http.Handler, m *pb.PubsubMessage, attempt int) int {
	req := httptest.NewRequestWithContext(r.T.Context(), http.MethodPost, "/", bytes.NewReader(PushBody(m, attempt)))
	req.Header.Set("Content-Type", "application/json")
	return testkit.Serve(h, req).Status
}

// PushBody returns the body of a push of m, as Pub/Sub wraps it.
func PushBody(m *pb.PubsubMessage, attempt int) []byte {
	body, err := json.Marshal(map[string]any{
		"message": map[string]any{
			"data":        base64.StdEncoding.EncodeToString(m.GetData()),
			"attributes":  m.GetAttributes(),
			"messageId":   m.GetMessageId(),
			"publishTime": m.GetPublishTime().AsTime().Format(time.RFC3339Nano),
		},
		"subscription":    "projects/" + world.Project + "/subscriptions/rig",
		"deliveryAttempt": attempt,
	})
	if err != nil {
		panic(err) // a map of strings can always be encoded
	}

	return body
}

// Serve has the provider's callbacks go to a worker's webhook from now on.
func (r *Rig) Serve(w *Worker) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.Hooks = w
}

// serving returns the worker that takes the callbacks.
func (r *Rig) serving() *Worker {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Hooks
}

// Hand delivers an event to a worker. If it is not acknowledged, or the worker died over it, it is queued again.
func (r *Rig) Hand(w *Worker, q *Queued) {
	q.attempt++
	if code := r.Push(w.Notify, q.Message, q.attempt); code/100 != 2 || w.Faults.isDead() {
		r.giveBack(world.OrderEvents, q)
	}
}

// CallSweep calls a worker's sweep once, and returns the answer's status.
func (r *Rig) CallSweep(w *Worker) int {
	return testkit.Serve(w.Sweep, httptest.NewRequestWithContext(r.T.Context(), http.MethodPost, "/", http.NoBody)).Status
}

// DyingWorker starts a worker that dies at its next post to Gupshup, before the provider has the message or after.
func (r *Rig) DyingWorker(p Point) *Worker {
	r.T.Helper()
	w := r.NewWorker(Options{})
	w.Faults.StrikeFirst(SendPath, p, nil)
	return w
}
