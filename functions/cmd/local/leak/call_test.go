package leak_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// caller is everybody outside. It is more patient than the product is configured to be here, since the machine may be busy.
var caller = &http.Client{
	Transport:     testkit.Transport,
	Timeout:       time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// call makes a request; what a stranger is answered is seen: every refusal, and every answer to a callback or push.
func (r *rig) call(method, url, body string) (int, string) {
	r.Helper()
	return r.callWith(method, url, body, nil)
}

// answered is callWith for a call that must be answered: one that fails on our side is made again, as Pub/Sub and providers do. A connection that a
// fault cut takes the other calls on it along, and a busy machine lets some run out of time.
func (r *rig) answered(method, url, body string, header map[string]string) (int, string) {
	r.Helper()

	code, answer := 0, ""
	testkit.Eventually(r.T, live.Patience, "a call is answered", func() bool {
		code, answer = r.callWith(method, url, body, header)
		return code != 0 && code < http.StatusInternalServerError
	})

	return code, answer
}

// callWith is call with headers.
func (r *rig) callWith(method, url, body string, header map[string]string) (int, string) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, url, strings.NewReader(body))
	r.Must(err)
	req.Header.Set("Content-Type", "application/json")
	for _, push := range []string{r.notify, r.receive, r.sweep} {
		if strings.HasPrefix(url, push) {
			req.Header.Set("Authorization", "Bearer "+r.PushToken())
		}
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := caller.Do(req)
	if err != nil {
		// The error names the address: it is the test's, and nobody of ours says it.
		return 0, ""
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	r.Must(err)
	if r.framework && resp.StatusCode/100 == 3 {
		// The functions framework's own mux sends a caller who asks for a path with "//" to the path without, before any of our
		// code runs. In the world that is a 404.
		resp.Header.Del("Location")
	}
	if resp.StatusCode >= http.StatusBadRequest || method != http.MethodGet && !strings.Contains(url, "/order/") && !strings.HasSuffix(url, cancelPath) {
		r.see(fmt.Sprintf("the answer %d", resp.StatusCode), string(answer)+" "+fmt.Sprint(resp.Header))
		r.mu.Lock()
		r.answers++
		r.mu.Unlock()
	}
	return resp.StatusCode, string(answer)
}

func (r *rig) get(s shopper) (int, string) {
	return r.call(http.MethodGet, r.subscribe+world.OrderPath+s.order, "")
}

func (s shopper) body(status string) string {
	b, err := json.Marshal(map[string]string{
		"contactPhone": s.phone, "customerName": s.name, "email": s.email, "accountId": "811", "whatsAppStatus": status,
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (r *rig) post(s shopper, body string) (int, string) {
	return r.call(http.MethodPost, r.subscribe+world.OrderPath+s.order, body)
}

// event publishes a fixture as the shopper's, at another second of its day.
func (r *rig) event(s shopper, fixture string, second int) {
	r.Helper()
	at := fmt.Sprintf("2024-02-13 15:%02d:%02d", second/60%60, second%60)
	data := strings.ReplaceAll(s.of(r.file("events/"+fixture+".json")), "2024-02-13 15:20:41", at)
	if code, answer := r.call(http.MethodPost, r.URL+"/local/events", data); code != http.StatusAccepted {
		r.Fatalf("event %s: got %d %s", fixture, code, answer)
	}
}
