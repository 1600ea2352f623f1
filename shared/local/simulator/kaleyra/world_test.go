package kaleyra_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

const (
	appID   = "kaleyra-1"
	sid     = "HXIN1700000001IN"
	key     = "test-key-not-real"
	number  = "919000000200"
	waba    = "100000000000201"
	shopper = "919000000007"
	path    = "/v2/" + sid + "/whatsapp/+" + number + "/messages"
	listed  = "/v2/" + sid + "/whatsapp/" + waba + "/message_templates"
	profile = `{"id":"<id>","status":"<status>","time":"<timestamp>","to":"<mobile>","ref":"<ref>","ref1":"<ref1>",` +
		`"code":"<error_code>","price":"<price>","from":"<from>","type":"<type>","body":"<body>","message":"<message>",` +
		`"event":"<event>","name":"<message_template_name>"}`
)

var start = time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)

// world is a simulated Kaleyra behind real HTTP on a clock that the test moves, with one receiver of callbacks.
type world struct {
	*kaleyra.Server
	t      *testing.T
	clock  *clock.Manual
	outbox *callback.Outbox
	phones *handset.Book
	faults *chaos.List
	log    *witness.Log
	url    string

	mu   sync.Mutex
	got  []map[string]string
	head []http.Header
	gets []url.Values
	deny int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clk := clock.NewManual(start)
	w := &world{t: t, clock: clk, log: witness.New(0), faults: chaos.New(clk), phones: handset.New(clk.Now, 0)}
	client := &http.Client{Transport: &http.Transport{}}
	w.outbox = callback.New(callback.Config{
		Clock: clk, Client: client, Log: w.log, Faults: w.faults, Logger: slog.New(slog.DiscardHandler), Timeout: 10 * time.Second,
	})
	w.Server = kaleyra.New(tenant.Config{
		Clock: clk, IDs: ident.New(7), Log: w.log, Faults: w.faults, Outbox: w.outbox, Handset: w.phones, Client: client,
	})
	mux := http.NewServeMux()
	mux.HandleFunc("/hook", w.receive)
	mux.Handle("/", w.Handler())
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	t.Cleanup(w.outbox.Close)
	t.Cleanup(w.faults.Close)
	w.url = srv.URL
	if err := w.AddApp(app(srv.URL + "/hook")); err != nil {
		t.Fatalf("AddApp: %v", err)
	}
	return w
}

func app(hook string) kaleyra.App {
	quick := []kaleyra.Button{{Type: kaleyra.QuickReply, Text: "Try again"}, {Type: kaleyra.URL, Text: "Track", URL: "https://t.example.com/{{1}}"}}
	asleep := kaleyra.NewTemplate("13", "asleep_v1", kaleyra.Content{Body: "Hello"})
	asleep.Status = "PAUSED"
	bad := kaleyra.NewTemplate("14", "bad_v1", kaleyra.Content{Body: "Hello"})
	bad.Status = "REJECTED"
	invoice := kaleyra.NewTemplate("15", "invoice_v1", kaleyra.Content{Body: "Invoice of {{customer}}."})
	invoice.Components = append(invoice.Components, kaleyra.Component{Type: "HEADER", Format: "DOCUMENT"})
	return kaleyra.App{
		ID: appID, SID: sid, APIKey: key, Number: number, WABAID: waba,
		Templates: []kaleyra.Template{
			kaleyra.NewTemplate("11", "missed_v1", kaleyra.Content{Header: "Order {{1}}", Body: "Hi {{1}}, not {{2}}.", Footer: "Bye", Buttons: quick}),
			kaleyra.NewTemplate("12", "plain_v1", kaleyra.Content{Body: "Hello"}),
			asleep, bad, invoice,
		},
		Callback: kaleyra.Profile{URL: hook, Body: []byte(profile), Header: http.Header{"X-Test-Secret": {"s3"}}},
	}
}

func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deny > 0 {
		w.deny--
		rw.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.head = append(w.head, r.Header)
	if r.Method == http.MethodGet {
		w.gets = append(w.gets, r.URL.Query())
		return
	}
	body := map[string]string{}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		w.t.Errorf("callback is no JSON of texts: %v", err)
	}
	w.got = append(w.got, body)
}

// pass lets time go by and gives what the receiver was told since the last call.
func (w *world) pass(d time.Duration) []map[string]string {
	w.t.Helper()
	w.clock.Advance(d)
	if err := w.outbox.Settle(w.t.Context()); err != nil {
		w.t.Fatalf("settle: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	got := w.got
	w.got = nil
	return got
}

type answer struct {
	status int
	body   string
}

func (w *world) do(method, target, apiKey, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+target, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Api-Key", apiKey)
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{resp.StatusCode, string(raw)}
}

func (w *world) send(body string) answer {
	w.t.Helper()
	return w.do(http.MethodPost, path, key, body)
}

// good is a send that nothing is wrong with.
const good = `{"messaging_object":{"messaging_product":"whatsapp","recipient_type":"individual","to":"+919000000007",
"type":"template","template":{"name":"missed_v1","language":{"policy":"deterministic","code":"en"},"components":[
{"type":"header","parameters":[{"type":"text","text":"77"}]},
{"type":"body","parameters":[{"type":"text","text":"Asha"},{"type":"text","text":"today"}]},
{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"ndr:v1"}]},
{"type":"button","sub_type":"url","index":1,"parameters":[{"type":"text","text":"T9"}]}]}},
"extra_info":{"ref":"our-ref","wa_source":"api"}}`

// plain is a send of a template without values, with the given components and extra_info.
func plain(name, components, extra string) string {
	return `{"messaging_object":{"messaging_product":"whatsapp","to":"+919000000007","type":"template","template":{"name":"` + name +
		`","language":{"policy":"deterministic","code":"en"},"components":[` + components + `]}},"extra_info":{` + extra + `}}`
}

func text(body string) string {
	return `{"messaging_object":{"messaging_product":"whatsapp","to":"919000000007","type":"text","text":{"body":"` + body + `"}}}`
}

func orderStatus(reference, status, description string) string {
	return plain("plain_v1", fmt.Sprintf(`{"type":"order_status","parameters":[{"type":"order_status","order_status":{"reference_id":%q,"order":{"status":%q,"description":%q}}}]}`, reference, status, description), "")
}
