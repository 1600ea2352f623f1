package browser

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// livePages are pages that are told of changes, one of each site, with the words that a failed delivery brings to them.
var livePages = []struct{ path, words string }{
	{"/accounts/811", "NC-20417"},
	{"/lab/orders/51230077", "we could not deliver your order NC-20417"},
}

// clocked is a script that takes a page's repeated timers over: again has what comes every 15 seconds come now, and gets an error if nothing does.
const clocked = `window.setInterval = (f, ms) => { if (ms === 15000) window.again = f; return 1 };`

// TestAScriptIsLate has the script that keeps pages live come long after the one that it extends, as on a slow network: the pages are told of changes all the
// same.
func TestAScriptIsLate(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for _, one := range livePages {
		b := open(t, w, "viewer:811", options{})
		held := b.intercepts("*/hx-sse.min.js", func(ctx context.Context, id fetch.RequestID) error {
			for b.look(`typeof htmx`) != "object" && ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			// What htmx does as soon as it is there is done then.
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`new Promise(done => setTimeout(() => done(true), 100))`, chromedp.EvalAwaitPromise)); err != nil {
				return err
			}
			return continues(ctx, id)
		})
		begun := b.begins()
		b.show(one.path)
		b.until("the stream begins", func() bool { return begun.Load() == 1 })
		if held.Load() != 1 {
			t.Errorf("%s: the script was asked for %d times, want once", one.path, held.Load())
		}
	}
}

// TestAStreamDoesNotBegin breaks, or answers as something in between does, the first request for each page's stream: it is asked for again, the region keeps its
// words meanwhile, and is told of changes then, without the page being loaded again.
func TestAStreamDoesNotBegin(t *testing.T) {
	t.Parallel()
	for name, instead := range map[string]func(context.Context, fetch.RequestID) error{"broken": breaks, "503": answers(503), "429": answers(429)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := live.Start(t, live.Options{})
			subscribes(t, w, neemOrder, "ACTIVE")
			var tabs []*tab
			for _, one := range livePages {
				b := open(t, w, "viewer:811", options{mayRefuse: true})
				b.starts(clocked)
				var first atomic.Bool
				b.intercepts("*/stream?*", func(ctx context.Context, id fetch.RequestID) error {
					if first.Swap(true) {
						return continues(ctx, id)
					}
					return instead(ctx, id)
				})
				begun := b.begins()
				b.show(one.path)
				b.eval(`(window.marked = true)`, nil)
				b.until("the stream was asked for", first.Load)
				b.until("it is asked for again", func() bool {
					b.eval(`(window.again(), true)`, nil)
					return begun.Load() == 2
				})
				if strings.Contains(b.words(), "of somebody in between") {
					t.Errorf("%s shows the answer that was no stream", one.path)
				}
				tabs = append(tabs, b)
			}
			publishes(t, w, neemOrder, "shipment-failed_delivery")
			for i, b := range tabs {
				b.reads(livePages[i].words)
				if b.look(`String(window.marked)`) != "true" {
					t.Errorf("%s was loaded again", livePages[i].path)
				}
				b.forgive() // the browser tells of connections that broke, and of answers of 5xx
			}
		})
	}
}

// TestARefusedStreamIsNotAskedForAgain refuses a page's stream as it is refused once a session is over.
func TestARefusedStreamIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for _, status := range []int64{401, 403, 404} {
		b := open(t, w, "viewer:811", options{mayRefuse: true})
		b.starts(clocked)
		b.intercepts("*/stream?*", answers(status))
		begun := b.begins()
		b.show("/accounts/811")
		b.until("the browser tells of the refusal", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return len(b.refused) == 1
		})
		b.eval(`(window.again(), window.again(), new Promise(done => setTimeout(done, 100)))`, nil)
		if n := begun.Load(); n != 1 {
			t.Errorf("%d: the stream is asked for %d times, want once", status, n)
		}
	}
}

// TestAStreamBeginsOnce has the answer to a page's first request for its stream take longer than it takes to ask again: one stream comes of it.
func TestAStreamBeginsOnce(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "viewer:811", options{})
	b.starts(clocked)
	patient, answered := make(chan struct{}), make(chan struct{}, 3)
	held := b.intercepts("*/stream?*", func(ctx context.Context, id fetch.RequestID) error {
		<-patient
		defer func() { answered <- struct{}{} }()
		return continues(ctx, id)
	})
	begun := b.begins()
	b.show("/accounts/811")
	b.until("the stream was asked for", func() bool { return held.Load() == 1 })
	b.eval(`(window.again(), window.again(), true)`, nil)
	close(patient)
	<-answered
	b.until("the stream has begun", func() bool { return b.look(`String(document.querySelector("#live")._htmx.sse?.status)`) == "200" })
	b.eval(`(window.again(), new Promise(done => setTimeout(done, 100)))`, nil)
	if n := begun.Load(); n != 1 {
		t.Errorf("the stream is asked for %d times, want once", n)
	}
}

// TestAHiddenPageHasNoStream has a page open behind others, which needs no stream, and whose stream would take a connection from those that are seen: it begins
// once the page is seen, at once.
func TestAHiddenPageHasNoStream(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for _, one := range livePages {
		b := open(t, w, "viewer:811", options{})
		b.starts(clocked + `Object.defineProperty(document, "hidden", {get: () => !window.seen})`)
		begun := b.begins()
		b.show(one.path)
		b.until("htmx has looked at the page", func() bool { return b.count("#live[data-htmx-powered]") == 1 })
		b.eval(`(window.again(), new Promise(done => setTimeout(done, 100)))`, nil)
		if n := begun.Load(); n != 0 {
			t.Errorf("%s: hidden it begins %d streams", one.path, n)
		}
		b.eval(`(window.seen = true, document.dispatchEvent(new Event("visibilitychange")))`, nil)
		b.until("the stream begins", func() bool { return begun.Load() == 1 })
	}
}

// starts has every page that is shown from now on run a script before its own.
func (b *tab) starts(script string) {
	b.t.Helper()
	tell(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// begins counts the requests for streams from now on.
func (b *tab) begins() *atomic.Int64 {
	b.t.Helper()
	var begun atomic.Int64
	b.w.Must(chromedp.Listen(b.ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok && strings.Contains(e.Request.URL, "/stream?") {
			begun.Add(1)
		}
	}))

	return &begun
}

// intercepts has each request for an address that fits a pattern wait until decide has told the browser what to do with it, and counts them. What goes wrong is
// told at the end, since nobody waits for decide, and a test that is over may not be told any more.
func (b *tab) intercepts(pattern string, decide func(ctx context.Context, id fetch.RequestID) error) *atomic.Int64 {
	b.t.Helper()
	var held atomic.Int64
	var mu sync.Mutex
	var wrong []error // not among the problems, which a test may forgive
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	b.t.Cleanup(func() {
		cancel()
		mu.Lock()
		defer mu.Unlock()
		for _, err := range wrong {
			b.t.Errorf("%s: %v", pattern, err)
		}
	})
	b.w.Must(chromedp.Listen(b.ctx, func(event any) {
		e, ok := event.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		held.Add(1)
		go func() {
			if err := decide(ctx, e.RequestID); err != nil && ctx.Err() == nil {
				mu.Lock()
				defer mu.Unlock()
				wrong = append(wrong, err)
			}
		}()
	}))
	tell(b, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}})

	return &held
}

// continues lets a request go on as it is.
func continues(ctx context.Context, id fetch.RequestID) error {
	_, err := chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
	return err
}

// breaks breaks the connection of a request.
func breaks(ctx context.Context, id fetch.RequestID) error {
	_, err := chromedp.Call(ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: id, ErrorReason: network.ErrorReasonConnectionReset})
	return err
}

// answers answers requests with a status and a page.
func answers(status int64) func(context.Context, fetch.RequestID) error {
	return func(ctx context.Context, id fetch.RequestID) error {
		_, err := chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
			RequestID: id, ResponseCode: status, Body: []byte("<h1>The page of somebody in between</h1>"),
			ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "text/html"}},
		})
		return err
	}
}
