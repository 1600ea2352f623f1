package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	fill "github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// rig is a world whose time stands still and whose Pub/Sub is delivered by hand, so that a test decides what happens in
// which order. The functions are the real ones; a worker is one set of them, that can be made to fail or die at any call.
type rig struct {
	t     testing.TB
	clock *clock.Manual
	cloud *cloud.Cloud
	sim   *simulator.Simulator
	http  *httptest.Server
	logs  *testkit.Log
	// vendor is the provider that the brand's app is of.
	vendor vendor

	mu     sync.Mutex
	queues map[string][]*queued           // by topic's short name
	hooks  *worker                        // serves the provider's callbacks
	all    map[string][]*pb.PubsubMessage // everything that was ever published, by topic's short name
	parts  *inspect.Parts                 // for looking at the store
	// heldBack keeps callbacks until the test releases them itself.
	heldBack bool
}

// queued is a message that waits for its delivery.
type queued struct {
	message *pb.PubsubMessage
	attempt int
}

const (
	simApp   = "aaaaaaaa-0000-4000-8000-000000000001"
	appID    = "gupshup-neem"
	brandID  = "811"
	template = "0b6f2c1e-1111-4222-8333-000000000004"
	shopper  = "919000000001"
)

// start is when every rig's time begins, shortly after the fixture's failed delivery (which is in India's time).
var start = time.Date(2024, 2, 13, 10, 0, 0, 0, time.UTC)

// rigOptions vary a rig.
type rigOptions struct {
	// provider is whose app the brand has; Gupshup's by default.
	provider string
	// silent: the app has no callbacks, so nothing is ever evidence.
	silent bool
	// byTemplate has BusinessOnBot send our templates instead of its own.
	byTemplate bool
	// variables fill the templates' two places; the shopper's name and the order's number by default.
	variables []string
	// behaviour of the callbacks; nil holds them until the test releases them.
	behaviour *simgupshup.Behaviour
	// unsubscribed: the shopper has not opted in.
	unsubscribed bool
	// version is that of the provider's callbacks: 2, or 3.
	version int
	config  map[string]string
}

func newRig(tb testing.TB, o rigOptions) *rig {
	tb.Helper()
	ctx := tb.Context()
	r := &rig{
		t: tb, clock: clock.NewManual(start), logs: &testkit.Log{}, vendor: vendorOf(o.provider),
		queues: map[string][]*queued{}, all: map[string][]*pb.PubsubMessage{},
	}
	if o.byTemplate {
		r.vendor = r.vendor.inTemplateMode()
	}
	r.cloud = testkit.Cloud(tb, r.clock)
	r.sim = simulator.New(simulator.Options{Clock: r.clock, Seed: 1})
	mux := http.NewServeMux()
	mux.Handle("/sim/", http.StripPrefix("/sim", r.sim.Handler()))
	mux.HandleFunc("/webhook/", func(w http.ResponseWriter, req *http.Request) {
		http.StripPrefix("/webhook", r.serving().webhook).ServeHTTP(w, req)
	})
	r.http = httptest.NewServer(mux)
	tb.Cleanup(func() {
		r.sim.Close()
		r.http.Close()
	})
	for _, topic := range []string{world.OrderEvents, world.ProviderEvents, world.CustomerNotifications} {
		if err := r.cloud.EnsureTopics(ctx, "projects/"+world.Project+"/topics/"+topic); err != nil {
			tb.Fatal(err)
		}
	}
	r.cloud.PubSub().OnPublish(func(topic string, m *pb.PubsubMessage) {
		r.mu.Lock()
		defer r.mu.Unlock()
		name := topic[strings.LastIndexByte(topic, '/')+1:]
		published := proto.Clone(m).(*pb.PubsubMessage)
		r.queues[name] = append(r.queues[name], &queued{message: published})
		r.all[name] = append(r.all[name], published)
	})
	if err := world.EnsureSecrets(ctx, r.cloud.Secrets(), world.Project, demo.Secrets()...); err != nil {
		tb.Fatal(err)
	}
	r.hooks = r.newWorker("hooks", o)
	r.parts = r.hooks.parts
	r.seed(o)
	return r
}

// seed puts one brand, its app, order and shopper in.
func (r *rig) seed(o rigOptions) {
	r.t.Helper()
	ctx := r.t.Context()
	v := r.vendor
	key, err := r.parts.Secrets.Access(ctx, v.app.Secret)
	r.must(err)
	var signing []string
	for _, name := range v.signing {
		secret, missing := r.parts.Secrets.Access(ctx, name)
		r.must(missing)
		signing = append(signing, secret.Reveal())
	}
	v.add(r, v, o, key.Reveal(), signing)
	app := v.installed()
	if !o.silent && len(v.callbacks) > 0 {
		r.must(r.parts.Store.PutWebhook(ctx, rigToken, store.Webhook{
			Provider: v.name, AppID: v.appID(), AccountID: brandID, ProviderIDs: app.ProviderIDs, Signing: v.signing,
		}))
		// An app with callbacks had one today: evidence can be expected of it.
		r.must(r.parts.Store.RecordCallbackTime(ctx, v.appID(), r.clock.Now()))
	}
	variables := o.variables
	if variables == nil {
		variables = []string{"customer_name", "customer_order_id"}
	}
	r.must(r.parts.Store.PutAccount(ctx, account.Account{
		ID: brandID, Slug: "neem-and-co", Name: "Neem & Co", ConsentMode: account.Explicit, Sender: v.appID(),
		Apps: map[string]account.App{v.appID(): app},
		Events: map[string]account.Event{
			"shipment/failed_delivery":  {Enabled: true, TemplateID: v.template, Filling: fill.Filling{Variables: variables}},
			"shipment/out_for_delivery": {Enabled: true, TemplateID: v.template, Filling: fill.Filling{Variables: variables}},
		},
	}))
	order, err := testdata.Files.ReadFile("orders/51230077.json")
	r.must(err)
	r.sim.Platform().PutOrder("51230077", order)
	if !o.unsubscribed {
		r.subscribeShopper(consent.Grant)
	}
}

var allModes = []string{"ENQUEUED", "SENT", "DELIVERED", "READ", "FAILED", "MESSAGE", "BILLING", "TEMPLATE", "ACCOUNT"}

// customerID is the document of the rig's shopper.
func (r *rig) customerID() string {
	keys, err := r.parts.Keys(r.t.Context())
	r.must(err)
	n, err := phone.FromE164("+" + shopper)
	r.must(err)
	return store.CustomerID(brandID, keys.Phone.Key(n))
}

// subscribeShopper opts the rig's shopper in, or out, at the rig's present time.
func (r *rig) subscribeShopper(action consent.Action) {
	r.t.Helper()
	ctx := context.WithoutCancel(r.t.Context())
	id := r.customerID()
	entry := consent.Entry{
		Action: action, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, SourceRef: "order:51230077",
		Actor: "customer", OccurredAt: r.clock.Now(), RecordedAt: r.clock.Now(),
	}
	if action == consent.Withdraw {
		entry.Purpose = consent.Everything
	}
	for {
		customer, err := r.parts.Store.Customer(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			recorded, next, _ := consent.Record(consent.State{}, entry)
			r.must(r.parts.Store.CreateCustomer(ctx, store.Customer{
				ID: id, AccountID: brandID, PhoneKey: strings.TrimPrefix(id, brandID+":"), Phone: "+" + shopper, Consent: next,
			}, recorded))
			return
		}
		r.must(err)
		recorded, next, changed := consent.Record(customer.Consent, entry)
		if !changed {
			return
		}
		err = r.parts.Store.ChangeConsent(ctx, customer, next, recorded)
		if store.IsConflict(err) {
			continue
		}
		r.must(err)
		return
	}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// worker is one set of the functions, with connections of its own through which every call can be seen and made to fail.
type worker struct {
	name                              string
	parts                             *inspect.Parts
	notify, receive, sweep, subscribe http.Handler
	webhook                           http.Handler
	faults                            *faults
}

func (r *rig) newWorker(name string, o rigOptions) *worker {
	r.t.Helper()
	w := &worker{name: name, faults: newFaults()}
	env := world.Environment(r.http.URL, world.Project)
	maps.Copy(env, map[string]string{"LEASE": "30s", "ACK_DEADLINE": "60s", "GRACE": "3m"})
	maps.Copy(env, o.config)
	opts := append(r.cloud.ClientOptions(),
		option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(w.faults.unary)),
		option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(w.faults.stream)))
	logger := slog.New(slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	life := boot.NewLifecycle(logger, 0, r.clock)
	r.t.Cleanup(func() { _ = life.Close(context.Background()) })
	f := boot.Function{
		Lookuper:      config.Map(env),
		Clock:         r.clock,
		Logger:        logger,
		Lifecycle:     life,
		ClientOptions: opts,
		Transport:     &faultyTransport{faults: w.faults, clock: r.clock, next: &http.Transport{MaxIdleConnsPerHost: 8}},
	}

	var err error
	w.parts, err = inspect.Open(r.t.Context(), f)
	r.must(err)
	for _, function := range []struct {
		handler *http.Handler
		build   boot.Builder
	}{
		{&w.notify, notify.New},
		{&w.receive, receive.New},
		{&w.sweep, sweep.New},
		{&w.subscribe, subscribe.New},
		{&w.webhook, webhook.New},
	} {
		*function.handler, err = function.build(r.t.Context(), f)
		r.must(err)
	}
	return w
}

// push delivers a message to a handler as a push subscription does, and returns its status.
func (r *rig) push(h http.Handler, m *pb.PubsubMessage, attempt int) int {
	body, err := json.Marshal(map[string]any{
		"message": map[string]any{
			"data": base64.StdEncoding.EncodeToString(m.GetData()), "attributes": m.GetAttributes(),
			"messageId": m.GetMessageId(), "publishTime": m.GetPublishTime().AsTime().Format(time.RFC3339Nano),
		},
		"subscription": "projects/local/subscriptions/rig", "deliveryAttempt": attempt,
	})
	r.must(err)
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Code
}

// serve has the provider's callbacks go to a worker's webhook from now on.
func (r *rig) serve(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hooks = w
}

func (r *rig) serving() *worker {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hooks
}

// published is everything that was ever published to a topic.
func (r *rig) published(topic string) []*pb.PubsubMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all[topic])
}

// take removes what is queued for a topic.
func (r *rig) take(topic string) []*queued {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.queues[topic]
	r.queues[topic] = nil
	return all
}

func (r *rig) giveBack(topic string, q *queued) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queues[topic] = append(r.queues[topic], q)
}

func (r *rig) queuedAt(topic string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queues[topic])
}

// deliver delivers once all that is queued for a topic; what is not acknowledged is queued again.
func (r *rig) deliver(topic string, h http.Handler) {
	for _, q := range r.take(topic) {
		q.attempt++
		if code := r.push(h, q.message, q.attempt); code/100 != 2 {
			r.giveBack(topic, q)
		}
	}
}

// event publishes a platform event and takes it off the queue, for the test to deliver.
func (r *rig) event(name string) *queued {
	r.t.Helper()
	data, err := testdata.Files.ReadFile("events/" + name + ".json")
	r.must(err)
	return r.eventData(data)
}

func (r *rig) eventData(data []byte) *queued {
	r.t.Helper()
	_, err := pb.NewPublisherClient(r.conn()).Publish(r.t.Context(), &pb.PublishRequest{
		Topic: "projects/" + world.Project + "/topics/" + world.OrderEvents, Messages: []*pb.PubsubMessage{{Data: data}},
	})
	r.must(err)
	all := r.take(world.OrderEvents)
	for _, q := range all[:len(all)-1] {
		r.giveBack(world.OrderEvents, q)
	}
	return all[len(all)-1]
}

// hand delivers an event to a worker; one that is not acknowledged, or whose worker died over it, is queued again.
func (r *rig) hand(w *worker, q *queued) {
	if code := r.push(w.notify, q.message, 1); code/100 != 2 || w.faults.isDead() {
		r.giveBack(world.OrderEvents, q)
	}
}

func (r *rig) conn() *grpc.ClientConn {
	conn, err := r.cloud.Conn()
	r.must(err)
	return conn
}

func (r *rig) callSweep(w *worker) int {
	rec := httptest.NewRecorder()
	w.sweep.ServeHTTP(rec, httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/", http.NoBody))
	return rec.Code
}

// settle lets redelivery, callbacks, time and sweep go on, all by a healthy worker, until nothing is left to happen.
func (r *rig) settle(w *worker) {
	r.t.Helper()
	quiet := 0
	for range 120 {
		r.round(w)
		if r.quiet() {
			quiet++
		} else {
			quiet = 0
		}
		if quiet > 2 {
			return
		}
	}
	r.t.Fatalf("the world does not come to rest: %s", r.describe())
}

// round lets redelivery, callbacks, ten seconds and one sweep pass.
func (r *rig) round(w *worker) {
	r.t.Helper()
	r.deliver(world.OrderEvents, w.notify)
	if !r.heldBack {
		_ = r.sim.Outbox().ReleaseAll(r.t.Context())
	}
	r.deliver(world.ProviderEvents, w.receive)
	r.clock.Advance(10 * time.Second)
	if code := r.callSweep(w); code != http.StatusNoContent {
		r.t.Fatalf("sweep by a healthy worker: got %d, log:\n%s", code, r.logs)
	}
}

// quiet tells whether nothing waits: no queue but of heartbeats, no callback, no message due.
func (r *rig) quiet() bool {
	due, err := r.parts.Store.DueMessages(r.t.Context(), r.clock.Now().Add(24*time.Hour), 10)
	r.must(err)
	parked, err := r.parts.Store.DueParked(r.t.Context(), r.clock.Now().Add(24*time.Hour), 10)
	r.must(err)
	return len(due) == 0 && len(parked) == 0 && r.queuedAt(world.OrderEvents) == 0 && r.queuedAt(world.ProviderEvents) <= 1 &&
		(r.heldBack || len(r.sim.Outbox().Pending()) == 0)
}

func (r *rig) describe() string {
	due, _ := r.parts.Store.DueMessages(r.t.Context(), r.clock.Now().Add(24*time.Hour), 10)
	text := fmt.Sprintf("%d due, %d order events, %d provider events, %d callbacks;", len(due), r.queuedAt(world.OrderEvents),
		r.queuedAt(world.ProviderEvents), len(r.sim.Outbox().Pending()))
	waiting := make([]string, 0, len(due))
	for _, m := range due {
		waiting = append(waiting, fmt.Sprintf("%s %s attempt %d due %s", m.ID, m.Phase, m.Attempt, m.Due))
	}
	return text + strings.Join(waiting, ", ") + "\n" + r.logs.String()
}

// messages are the order's messages.
func (r *rig) messages() []message.Message {
	r.t.Helper()
	all, err := r.parts.Store.MessagesOfOrderInAllAccounts(r.t.Context(), "51230077")
	r.must(err)
	return all
}

// Faults of a worker.

// errDead is what every call of a dead worker gets: nothing of it reaches anything any more.
var errDead = status.Error(codes.PermissionDenied, "the worker is dead")

// point is where a fault strikes a call.
type point int

const (
	failBefore point = iota
	failAfter
	dieBefore
	dieAfter
	// A stalled worker takes long over the call, and goes on afterwards as if nothing had been.
	stallBefore
	stallAfter
)

func (p point) String() string {
	return [...]string{"error before", "error after", "death before", "death after", "stall before", "stall after"}[p]
}

// faults sees every call of a worker, in order, and strikes one of them.
type faults struct {
	mu    sync.Mutex
	on    bool
	calls []string
	at    int
	point point
	armed bool
	dead  bool
	// prefix, when set, is how the name of the struck call begins; at does not count then.
	prefix string
	// then runs once, in the struck call, before the fault takes effect.
	then func()
}

func newFaults() *faults { return &faults{} }

// record begins to note the calls.
func (f *faults) record() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.calls = true, nil
}

// recorded are the calls since record.
func (f *faults) recorded() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on = false
	return f.calls
}

// strike makes the n-th call from now (from 0) fail.
func (f *faults) strike(n int, p point, then func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.calls, f.at, f.prefix, f.point, f.armed, f.then = true, nil, n, "", p, true, then
}

// strikeFirst makes the first call fail from now whose name begins with prefix.
func (f *faults) strikeFirst(prefix string, p point, then func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.calls, f.prefix, f.point, f.armed, f.then = true, nil, prefix, p, true, then
}

// enter notes a call and tells what shall become of it.
func (f *faults) enter(name string) (dead, struck bool, p point, then func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return true, false, 0, nil
	}
	if !f.on {
		return false, false, 0, nil
	}
	n := len(f.calls)
	f.calls = append(f.calls, name)
	if !f.armed || f.prefix == "" && n != f.at || !strings.HasPrefix(name, f.prefix) {
		return false, false, 0, nil
	}
	f.armed = false
	if f.point == dieBefore {
		f.dead = true
	}
	return false, true, f.point, f.then
}

func (f *faults) isDead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

func (f *faults) die() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}

// around runs a call with its fault. Errors are of a kind that the client libraries do not repeat by themselves, so that
// it is our protocol that deals with them.
func (f *faults) around(name string, call func() error, lost error) error {
	dead, struck, p, then := f.enter(name)
	if dead {
		return errDead
	}
	if !struck {
		return call()
	}
	if p == failBefore || p == dieBefore || p == stallBefore {
		if then != nil {
			then()
		}
		switch p {
		case dieBefore:
			return errDead
		case stallBefore:
			return call()
		default:
			return lost
		}
	}
	err := call()
	if p == dieAfter {
		f.die()
	}
	if then != nil {
		then()
	}
	if err != nil || p == stallAfter {
		return err
	}
	if p == dieAfter {
		return errDead
	}
	return lost
}

func (f *faults) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return f.around(method, func() error { return invoker(ctx, method, req, reply, cc, opts...) }, status.Error(codes.Internal, "injected"))
}

// stream treats a server stream as one call: it is struck when it is opened, or at its end.
func (f *faults) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	dead, struck, p, then := f.enter(method)
	if dead {
		return nil, errDead
	}
	if !struck {
		return streamer(ctx, desc, cc, method, opts...)
	}
	if then != nil {
		then()
	}
	if p == dieAfter {
		f.die()
	}
	switch p {
	case dieBefore, dieAfter:
		return nil, errDead // a read has no effect: before and after are the same
	case stallBefore, stallAfter:
		return streamer(ctx, desc, cc, method, opts...)
	default:
		return nil, status.Error(codes.Internal, "injected")
	}
}

// faultyTransport is the worker's way to provider and platform.
type faultyTransport struct {
	faults *faults
	clock  clock.Clock
	next   http.RoundTripper
}

var errInjected = errors.New("injected: the connection broke")

func (t *faultyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	var resp *http.Response
	began := t.clock.Now()
	err := t.faults.around("HTTP "+req.Method+" "+req.URL.Path, func() error {
		// A worker that stalls for longer than its request may take finds the request's deadline over when it comes back.
		if t.clock.Now().Sub(began) > 10*time.Second {
			return context.DeadlineExceeded
		}
		var err error
		resp, err = t.next.RoundTrip(req)
		return err
	}, errInjected)
	if err != nil {
		if resp != nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		return nil, err
	}
	return resp, nil
}
