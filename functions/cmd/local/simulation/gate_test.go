package simulation

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// actor is one invocation of a function: one push, one callback, one call of the scheduler. It knows its calls by their order
// among those of the same name, so that what it meets does not depend on what others do.
type actor struct {
	name    string
	machine *machine
	// about is the copy that it has been pushed; the zero copy for who was not.
	about copyOf
	// began is when it began its work.
	began time.Duration

	mu sync.Mutex
	// calls counts the calls of each name, and together holds those that are made at this moment.
	calls    map[string]int
	together map[string]*gathering
	// held is how long the gate has held back its calls, all in all.
	held time.Duration
	// struckAt is when a call of its was last struck; zero if none was.
	struckAt time.Time
}

// hold has a call of the actor wait at the gate.
func (a *actor) hold(d time.Duration) {
	a.mu.Lock()
	a.held += d
	a.mu.Unlock()

	time.Sleep(d)
}

// heldBack returns how long the gate has held back the actor's calls.
func (a *actor) heldBack() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()

	return a.held
}

type actorKey struct{}

func withActor(ctx context.Context, a *actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// actorOf returns who makes a call. What a machine does for nobody in particular, as its caches do, it does in its own name.
func (m *machine) actorOf(ctx context.Context) *actor {
	if a, ok := ctx.Value(actorKey{}).(*actor); ok {
		return a
	}
	return m.self
}

// nth counts the actor's calls of one name. Goroutines that an actor starts together call at the same moment, in an order that is
// chance: it depends on the garbage collector, and on how busy the real machine is. They are told apart by the order in which they
// were started, once all of them have called.
func (a *actor) nth(name string) int {
	g := a.gather(name)

	time.Sleep(time.Nanosecond) // no time passes until nobody can go on any more

	if a.count(name, g) == 1 {
		return g.before + 1
	}

	me := goroutine()
	a.join(g, me)

	time.Sleep(time.Nanosecond)

	return g.before + a.place(g, me)
}

// join notes the number of a goroutine of a gathering.
func (a *actor) join(g *gathering, me uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()

	g.goroutines = append(g.goroutines, me)
}

// place returns the place of a goroutine among those of its gathering, from 1 on.
func (a *actor) place(g *gathering, me uint64) int {
	a.mu.Lock()
	defer a.mu.Unlock()

	slices.Sort(g.goroutines)

	return slices.Index(g.goroutines, me) + 1
}

// gathering is the goroutines that make the same call at the same moment.
type gathering struct {
	at time.Time
	// size is how many they are, and goroutines their numbers if they are several.
	size       int
	goroutines []uint64
	// counted: all have come, and before is how many calls were made before theirs.
	counted bool
	before  int
}

// gather has the caller be one of those who make a call now.
func (a *actor) gather(name string) *gathering {
	now := time.Now()

	a.mu.Lock()
	defer a.mu.Unlock()

	g := a.together[name]
	if g == nil || !g.at.Equal(now) {
		g = &gathering{at: now}
		a.together[name] = g
	}

	g.size++

	return g
}

// count adds the calls of a gathering to those of the actor, once, and returns how many they are.
func (a *actor) count(name string, g *gathering) int {
	a.mu.Lock()
	defer a.mu.Unlock()

	if !g.counted {
		g.counted, g.before = true, a.calls[name]
		a.calls[name] += g.size
	}

	return g.size
}

// goroutine returns the number of the goroutine that calls it. One that was started later has a greater one.
func goroutine() (n uint64) {
	var buf [64]byte
	text := string(buf[:runtime.Stack(buf[:], false)])
	_, _ = fmt.Sscanf(text, "goroutine %d ", &n) // it always begins like that

	return n
}

// call is one passage of the gate.
type call struct {
	actor *actor
	// name is what is called, content a digest of what it is called with, n its number among those of the actor that are alike.
	name    string
	content uint64
	n       int
	// forAll: others may wait for its answer too, although it is made in the actor's name.
	forAll bool
}

func (c call) String() string { return fmt.Sprintf("%s: %s #%d", c.actor.name, c.name, c.n) }

// draw returns a number from 0 up to, and not with, below: the same for the same seed, call and purpose.
func (c call) draw(seed uint64, purpose string, below int64) int64 {
	return drawn(seed, below, purpose, c.actor.name, c.name, fmt.Sprint(c.content, "/", c.n))
}

// drawn returns a number from 0 up to, and not with, below, that depends on the seed and the words only.
func drawn(seed uint64, below int64, words ...string) int64 {
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, seed) // writing to a hash never fails

	for _, w := range words {
		_, _ = h.Write([]byte(w))
		_, _ = h.Write([]byte{0})
	}

	// FNV's last bytes hardly stir its upper bits.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33

	return int64(x % uint64(below))
}

// Blow is what strikes a call.
type Blow string

// The blows. Before means that nothing reached the other side, after that it did its work.
const (
	FailBefore Blow = "fails before"
	FailAfter  Blow = "fails after"
	DieBefore  Blow = "its machine dies before"
	DieAfter   Blow = "its machine dies after"
	// Stall holds the call back for longer than a lease is sometimes, before it is made or its answer is seen.
	StallBefore Blow = "stalls before"
	StallAfter  Blow = "stalls after"
)

var blows = []Blow{FailBefore, FailAfter, DieBefore, DieAfter, StallBefore, StallAfter}

// Errors of struck calls. They are of kinds that client libraries do not retry, so that our protocol has to deal with them.
var (
	errDead     = status.Error(codes.PermissionDenied, "the machine is dead")
	errInjected = status.Error(codes.Internal, "injected")
	errBroken   = errors.New("injected: the connection broke")
)

// way is a call's way through the gate: there, and back.
type way struct {
	call
	blow Blow
	// lost is the error of a call that fails.
	lost error
}

// enter draws what strikes a call.
func (m *machine) enter(c call, lost error) way {
	return way{call: c, blow: m.world.blow(c), lost: lost}
}

// there passes the gate before the call is made. On an error it is not made.
func (w way) there() error {
	m := w.actor.machine
	if m.isDead() {
		return errDead
	}

	w.actor.hold(m.world.latency(w.call, "before"))

	switch w.blow {
	case StallBefore:
		w.actor.hold(m.world.stall(w.call))
	case DieBefore:
		m.die(w.String())
	case FailBefore:
		if !m.isDead() {
			return w.lost
		}
	default:
	}
	if m.isDead() {
		return errDead
	}

	return nil
}

// back passes the gate after the call was made, which ended with err.
func (w way) back(err error) error {
	m := w.actor.machine
	w.actor.hold(m.world.latency(w.call, "after"))

	switch w.blow {
	case StallAfter:
		w.actor.hold(m.world.stall(w.call))
	case DieAfter:
		m.die(w.String())
	case FailAfter:
		if err == nil && !m.isDead() {
			return w.lost
		}
	default:
	}
	if m.isDead() {
		return errDead
	}

	return err
}

// latency is how long a call takes on one of its ways: a few milliseconds, rarely some seconds.
func (w *World) latency(c call, way string) time.Duration {
	least, spread := int64(500*time.Microsecond), int64(3*time.Millisecond)
	if c.draw(w.plan.Seed, "slow "+way, 150) == 0 {
		spread = int64(3 * time.Second)
	}

	return time.Duration(least + c.draw(w.plan.Seed, "latency "+way, spread))
}

// longestStall is the longest that a call is held back.
const longestStall = 5 * time.Minute

// stall is how long a struck call is held back.
func (w *World) stall(c call) time.Duration {
	longest := []time.Duration{2 * time.Second, 12 * time.Second, 70 * time.Second, longestStall}
	return time.Duration(c.draw(w.plan.Seed, "stall", int64(longest[c.draw(w.plan.Seed, "stall at most", int64(len(longest)))])))
}

// blow returns what strikes a call, empty for nothing. Only what happens while the plan has trouble is struck, and no blow of
// which the plan says that it is spared.
func (w *World) blow(c call) Blow {
	now := time.Since(w.began)
	for i, t := range w.plan.Troubles {
		if now < t.From || now >= t.Until || c.draw(w.plan.Seed, fmt.Sprint("trouble ", i), 10_000) >= int64(t.Often) {
			continue
		}

		w.mu.Lock()
		spared := w.plan.Spared[c.String()]
		w.mu.Unlock()
		if spared {
			return ""
		}

		b := t.Blows[c.draw(w.plan.Seed, fmt.Sprint("blow ", i), int64(len(t.Blows)))]
		w.struck(c, b)

		return b
	}

	return ""
}

// digest returns a number that says what a request is about. It tells calls apart that a machine makes side by side. Of a write
// only the documents' names count: clients write the fields of a document in the order of a map, and nonces are drawn in the order
// in which goroutines run that wake together.
func digest(m any) (sum uint64) {
	switch r := m.(type) {
	case *firestorepb.CommitRequest:
		for _, write := range r.GetWrites() {
			sum += hashed(write.GetUpdate().GetName(), write.GetDelete())
		}
	case *firestorepb.BatchGetDocumentsRequest:
		for _, name := range r.GetDocuments() {
			sum += hashed(name)
		}
	case *pubsubpb.PublishRequest:
		for _, message := range r.GetMessages() {
			sum += hashed(r.GetTopic(), string(message.GetData()))
		}
	case proto.Message:
		data, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
		if err == nil {
			sum = hashed(string(data))
		}
	}

	return sum
}

// shared reports whether a request is made once for all who wait for its answer, as those of the caches are. Who of them makes it is
// chance, so that it counts as the machine's.
func shared(m any) bool {
	switch r := m.(type) {
	case *firestorepb.BatchGetDocumentsRequest:
		return !slices.ContainsFunc(r.GetDocuments(), func(name string) bool { return !cached(name) })
	case *firestorepb.RunQueryRequest:
		from := r.GetStructuredQuery().GetFrom()
		return len(from) == 1 && cached("/documents/"+from[0].GetCollectionId()+"/")
	case *firestorepb.CommitRequest:
		// What one has found out for all, such as a template or the order that several events name, it keeps for all.
		return !slices.ContainsFunc(r.GetWrites(), func(w *firestorepb.Write) bool {
			name := w.GetUpdate().GetName()
			return !cached(name) && !strings.Contains(name, "/documents/orders/")
		})
	case *secretmanagerpb.AccessSecretVersionRequest:
		return true
	default:
		return false
	}
}

// cached reports whether machines keep what they read of the document's collection.
func cached(name string) bool {
	return slices.ContainsFunc([]string{"accounts", "templates", "webhookTokens", "callbacks"}, func(collection string) bool {
		return strings.Contains(name, "/documents/"+collection+"/")
	})
}

// keepsForAll reports whether a request reads what caches keep besides: apps of the platform's, and prices.
func keepsForAll(m any) bool {
	switch r := m.(type) {
	case *firestorepb.BatchGetDocumentsRequest:
		return slices.ContainsFunc(r.GetDocuments(), func(name string) bool { return strings.Contains(name, "/documents/platformApps/") })
	case *firestorepb.RunQueryRequest:
		from := r.GetStructuredQuery().GetFrom()
		return len(from) == 1 && from[0].GetCollectionId() == "rateCards"
	default:
		return false
	}
}

// hashed returns a hash of the words.
func hashed(words ...string) uint64 {
	h := fnv.New64a()
	for _, w := range words {
		_, _ = h.Write([]byte(w)) // writing to a hash never fails
		_, _ = h.Write([]byte{0})
	}

	return h.Sum64()
}

// unary is the gate for the cloud's calls.
func (m *machine) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	w := m.enter(m.callOf(ctx, method, req), errInjected)
	if err := w.there(); err != nil {
		return err
	}

	err := invoker(ctx, method, req, reply, cc, opts...)
	m.world.oracle.called(w.call, req, err)

	return w.back(err)
}

// callOf returns the call of a method of the cloud.
func (m *machine) callOf(ctx context.Context, method string, req any) call {
	c := call{actor: m.actorOf(ctx), name: method, content: digest(req), forAll: keepsForAll(req)}
	if shared(req) {
		c.actor = m.self
	}

	c.n = c.actor.nth(fmt.Sprint(method, c.content))

	return c
}

// stream is the gate for the cloud's reads of several documents. The way there leads to the request, the way back to the first
// answer.
func (m *machine) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := streamer(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, err
	}

	return &gatedStream{ClientStream: s, machine: m, method: method}, nil
}

type gatedStream struct {
	grpc.ClientStream
	machine *machine
	method  string
	way     *way
	back    bool
}

// SendMsg sends the stream's one request.
func (s *gatedStream) SendMsg(req any) error {
	w := s.machine.enter(s.machine.callOf(s.Context(), s.method, req), errInjected)
	if err := w.there(); err != nil {
		return err
	}

	s.way = &w
	s.machine.world.oracle.called(w.call, req, nil)

	return s.ClientStream.SendMsg(req)
}

// RecvMsg returns the next answer; the first passes the gate.
func (s *gatedStream) RecvMsg(reply any) error {
	err := s.ClientStream.RecvMsg(reply)
	if s.back || s.way == nil {
		return err
	}

	s.back = true

	// A stream without an answer ends with io.EOF, which is no failure.
	if failed := s.way.back(nil); failed != nil {
		return failed
	}

	return err
}
