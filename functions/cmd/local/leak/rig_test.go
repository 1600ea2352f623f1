package leak_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// times are as short as the order that they must keep allows, so that leases end and doubts are settled within the test.
func times() map[string]string {
	return map[string]string{
		"PROVIDER_TIMEOUT": "300ms", "REQUEST_TIMEOUT": "500ms", "LEASE": "700ms", "ACK_DEADLINE": "2s", "PARK_AFTER": "150ms", "GRACE": "400ms", "QUIET_GRACE": "400ms",
		"PLATFORM_TIMEOUT": "200ms", "SETTINGS_TTL": "10ms", "BRANDAPI_RATE": "20", "BRANDAPI_BURST": "200", "ORDER_REFRESH": "1s",
		"MAX_INSTANCES": "1", // which has the whole of a sender's rate
	}
}

// shopper is one marked person with an order.
type shopper struct{ order, phone, name, email, street string }

// shoppers are marked so that nothing of theirs occurs anywhere else.
func shoppers(n int) []shopper {
	all := make([]shopper, n)
	for i := range all {
		all[i] = shopper{
			order: fmt.Sprintf("6660%04d", i), phone: fmt.Sprintf("90000%05d", 70101+i*37), name: fmt.Sprintf("Zäzilie Quxmark%02d", i),
			email: fmt.Sprintf("zaz.quxmark%02d@mail.example.test", i), street: fmt.Sprintf("%d Quxmark Boulevard", 100+i),
		}
	}
	return all
}

// text is what shoppers write.
const text = "Quxword: please leave it with the “neighbour” & call"

// words of the providers' and platforms' errors, which name whom a message was for.
const echo = "Quxecho: destination 919000070101 is not valid for zaz.quxmark00@mail.example.test"

// rig is a world in which all that others can see is kept.
type rig struct {
	*testing.T
	*live.World
	marks marks
	all   []shopper
	// Where the functions are: paths of the world, or processes of their own.
	subscribe, webhook, notify, receive, sweep, brandapi string
	token                                                string
	// brands are the accounts at the other providers, each with shoppers of its own.
	brands []brand
	// framework: the functions are served by the functions framework.
	framework bool

	// second makes the next event a new occurrence.
	second int

	mu      sync.Mutex
	seen    []seen
	answers int
}

func newRig(t *testing.T, sweepEvery time.Duration) *rig {
	t.Helper()
	const soon = 5 * time.Millisecond
	behaviour := tenant.Behaviour{
		Callbacks: true,
		AutoRead:  true,
		Lag:       tenant.Lag{Enqueued: soon, Sent: soon, Delivered: soon, Read: soon},
	}
	others := behaviour
	others.Lag.Failed = soon
	w := live.Start(t, live.Options{
		Config:     times(),
		SweepEvery: sweepEvery,
		Gupshup:    &gupshup.Behaviour{Behaviour: behaviour, TapShape: gupshup.TapAlternate, Conversation: true},
		Others:     &others,
	})

	r := &rig{T: t, World: w, all: shoppers(24), second: 900}
	w.Cloud.Calls().Trace(true)
	w.Cloud.PubSub().OnPublish(func(topic string, m *pb.PubsubMessage) {
		for name, value := range m.GetAttributes() {
			r.see("attribute "+name+" of "+topic, name+"="+value)
		}
		r.see("ordering key of "+topic, m.GetOrderingKey())
	})

	r.subscribe = w.URL
	r.webhook = w.URL + "/webhook"
	r.brandapi = w.URL + "/brandapi"
	r.notify = w.URL + "/push/notify"
	r.receive = w.URL + "/push/receive"
	r.sweep = w.URL + "/push/sweep"

	r.brands = brands()
	r.mark()
	r.markBrands()
	for _, s := range r.all {
		r.put(s)
	}
	return r
}

// mark makes marks of everything that must not be seen.
func (r *rig) mark() {
	for _, name := range []string{
		"phone-key", "occurrence-key", "reference-key", "gupshup-neem-api-key", "gupshup-platform-api-key", lab.TokenPrefix + demo.NeemApp, lab.TokenPrefix + demo.ShareApp,
	} {
		r.marks.add(name, r.Secret(name))
	}
	r.token = r.Secret(lab.TokenPrefix + demo.NeemApp)
	for i, s := range r.all {
		r.marks.phone(fmt.Sprintf("phone %d", i), s.phone)
	}
	for _, p := range []string{"9000000001", "9000000002", "9000000003"} {
		r.marks.add("phone of the demo", p) // its last digits are those of other things too
	}
	for _, word := range []string{"Zäzilie", "Quxmark", "zaz.qux", "Quxword", "Quxecho", "Quxgarbage", "neighbour"} {
		r.marks.add(word, word)
	}
}

// put gives the platform a shopper's order.
func (r *rig) put(s shopper) {
	r.Simulator.Platform().PutOrder(s.order, []byte(s.of(r.file("orders/51230077.json"))))
}

func (r *rig) file(name string) string {
	b, err := testdata.Files.ReadFile(name)
	r.Must(err)
	return string(b)
}

// of makes a fixture the shopper's.
func (s shopper) of(fixture string) string {
	return strings.NewReplacer(
		"51230077", s.order, "51230078", s.order, "9000000001", s.phone, "9000000002", s.phone, "Ira Sample", s.name, "Dev Sample", s.name,
		"ira@example.test", s.email, "dev@example.test", s.email, "12 Sample Street", s.street,
		"NC-20417", "NC-"+s.order, "NC-20418", "NC-"+s.order, "DL0099887766", "DL"+s.order,
	).Replace(fixture)
}

func (r *rig) see(where, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, seen{where, text})
}

// rest waits until nothing is on its way, or for as long as what never comes to rest is given.
func (r *rig) rest(patience time.Duration) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	_ = r.Simulator.Settle(ctx)
	_ = r.Cloud.WaitIdle(ctx)
}

// collect is everything that others can see: log lines, answers, attributes, and every name of a document or collection,
// of those that are there and those that any call has ever named.
func (r *rig) collect() []seen {
	r.mu.Lock()
	all := append([]seen(nil), r.seen...)
	r.mu.Unlock()
	for line := range strings.Lines(r.Logs.String()) {
		all = append(all, seen{"the log", line})
	}
	for name := range r.Cloud.Firestore().Documents {
		all = append(all, seen{"the name of a document", name})
	}
	named := map[string]bool{}
	for _, c := range r.Cloud.Calls().Calls() {
		for _, name := range c.Names {
			if !named[name] {
				named[name] = true
				all = append(all, seen{"a name in " + c.Method, name})
			}
		}
	}
	return all
}
