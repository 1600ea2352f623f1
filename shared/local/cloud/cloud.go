// Package cloud is the cloud in one process: Firestore, Pub/Sub with push, and Secret Manager behind one gRPC
// server, so that the production clients and the production code are what runs on a bare machine and in tests. It takes
// its time from a clock, keeps its state in memory or in one journal, counts and traces the calls it gets, and fails,
// delays or cuts any of them by rule. Beside them it stands in for Cloud Scheduler, and over HTTP for Cloud Storage.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/journal"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/secretmanager"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/storage"
)

const (
	ttlEvery     = time.Hour
	compactEvery = time.Minute
)

// Options configure a cloud; the zero value is one in memory, on the machine's clock, reachable in process only.
type Options struct {
	// Clock times everything that waits; nil is the machine's.
	Clock clock.Clock
	// Path is the directory of the journal; it is made if missing. Empty keeps everything in memory.
	Path string
	// Indexes is the index file of Firestore (firestore.indexes.json); nil means none.
	Indexes io.Reader
	// EnforceIndexes refuses queries that would need a composite index which is not declared.
	EnforceIndexes bool
	// Queries, where set and where indexes are enforced, records what queries ask of them.
	Queries *firestore.Queries
	// Listen is a TCP address such as "127.0.0.1:0"; empty opens none.
	Listen string
	// ListenKeys is a TCP address for the public key of the tokens that pushes and scheduled calls carry, and for Cloud Storage; empty opens none.
	ListenKeys string
	// Prepare, where set, makes what must be there before anybody's first call over TCP: those wait until it is done.
	Prepare func(ctx context.Context, c *Cloud) error
	// Logger gets a line for each dead letter and failing job; nil is silent.
	Logger *slog.Logger
	// Workers caps the concurrent pushes of one subscription; 0 is the default of [pubsub.Options].
	Workers int
	// Direct answers the calls of connections in process in the caller's own goroutine, without HTTP/2 between them: for tests
	// that start many clouds and are not about connections. See direct for what stays the same.
	Direct bool
}

// Cloud is a running local cloud. Make it with [Start].
type Cloud struct {
	clock  clock.Clock
	logger *slog.Logger

	journal   *journal.Journal
	firestore *firestore.Server
	pubsub    *pubsub.Server
	secrets   *secretmanager.Server
	storage   *storage.Server
	tokens    *idtoken.Signer
	rules     *Rules
	calls     *Recorder
	jobs      *scheduler

	server *grpc.Server
	// direct is nil without [Options.Direct].
	direct *direct
	conns  *connections
	memory *bufconn.Listener
	addr   string
	keys   *http.Server
	// keysAddr is where the public key is served, or empty.
	keysAddr string
	serve    sync.WaitGroup
	self     *grpc.ClientConn

	alive int64 // bytes of the journal that were no garbage when last counted; of the job that compacts

	mu      sync.Mutex
	dialled []*grpc.ClientConn
	closed  bool
}

// Start opens the journal, brings the services to where it ends, and serves. ctx bounds only the start.
func Start(ctx context.Context, o Options) (*Cloud, error) {
	c := &Cloud{
		clock:  o.Clock,
		logger: o.Logger,
		rules:  newRules(),
		calls:  newRecorder(),
		conns:  newConnections(),
	}
	if c.clock == nil {
		c.clock = clock.Real{}
	}

	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}

	c.jobs = newScheduler(c.clock, c.logger)
	if err := c.open(o); err != nil {
		return nil, fmt.Errorf("start local cloud: %w", err)
	}

	outside, err := c.listen(ctx, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start local cloud: %w", err), c.Close())
	}

	c.pubsub.Start()
	c.jobs.every(ttlEvery, "firestore_ttl", false, func(context.Context) error {
		c.firestore.SweepTTL(c.clock.Now())
		return nil
	})

	if o.Path != "" {
		c.jobs.every(compactEvery, "compact_journal", true, func(context.Context) error { return c.compactIfGarbage() })
	}

	if o.Prepare != nil {
		err = o.Prepare(ctx, c)
	}

	switch {
	case err != nil && outside != nil:
		return nil, errors.Join(fmt.Errorf("prepare local cloud: %w", err), outside.Close(), c.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("prepare local cloud: %w", err), c.Close())
	case outside != nil:
		c.serveOn(ctx, outside)
	}

	return c, nil
}

// Firestore is the Firestore server.
func (c *Cloud) Firestore() *firestore.Server { return c.firestore }

// PubSub is the Pub/Sub server.
func (c *Cloud) PubSub() *pubsub.Server { return c.pubsub }

// Secrets is the Secret Manager server.
func (c *Cloud) Secrets() *secretmanager.Server { return c.secrets }

// Storage is the Cloud Storage server. What it has is no part of the journal: it is files beside it.
func (c *Cloud) Storage() *storage.Server { return c.storage }

// Tokens signs the tokens of pushes and scheduled calls.
func (c *Cloud) Tokens() *idtoken.Signer { return c.tokens }

// Rules are the rules by which calls fail.
func (c *Cloud) Rules() *Rules { return c.rules }

// Serves reports whether the cloud has a method that the rule is about.
func (c *Cloud) Serves(r Rule) bool {
	for service, info := range c.server.GetServiceInfo() {
		for _, m := range info.Methods {
			if r.about(service + "/" + m.Name) {
				return true
			}
		}
	}

	return false
}

// Calls counts and traces the calls.
func (c *Cloud) Calls() *Recorder { return c.calls }

// WaitIdle returns once the cloud is idle, or with the context's error.
func (c *Cloud) WaitIdle(ctx context.Context) error {
	for {
		if err := c.jobs.wait(ctx); err != nil {
			return err
		}
		if err := c.pubsub.WaitIdle(ctx); err != nil {
			return err
		}
		if c.jobs.idle() {
			return nil
		}
	}
}

// Close stops the jobs, the pushes and the server, and closes the journal. Messages in a push stay undelivered.
func (c *Cloud) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}

	c.closed = true
	dialled := c.dialled
	c.mu.Unlock()

	c.jobs.close()
	c.pubsub.Close()
	var errs []error
	if c.self != nil {
		dialled = append(dialled, c.self)
	}

	for _, conn := range dialled {
		if err := conn.Close(); err != nil && !errors.Is(err, grpc.ErrClientConnClosing) { //nolint:staticcheck // SA1019: what Close still returns
			errs = append(errs, err)
		}
	}

	c.server.Stop()
	if c.keys != nil {
		errs = append(errs, c.keys.Close())
	}

	if c.memory != nil {
		errs = append(errs, c.memory.Close())
	}

	c.serve.Wait()

	return errors.Join(append(errs, c.journal.Close())...)
}
