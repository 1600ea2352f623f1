package pages

import (
	"net/url"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// TestBack leads back to paths of the lab alone.
func TestBack(t *testing.T) {
	t.Parallel()
	for back, want := range map[string]string{
		"/lab": "/lab", "/lab/orders/1#life": "/lab/orders/1#life", "/lab/phones?with=1": "/lab/phones?with=1",
		"": Path, "/": Path, "/people": Path, "/labour": Path, "lab/orders/1": Path, "//evil.example.com/lab/": Path, `/\evil.example.com`: Path, `/lab/\evil.example.com`: Path,
		"https://evil.example.com/lab/": Path, "/lab/%zz": Path,
	} {
		c := &call{sent: url.Values{"back": {back}}}
		if got := c.back(); got != want {
			t.Errorf("%q leads to %q, want %q", back, got, want)
		}
	}
}

// TestLifeCountsAnEventOnce counts what was told on the first button of each event alone, and marks what a brand has not switched on.
func TestLifeCountsAnEventOnce(t *testing.T) {
	t.Parallel()
	brand := account.Account{Events: map[string]account.Event{"shipment/intransit": {Enabled: true}}}
	told := []story.Answer{{Event: "shipment/intransit"}, {Event: "shipment/intransit"}, {Event: failedDelivery}}
	for _, w := range lifeOf(brand, told) {
		for _, b := range w.Beats {
			want := map[string]int{"on-the-way": 2, "failed": 1}[b.ID]
			if b.Told != want || b.Off == brand.Event(b.Event).Enabled {
				t.Errorf("%s: told %d times, want %d; off: %t", b.ID, b.Told, want, b.Off)
			}
		}
	}
}

// TestNextIsAhead passes over what was to come already.
func TestNextIsAhead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	waits := []lab.Wait{{Until: now.Add(-time.Minute)}, {Until: now}, {Until: now.Add(time.Minute)}, {Until: now.Add(time.Hour)}}
	if got := nextOf(waits, now); !got.Equal(now.Add(time.Minute)) {
		t.Errorf("got %v", got)
	}
	if got := nextOf(waits[:2], now); !got.IsZero() {
		t.Errorf("of what is past: got %v", got)
	}
}

// TestDiary keeps the newest things of each order, whatever is done about others, and tells who waits of each.
func TestDiary(t *testing.T) {
	t.Parallel()
	var d diary
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	next := d.next()
	d.add(done{At: now, Words: "first", order: "1"})
	for range 3 * mostDone {
		d.add(done{At: now, order: "2"})
	}
	d.add(done{At: now.Add(time.Second), Words: "all"})
	select {
	case <-next:
	default:
		t.Error("nobody was told")
	}
	if got := d.of("1"); len(got) != 2 || got[0].Words != "all" || got[1].Words != "first" {
		t.Errorf("of order 1: %v", got)
	}
	if n := len(d.of("2")); n != mostDone+1 {
		t.Errorf("of order 2: %d, want %d", n, mostDone+1)
	}
	next = d.next()
	d.nudge()
	<-next
	d.add(done{At: now.Add(2 * time.Second), Words: "other", order: "2"})
	if got := d.fresh(now.Add(3*time.Second), scenario.Order{ID: "1"}); got == nil || got.Words != "all" {
		t.Errorf("fresh is %v", got)
	}
	if got := d.fresh(now.Add(10*time.Second), scenario.Order{ID: "1"}); got != nil {
		t.Errorf("long ago: fresh is %v", got)
	}
}
