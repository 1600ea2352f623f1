package gupshup_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
)

// BenchmarkSend is one template send without callbacks, HTTP left out.
func BenchmarkSend(b *testing.B) {
	sim := simulator.New(simulator.Options{Forget: 1000})
	b.Cleanup(sim.Close)
	if err := sim.Gupshup().AddApp(gupshup.App{ID: appID, Name: appName, Phone: appPhone, APIKey: apiKey, Templates: templates()}); err != nil {
		b.Fatal(err)
	}
	if err := sim.Gupshup().SetBehaviour(appID, gupshup.Behaviour{}); err != nil {
		b.Fatal(err)
	}
	h, body := sim.Handler(), good().Encode()
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequest(http.MethodPost, sendPath, strings.NewReader(body))
		req.Header.Set("Apikey", apiKey)
		req.Header.Set("Content-Type", formType)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != http.StatusAccepted {
			b.Fatalf("got %d %s", rec.Code, rec.Body)
		}
	}
}

// Many senders at once: nothing is lost, doubled or mixed up, with callbacks, duplicates and faults on the way.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *gupshup.Behaviour) { b.Duplicate = 1 })
	w.fault(simulator.Fault{Mode: "refuse", Skip: 10, Times: 5})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				w.post(sendPath, good())
				w.Phones().Inbox(shopper)
				w.Log().Accepted()
				w.Log().Requests()
			}
		})
	}
	wg.Wait()
	w.pass(time.Minute)
	if got := w.Log().AcceptedCount(); got != 75 {
		t.Errorf("accepted: got %d, want 80 less 5 refused", got)
	}
	seen := map[string]int{}
	for _, d := range w.Log().Deliveries() {
		seen[d.MessageID+d.Kind]++
	}
	if len(seen) != 75*5 {
		t.Errorf("got %d different callbacks, want five for each message", len(seen))
	}
	for k, n := range seen {
		if n != 2 {
			t.Errorf("%s: posted %d times, want 2", k, n)
		}
	}
	for _, m := range w.Phones().Inbox(shopper) {
		if m.State != "read" {
			t.Errorf("%s: got %s, want read", m.ID, m.State)
		}
	}
}
