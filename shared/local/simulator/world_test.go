package simulator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

const (
	shopper = "919000000007"

	gupshupID = "aaaaaaaa-0000-4000-8000-000000000001"
	metaID    = "118200334455667"
	kaleyraID = "kaleyra-1"

	// secret is in every credential of the apps.
	secret = "not-real"
)

// start is when a world begins; its seconds since 1970 are a round number.
var start = time.Unix(1_795_000_000, 0).UTC()

// lag has a message sent after 1 s, delivered after 3 s and read after 6 s.
var lag = tenant.Lag{
	Sent: time.Second, Delivered: 2 * time.Second, Read: 3 * time.Second, Billing: time.Second, Failed: time.Second, Inbound: time.Second,
}

// provider is one simulated provider with an app, as a test uses it.
type provider struct {
	system, appID string
	// path, header, contentType and body are a send of a template with the button "Try again".
	path, key, keyHeader, contentType, body string
	// status finds a state and its time in a callback.
	status *regexp.Regexp
	// states are those that are told of a message that nothing is in the way of.
	states string
}

var providers = []provider{
	{
		system: "gupshup", appID: gupshupID, path: "/gupshup/wa/api/v1/template/msg",
		keyHeader: "Apikey", key: "key-" + secret, contentType: "application/x-www-form-urlencoded",
		body: url.Values{
			"channel": {"whatsapp"}, "source": {"911140000001"}, "destination": {shopper}, "src.name": {"KapasAlerts"},
			"template": {`{"id":"0b6f2c1e-1111-4222-8333-abcdefabcdef","params":["Asha"]}`},
		}.Encode(),
		status: regexp.MustCompile(`"ts":(?P<at>\d+)\}(?:,"pricing":\{[^}]*\})?,"type":"(?P<state>\w+)"|"type":"(?P<other>billing-event)"`),
		states: "sent@1 delivered@3 billing-event@4 read@6",
	},
	{
		system: "meta", appID: metaID, path: "/meta/v26.0/" + metaID + "/messages",
		keyHeader: "Authorization", key: "Bearer token-" + secret, contentType: "application/json",
		body: `{"messaging_product":"whatsapp","to":"+` + shopper + `","type":"template","template":{"name":"missed_v1","language":{"code":"en"},` +
			`"components":[{"type":"body","parameters":[{"type":"text","text":"Asha"}]}]}}`,
		status: regexp.MustCompile(`"status":"(?P<state>\w+)","timestamp":"(?P<at>\d+)"`),
		states: "sent@1 delivered@3 read@6",
	},
	{
		system: "kaleyra", appID: kaleyraID, path: "/kaleyra/v2/HXIN1700000001IN/whatsapp/+919000000200/messages",
		keyHeader: "Api-Key", key: "key-" + secret, contentType: "application/json",
		body: `{"messaging_object":{"messaging_product":"whatsapp","recipient_type":"individual","to":"+` + shopper + `","type":"template",` +
			`"template":{"name":"missed_v1","language":{"policy":"deterministic","code":"en"},"components":[` +
			`{"type":"body","parameters":[{"type":"text","text":"Asha"}]},` +
			`{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"p1"}]}]}},"extra_info":{"ref":"r1"}}`,
		status: regexp.MustCompile(`"status":"(?P<state>\w+)","time":"(?P<at>\d+)"`),
		states: "sent@1 delivered@3 read@6",
	},
}

// world is a simulator on a clock that the test moves, with an app of each provider and one receiver of callbacks.
type world struct {
	*simulator.Simulator
	t     *testing.T
	clock *clock.Manual

	mu     sync.Mutex
	bodies []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewManual(start)}
	w.Simulator = simulator.New(simulator.Options{Clock: w.clock, Seed: 7})
	t.Cleanup(w.Close)
	hook := httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(hook.Close)

	const body, tap = "Hi {{1}}, we missed you.", "Try again"
	must(t, w.Gupshup().AddApp(gupshup.App{
		ID: gupshupID, Name: "KapasAlerts", Phone: "911140000001", APIKey: "key-" + secret, WABAID: "100000000000001", PhoneNumberID: "200000000000002",
		Templates: []gupshup.Template{gupshup.NewTemplate("0b6f2c1e-1111-4222-8333-abcdefabcdef", "missed_v1", gupshup.Container{
			Data: body, Buttons: []gupshup.Button{{Type: gupshup.QuickReply, Text: tap}},
		})},
	}))
	_, err := w.Gupshup().Subscribe(gupshupID, gupshup.Subscription{
		URL: hook.URL, Modes: []string{"SENT", "DELIVERED", "READ", "FAILED", "MESSAGE", "BILLING"}, Version: 2,
	})
	must(t, err)
	must(t, w.Meta().AddApp(meta.App{
		ID: metaID, WABAID: "204411990088", Phone: "919000000100", Token: "token-" + secret, AppSecret: "secret-" + secret,
		Templates: []meta.Template{meta.NewTemplate("930041187712001", "missed_v1", "en", meta.Content{
			Body: body, Buttons: []meta.Button{{Type: meta.QuickReply, Text: tap}},
		})},
	}))
	must(t, w.Meta().Subscribe(metaID, hook.URL))
	must(t, w.Kaleyra().AddApp(kaleyra.App{
		ID: kaleyraID, SID: "HXIN1700000001IN", APIKey: "key-" + secret, Number: "919000000200", WABAID: "100000000000201",
		Templates: []kaleyra.Template{kaleyra.NewTemplate("11", "missed_v1", kaleyra.Content{
			Body: body, Buttons: []kaleyra.Button{{Type: kaleyra.QuickReply, Text: tap}},
		})},
		Callback: kaleyraProfile(hook.URL),
	}))
	for _, p := range providers {
		w.behave(p, func(b *tenant.Behaviour) { b.Lag = lag })
	}

	return w
}

// kaleyraProfile has Kaleyra post to an address.
func kaleyraProfile(address string) kaleyra.Profile {
	return kaleyra.Profile{URL: address, Body: []byte(`{"status":"<status>","time":"<timestamp>","body":"<body>"}`)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// behave changes what the providers' behaviours have in common.
func (w *world) behave(p provider, change func(b *tenant.Behaviour)) {
	w.t.Helper()
	switch p.system {
	case "gupshup":
		b, err := w.Gupshup().Behaviour(p.appID)
		must(w.t, err)
		change(&b.Behaviour)
		must(w.t, w.Gupshup().SetBehaviour(p.appID, b))
	case "meta":
		b, err := w.Meta().Behaviour(p.appID)
		must(w.t, err)
		change(&b.Behaviour)
		must(w.t, w.Meta().SetBehaviour(p.appID, b))
	default:
		b, err := w.Kaleyra().Behaviour(p.appID)
		must(w.t, err)
		change(&b.Behaviour)
		must(w.t, w.Kaleyra().SetBehaviour(p.appID, b))
	}
}

func (w *world) receive(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Errorf("reading a callback: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bodies = append(w.bodies, string(body))
}

// send has the provider take a message.
func (w *world) send(p provider) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, p.path, strings.NewReader(p.body))
	r.Header.Set("Content-Type", p.contentType)
	r.Header.Set(p.keyHeader, p.key)
	answer := httptest.NewRecorder()
	w.Handler().ServeHTTP(answer, r)
	if answer.Code >= http.StatusMultipleChoices {
		w.t.Fatalf("%s: got %d %s", p.system, answer.Code, answer.Body)
	}
}

// pass lets seconds go by, one by one, and returns the callbacks that came.
func (w *world) pass(seconds int) []string {
	w.t.Helper()
	for range seconds {
		w.clock.Advance(time.Second)
		must(w.t, w.Settle(w.t.Context()))
	}
	must(w.t, w.Settle(w.t.Context()))
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.bodies
	w.bodies = nil
	return out
}

// told are the states in callbacks and their seconds since the start.
func (p provider) told(bodies []string) string {
	var words []string
	for _, body := range bodies {
		for _, m := range p.status.FindAllStringSubmatch(body, -1) {
			found := map[string]string{}
			for i, name := range p.status.SubexpNames() {
				found[name] = m[i]
			}
			if found["other"] != "" {
				at := regexp.MustCompile(`"timestamp":(\d+)000`).FindStringSubmatch(body)
				found["state"], found["at"] = found["other"], at[1]
			}
			at, _ := strconv.ParseInt(found["at"], 10, 64)
			words = append(words, strings.ToLower(found["state"])+"@"+strconv.FormatInt(at-start.Unix(), 10))
		}
	}
	return strings.Join(words, " ")
}

// state is what the phone shows of its last message.
func (w *world) state() string {
	w.t.Helper()
	all := w.Phones().Inbox(shopper)
	return all[len(all)-1].State
}
