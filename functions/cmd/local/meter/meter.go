// Package meter attributes what Firestore bills to the invocations of functions that caused it, and says what that costs. A function's handler
// is wrapped, its connections carry the invocation along, and Firestore's server tells each charge:
//
//	request → [Meter.Wrap] → the context → [Meter.DialOptions] → metadata → [Meter.Charge]
//
// What no invocation made, such as a look of a test at the store, counts in the total alone.
package meter

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
)

const (
	// kept is how many invocations are remembered, the newest.
	kept = 10_000
	// maxDocuments is how many documents of an invocation are remembered, the first.
	maxDocuments = 200

	// metadataKey carries an invocation's number from client to server.
	metadataKey = "local-invocation"
)

// Invocation is one request that a function served, with what Firestore billed for it.
type Invocation struct {
	Function string
	Begun    time.Time
	firestore.Counts

	number    uint64
	documents map[string]bool
}

// Touched reports whether the invocation read, missed, wrote or deleted a document for whose name of is true. Names are as
// "messages/1", without the database. Of an invocation with more than 200 documents the first are known.
func (i *Invocation) Touched(of func(document string) bool) bool {
	for name := range i.documents {
		if of(name) {
			return true
		}
	}

	return false
}

// Meter remembers the newest 10,000 invocations. It is safe for concurrent use.
type Meter struct {
	clock  clock.Clock
	prices prices

	mu    sync.Mutex
	newer uint64
	// ring has the invocation of a number at that number modulo its length.
	ring  []*Invocation
	total firestore.Counts
}

// New returns a meter that has seen nothing.
func New(c clock.Clock) (*Meter, error) {
	p, err := readPrices()
	if err != nil {
		return nil, err
	}

	return &Meter{clock: c, prices: p, ring: make([]*Invocation, kept)}, nil
}

// number is the context's key of an invocation's number.
type number struct{}

// Wrap makes each request that next serves an invocation of the function.
func (m *Meter) Wrap(function string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), number{}, strconv.FormatUint(m.begin(function), 10))
		next.ServeHTTP(rw, r.WithContext(ctx))
	})
}

// begin notes a new invocation, in the place of the oldest one.
func (m *Meter) begin(function string) uint64 {
	begun := m.clock.Now()

	m.mu.Lock()
	defer m.mu.Unlock()

	m.newer++
	m.ring[m.newer%kept] = &Invocation{Function: function, Begun: begun, number: m.newer}

	return m.newer
}

// DialOptions have a connection to Firestore say by which invocation each call is made.
func (*Meter) DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			return invoke(outgoing(ctx), method, req, reply, cc, opts...)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			return open(outgoing(ctx), desc, cc, method, opts...)
		}),
	}
}

// outgoing adds the context's invocation, if it has one, to what the call takes along.
func outgoing(ctx context.Context) context.Context {
	n, ok := ctx.Value(number{}).(string)
	if !ok {
		return ctx
	}

	return metadata.AppendToOutgoingContext(ctx, metadataKey, n)
}

// Charge takes what Firestore's server bills for a call: see [firestore.Server.OnCharge].
func (m *Meter) Charge(ctx context.Context, c firestore.Charge) {
	var n uint64
	if sent := metadata.ValueFromIncomingContext(ctx, metadataKey); len(sent) > 0 {
		n, _ = strconv.ParseUint(sent[0], 10, 64) // what is no number of ours is nobody's
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	add(&m.total, c.Counts)

	i := m.ring[n%kept]
	if n == 0 || i == nil || i.number != n {
		return
	}

	add(&i.Counts, c.Counts)
	i.touch(c.Documents)
}

// touch notes documents, by their names in the database.
func (i *Invocation) touch(names []string) {
	if i.documents == nil {
		i.documents = make(map[string]bool, len(names))
	}

	for _, name := range names {
		if len(i.documents) >= maxDocuments {
			return
		}

		_, name, _ = strings.Cut(name, "/documents/")
		i.documents[name] = true
	}
}

func add(sum *firestore.Counts, c firestore.Counts) {
	sum.Reads += c.Reads
	sum.Writes += c.Writes
	sum.Deletes += c.Deletes
}

// Total is all that Firestore has billed, forgotten invocations and what none made included.
func (m *Meter) Total() firestore.Counts {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.total
}

// Costs returns, by function, what the invocations for which of is true did, whole, and what that costs. A function that had none is not there. of must
// not call the meter.
func (m *Meter) Costs(of func(*Invocation) bool) map[string]Cost {
	m.mu.Lock()
	defer m.mu.Unlock()

	all := map[string]Cost{}

	for _, i := range m.ring {
		if i != nil && of(i) {
			one := Cost{Invocations: 1, Reads: i.Reads, Writes: i.Writes, Deletes: i.Deletes}
			one.NanoDollars = m.prices.of(one)
			all[i.Function] = all[i.Function].Plus(one)
		}
	}

	return all
}
