package kill_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/process"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	fill "github.com/eshopbox/whatsapp-notifications/shared/template"
)

// patience bounds every wait for something that takes milliseconds on a machine with nothing else to do.
const patience = 30 * time.Second

// The times that the functions run with: short, since they pass on the machine's clock.
const (
	lease = 3 * time.Second
	grace = 6 * time.Second
)

func configuration() map[string]string {
	return map[string]string{
		"PROVIDER_TIMEOUT": "1s", "REQUEST_TIMEOUT": "2s", "LEASE": lease.String(), "ACK_DEADLINE": "11s", "PARK_AFTER": "1s",
		"GRACE": grace.String(), "QUIET_GRACE": grace.String(), "MAX_INSTANCES": "1",
	}
}

// The names of the processes.
const (
	cloudName   = "cloud"
	notifyName  = "notify"
	receiveName = "receive"
	webhookName = "webhook"
	sweepName   = "sweep"
)

// brand is one account with an app of its own.
type brand struct {
	account, slug, app, simulated, secret, token string
	name, number                                 string
	version                                      int
	behaviour                                    simgupshup.Behaviour
}

// brands are one whose callbacks come in order, and one whose callbacks come twice, in any order, in the newer format.
func brands() []brand {
	lag := tenant.Lag{
		Enqueued: 30 * time.Millisecond, Sent: 60 * time.Millisecond, Delivered: 100 * time.Millisecond, Read: 150 * time.Millisecond,
		Billing: 50 * time.Millisecond, Failed: 50 * time.Millisecond, Inbound: 50 * time.Millisecond,
	}
	retry := callback.Retry{Attempts: 12, Backoff: 150 * time.Millisecond}
	return []brand{
		{
			account: "811", slug: "neem-and-co", app: "gupshup-neem", simulated: "aaaaaaaa-0000-4000-8000-000000000001",
			secret: "gupshup-neem-api-key", token: "token-of-neem", name: "NeemAlerts", number: "919000000801", version: 2,
			behaviour: simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, AutoRead: true, Lag: lag, Retry: retry}},
		},
		{
			account: "812", slug: "tulsi-house", app: "gupshup-tulsi", simulated: "aaaaaaaa-0000-4000-8000-000000000002",
			secret: "gupshup-platform-api-key", token: "token-of-tulsi", name: "TulsiAlerts", number: "919000000802", version: 3,
			behaviour: simgupshup.Behaviour{
				Behaviour: tenant.Behaviour{
					Callbacks:     true,
					AutoRead:      true,
					Lag:           lag,
					Retry:         retry,
					Duplicate:     1,
					DuplicateLag:  200 * time.Millisecond,
					Shuffle:       true,
					ShuffleWithin: 700 * time.Millisecond,
				},
			},
		},
	}
}

const template = "0b6f2c1e-1111-4222-8333-000000000004"

// rig is the product in processes of its own, with the outside world in the test's.
type rig struct {
	t      *testing.T
	random *rand.Rand
	state  string
	keys   string // where the cloud serves the public key of its tokens
	procs  map[string]*process.Process
	sim    *simulator.Simulator
	gate   *gate
	http   *httptest.Server
	client *http.Client
	parts  *inspect.Parts
	events *queue.Publisher
	brands []brand
}

func newRig(t *testing.T, random *rand.Rand) *rig {
	t.Helper()
	for _, name := range process.Emulators {
		t.Setenv(name, "")
	}
	r := &rig{
		t: t, random: random, state: filepath.Join(t.TempDir(), "state"), keys: process.FreeAddr(t), procs: map[string]*process.Process{}, brands: brands(),
		client: &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
	}
	r.sim = simulator.New(simulator.Options{Seed: random.Uint64()})
	r.gate = &gate{next: http.StripPrefix("/sim", r.sim.Handler())}
	r.http = httptest.NewServer(r.gate)
	t.Cleanup(func() {
		r.sim.Close()
		r.http.Close()
	})

	r.describe(process.Build(t))
	r.procs[cloudName].Start()
	r.connect()
	r.seed()
	for _, p := range r.procs {
		if p.Name != cloudName {
			p.Start()
		}
	}
	return r
}

// describe makes the processes, and starts none.
func (r *rig) describe(binary string) {
	for _, name := range []string{cloudName, notifyName, receiveName, webhookName, sweepName} {
		r.procs[name] = process.New(r.t, name, binary)
	}
	server := r.procs[cloudName]
	server.Args = []string{
		"-cloud-only", "-listen", server.Addr, "-keys", r.keys, "-state", r.state, "-sweep-every", "1s",
		"-notify", r.url(notifyName), "-receive", r.url(receiveName), "-sweep", r.url(sweepName),
	}

	env := world.Environment(r.http.URL, world.Project)
	maps.Copy(env, configuration())
	maps.Copy(env, world.PushEnvironment("http://"+r.keys+"/"))
	env["WEBHOOK_URL"] = r.url(webhookName)
	for name, p := range r.procs {
		if name != cloudName {
			p.Configure(strings.ToUpper(name[:1])+name[1:], server.Addr, env)
		}
	}
}

func (r *rig) url(name string) string { return r.procs[name].URL() + "/" }

// connect gives the test the product's own parts, for looking at the store and for publishing.
func (r *rig) connect() {
	env := world.Environment(r.http.URL, world.Project)
	maps.Copy(env, configuration())
	quick := backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.5, MaxDelay: 200 * time.Millisecond}
	parts, err := inspect.Open(r.t.Context(), boot.Function{
		Lookuper: config.Map(env),
		Clock:    clock.Real{},
		ClientOptions: append(cloud.RemoteOptions(r.procs[cloudName].Addr), option.WithGRPCDialOption(grpc.WithConnectParams(
			grpc.ConnectParams{Backoff: quick, MinConnectTimeout: time.Second}))),
	})
	r.must(err)
	r.parts = parts
	r.events = parts.Publisher(world.OrderEvents, queue.Options{Timeout: 2 * time.Second})
}

// seed puts the brands, their apps and webhooks in.
func (r *rig) seed() {
	ctx := r.t.Context()
	for _, b := range r.brands {
		key, err := r.parts.Secrets.Access(ctx, b.secret)
		r.must(err)
		tpl := simgupshup.NewTemplate(template, "failed_delivery_v1", simgupshup.Container{Data: "Hi {{1}}, we could not deliver {{2}}."})
		r.must(r.sim.Gupshup().AddApp(simgupshup.App{
			ID: b.simulated, Name: b.name, Phone: b.number, APIKey: key.Reveal(), Templates: []simgupshup.Template{tpl},
		}))
		r.must(r.sim.Gupshup().SetBehaviour(b.simulated, b.behaviour))
		_, err = r.sim.Gupshup().Subscribe(b.simulated, simgupshup.Subscription{Tag: "rig", URL: r.hook(b), Version: b.version})
		r.must(err)
		r.must(r.parts.Store.PutWebhook(ctx, b.token, store.Webhook{Provider: gupshup.Name, AppID: b.app, AccountID: b.account}))
		r.must(r.parts.Store.RecordAppTimes(ctx, b.app, store.AppTimes{Taken: time.Now(), Witness: time.Now()}))
		r.must(r.parts.Store.PutAccount(ctx, account.Account{
			ID: b.account, Slug: b.slug, Name: b.slug, ConsentMode: account.Explicit, Sender: b.app,
			Apps: map[string]account.App{b.app: {
				Provider: gupshup.Name, Ownership: message.Client, Name: b.name, Number: b.number, Secret: b.secret, Rate: 1000,
				ProviderIDs: map[string]string{gupshup.KeyAppID: b.simulated, gupshup.KeyAppName: b.name},
			}},
			Events: map[string]account.Event{"shipment/failed_delivery": {
				Enabled: true, TemplateID: template, Filling: fill.Filling{Variables: []string{"customer_name", "customer_order_id"}},
			}},
		}))
	}
}

// subscribe makes a shopper of a brand who has opted in.
func (r *rig) subscribe(b brand, number string) {
	ctx := r.t.Context()
	keys, err := r.parts.Keys(ctx)
	r.must(err)
	n, err := phone.FromE164("+" + number)
	r.must(err)
	key := keys.Phone.Key(n)
	now := time.Now()
	entry, state, _ := consent.Record(consent.For(store.CustomerID(b.account, key)), consent.Entry{
		Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, SourceRef: "order:1",
		Actor: "customer", OccurredAt: now, RecordedAt: now,
	})
	r.must(r.parts.Store.CreateCustomer(ctx, store.Customer{
		ID: store.CustomerID(b.account, key), AccountID: b.account, PhoneKey: key, Phone: "+" + number, Consent: state,
	}, entry...))
}

// hook is where callbacks of a brand's app go.
func (r *rig) hook(b brand) string {
	return r.url(webhookName) + gupshup.Name + "/" + b.token
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// number is the phone of shopper i, as digits.
func number(i int) string { return fmt.Sprintf("9190000%05d", 10_000+i) }
