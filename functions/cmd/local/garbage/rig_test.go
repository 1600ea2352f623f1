package garbage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// marker stands in every input for the secret, number or name that must not come back in an answer or a log line.
const marker = "QzMarker9000079999Kx"

// Paths of the world.
const (
	orderPath   = "/_ah/api/esb/v2/order/"
	notifyPath  = "/push/notify"
	receivePath = "/push/receive"
	sweepPath   = "/push/sweep"
	eventsPath  = "/local/events"
	inboxPath   = "/local/inbox/9000000001"
	replyPath   = "/local/inbox/9000000001/reply"
	logPath     = "/local/send-log?orderId=51230077"
	faultsPath  = "/local/faults"
	botPath     = "/local/bot"

	platformPath = "/push/platform"
)

// times are short enough to see what follows them, and long enough for a busy machine.
func times() map[string]string {
	return map[string]string{
		"PROVIDER_TIMEOUT": "5s", "REQUEST_TIMEOUT": "6s", "LEASE": "7s", "ACK_DEADLINE": "15s", "PARK_AFTER": "300ms", "GRACE": "1s",
		"BRANDAPI_RATE": "100000", "BRANDAPI_BURST": "100000", "BRANDAPI_UNKNOWN_KEYS": "100000",
	}
}

// brief ends what stalls before anybody gets impatient.
func brief() map[string]string {
	return map[string]string{"PROVIDER_TIMEOUT": "500ms", "REQUEST_TIMEOUT": "600ms", "LEASE": "700ms", "ACK_DEADLINE": "800ms"}
}

// rig is a running world with everything that it logs, writes and publishes in view.
type rig struct {
	t       *testing.T
	w       *world.World
	host    string
	webhook string // the path of Neem's webhook, with its token
	// meta and kaleyra are the paths of Marigold's and Jasmine's.
	meta, kaleyra string
	logs          *buffer
	// published counts the messages of every topic.
	published atomic.Int64
}

// buffer collects log lines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// from is what was logged after the first n bytes.
func (b *buffer) from(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.b.Bytes()[n:])
}

func (b *buffer) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Len()
}

func newRig(t *testing.T, config map[string]string) *rig {
	t.Helper()
	r := &rig{t: t, logs: &buffer{}}
	all := times()
	maps.Copy(all, config)
	w, err := world.Start(t.Context(), world.Options{
		Logger:  slog.New(slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})),
		Config:  all,
		Secrets: demo.Secrets(),
		Prepare: demo.Seed,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.w = w
	for _, app := range []string{demo.NeemGupshupID, demo.ShareGupshupID} {
		if err = w.Simulator.Gupshup().SetBehaviour(app, simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, AutoRead: true}}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if closing := w.Close(context.WithoutCancel(t.Context())); closing != nil {
			t.Errorf("close: %v", closing)
		}
	})
	r.host = strings.TrimPrefix(w.URL, "http://")
	r.webhook = "/webhook/gupshup/" + r.secret("webhook-token-neem")
	r.meta = "/webhook/meta/" + r.secret("webhook-token-marigold")
	r.kaleyra = "/webhook/kaleyra/" + r.secret("webhook-token-jasmine")
	w.Cloud.PubSub().OnPublish(func(string, *pb.PubsubMessage) { r.published.Add(1) })
	r.rest()
	return r
}

// secret is one of the demo's.
func (r *rig) secret(name string) string {
	r.t.Helper()
	s, err := r.w.Parts.Secrets.Access(r.t.Context(), name)
	if err != nil {
		r.t.Fatal(err)
	}
	return s.Reveal()
}

// rest waits until nothing is on its way.
func (r *rig) rest() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Minute)
	defer cancel()
	if err := errors.Join(r.w.Simulator.Settle(ctx), r.w.Cloud.WaitIdle(ctx)); err != nil {
		r.t.Fatalf("the world does not come to rest: %v", err)
	}
}

// state is all that a request could have changed.
type state struct {
	writes, published int64
	accepted          int
	documents         [32]byte
}

func (r *rig) state(t *testing.T) state {
	t.Helper()
	sum := sha256.New()
	for name, fields := range r.w.Cloud.Firestore().Documents {
		fmt.Fprintf(sum, "%s\n", name)
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			value, err := proto.MarshalOptions{Deterministic: true}.Marshal(fields[field])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(sum, "%s %x\n", field, value)
		}
	}
	counts := r.w.Cloud.Firestore().Counts()
	s := state{writes: counts.Writes + counts.Deletes, published: r.published.Load(), accepted: r.w.Simulator.Log().AcceptedCount()}
	sum.Sum(s.documents[:0])
	return s
}
