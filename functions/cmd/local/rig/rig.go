package rig

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	fill "github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// Rig is the product on a clock that stands still and with a Pub/Sub that is delivered by hand, so that a test decides what
// happens in which order. The functions are the real ones; each Worker is one set of them. One brand is installed, with an
// app at one provider, an order and a shopper who has subscribed.
type Rig struct {
	T     testing.TB
	Clock *clock.Manual
	Cloud *cloud.Cloud
	Sim   *simulator.Simulator
	// Logs is what all workers log, at every level.
	Logs *testkit.Log
	// Vendor is the provider of the brand's app.
	Vendor vendor
	// Hooks serves the provider's callbacks, and is a healthy worker for everything else.
	Hooks *Worker
	// Parts are those of Hooks, to look at the store with.
	Parts *inspect.Parts
	// HeldBack keeps callbacks from being released by Round and Settle.
	HeldBack bool
	// Unreachable has every worker's connections to providers be refused, before a byte is written.
	Unreachable atomic.Bool

	http *httptest.Server

	mu     sync.Mutex
	queues map[string][]*Queued           // by topic's short name
	all    map[string][]*pb.PubsubMessage // everything ever published, by topic's short name
}

// The brand, its app and template at Gupshup, and its shopper.
const (
	BrandID      = "811"
	AppID        = "gupshup-neem"
	GupshupAppID = "aaaaaaaa-0000-4000-8000-000000000001"
	TemplateID   = "0b6f2c1e-1111-4222-8333-000000000004"
	Shopper      = "919000000001"
)

// Start is when every rig's time begins, shortly after the fixture's failed delivery.
var Start = time.Date(2024, 2, 13, 10, 0, 0, 0, time.UTC)

// Options vary a rig.
type Options struct {
	// Provider is whose app the brand has; Gupshup's by default.
	Provider string
	// Silent leaves out the app's callbacks, so that there is never evidence.
	Silent bool
	// Shared makes the app the platform's instead of the brand's own.
	Shared bool
	// ByTemplate has BusinessOnBot send our templates instead of its own.
	ByTemplate bool
	// Buttons are the quick replies of the template; "Try again" by default.
	Buttons []string
	// Variables fill the templates' two places; the shopper's name and the order's number by default.
	Variables []string
	// Behaviour is that of Gupshup's callbacks; nil holds them until the test releases them.
	Behaviour *simgupshup.Behaviour
	// Unsubscribed leaves the shopper without a consent.
	Unsubscribed bool
	// Version is that of Gupshup's callbacks, 2 or 3; 0 means 2.
	Version int
	// Clock is a worker's own clock; the rig's by default.
	Clock clock.Clock
	// Config overrides the functions' configuration, by variable.
	Config map[string]string
	// Logger returns the logger of a worker's function, by its name; nil has all of them log to Logs, at every level.
	Logger func(function string) *slog.Logger
}

// buttons returns the labels of the template's quick replies.
func (o Options) buttons() []string {
	if o.Buttons != nil {
		return o.Buttons
	}

	return []string{"Try again"}
}

// WebhookURL returns the address of the webhook that the rig's worker serves.
func (r *Rig) WebhookURL() string { return r.http.URL + "/webhook" }

// New starts a rig, which ends with the test.
func New(tb testing.TB, o Options) *Rig {
	tb.Helper()
	ctx := tb.Context()
	r := &Rig{
		T:      tb,
		Clock:  clock.NewManual(Start),
		Logs:   &testkit.Log{},
		Vendor: vendorOf(o.Provider),
		queues: map[string][]*Queued{},
		all:    map[string][]*pb.PubsubMessage{},
	}
	if o.ByTemplate {
		r.Vendor = r.Vendor.inTemplateMode()
	}

	r.Cloud = testkit.Cloud(tb, r.Clock)
	r.Sim = simulator.New(simulator.Options{Clock: r.Clock, Seed: 1})
	mux := http.NewServeMux()
	mux.Handle("/sim/", http.StripPrefix("/sim", r.Sim.Handler()))
	mux.HandleFunc("/webhook/", func(w http.ResponseWriter, req *http.Request) {
		http.StripPrefix("/webhook", r.serving().Webhook).ServeHTTP(w, req)
	})
	r.http = httptest.NewServer(mux)
	testkit.AtEnd(tb, func() {
		r.Sim.Close()
		r.http.Close()
	})

	for _, topic := range []string{
		world.OrderEvents, world.ProviderEvents, world.CustomerNotifications, world.CustomerMessages, world.MessageOutcomes, world.AccountNews, world.OrderEvents + "-dead", world.ProviderEvents + "-dead",
	} {
		if err := r.Cloud.EnsureTopics(ctx, "projects/"+world.Project+"/topics/"+topic); err != nil {
			tb.Fatal(err)
		}
	}

	r.Cloud.PubSub().OnPublish(func(topic string, m *pb.PubsubMessage) {
		r.mu.Lock()
		defer r.mu.Unlock()

		name := topic[strings.LastIndexByte(topic, '/')+1:]
		published := proto.CloneOf(m)
		r.queues[name] = append(r.queues[name], &Queued{Message: published})
		r.all[name] = append(r.all[name], published)
	})
	if err := world.EnsureSecrets(ctx, r.Cloud.Secrets(), world.Project, demo.Secrets()...); err != nil {
		tb.Fatal(err)
	}

	r.Hooks = r.NewWorker(o)
	r.Parts = r.Hooks.Parts
	r.seed(o)

	return r
}

// seed installs the brand with its app, order and shopper.
func (r *Rig) seed(o Options) {
	r.T.Helper()
	ctx := r.T.Context()
	v := r.Vendor

	key, err := r.Parts.Secrets.Access(ctx, v.app.Secret)
	r.Must(err)

	var signing []string
	for _, name := range v.signing {
		secret, missing := r.Parts.Secrets.Access(ctx, name)
		r.Must(missing)

		signing = append(signing, secret.Reveal())
	}

	v.add(r, v, o, key.Reveal(), signing)
	app, owner := v.Installed(), BrandID
	app.Checked.At = r.Clock.Now() // as by its install, so that sweep does not ask about it today
	if o.Shared {
		app.Ownership, owner = message.Platform, ""
	}

	if !o.Silent && len(v.callbacks) > 0 {
		r.Must(r.Parts.Store.PutWebhook(ctx, rigToken, store.Webhook{
			Provider:    v.name,
			AppID:       v.AppID(),
			AccountID:   owner,
			ProviderIDs: app.ProviderIDs,
			Signing:     v.signing,
		}))
		// The app had a callback today, so that evidence is expected of it.
		r.Must(r.Parts.Store.RecordAppTimes(ctx, v.AppID(), store.AppTimes{Taken: r.Clock.Now(), Witness: r.Clock.Now()}))
	}

	variables := o.Variables
	if variables == nil {
		variables = []string{"customer_name", "customer_order_id"}
	}

	r.putAccount(account.Account{
		ID:          BrandID,
		Slug:        "neem-and-co",
		Name:        "Neem & Co",
		ConsentMode: account.Explicit,
		Sender:      v.AppID(),
		Apps:        map[string]account.App{v.AppID(): app},
		Events: map[string]account.Event{
			"shipment/failed_delivery":  {Enabled: true, TemplateID: v.TemplateID, Filling: fill.Filling{Variables: variables}},
			"shipment/out_for_delivery": {Enabled: true, TemplateID: v.TemplateID, Filling: fill.Filling{Variables: variables}},
		},
	})

	order, err := testdata.Files.ReadFile("orders/51230077.json")
	r.Must(err)
	r.Sim.Platform().PutOrder("51230077", order)
	if !o.Unsubscribed {
		r.SubscribeShopper(consent.Grant)
	}
}

// Must ends the test on an error.
func (r *Rig) Must(err error) {
	r.T.Helper()
	if err != nil {
		r.T.Fatal(err)
	}
}

// conn returns a connection to the cloud that no fault strikes.
func (r *Rig) conn() *grpc.ClientConn {
	conn, err := r.Cloud.Conn()
	r.Must(err)
	return conn
}

// Messages returns the order's messages.
func (r *Rig) Messages() []message.Message {
	r.T.Helper()
	all, err := r.Parts.Store.MessagesOfOrderInAllAccounts(r.T.Context(), "51230077")
	r.Must(err)
	return all
}

// putAccount writes an account, whose brand has agreed to the charges of its events if its app is the platform's.
func (r *Rig) putAccount(a account.Account) {
	r.T.Helper()
	testkit.Agree(&a)
	r.Must(r.Parts.Store.PutAccount(r.T.Context(), a))
}

// ChangeAccount changes the brand's settings. It agrees to the charges of its events at the platform's app.
func (r *Rig) ChangeAccount(change func(*account.Account)) {
	r.T.Helper()
	a, err := r.Parts.Store.Account(r.T.Context(), BrandID)
	r.Must(err)
	change(&a)
	r.putAccount(a)
}

// Stored returns the rig's account as it is stored.
func (r *Rig) Stored() account.Account {
	r.T.Helper()
	a, err := r.Parts.Store.Account(r.T.Context(), BrandID)
	r.Must(err)

	return a
}

// SetEvent changes the account's settings of failed deliveries.
func SetEvent(a *account.Account, change func(*account.Event)) {
	e := a.Events["shipment/failed_delivery"]
	change(&e)
	a.Events["shipment/failed_delivery"] = e
}

// Fault injects a fault into a simulator; Gupshup's sends if it names no system.
func (r *Rig) Fault(f simulator.Fault) {
	r.T.Helper()
	if f.System == "" {
		f.System, f.Path = "gupshup", "/template/msg"
	}

	_, err := r.Sim.Faults().Add(f)
	r.Must(err)
}
