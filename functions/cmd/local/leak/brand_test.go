package leak_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const cancelPath = "/cancel-order"

// brand is an account at one of the other providers, with marked shoppers. BusinessOnBot calls back nobody: its flows are
// those of the events, and of brandapi.
type brand struct {
	provider, id, slug, event string
	shoppers                  []shopper
}

func brands() []brand {
	all := []brand{
		{provider: meta.Name, id: demo.MarigoldID, slug: "marigold-home", event: "shipment-failed_delivery"},
		{provider: kaleyra.Name, id: demo.JasmineID, slug: "jasmine-wear", event: "shipment-failed_delivery"},
		{provider: businessonbot.Name, id: demo.AniseID, slug: "anise-foods", event: "shipment-delivered"},
	}
	for i := range all {
		for n := range 4 {
			k := i*10 + n
			all[i].shoppers = append(all[i].shoppers, shopper{
				order: fmt.Sprintf("6670%04d", k), phone: fmt.Sprintf("90000%05d", 81207+k*41), name: fmt.Sprintf("Zäzilie Quxmark%02d", 50+k),
				email: fmt.Sprintf("zaz.quxmark%02d@mail.example.test", 50+k), street: fmt.Sprintf("%d Quxmark Boulevard", 500+k),
			})
		}
	}
	return all
}

// of makes a fixture the brand's and the shopper's.
func (b brand) of(s shopper, fixture string) string {
	return strings.NewReplacer(
		"neem-and-co", b.slug, `"account_id": 811`, `"account_id": `+b.id, `"isCancellable": false`, `"isCancellable": true`,
		`"failed_delivery",`+"\n      \"latestStatusDate", `"created",`+"\n      \"latestStatusDate",
	).Replace(s.of(fixture))
}

// markBrands makes marks of the brands' credentials and shoppers, gives the platform their orders, and hastens their
// callbacks.
func (r *rig) markBrands() {
	for _, name := range []string{
		"meta-marigold-token", "meta-marigold-app-secret", lab.TokenPrefix + demo.MarigoldApp, "kaleyra-jasmine-api-key", "kaleyra-jasmine-callback-secret",
		lab.TokenPrefix + demo.JasmineApp, "businessonbot-anise-guest-key", lab.GuestPrefix + demo.AniseApp,
	} {
		r.marks.add(name, r.Secret(name))
	}
	verify, err := meta.VerifyToken(provider.App{ID: demo.MarigoldApp, Signing: []config.Secret{config.NewSecret(r.Secret("meta-marigold-app-secret"))}})
	r.Must(err)
	r.marks.add("the verify token of Meta", verify)
	for _, p := range []string{"9000000004", "9000000005", "9000000006"} {
		r.marks.add("phone of the demo", p)
	}
	for _, b := range r.brands {
		for _, s := range b.shoppers {
			r.marks.phone("phone of "+b.slug, s.phone)
			r.Simulator.Platform().PutOrder(s.order, []byte(b.of(s, r.file("orders/51230077.json"))))
		}
	}
}

// callBack has Meta and Kaleyra call another address.
func (r *rig) callBack(base string) {
	r.Must(r.Simulator.Meta().Subscribe(demo.MarigoldNumberID, base+"/meta/"+r.Secret(lab.TokenPrefix+demo.MarigoldApp)))
	r.Must(r.Simulator.Kaleyra().SetCallback(demo.JasmineApp, simkaleyra.Profile{
		URL: base + "/kaleyra/" + r.Secret(lab.TokenPrefix+demo.JasmineApp), Body: kaleyra.CallbackProfile(), Header: r.signed(kaleyra.Name, "").asHeader(),
	}))
}

// headers are those that a provider signs its callback with.
type headers map[string]string

func (h headers) asHeader() http.Header {
	all := http.Header{}
	for name, value := range h {
		all.Set(name, value)
	}
	return all
}

// signed returns the headers with which a provider signs a callback.
func (r *rig) signed(by, body string) headers {
	if by == kaleyra.Name {
		return r.SignKaleyra(nil)
	}
	return r.SignMeta([]byte(body))
}

// otherBrands run the flows of the brands at the other providers.
func (r *rig) otherBrands() {
	for _, b := range r.brands {
		r.brandSends(b)
	}
	r.rest(500 * time.Millisecond)
	for _, b := range r.brands {
		r.brandReceived(b)
	}
	for _, b := range r.brands[:2] {
		r.brandReplies(b)
		r.brandCallbacks(b)
	}
	r.bot()
	for _, b := range r.brands {
		r.brandFaults(b)
	}
	r.rest(500 * time.Millisecond)
}

// tell publishes an event of the brand's, at another second of its day.
func (r *rig) tell(b brand, s shopper, fixture string) {
	r.Helper()
	r.second++
	at := fmt.Sprintf("2024-02-13 16:%02d:%02d", r.second/60%60, r.second%60)
	data := regexp.MustCompile(`2024-02-\d\d \d\d:\d\d:\d\d`).ReplaceAllString(b.of(s, r.file("events/"+fixture+".json")), at)

	if code, answer := r.answered(http.MethodPost, r.URL+"/local/events", data, nil); code != http.StatusAccepted {
		r.Fatalf("event %s: got %d %s", fixture, code, answer)
	}
}

func (r *rig) brandSends(b brand) {
	for _, s := range b.shoppers {
		r.tell(b, s, "shipment-created")
	}
	testkit.Eventually(r.T, live.Patience, "the shoppers of "+b.slug+" are known", func() bool {
		for _, s := range b.shoppers {
			if len(r.opened(s)) == 0 {
				return false
			}
		}
		return true
	})
	for _, s := range b.shoppers {
		for _, status := range []string{"INACTIVE", "ACTIVE"} {
			r.get(s)
			if code, answer := r.post(s, strings.ReplaceAll(s.body(status), `"811"`, `"`+b.id+`"`)); code != http.StatusOK {
				r.Fatalf("subscribe at %s: got %d %s", b.slug, code, answer)
			}
		}
		for _, event := range []string{b.event, "shipment-created", "shipment-out_for_delivery", "shipment-intransit", "shipment-rto_created", "returnShipment-created"} {
			r.tell(b, s, event)
		}
	}
}

// brandReceived fails unless the brand's messages were taken: a silence would prove nothing.
func (r *rig) brandReceived(b brand) {
	testkit.Eventually(r.T, live.Patience, "a message of "+b.slug+" is accepted", func() bool {
		for _, s := range b.shoppers {
			for _, e := range r.opened(s) {
				if e.Status == "read" || b.provider == businessonbot.Name && e.Status == "accepted" {
					return true
				}
			}
		}
		return false
	})
}

func (r *rig) brandReplies(b brand) {
	for _, reply := range []simulator.Reply{
		{Text: text, Name: "Zäzilie Quxmark"}, {Button: "Try again"}, {Text: text, Kind: "image"}, {Text: "STOP"}, {Text: "START"}, {Text: text + strings.Repeat(" Quxword", 1000)},
	} {
		for _, s := range b.shoppers[:2] {
			body, err := json.Marshal(reply)
			r.Must(err)
			r.call(http.MethodPost, r.URL+"/local/inbox/"+s.phone+"/reply", string(body))
		}
	}
	r.rest(500 * time.Millisecond)
}

var (
	fixturePhone = regexp.MustCompile(`91900000\d{4}`)
	fixtureName  = regexp.MustCompile(`Asha( Example)?|asha\.example`)
)

// brandCallbacks sends every callback of the provider's fixtures, of a marked shopper, signed and not.
func (r *rig) brandCallbacks(b brand) {
	dir := filepath.Join("..", "..", "..", "..", "testdata", b.provider, "webhook")
	files, err := os.ReadDir(dir)
	r.Must(err)
	token := map[string]string{meta.Name: lab.TokenPrefix + demo.MarigoldApp, kaleyra.Name: lab.TokenPrefix + demo.JasmineApp}[b.provider]
	address := r.webhook + "/" + b.provider + "/" + r.Secret(token)
	sent := 0
	for i, f := range files {
		if strings.HasSuffix(f.Name(), ".want.json") {
			continue
		}
		s := b.shoppers[i%len(b.shoppers)]
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		r.Must(err)
		body := fixturePhone.ReplaceAllString(fixtureName.ReplaceAllString(string(data), s.name), "91"+s.phone)
		body = strings.NewReplacer("118200334455667", demo.MarigoldNumberID, "204411990088", demo.MarigoldWABA).Replace(body)
		method, at := http.MethodPost, address
		if strings.HasSuffix(f.Name(), ".query") {
			method, at, body = http.MethodGet, address+"?"+strings.ReplaceAll(strings.TrimSpace(body), s.name, url.QueryEscape(s.name)), ""
		}
		if code, answer := r.answered(method, at, body, r.signed(b.provider, body)); code != http.StatusOK {
			r.Errorf("callback %s of %s: got %d %s", f.Name(), b.provider, code, answer)
		}
		sent++
		r.callWith(method, at, body, headers{"X-Hub-Signature-256": "sha256=" + s.phone, kaleyra.CallbackHeader: s.email})
		r.call(method, at, body)
		if len(body) > 40 {
			cut := body[:len(body)-20]
			r.callWith(http.MethodPost, address, cut, r.signed(b.provider, cut))
		}
	}
	if sent < 12 {
		r.Errorf("%s: %d callbacks, want 12 or more", b.provider, sent)
	}
	s := b.shoppers[0]
	for _, query := range []string{
		"hub.mode=subscribe&hub.challenge=" + s.phone + "&hub.verify_token=" + url.QueryEscape(s.email), s.phone, url.QueryEscape(s.name) + "=" + s.phone,
	} {
		r.call(http.MethodGet, address+"?"+query, "")
		r.callWith(http.MethodGet, address+"?"+query, "", r.signed(b.provider, ""))
	}
	r.rest(500 * time.Millisecond)
}

// brandFaults sends messages through a fault of each kind: refused, unknown, done but not said, and told of later. All modes
// are providerFaults'.
func (r *rig) brandFaults(b brand) {
	modes := []chaos.Mode{chaos.Refuse, chaos.Unavailable, chaos.HTML502After, chaos.Malformed}
	if b.provider != businessonbot.Name { // which calls back nobody
		modes = append(modes, chaos.FailCallback)
	}
	for _, mode := range modes {
		f := simulator.Fault{System: b.provider, Mode: mode, Times: 1, Message: echo, DelayMillis: 20, RetryAfterSeconds: 1}
		if mode == chaos.FailCallback {
			f.Code = 131026
		}
		r.strikeWith(f, func() {
			r.healAll(b.id)
			r.tellOfNewOrder(b)
		})
	}
	r.healAll(b.id)
}

// tellOfNewOrder has the brand send a message of an order of its own, since a delivery is told of once. Its shoppers are not those
// whose orders the bot cancels.
func (r *rig) tellOfNewOrder(b brand) shopper {
	s := b.shoppers[2+r.second%2]
	s.order = fmt.Sprintf("6680%04d", r.second)
	r.Simulator.Platform().PutOrder(s.order, []byte(b.of(s, r.file("orders/51230077.json"))))
	r.post(s, strings.ReplaceAll(s.body("ACTIVE"), `"811"`, `"`+b.id+`"`))
	r.tell(b, s, b.event)

	return s
}

// silence has a provider give no answer until its app is held as not answering. No flow that needs the app may follow.
func (r *rig) silence() {
	b := r.brands[1]
	r.healAll(b.id)
	r.Must(r.Simulator.Faults().Set([]simulator.Fault{{System: b.provider, Mode: chaos.HTML502Before}}))
	testkit.Eventually(r.T, live.Patience, "a message of "+b.slug+" is held", func() bool {
		s := r.tellOfNewOrder(b)
		r.rest(100 * time.Millisecond)
		return slices.ContainsFunc(r.opened(s), func(e lab.LogEntry) bool { return strings.Contains(e.HeldBy, string(message.CauseNotAnswering)) })
	})
}
