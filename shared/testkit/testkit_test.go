package testkit_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// TestFunction reads what one store wrote through another that is built as a function's is.
func TestFunction(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	cloud := testkit.Cloud(t, clk)
	var logs testkit.Log
	f := testkit.Function(t, cloud, clk, &logs, map[string]string{"GOOGLE_CLOUD_PROJECT": testkit.Project})

	var project config.Project
	if err := config.Load(t.Context(), f.Lookuper, &project); err != nil {
		t.Fatalf("load: %v", err)
	}
	db, err := wire.Store(t.Context(), f, project)
	if err != nil {
		t.Fatalf("store: %v", err)
	}
	if err := testkit.Store(t, cloud).PutAccount(t.Context(), account.Account{ID: "811", Slug: "neem-and-co"}); err != nil {
		t.Fatalf("PutAccount: %v", err)
	}

	if got, err := db.Account(t.Context(), "811"); err != nil || got.Slug != "neem-and-co" {
		t.Errorf("got account %q, %v", got.Slug, err)
	}
	if f.Logger.DebugContext(t.Context(), "a line"); !strings.Contains(logs.String(), "a line") {
		t.Errorf("got log %q, want the line", logs.String())
	}
}

// TestSimulator reads an order from the simulated platform.
func TestSimulator(t *testing.T) {
	t.Parallel()
	sim, url := testkit.Simulator(t, clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)))
	sim.Platform().PutOrder("51230077", []byte(`{"orderId":"51230077"}`))

	var cfg platform.Config
	if err := config.Load(t.Context(), config.Map(map[string]string{"PLATFORM_BASE_URL": url + "/platform"}), &cfg); err != nil {
		t.Fatalf("load: %v", err)
	}
	body, err := platform.New(cfg, testkit.Project, testkit.Client).Order(t.Context(), "51230077")
	if err != nil || !strings.Contains(string(body), "51230077") {
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

	before := l.Len()
	fmt.Fprintln(&l, "the last line")
	if got := l.From(before); got != "the last line\n" {
		t.Errorf("after %d bytes: got %q, want the last line", before, got)
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
