// Package testkit sets up what the tests of several packages stand on: a local cloud, a simulated outside world, a
// function's parts on both, a log that can be read, and answers as a caller sees them. Everything ends with its test.
package testkit

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/service"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Cloud starts a local cloud on the clock, which refuses queries that the product's own indexes do not serve.
func Cloud(tb testing.TB, clk clock.Clock) *cloud.Cloud {
	tb.Helper()
	c, err := cloud.Start(tb.Context(), cloud.Options{
		Clock: clk, Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true,
	})
	if err != nil {
		tb.Fatalf("start the cloud: %v", err)
	}
	tb.Cleanup(func() { _ = c.Close() })

	return c
}

// Simulator starts a simulator of providers and platform on the clock, and serves it at the returned URL.
func Simulator(tb testing.TB, clk clock.Clock) (sim *simulator.Simulator, url string) {
	tb.Helper()
	sim = simulator.New(simulator.Options{Clock: clk})
	srv := httptest.NewServer(sim.Handler())
	tb.Cleanup(srv.Close)
	tb.Cleanup(sim.Close)
	return sim, srv.URL
}

// Parts builds a function's parts.
func Parts(tb testing.TB, f service.Function) *service.Parts {
	tb.Helper()
	parts, err := service.Build(tb.Context(), f)
	if err != nil {
		tb.Fatalf("parts: %v", err)
	}
	tb.Cleanup(func() { _ = parts.Close(context.WithoutCancel(tb.Context())) })
	return parts
}

// Log collects what is written to it, by any number at a time; the zero value is empty.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends p and never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is everything that was written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
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
