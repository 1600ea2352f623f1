// Package pubsub is google.pubsub.v1 in process, for running and testing without Google Cloud: topics, push
// subscriptions with back-off and dead letter, and pull. Messages nobody has acknowledged are in a journal, and survive
// the death of the process. What it does not support it refuses by name.
package pubsub

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// defaultWorkers is how many pushes of one subscription run at once if [Options] does not say: as many as an instance of a function
// takes, as it is deployed. With fewer, a provider that hangs would hold all of them, and no other event would come through.
const defaultWorkers = 80

// Journal keeps the server's records; [journal.Service] is one.
type Journal interface {
	// Append queues a copy of rec and returns its number.
	Append(rec []byte) (seq uint64)
	// Wait returns once that record and all before it are durable.
	Wait(seq uint64) error
}

// Options configure a server; the zero value keeps everything in memory on the machine's clock.
type Options struct {
	// Clock times back-off, ack deadlines and retention; nil is the machine's.
	Clock clock.Clock
	// Journal keeps undelivered messages, topics and subscriptions; nil forgets them with the process.
	Journal Journal
	// Workers caps the concurrent pushes of one subscription; 0 is 80.
	Workers int
	// Transport performs the pushes; nil is one with enough idle connections, without a proxy.
	Transport http.RoundTripper
	// Logger gets a line for each dead letter and, at debug level, for each failing push; nil is silent.
	Logger *slog.Logger
	// Sign returns the token of a push whose subscription names a service account; nil sends none.
	Sign func(serviceAccount, audience string) string
}

// Server is the service. Make it with [New], give it the journal's records with [Server.Replay], then call
// [Server.Start].
type Server struct {
	pb.UnimplementedPublisherServer
	pb.UnimplementedSubscriberServer

	clock     clock.Clock
	journal   Journal
	workers   int
	transport http.RoundTripper
	logger    *slog.Logger
	sign      func(serviceAccount, audience string) string
	jitter    bool

	base    context.Context //nolint:containedctx // the life of the server: ends pushes in flight at Close
	cancel  context.CancelFunc
	pushing sync.WaitGroup
	started atomic.Bool

	mu     sync.RWMutex // guards what follows; held shared by publishers from the journal's append to the queues'
	topics map[string]*topic
	subs   map[string]*subscription
	lastID atomic.Uint64

	version   atomic.Uint64 // publishes so far, for a consistent look over all subscriptions
	waiters   atomic.Int32
	changeMu  sync.Mutex
	change    chan struct{}
	observers atomic.Pointer[[]*observer]
}

// topic is one topic; subs is replaced, never changed.
type topic struct {
	p         *pb.Topic
	subs      []*subscription
	published atomic.Int64
	retained  retained
}

// observer is one function given to [Server.OnPublish].
type observer struct {
	f func(topic string, m *pb.PubsubMessage)
}

// New returns a server that accepts calls but pushes nothing before [Server.Start].
func New(o Options) *Server {
	s := &Server{
		clock:     cmp.Or[clock.Clock](o.Clock, clock.Real{}),
		journal:   o.Journal,
		workers:   cmp.Or(o.Workers, defaultWorkers),
		transport: o.Transport,
		logger:    cmp.Or(o.Logger, slog.New(slog.DiscardHandler)),
		sign:      o.Sign,
		topics:    map[string]*topic{},
		subs:      map[string]*subscription{},
		change:    make(chan struct{}),
	}

	_, s.jitter = s.clock.(clock.Real)
	if s.transport == nil {
		s.transport = &http.Transport{
			MaxIdleConnsPerHost: 2 * s.workers,
			IdleConnTimeout:     90 * time.Second,
			DisableCompression:  true,
			WriteBufferSize:     16 << 10,
		}
	}

	s.base, s.cancel = context.WithCancel(context.Background())
	s.lastID.Store(uint64(max(s.clock.Now().UnixMicro(), 0)))

	return s
}

// Register adds both services to g.
func (s *Server) Register(g grpc.ServiceRegistrar) {
	pb.RegisterPublisherServer(g, s)
	pb.RegisterSubscriberServer(g, s)
}

// Start begins pushing. Before it messages are only collected.
func (s *Server) Start() {
	s.started.Store(true)

	s.mu.RLock()
	defer s.mu.RUnlock()

	for _, u := range s.subs {
		u.mu.Lock()
		u.pump()
		u.mu.Unlock()
	}
}

// Close stops pushing, cancels the pushes in flight (they count as not delivered) and ends open pulls.
func (s *Server) Close() {
	s.started.Store(false)
	s.cancel()

	s.mu.RLock()

	for _, u := range s.subs {
		u.stop()
	}

	s.mu.RUnlock()

	s.pushing.Wait()
	if t, ok := s.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// append journals rec and returns its number; without a journal it does nothing.
func (s *Server) append(rec []byte) uint64 {
	if s.journal == nil {
		return 0
	}
	return s.journal.Append(rec)
}

// durable returns once record seq is kept.
func (s *Server) durable(seq uint64) error {
	if s.journal == nil {
		return nil
	}
	if err := s.journal.Wait(seq); err != nil {
		return errInternal("journal", err)
	}

	return nil
}

// subscription finds a subscription by its full name.
func (s *Server) subscription(name string) (*subscription, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if u := s.subs[name]; u != nil {
		return u, nil
	}

	return nil, errNotFound("subscription", name)
}

// attach adds u to its topic. Call with mu held for writing.
func (s *Server) attach(u *subscription) {
	s.subs[u.name] = u
	if t := s.topics[u.p.GetTopic()]; t != nil {
		t.subs = append(slices.Clone(t.subs), u)
	}
}

// detach removes u from its topic and the server. Call with mu held for writing.
func (s *Server) detach(u *subscription) {
	delete(s.subs, u.name)
	if t := s.topics[u.p.GetTopic()]; t != nil {
		t.subs = slices.DeleteFunc(slices.Clone(t.subs), func(x *subscription) bool { return x == u })
	}
}
