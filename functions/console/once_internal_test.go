package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// TestAFormIsCarriedOutOnce sends the same form twice, one after the other and at the same time.
func TestAFormIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	h := &handler{deps: deps{Clock: clk}}
	h.cfg.Client.RequestTimeout = time.Minute
	var (
		mu    sync.Mutex
		times int
		fails error
	)
	do := once(func(_ *handler, c *call) error {
		mu.Lock()
		defer mu.Unlock()
		times++
		if fails != nil {
			return fails
		}
		c.w.Header().Set("Content-Type", "text/plain")
		c.w.WriteHeader(http.StatusAccepted)
		_, err := c.w.Write([]byte(strings.Repeat("x", times)))
		return err
	})
	send := func(person, nonce, text string) string {
		form := url.Values{"once": {nonce}, "text": {text}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/a", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if err := do(h, &call{h: h, w: w, r: r, caller: access.Caller{Subject: person}}); err != nil {
			return err.Error()
		}
		if w.Code != http.StatusAccepted || w.Header().Get("Content-Type") != "text/plain" {
			t.Errorf("got %d %v", w.Code, w.Header())
		}
		return w.Body.String()
	}
	for _, step := range []struct{ person, nonce, text, want string }{
		{"asha", "1", "a", "x"},
		{"asha", "1", "a", "x"},
		{"asha", "1", "b", "xx"},
		{"ravi", "1", "a", "xxx"},
		{"asha", "2", "a", "xxxx"},
		{"asha", "", "a", "xxxxx"},
		{"asha", "", "a", "xxxxxx"},
	} {
		if got := send(step.person, step.nonce, step.text); got != step.want {
			t.Errorf("%+v: got %q", step, got)
		}
	}
	clk.Advance(answerFor + time.Second)
	if got := send("asha", "1", "a"); got != "xxxxxxx" {
		t.Errorf("after its time: got %q", got)
	}

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := send("asha", "3", "a"); got != "xxxxxxxx" {
				t.Errorf("at the same time: got %q", got)
			}
		})
	}
	all.Wait()

	fails = fault.New(fault.Unavailable, "test", "not now")
	send("asha", "4", "a")
	fails = nil
	if got := send("asha", "4", "a"); got != "xxxxxxxxxx" {
		t.Errorf("after what failed: got %q", got)
	}
}
