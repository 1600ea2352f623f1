// Package live starts the world of `make run` for a test: everything in one process on the machine's clock, with the demo's
// brands installed, providers that report at once, and everything that the product logs kept. It is imported by tests only.
package live

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// Patience ends a wait that cannot succeed any more, on however busy a machine.
const Patience = 2 * time.Minute

// Options vary a world. The zero value has callbacks at once, and sweeps only when the test calls sweep.
type Options struct {
	// Config overrides the functions' configuration, by variable.
	Config     map[string]string
	SweepEvery time.Duration
	// Gupshup overrides the behaviour of both Gupshup apps.
	Gupshup *simgupshup.Behaviour
	// Others overrides the behaviour of the apps at Meta and Kaleyra.
	Others *tenant.Behaviour
}

// World is a running world with its log. It ends with the test, unless the test ends it before.
type World struct {
	*world.World
	// Logs is what the product logs at every level, by the plain handler: the product's own masks attributes by their names,
	// which would hide a leak.
	Logs *testkit.Log

	t         testing.TB
	closed    sync.Once
	callbacks atomic.Int64
	published atomic.Int64
}

// Start starts a world.
func Start(tb testing.TB, o Options) *World {
	tb.Helper()
	w := &World{Logs: &testkit.Log{}, t: tb}
	started, err := world.Start(tb.Context(), world.Options{
		Seed:       1,
		Logger:     w.Logger(),
		Config:     o.Config,
		SweepEvery: o.SweepEvery,
		Secrets:    demo.Secrets(),
		Prepare:    demo.Seed,
	})
	if err != nil {
		tb.Fatalf("start: %v", err)
	}

	w.World = started
	tb.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(tb.Context())); err != nil {
			tb.Errorf("close: %v", err)
		}
	})

	w.behave(o)
	w.Cloud.PubSub().OnPublish(func(topic string, m *pb.PubsubMessage) {
		w.published.Add(1)
		if strings.HasSuffix(topic, "/"+world.ProviderEvents) && m.GetAttributes()[provider.AttributeKind] != string(provider.KindShape) {
			w.callbacks.Add(1)
		}
	})

	return w
}

// behave sets the behaviour of the demo's apps at their providers.
func (w *World) behave(o Options) {
	w.t.Helper()

	atOnce := tenant.Behaviour{Callbacks: true, AutoRead: true}
	if o.Gupshup == nil {
		o.Gupshup = &simgupshup.Behaviour{Behaviour: atOnce}
	}

	for _, app := range []string{demo.NeemGupshupID, demo.ShareGupshupID} {
		w.Must(w.Simulator.Gupshup().SetBehaviour(app, *o.Gupshup))
	}

	if o.Others == nil {
		o.Others = &atOnce
	}

	w.Must(w.Simulator.Meta().SetBehaviour(demo.MarigoldNumberID, simmeta.Behaviour{Behaviour: *o.Others}))
	w.Must(w.Simulator.Kaleyra().SetBehaviour(demo.JasmineApp, simkaleyra.Behaviour{Behaviour: *o.Others}))
}

// Close ends the world once; later calls do nothing.
func (w *World) Close(ctx context.Context) error {
	var err error
	w.closed.Do(func() { err = w.World.Close(ctx) })
	return err
}

// Logger returns a logger that writes to Logs.
func (w *World) Logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(w.Logs, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
}

// Must ends the test on an error.
func (w *World) Must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Secret returns the value of one of the world's secrets.
func (w *World) Secret(name string) string {
	w.t.Helper()
	s, err := w.Parts.Secrets.Access(w.t.Context(), name)
	w.Must(err)
	return s.Reveal()
}

// Webhook returns the path of a webhook of the demo, by the name of its provider and that of its app's brand, such as "neem".
func (w *World) Webhook(vendor, brand string) string {
	w.t.Helper()

	app := map[string]string{"neem": demo.NeemApp, "platform": demo.ShareApp, "marigold": demo.MarigoldApp, "jasmine": demo.JasmineApp}[brand]

	return "/webhook/" + vendor + "/" + w.Secret(lab.TokenPrefix+app)
}

// Callbacks returns how many messages were published to provider-events since the start, but for those that tell of the form of a body.
func (w *World) Callbacks() int64 { return w.callbacks.Load() }

// Published returns how many messages were published to any topic since the start.
func (w *World) Published() int64 { return w.published.Load() }

// soon is how long ahead of the clock Rest looks.
const soon = 2 * time.Second

// Rest waits until nothing is on its way, nor will be soon: what was refused on a busy machine is delivered once more after a back-off, and a provider may
// gather callbacks for a while.
func (w *World) Rest() {
	w.t.Helper()

	ctx, cancel := context.WithTimeout(w.t.Context(), Patience)
	defer cancel()

	for {
		for range 2 { // what a callback published may lead to another callback
			if err := errors.Join(w.Simulator.Settle(ctx), w.Cloud.WaitIdle(ctx)); err != nil {
				w.t.Fatalf("the world does not come to rest: %v", err)
			}
		}

		wait := w.next().Sub(w.Clock.Now())
		if wait > soon {
			return
		}

		time.Sleep(wait)
	}
}

// next is when the next delivery or callback is due that is planned; far ahead if none is.
func (w *World) next() time.Time {
	next := w.Clock.Now().Add(time.Hour)
	for _, b := range w.Cloud.PubSub().Backlog() {
		if !b.NextDue.IsZero() && b.NextDue.Before(next) {
			next = b.NextDue
		}
	}

	for _, c := range w.Simulator.Outbox().Planned() {
		if !c.Planned.IsZero() && c.Planned.Before(next) {
			next = c.Planned
		}
	}

	return next
}

// PushToken returns a token such as the world's own pushes carry.
func (w *World) PushToken() string {
	return w.Cloud.Tokens().Token(world.PushAccount, world.PushAudience)
}

// Do makes a request to the world, and returns the answer's status and body. Headers are names and values in turn. A push gets
// a token.
func (w *World) Do(method, path string, body []byte, header ...string) (status int, answer string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.URL+path, bytes.NewReader(body))
	w.Must(err)
	req.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/push/") {
		req.Header.Set("Authorization", "Bearer "+w.PushToken())
	}

	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}

	resp, err := w.Parts.Client.Do(req)
	w.Must(err)
	got, err := io.ReadAll(resp.Body)
	w.Must(errors.Join(err, resp.Body.Close()))

	return resp.StatusCode, string(got)
}
