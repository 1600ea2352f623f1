package gupshup_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
)

const (
	appID      = "aaaaaaaa-0000-4000-8000-000000000001"
	appName    = "KapasAlerts"
	appPhone   = "911140000001"
	apiKey     = "test-key-not-real"
	otherID    = "aaaaaaaa-0000-4000-8000-000000000002"
	otherName  = "NeemAlerts"
	otherKey   = "other-key-not-real"
	shopper    = "919000000007"
	ndr        = "0b6f2c1e-1111-4222-8333-abcdefabcdef"
	invoice    = "0b6f2c1e-1111-4222-8333-abcdefabcde1"
	tracked    = "0b6f2c1e-1111-4222-8333-abcdefabcde2"
	paused     = "0b6f2c1e-1111-4222-8333-abcdefabcde3"
	rejected   = "0b6f2c1e-1111-4222-8333-abcdefabcde4"
	located    = "0b6f2c1e-1111-4222-8333-abcdefabcde5"
	sendPath   = "/gupshup/wa/api/v1/template/msg"
	textPath   = "/gupshup/wa/api/v1/msg"
	goodParams = `["Asha","ORD123456","KapasKraft"]`
)

var start = time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)

// world is a simulator behind real HTTP on a clock that the test moves, with one receiver of callbacks.
type world struct {
	*simulator.Simulator
	t     *testing.T
	clock *clock.Manual
	url   string
	hook  *receiver
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clk := clock.NewManual(start)
	sim := simulator.New(simulator.Options{Clock: clk, Seed: 7})
	srv := httptest.NewServer(sim.Handler())
	t.Cleanup(srv.Close)
	t.Cleanup(sim.Close)
	for _, a := range []gupshup.App{
		{ID: appID, Name: appName, Phone: appPhone, APIKey: apiKey, Templates: templates(), WABAID: "100000000000001", PhoneNumberID: "200000000000002"},
		{ID: otherID, Name: otherName, Phone: "911140000002", APIKey: otherKey, HideProfilePhone: true, NotLive: true},
	} {
		if err := sim.Gupshup().AddApp(a); err != nil {
			t.Fatalf("AddApp(%s): %v", a.Name, err)
		}
	}
	return &world{Simulator: sim, t: t, clock: clk, url: srv.URL, hook: newReceiver(t)}
}

func templates() []gupshup.Template {
	quick := []gupshup.Button{{Type: gupshup.QuickReply, Text: "Try again"}, {Type: gupshup.QuickReply, Text: "Change address"}}
	body := "Hi {{1}}, we could not deliver {{2}} from {{3}}."
	doc := gupshup.NewTemplate(invoice, "invoice_v1", gupshup.Container{Data: "Invoice of {{1}}."})
	doc.TemplateType = "DOCUMENT"
	place := gupshup.NewTemplate(located, "pickup_v1", gupshup.Container{Data: "Pick it up here."})
	place.TemplateType = "LOCATION"
	asleep := gupshup.NewTemplate(paused, "asleep_v1", gupshup.Container{Data: "Hello"})
	asleep.Status = "PAUSED"
	bad := gupshup.NewTemplate(rejected, "bad_v1", gupshup.Container{Data: "Hello"})
	bad.Status = "REJECTED"
	return []gupshup.Template{
		gupshup.NewTemplate(ndr, "failed_delivery_v1", gupshup.Container{
			Header: "Delivery missed", Data: body, Footer: "Reply below", Buttons: quick,
			SampleText: "Hi Asha, we could not deliver ORD123456 from KapasKraft.",
		}),
		doc,
		gupshup.NewTemplate(tracked, "tracking_v1", gupshup.Container{
			Data:    "Order {{order_id}} is on its way.",
			Buttons: []gupshup.Button{{Type: "URL", Text: "Track", URL: "https://t.example.com/{{1}}"}, {Type: gupshup.QuickReply, Text: "Stop"}},
		}),
		asleep, bad, place,
	}
}

// good is a documented request (shared/provider/gupshup/CONTRACT.md section 2.1).
func good() url.Values {
	return url.Values{
		"channel": {"whatsapp"}, "source": {appPhone}, "destination": {shopper}, "src.name": {appName},
		"template":      {`{"id":"` + ndr + `","params":` + goodParams + `}`},
		"postbackTexts": {`[{"index":0,"text":"ndr:v1:9f2c:reattempt"},{"index":1,"text":"ndr:v1:9f2c:change_address"}]`},
	}
}

func with(v url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) field(t *testing.T, name string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("answer %q is no JSON: %v", a.body, err)
	}
	v, _ := m[name].(string)
	return v
}

func (w *world) do(method, path, key, contentType, body string) (answer, error) {
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Apikey", key)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	// A connection per request keeps one fault from being seen by the next request.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(raw)}, err
}

const formType = "application/x-www-form-urlencoded"

func (w *world) post(path string, v url.Values) answer {
	w.t.Helper()
	a, err := w.do(http.MethodPost, path, apiKey, formType, v.Encode())
	if err != nil {
		w.t.Fatalf("POST %s: %v", path, err)
	}
	return a
}

// send sends the documented request and returns the message's id.
func (w *world) send() string {
	w.t.Helper()
	a := w.post(sendPath, good())
	if a.status != http.StatusAccepted {
		w.t.Fatalf("send: got %d %s, want 202", a.status, a.body)
	}
	return a.field(w.t, "messageId")
}

func (w *world) subscribe(version int, modes ...string) {
	w.t.Helper()
	if _, err := w.Gupshup().Subscribe(appID, gupshup.Subscription{URL: w.hook.url, Modes: modes, Version: version}); err != nil {
		w.t.Fatalf("Subscribe: %v", err)
	}
}

func (w *world) behave(change func(*gupshup.Behaviour)) {
	w.t.Helper()
	b, err := w.Gupshup().Behaviour(appID)
	if err != nil {
		w.t.Fatal(err)
	}
	change(&b)
	if err := w.Gupshup().SetBehaviour(appID, b); err != nil {
		w.t.Fatal(err)
	}
}

// pass moves the clock and waits until everything due was posted.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.clock.Advance(d)
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	if err := w.Settle(ctx); err != nil {
		w.t.Fatalf("Settle: %v", err)
	}
}

// receiver is a webhook that keeps what it gets.
type receiver struct {
	url string
	mu  sync.Mutex
	got []map[string]any
	raw []string
	hdr []http.Header
	// answers are given in turn, the last one for good.
	answers []int
	body    string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{answers: []int{http.StatusOK}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, err := io.ReadAll(req.Body)
		if err != nil {
			t.Errorf("reading a callback: %v", err)
		}
		var m map[string]any
		_ = json.Unmarshal(raw, &m)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got, r.raw, r.hdr = append(r.got, m), append(r.raw, string(raw)), append(r.hdr, req.Header)
		status := r.answers[0]
		if len(r.answers) > 1 {
			r.answers = r.answers[1:]
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, r.body)
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL + "/hook/secret-token"
	return r
}

func (r *receiver) all() []map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]map[string]any{}, r.got...)
}

// kinds names the version 2 callbacks in the order they came.
func (r *receiver) kinds() []string {
	out := []string{}
	for _, m := range r.all() {
		kind, _ := m["type"].(string)
		if kind == "message-event" {
			kind, _ = at(m, "payload", "type").(string)
		}
		out = append(out, kind)
	}
	return out
}

// at walks into decoded JSON by keys and indices; nil where there is nothing.
func at(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			s, _ := v.([]any)
			if k >= len(s) {
				return nil
			}
			v = s[k]
		}
	}
	return v
}

func serve(t *testing.T, sim *simulator.Simulator) string {
	t.Helper()
	srv := httptest.NewServer(sim.Handler())
	t.Cleanup(srv.Close)
	return srv.URL
}

// newHanging is a receiver that answers nothing until the client goes.
func newHanging(t *testing.T, entered chan<- struct{}) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		entered <- struct{}{}
		<-req.Context().Done()
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(srv.CloseClientConnections)
	return srv.URL
}
