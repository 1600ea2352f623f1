package brands_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// guestOfNeem is a key of another account than the bot's.
const guestOfNeem = "guest key of neem"

// ask makes a call on the brand's API with a key, and returns status, body and the header Retry-After.
func (r *rig) ask(key, method, path, body string) (status int, answer, retry string) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, r.URL+"/brandapi"+path, strings.NewReader(body))
	r.Must(err)
	req.Header.Set("X-Guest-Id", key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.Parts.Client.Do(req)
	r.Must(err)
	var got bytes.Buffer
	_, err = got.ReadFrom(resp.Body)
	r.Must(err)
	r.Must(resp.Body.Close())
	return resp.StatusCode, got.String(), resp.Header.Get("Retry-After")
}

// TestBotThatAsksTooOften has one account's bot use up its share, which does not come back within the test: it is told so
// on every route, as documented and with when to come again, and nothing of another account's share is gone.
func TestBotThatAsksTooOften(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true, config: map[string]string{"BRANDAPI_RATE": "0.0001", "BRANDAPI_BURST": "4"}})
	s, foreign := r.subscribe(anise), r.subscribe(neem)
	r.Must(r.Parts.Store.PutGuestKey(t.Context(), guestOfNeem, demo.NeemID, time.Now()))
	key := r.Secret(lab.GuestPrefix + demo.AniseApp)
	for n := range 4 {
		if status, answer, _ := r.ask(key, http.MethodGet, "/order/"+s.Number, ""); status != http.StatusOK {
			t.Fatalf("call %d: got %d %s, want 200", n, status, answer)
		}
	}
	for path, method := range map[string]string{
		"/order/" + s.Number: http.MethodGet, "/personal-details/" + s.Shipping.Phone: http.MethodGet,
		"/personal-details?email=" + url.QueryEscape(s.Shipping.Email): http.MethodGet,
		"/get-orders/" + s.Shipping.Phone:                              http.MethodGet,
		"/cancel-order":                                                http.MethodPost,
	} {
		status, answer, retry := r.ask(key, method, path, `{"id":"`+s.Number+`","cancellationReason":"x","cancelledBy":"bot"}`)
		want := `{"status":"failure","statusCode":429,"error":"Too Many Requests!!"}`
		if status != http.StatusTooManyRequests || strings.TrimSpace(answer) != want || retry != "10000" {
			t.Errorf("%s: got %d %s with Retry-After %q, want 429 %s with 10000", path, status, answer, retry, want)
		}
	}
	for n := range 4 {
		if status, answer, _ := r.ask(guestOfNeem, http.MethodGet, "/order/"+foreign.Number, ""); status != http.StatusOK {
			t.Errorf("call %d of the other account: got %d %s, want 200", n, status, answer)
		}
	}
	if status, _, _ := r.ask("nobody's key", http.MethodGet, "/order/"+s.Number, ""); status != http.StatusUnauthorized {
		t.Errorf("a wrong key: got %d, want 401", status)
	}
	audits, err := r.Parts.Store.Audits(t.Context(), demo.AniseID, 100)
	if err != nil || len(audits) != 4 {
		t.Errorf("%d calls are recorded, %v, want the 4 that were let in", len(audits), err)
	}
}

// TestBotLeavesATrail has the bot read and cancel: each call leaves one line with account, operation and outcome, and
// nothing that the product logs on the way names the shopper or holds a key.
func TestBotLeavesATrail(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true, config: map[string]string{
		"BRANDAPI_RATE": "0.0001", "BRANDAPI_BURST": "10",
	}})
	open := strings.ReplaceAll(string(r.orderJSON(anise)), `"isCancellable": false`, `"isCancellable": true`)
	r.Simulator.Platform().PutOrder(anise.order, []byte(open))
	s := r.subscribe(anise)
	key, reason := r.Secret(lab.GuestPrefix+demo.AniseApp), "the reason in the shopper's own words"
	cancel := func(id string) string {
		return fmt.Sprintf(`{"id":%q,"cancellationReason":%q,"cancelledBy":"bot"}`, id, reason)
	}
	var want []string
	for _, c := range []struct {
		method, path, body string
		status             int
		line               string
	}{
		{http.MethodGet, "/order/" + s.Number, "", http.StatusOK, "order found 1"},
		{http.MethodGet, "/order/AF-0", "", http.StatusBadRequest, "order not_found 0"},
		{http.MethodGet, "/personal-details/" + s.Shipping.Phone, "", http.StatusOK, "customer_by_phone found 1"},
		{http.MethodGet, "/personal-details?email=" + url.QueryEscape(s.Shipping.Email), "", http.StatusOK, "customer_by_email found 1"},
		{http.MethodGet, "/get-orders/" + s.Shipping.Phone, "", http.StatusOK, "last_orders found 1"},
		{http.MethodGet, "/personal-details/9000099999", "", http.StatusBadRequest, "customer_by_phone not_found 0"},
		{http.MethodPost, "/cancel-order", cancel("AF-0"), http.StatusBadRequest, "cancel_order not_found 0"},
		{http.MethodPost, "/cancel-order", cancel(s.Number), http.StatusOK, "cancel_order cancelled 1"},
		{http.MethodPost, "/cancel-order", cancel(s.Number), http.StatusOK, "cancel_order cancelled 1"},
		{http.MethodPost, "/cancel-order", `{"id":7`, http.StatusBadRequest, "cancel_order invalid 0"},
		{http.MethodGet, "/get-orders/" + s.Shipping.Phone, "", http.StatusTooManyRequests, "last_orders too_many 0"},
	} {
		if status, answer, _ := r.ask(key, c.method, c.path, c.body); status != c.status {
			t.Errorf("%s: got %d %s, want %d", c.line, status, answer, c.status)
		}
		want = append(want, demo.AniseID+" "+c.line)
	}
	r.Rest()
	if diff := cmp.Diff(want, trail(t, r.Logs)); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
	written := r.Logs.String()
	for what, mark := range map[string]string{
		"phone": s.Shipping.Phone, "another's phone": "9000099999", "e-mail address": s.Shipping.Email, "name": s.Shipping.Name,
		"key": key, "reason": reason, "escaped e-mail address": url.QueryEscape(s.Shipping.Email),
	} {
		if mark == "" || strings.Contains(written, mark) {
			t.Errorf("the %s stands in the log", what)
		}
	}
}

// trail are the lines about calls of brands, in their order.
func trail(t *testing.T, logs *testkit.Log) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(logs.String()) {
		var l struct {
			Message   string `json:"msg"`
			Account   string `json:"account_id"`
			Operation string `json:"operation"`
			Outcome   string `json:"outcome"`
			Orders    int    `json:"orders"`
		}
		if !strings.Contains(line, `"brand api called"`) {
			continue
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("the log: %v", err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %d", l.Account, l.Operation, l.Outcome, l.Orders))
	}
	return lines
}
