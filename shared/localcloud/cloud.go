// Package localcloud is the cloud in one process: Firestore, Pub/Sub with push, and Secret Manager behind one gRPC
// server, so that the production clients and the production code are what runs on a bare machine and in tests. It takes
// its time from a clock, keeps its state in memory or in one journal, counts and traces the calls it gets, and fails,
// delays or cuts any of them by rule. Beside them it stands in for Cloud Scheduler.
package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/test/bufconn"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/localcloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/localcloud/journal"
	"github.com/eshopbox/whatsapp-notifications/shared/localcloud/pubsub"
	"github.com/eshopbox/whatsapp-notifications/shared/localcloud/secretmanager"
)

// The service byte of a journal record.
const (
	firestoreByte = 'F'
	pubsubByte    = 'P'
	secretByte    = 'S'
)

const (
	journalName     = "cloud.journal"
	maxMessage      = 32 << 20 // over every service's own limit, which shall answer first
	bufconnSize     = 128 << 10
	streamWorkers   = 32 // goroutines kept for calls: a new one each spends a tenth of the time on growing its stack
	ttlEvery        = time.Hour
	compactEvery    = time.Minute
	compactAtOpen   = 1 << 20   // below that garbage does not matter
	compactRunning  = 256 << 20 // and while running, below that
	garbageFraction = 2         // compact when the file is more than so many times what is alive
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
	// Listen is a TCP address such as "127.0.0.1:0"; empty opens none.
	Listen string
	// Logger hears of dead letters, failing jobs and compactions; nil is silent.
	Logger *slog.Logger
	// Workers caps the concurrent pushes of one subscription; 0 is the default of [pubsub.Options].
	Workers int
}

// Cloud is a running local cloud. Make it with [Start].
type Cloud struct {
	clock  clock.Clock
	logger *slog.Logger

	journal   *journal.Journal
	firestore *firestore.Server
	pubsub    *pubsub.Server
	secrets   *secretmanager.Server
	faults    *Faults
	calls     *Recorder
	jobs      *scheduler

	server *grpc.Server
	conns  *connections
	memory *bufconn.Listener
	addr   string
	serve  sync.WaitGroup
	self   *grpc.ClientConn

	mu        sync.Mutex
	dialled   []*grpc.ClientConn
	compacted int64
	closed    bool
}

// Start opens the journal, brings the services to where it ends, and serves. ctx bounds only the start.
func Start(ctx context.Context, o Options) (*Cloud, error) {
	c := &Cloud{clock: o.Clock, logger: o.Logger, faults: newFaults(), calls: newRecorder(), conns: newConnections()}
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
	if err := c.listen(ctx, o.Listen); err != nil {
		return nil, errors.Join(fmt.Errorf("start local cloud: %w", err), c.Close())
	}
	c.pubsub.Start()
	c.jobs.every(ttlEvery, "firestore_ttl", false, func(context.Context) error {
		c.firestore.SweepTTL(c.clock.Now())
		return nil
	})
	if o.Path != "" {
		c.jobs.every(compactEvery, "compact_journal", false, func(context.Context) error {
			return c.compactIf(compactRunning)
		})
	}
	return c, nil
}

// open makes the services and replays the journal into them.
func (c *Cloud) open(o Options) error {
	var indexes firestore.Options
	if o.Indexes != nil {
		parsed, err := firestore.ParseIndexes(o.Indexes)
		if err != nil {
			return err
		}
		indexes.Indexes = parsed
	}
	path := ""
	if o.Path != "" {
		if err := os.MkdirAll(o.Path, 0o700); err != nil {
			return err
		}
		path = filepath.Join(o.Path, journalName)
	}
	j, err := journal.Open(path)
	if err != nil {
		return err
	}
	c.journal = j
	indexes.Clock, indexes.EnforceIndexes = c.clock, o.EnforceIndexes
	ps := pubsub.Options{Clock: c.clock, Workers: o.Workers, Logger: c.logger}
	sm := secretmanager.Options{Clock: c.clock}
	if path != "" {
		indexes.Journal, ps.Journal, sm.Journal = j.Service(firestoreByte), j.Service(pubsubByte), j.Service(secretByte)
	}
	if c.firestore, err = firestore.New(indexes); err != nil {
		return errors.Join(err, j.Close())
	}
	c.pubsub, c.secrets = pubsub.New(ps), secretmanager.New(sm)
	if err = j.Replay(c.replay); err == nil {
		err = c.compactIf(compactAtOpen)
	}
	if err != nil {
		return errors.Join(err, j.Close())
	}
	return nil
}

var errService = errors.New("journal record of an unknown service")

func (c *Cloud) replay(rec []byte) error {
	switch rec[0] {
	case firestoreByte:
		return c.firestore.Replay(rec[1:])
	case pubsubByte:
		return c.pubsub.Replay(rec[1:])
	case secretByte:
		return c.secrets.Replay(rec[1:])
	}
	return errService
}

// snapshot emits the records of all services.
func (c *Cloud) snapshot(emit func(rec []byte) error) error {
	var buf []byte
	for _, s := range []struct {
		prefix byte
		emit   func(func([]byte) error) error
	}{{firestoreByte, c.firestore.Snapshot}, {pubsubByte, c.pubsub.Snapshot}, {secretByte, c.secrets.Snapshot}} {
		err := s.emit(func(rec []byte) error {
			buf = append(append(buf[:0], s.prefix), rec...)
			return emit(buf)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// compactIf compacts a journal that is over least bytes and mostly garbage.
func (c *Cloud) compactIf(least int64) error {
	size := c.journal.Stats().Size
	c.mu.Lock()
	last := c.compacted
	c.mu.Unlock()
	if size < max(least, last*garbageFraction) {
		return nil
	}
	var alive int64
	err := c.snapshot(func(rec []byte) error { alive += int64(len(rec)); return nil })
	if err != nil {
		return err
	}
	if size < alive*garbageFraction {
		return nil
	}
	return c.Compact()
}

// Compact rewrites the journal so that it holds only what is alive. Calls that change something wait until it is done.
func (c *Cloud) Compact() error {
	if err := c.journal.Compact(c.snapshot); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.compacted = c.journal.Stats().Size
	return nil
}

// listen serves in process and, if addr is not empty, on TCP.
func (c *Cloud) listen(ctx context.Context, addr string) error {
	c.server = grpc.NewServer(
		grpc.NumStreamWorkers(streamWorkers), grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(math.MaxInt32),
		grpc.ChainUnaryInterceptor(c.interceptUnary), grpc.ChainStreamInterceptor(c.interceptStream),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
	)
	c.firestore.Register(c.server)
	c.pubsub.Register(c.server)
	c.secrets.Register(c.server)
	c.memory = bufconn.Listen(bufconnSize)
	listeners := []net.Listener{c.memory}
	if addr != "" {
		var lc net.ListenConfig
		l, err := lc.Listen(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		c.addr = l.Addr().String()
		listeners = append(listeners, l)
	}
	for _, l := range listeners {
		c.serve.Go(func() {
			if err := c.server.Serve(c.conns.track(l)); err != nil {
				c.logger.ErrorContext(context.WithoutCancel(ctx), "local cloud stopped serving", "error", err)
			}
		})
	}
	self, err := c.dial()
	c.self = self
	return err
}

// Addr is the TCP address that is served, host:port, or empty.
func (c *Cloud) Addr() string { return c.addr }

// Firestore is the Firestore server.
func (c *Cloud) Firestore() *firestore.Server { return c.firestore }

// PubSub is the Pub/Sub server.
func (c *Cloud) PubSub() *pubsub.Server { return c.pubsub }

// Secrets is the Secret Manager server.
func (c *Cloud) Secrets() *secretmanager.Server { return c.secrets }

// Journal is the journal, for its statistics.
func (c *Cloud) Journal() *journal.Journal { return c.journal }

// Faults are the rules by which calls fail.
func (c *Cloud) Faults() *Faults { return c.faults }

// Calls counts and traces the calls.
func (c *Cloud) Calls() *Recorder { return c.calls }

// dialOptions reach the server in process.
func (c *Cloud) dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return c.memory.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)),
	}
}

func (c *Cloud) dial() (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///localcloud", c.dialOptions()...)
}

// Conn returns a new connection in process; [Cloud.Close] closes it at the latest.
func (c *Cloud) Conn() (*grpc.ClientConn, error) {
	conn, err := c.dial()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialled = append(c.dialled, conn)
	return conn, nil
}

// ClientOptions make the clients of Firestore, Pub/Sub and Secret Manager talk to this cloud in process, each over
// connections of its own. The variables FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST must not be set, since the
// clients prefer them.
func (c *Cloud) ClientOptions() []option.ClientOption {
	opts := []option.ClientOption{
		option.WithEndpoint("passthrough:///localcloud"), option.WithoutAuthentication(), option.WithTelemetryDisabled(),
	}
	for _, d := range c.dialOptions() {
		opts = append(opts, option.WithGRPCDialOption(d))
	}
	return opts
}

// RemoteOptions make the clients talk to a local cloud in another process, at addr (host:port).
func RemoteOptions(addr string) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint("passthrough:///" + addr), option.WithoutAuthentication(), option.WithTelemetryDisabled(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// Idle reports that no push and no scheduled job is running or due; see [pubsub.Server.Idle].
func (c *Cloud) Idle() bool { return c.jobs.idle() && c.pubsub.Idle() && c.jobs.idle() }

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
	if c.memory != nil {
		errs = append(errs, c.memory.Close())
	}
	c.serve.Wait()
	return errors.Join(append(errs, c.journal.Close())...)
}
