package testkit_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/service"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestPartsWork reads back through a function's parts what they wrote to the cloud, with the platform simulated.
func TestPartsWork(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	cloud := testkit.Cloud(t, clk)
	sim, url := testkit.Simulator(t, clk)
	sim.Platform().PutOrder("51230077", []byte(`{"orderId":"51230077"}`))
	parts := testkit.Parts(t, service.Function{
		Lookuper: config.Map(map[string]string{"GOOGLE_CLOUD_PROJECT": "test", "PLATFORM_BASE_URL": url + "/platform"}),
		Options:  service.Options{Clock: clk, Logger: slog.New(slog.DiscardHandler), ClientOptions: cloud.ClientOptions()},
	})
	if err := parts.Store.PutAccount(t.Context(), account.Account{ID: "811", Slug: "neem-and-co"}); err != nil {
		t.Fatalf("PutAccount: %v", err)
	}
	if got, err := parts.Store.Account(t.Context(), "811"); err != nil || got.Slug != "neem-and-co" {
		t.Errorf("got account %q, %v", got.Slug, err)
	}
	if body, err := parts.Platform.Order(t.Context(), "51230077"); err != nil || !strings.Contains(string(body), "51230077") {
		t.Errorf("got order %s, %v", body, err)
	}
}

func TestLogTakesMany(t *testing.T) {
	t.Parallel()
	var l testkit.Log
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { fmt.Fprintln(&l, "a line") })
	}
	wg.Wait()
	if got, want := l.String(), strings.Repeat("a line\n", 20); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	got := testkit.Serve(h, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/pot", nil))
	if got.Status != http.StatusTeapot || got.Header.Get("X-Path") != "/pot" || got.Body != "short and stout" {
		t.Errorf("got %+v", got)
	}
}
