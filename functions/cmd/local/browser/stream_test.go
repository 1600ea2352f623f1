package browser

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// regions are pages that are told of changes, one of each site, with the words that a failed delivery brings to them.
var regions = []struct{ path, words string }{
	{"/accounts/811", "NC-20417"},
	{"/lab/orders/51230077", "we could not deliver your order NC-20417"},
}

// TestAScriptIsLate has the script that keeps pages live come long after the one that it extends, as on a slow network: the pages are told of changes all the
// same.
func TestAScriptIsLate(t *testing.T) {
	t.Parallel()
	areLive(t, func(b *tab) {
		b.meddles("*/hx-sse.min.js", func(ctx context.Context, id fetch.RequestID) error {
			for b.look(`typeof htmx`) != "object" && ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			b.look(`new Promise(done => setTimeout(() => done(""), 100))`) // what htmx does as soon as it is there is done
			return continues(ctx, id)
		})
	})
}

// TestAStreamDoesNotBegin breaks the first connection of each page's stream: it is asked for again, without the page being loaded again.
func TestAStreamDoesNotBegin(t *testing.T) {
	t.Parallel()
	areLive(t, func(b *tab) {
		var broken atomic.Bool
		b.meddles("*/stream?*", func(ctx context.Context, id fetch.RequestID) error {
			if broken.Swap(true) {
				return continues(ctx, id)
			}
			_, err := chromedp.Call(ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: id, ErrorReason: network.ErrorReasonConnectionReset})
			return err
		})
	})
}

// areLive holds that pages whose requests are meddled with are told of a failed delivery.
func areLive(t *testing.T, meddle func(b *tab)) {
	t.Helper()
	w := live.Start(t, live.Options{})
	subscribes(t, w, neemOrder, "ACTIVE")
	var tabs []*tab
	for _, one := range regions {
		b := open(t, w, "viewer:811", options{})
		meddle(b)
		b.show(one.path)
		b.eval(`(window.marked = true)`, nil)
		tabs = append(tabs, b)
	}
	publishes(t, w, neemOrder, "shipment-failed_delivery")
	for i, b := range tabs {
		b.reads(regions[i].words)
		if b.look(`String(window.marked)`) != "true" {
			t.Errorf("%s was loaded again", regions[i].path)
		}
		b.forgive() // the browser tells of connections that broke
	}
}

// meddles has each request for an address that fits a pattern wait until decide has told the browser what becomes of it.
func (b *tab) meddles(pattern string, decide func(ctx context.Context, id fetch.RequestID) error) {
	b.t.Helper()
	var all sync.WaitGroup
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	b.t.Cleanup(func() { cancel(); all.Wait() })
	err := chromedp.Listen(b.ctx, func(event any) {
		if e, ok := event.(*fetch.EventRequestPaused); ok {
			all.Go(func() {
				if err := decide(ctx, e.RequestID); err != nil && ctx.Err() == nil {
					b.t.Errorf("%s: %v", pattern, err)
				}
			})
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	tell(b, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}})
}

// continues lets a request go on as it is.
func continues(ctx context.Context, id fetch.RequestID) error {
	_, err := chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
	return err
}
