package subscribe_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestGetPassesOrderThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := string(fixture(t))
	want := func(value string) string {
		return strings.Replace(raw, "\"isPincodeServiceable\": true", "\"isPincodeServiceable\": true,\"isWhatsAppEnabledForNotifications\":\""+value+"\"", 1)
	}
	got := w.get(route + orderID)
	if diff := cmp.Diff(want("0"), got.Body); diff != "" {
		t.Errorf("body before subscribing (-want +got):\n%s", diff)
	}
	if !strings.Contains(got.Body, `"subTotal": 1000.0`) {
		t.Error("1000.0 lost its spelling")
	}
	if ct := got.Header.Get("Content-Type"); got.Status != http.StatusOK || ct != "application/json" {
		t.Errorf("got %d %q, want 200 application/json", got.Status, ct)
	}
	if a := w.post(route+orderID, body()); a.Status != http.StatusOK {
		t.Fatalf("POST = %d %s", a.Status, a.Body)
	}
	if diff := cmp.Diff(want("1"), w.get(route+orderID).Body); diff != "" {
		t.Errorf("body after subscribing (-want +got):\n%s", diff)
	}
}

func TestGetKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.post(route+orderID, body()); a.Status != http.StatusOK {
		t.Fatalf("POST = %d", a.Status)
	}
	address := func(number string) string { return `"shippingAddress":{"contactPhone":` + number + `}` }
	tests := []struct{ name, order, want string }{
		{"subscribed", `{"accountSlug":"neem-and-co",` + address(`"+91 90000-00001"`) + `}`, `{"accountSlug":"neem-and-co",` + address(`"+91 90000-00001"`) + `,"isWhatsAppEnabledForNotifications":"1"}`},
		{"slug_in_another_case", `{"accountSlug":"Neem-And-Co","accountId":811,` + address(`"9000000001"`) + `}`, `{"accountSlug":"Neem-And-Co","accountId":811,` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"1"}`},
		{"phone_as_number", `{"accountSlug":"neem-and-co",` + address(`9000000001`) + `}`, `{"accountSlug":"neem-and-co",` + address(`9000000001`) + `,"isWhatsAppEnabledForNotifications":"1"}`},
		{"key_upstream_is_replaced", `{"isWhatsAppEnabledForNotifications":true,"accountSlug":"neem-and-co",` + address(`"9000000002"`) + `}`, `{"isWhatsAppEnabledForNotifications":"0","accountSlug":"neem-and-co",` + address(`"9000000002"`) + `}`},
		{"other_account", `{"accountSlug":"tulsi-house",` + address(`"9000000001"`) + `}`, `{"accountSlug":"tulsi-house",` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"0"}`},
		{"unknown_account", `{"accountSlug":"nobody",` + address(`"9000000001"`) + `}`, `{"accountSlug":"nobody",` + address(`"9000000001"`) + `}`},
		{"unknown_account_by_id", `{"accountId":999,` + address(`"9000000001"`) + `}`, `{"accountId":999,` + address(`"9000000001"`) + `}`},
		{"account_by_id", `{"accountId":811,` + address(`"9000000001"`) + `}`, `{"accountId":811,` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"1"}`},
		{"not_a_customer_yet", `{"accountSlug":"neem-and-co",` + address(`"9000000088"`) + `}`, `{"accountSlug":"neem-and-co",` + address(`"9000000088"`) + `,"isWhatsAppEnabledForNotifications":"0"}`},
		{"account_and_slug_disagree", `{"accountSlug":"neem-and-co","accountId":812,` + address(`"9000000001"`) + `}`, `{"accountSlug":"neem-and-co","accountId":812,` + address(`"9000000001"`) + `}`},
		{"no_account", `{` + address(`"9000000001"`) + `}`, `{` + address(`"9000000001"`) + `}`},
		{"no_phone", `{"accountSlug":"neem-and-co"}`, `{"accountSlug":"neem-and-co"}`},
		{"invalid_phone", `{"accountSlug":"neem-and-co",` + address(`"12345"`) + `}`, `{"accountSlug":"neem-and-co",` + address(`"12345"`) + `}`},
		{"empty", `{}`, `{}`},
		{"byte_order_mark", "\ufeff" + `{"accountSlug":"neem-and-co",` + address(`"9000000001"`) + `}`, "\ufeff" + `{"accountSlug":"neem-and-co",` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"1"}`},
		{"stray_byte_in_a_string", `{"accountSlug":"neem-and-co","note":"Jos` + "\xe9" + `",` + address(`"9000000001"`) + `}`, `{"accountSlug":"neem-and-co","note":"Jos` + "\xe9" + `",` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"1"}`},
		{"stray_byte_in_a_key", `{"accountSlug":"neem-and-co","n` + "\xff" + `te":1,` + address(`"9000000001"`) + `}`, `{"accountSlug":"neem-and-co","n` + "\xff" + `te":1,` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"1"}`},
		{"stray_byte_in_the_number", `{"accountSlug":"neem-and-co",` + address("\"90000\xff0001\"") + `}`, `{"accountSlug":"neem-and-co",` + address("\"90000\xff0001\"") + `}`},
	}
	for i, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			id := fmt.Sprint(60000000 + i)
			w.sim.Platform().PutOrder(id, []byte(tc.order))
			got := w.get(route + id)
			if got.Status != http.StatusOK || got.Body != tc.want {
				t.Errorf("got %d %s, want 200 %s", got.Status, got.Body, tc.want)
			}
		})
	}
}

// TestGetKeyOfWhatIsNoJSON has the platform write a byte between two keys that no JSON has there. It comes through, so that this answer alone
// cannot be held to the description.
func TestGetKeyOfWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.handler = w.unheld()
	const order = `{"accountSlug":"neem-and-co",` + "\xa0" + `"shippingAddress":{"contactPhone":"9000000001"}`
	w.sim.Platform().PutOrder("60000099", []byte(order+"}\xa0"))
	want := order + `,"isWhatsAppEnabledForNotifications":"0"}` + "\xa0"
	if got := w.get(route + "60000099"); got.Status != http.StatusOK || got.Body != want {
		t.Errorf("got %d %s, want 200 %s", got.Status, got.Body, want)
	}
}

func TestGetKeepsOrderSparingly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	step := func(name string, want int) {
		t.Helper()
		before := w.writes()
		if a := w.get(route + orderID); a.Status != http.StatusOK {
			t.Fatalf("%s: GET = %d", name, a.Status)
		}
		if got := w.writes() - before; got != want {
			t.Errorf("%s: %d writes, want %d", name, got, want)
		}
	}
	step("first", 1)
	step("same", 0)
	w.sim.Platform().PutOrder(orderID, bytes.Replace(fixture(t), []byte("Pune"), []byte("Agra"), 1))
	step("changed", 1)
	w.clock.Advance(9 * time.Minute)
	step("fresh_enough", 0)
	w.clock.Advance(2 * time.Minute)
	step("old", 1)
	kept, err := w.store.Order(t.Context(), store.OrderID(accountID, orderID))
	if err != nil || !bytes.Contains(kept.JSON, []byte("Agra")) {
		t.Errorf("kept order = %v, want the last one", err)
	}
}

// TestGetMakesOrderFindable looks the order up as a brand's bot does: by number, by shopper, and never for another account.
func TestGetMakesOrderFindable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keyer, err := phone.NewKeyer([]byte(phoneKey))
	if err != nil {
		t.Fatal(err)
	}
	to, err := phone.Parse(shopper, "IN")
	if err != nil {
		t.Fatal(err)
	}
	found := func(of string) []int {
		t.Helper()
		byNumber, err := w.store.OrdersByNumber(t.Context(), of, "#20417", 3)
		if err != nil {
			t.Fatal(err)
		}
		counts := []int{len(byNumber)}
		for _, who := range []store.Shopper{{AccountID: of, PhoneKey: keyer.Key(to)}, {AccountID: of, EmailKey: keyer.Email(email)}} {
			orders, err := w.store.LastOrders(t.Context(), who, 3)
			if err != nil {
				t.Fatal(err)
			}
			counts = append(counts, len(orders))
		}
		return counts
	}
	if diff := cmp.Diff([]int{0, 0, 0}, found(accountID)); diff != "" {
		t.Errorf("before the first look (-want +got):\n%s", diff)
	}
	w.key()
	if diff := cmp.Diff([]int{1, 1, 1}, found(accountID)); diff != "" {
		t.Errorf("by number, telephone number and e-mail address (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{0, 0, 0}, found("812")); diff != "" {
		t.Errorf("of another account (-want +got):\n%s", diff)
	}
}

func TestGetFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.get(route + orderID) // so that there is a stored copy, which must not be shown
	problem(t, "unknown", w.get(route+"404404"), http.StatusNotFound)
	w.handler = w.impatient()
	tests := []struct {
		name string
		mode chaos.Mode
	}{
		{"html", chaos.HTML502Before},
		{"down", chaos.Unavailable},
		{"throttled", chaos.Throttle},
		{"credentials", chaos.WrongCredentials},
		{"timeout", chaos.TimeoutBefore},
		{"cut", chaos.ResetBefore},
		{"truncated", chaos.Truncated},
		{"garbage", chaos.Malformed},
	}
	for _, tc := range tests {
		if err := w.sim.Faults().Set([]simulator.Fault{{System: "platform", Mode: tc.mode}}); err != nil {
			t.Fatal(err)
		}
		problem(t, tc.name, w.get(route+orderID), http.StatusBadGateway)
	}
}

// problem checks an answer to be a problem of that status and returns it.
func problem(t *testing.T, name string, a answer, status int) map[string]any {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil || a.Status != status || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: got %d %s %q, want a problem of %d", name, a.Status, a.Header.Get("Content-Type"), a.Body, status)
	}
	if p["status"] != float64(status) {
		t.Errorf("%s: problem says %v, want %d", name, p["status"], status)
	}
	return p
}

func TestPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		name, path string
		want       int
	}{
		{"root", "/", 404},
		{"no_id", route, 404},
		{"more_below", route + orderID + "/items", 404},
		{"trailing_slash", route + orderID + "/", 404},
		{"other_prefix", "/x" + route + orderID, 404},
		{"other_version", "/_ah/api/esb/v1/order/" + orderID, 404},
		{"escaped_slash", route + "51230077%2Fitems", 400},
		{"escaped_backslash", route + "a%5Cb", 400},
		{"dots", route + "%2E%2E", 400},
		{"plain_dots", route + "..", 400},
		{"dot", route + "%2e", 400},
		{"null", route + "a%00", 400},
		{"newline", route + "a%0Ab", 400},
		{"space", route + "a%20b", 400},
		{"not_utf8", route + "%FF", 400},
		{"query_escaped", route + "a%3Fb", 400},
		{"hash_escaped", route + "%2320417", 400},
		{"twice_escaped", route + "a%252Fb", 400},
		{"too_long", route + strings.Repeat("1", 129), 400},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			before := w.writes()
			if p := problem(t, "GET", w.get(tc.path), tc.want); tc.want == 400 && p["field"] != "order_id" {
				t.Errorf("field = %v, want order_id", p["field"])
			}
			problem(t, "POST", w.post(tc.path, body()), tc.want)
			if n := w.writes() - before; n != 0 {
				t.Errorf("%d writes, want none", n)
			}
		})
	}
	t.Cleanup(func() {
		if n := len(w.sim.Log().Requests()); n != 0 {
			t.Errorf("the platform was asked %d times, want never", n)
		}
	})
}

// TestPathThatCloudRunPassesOn asks as a portal does of a deployed function: paths below /_ah/ never reach one.
func TestPathThatCloudRunPassesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.handler = w.unheld() // described in words
	const deployed = "/api/esb/v2/order/"
	if got := w.post(deployed+orderID, body()); got.Status != http.StatusOK {
		t.Errorf("POST: got %d %s, want 200", got.Status, got.Body)
	}
	if got, want := w.get(deployed+orderID), w.get(route+orderID); got.Status != http.StatusOK || got.Body != want.Body {
		t.Errorf("GET: got %d %s, want %d %s", got.Status, got.Body, want.Status, want.Body)
	}
	for _, path := range []string{deployed, deployed + orderID + "/", "/_ah" + route + orderID, "/x" + deployed + orderID} {
		problem(t, path, w.get(path), http.StatusNotFound)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, "BREW"} {
		a := w.do(httptest.NewRequestWithContext(t.Context(), m, route+orderID, nil))
		if a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD, POST, OPTIONS" {
			t.Errorf("%s: got %d, Allow %q", m, a.Status, a.Header.Get("Allow"))
		}
	}
	a := w.do(httptest.NewRequestWithContext(t.Context(), http.MethodOptions, route+orderID, nil))
	if a.Status != http.StatusNoContent || a.Header.Get("Allow") == "" {
		t.Errorf("OPTIONS: got %d, Allow %q", a.Status, a.Header.Get("Allow"))
	}
}

func TestHeadAnswersAsGet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, path := range map[string]string{"order": route + orderID, "no_such_order": route + "404404", "no_id": route + "a%20b", "no_path": "/"} {
		get := w.get(path)
		head := w.do(httptest.NewRequestWithContext(t.Context(), http.MethodHead, path, nil))
		if head.Body != "" {
			t.Errorf("%s: got a body: %s", name, head.Body)
		}
		get.Body = ""
		if diff := cmp.Diff(get, head); diff != "" {
			t.Errorf("%s (-GET +HEAD):\n%s", name, diff)
		}
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const portal = "https://portal.example.com"
	preflight := func(origin, method string) answer {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, route+orderID, nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", method)
		r.Header.Set("Access-Control-Request-Headers", "content-type")
		return w.do(r)
	}
	for _, origin := range []string{portal, "https://other.example.com"} {
		a := preflight(origin, http.MethodPost)
		if a.Status != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != origin ||
			a.Header.Get("Access-Control-Allow-Methods") != "GET, POST" || !strings.Contains(a.Header.Get("Access-Control-Allow-Headers"), "Content-Type") {
			t.Errorf("preflight of %s: %d %v", origin, a.Status, a.Header)
		}
	}
	if a := preflight("https://evil.example.com", http.MethodPost); a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a foreign origin was let in: %v", a.Header)
	}
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		r := httptest.NewRequestWithContext(t.Context(), m, route+orderID, strings.NewReader(body("email", `""`)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", portal)
		if a := w.do(r); a.Header.Get("Access-Control-Allow-Origin") != portal || !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("%s of the portal: %v", m, a.Header)
		}
	}
	// A page may read when it may come again, no matter who made it wait.
	path := route + orderID
	w.guessUntilSlowed(path, body("email", `""`))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body("email", `""`)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", portal)
	r.Header.Set("X-Forwarded-For", guesser)
	if a := w.do(r); a.Status != http.StatusTooManyRequests || !strings.Contains(a.Header.Get("Access-Control-Expose-Headers"), "Retry-After") || a.Header.Get("Retry-After") == "" {
		t.Errorf("a 429 for the portal: %d %v", a.Status, a.Header)
	}
}

func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.key()
	w.post(route+orderID, body())
	w.post(route+orderID, body("email", `"else@example.test"`))
	w.post(route+orderID, body("whatsAppStatus", `"Ira"`))
	w.get(route + shopper)
	if err := w.sim.Faults().Set([]simulator.Fault{{System: "platform", Mode: chaos.ResetBefore}}); err != nil {
		t.Fatal(err)
	}
	w.get(route + orderID)
	logs := w.logs.String()
	if !strings.Contains(logs, `"route":"subscribe"`) {
		t.Fatalf("no access log: %s", logs)
	}
	for _, marker := range []string{shopper, "else@", email, "Ira", "Sample Street", phoneKey} {
		if strings.Contains(logs, marker) {
			t.Errorf("the log holds %q", marker)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	vars := map[string]string{"GOOGLE_CLOUD_PROJECT": project, "PLATFORM_BASE_URL": w.platform}
	f := testkit.Function(t, w.cloud, w.clock, w.logs, vars)
	built, err := subscribe.New(t.Context(), f)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	w.handler = described.Hold(t, built)
	if got := w.key(); got != "0" {
		t.Errorf("key = %q, want 0", got)
	}
	for name, wrong := range map[string]string{"ORDER_LINK_KEY": "short", "PLATFORM_BASE_URL": "nowhere"} {
		changed := maps.Clone(vars)
		changed[name] = wrong
		f.Lookuper = config.Map(changed)
		if _, err := subscribe.New(t.Context(), f); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("New with a wrong %s: got %v, want an error that names it", name, err)
		}
	}
}
