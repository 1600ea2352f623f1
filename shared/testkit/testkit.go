// Package testkit sets up what the tests of several packages stand on: a local cloud and a store on it, a simulated outside
// world, what functions are built with, a log that can be read, and answers as a caller sees them. Everything ends with its
// test.
package testkit

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Project is the project that tests' resources are in.
const Project = "test"

// AtEnd has what closes something called when the test and its subtests have ended, like [testing.TB.Cleanup], and lets go of
// it then. Cleanup itself keeps what it has called, and with it all that a test has used, until every test of the package has
// ended: gigabytes, where thousands of tests each have a world of their own.
func AtEnd(tb testing.TB, closing func()) {
	tb.Helper()
	tb.Cleanup(func() {
		run := closing
		closing = nil

		run()
	})
}

// Cloud starts a local cloud on the clock, which refuses queries that the product's own indexes do not serve. The key of its
// tokens is served. Its calls are answered without HTTP/2 between, which is half of what a test of functions costs otherwise; that the two
// are alike is held by the cloud's own tests.
func Cloud(tb testing.TB, clk clock.Clock) *cloud.Cloud {
	tb.Helper()
	c, err := cloud.Start(tb.Context(), cloud.Options{
		Clock:          clk,
		Indexes:        bytes.NewReader(store.Indexes),
		EnforceIndexes: true,
		ListenKeys:     "127.0.0.1:0",
		Direct:         true,
	})
	if err != nil {
		tb.Fatalf("start the cloud: %v", err)
	}

	AtEnd(tb, func() { _ = c.Close() })

	return c
}

// Simulator starts a simulator of providers and platform on the clock, and serves it at the returned URL.
func Simulator(tb testing.TB, clk clock.Clock) (sim *simulator.Simulator, url string) {
	tb.Helper()

	sim = simulator.New(simulator.Options{Clock: clk})
	srv := httptest.NewServer(sim.Handler())
	AtEnd(tb, srv.Close)
	AtEnd(tb, sim.Close)

	return sim, srv.URL
}

// Store opens the store of a local cloud, to set up what a function finds and to look at what it did.
func Store(tb testing.TB, c *cloud.Cloud) *store.Store {
	tb.Helper()
	db, err := store.Open(tb.Context(), Project, c.ClientOptions()...)
	if err != nil {
		tb.Fatalf("open the store: %v", err)
	}

	AtEnd(tb, func() { _ = db.Close() })

	return db
}

// Function is what functions of a test are built with: a local cloud, a clock, a log, and the configuration by variable.
// What they open closes with the test.
func Function(tb testing.TB, c *cloud.Cloud, clk clock.Clock, log io.Writer, vars map[string]string) boot.Function {
	tb.Helper()

	logger := logging.New(log, logging.Options{Level: slog.LevelDebug})
	life := boot.NewLifecycle(logger, 0, clk)
	AtEnd(tb, func() { _ = life.Close(context.WithoutCancel(tb.Context())) })

	return boot.Function{
		Lookuper:      config.Map(vars),
		Clock:         clk,
		Logger:        logger,
		Lifecycle:     life,
		ClientOptions: c.ClientOptions(),
	}
}

// Answer is a response as a caller sees it.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Serve has the handler answer a request.
func Serve(h http.Handler, r *http.Request) Answer {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return Answer{rec.Code, rec.Result().Header, rec.Body.String()}
}
