package brandapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var update = flag.Bool("update", false, "write the golden answers instead of comparing with them")

// golden compares an answer with its file among BusinessOnBot's fixtures.
func (w *world) golden(name string, got answer) {
	w.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(got.Body), "", "  "); err != nil {
		w.Fatalf("%s: answer %q: %v", name, got.Body, err)
	}
	out.WriteByte('\n')
	path := filepath.Join("..", "..", "testdata", "businessonbot", "inbound", name+".json")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			w.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		w.Fatalf("golden file (run with -update to write it): %v", err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		w.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestAnswers holds every route's answer, success and failure, against its file.
func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	const badOrder, badPerson, badPayload = "Bad Request!!", "Bad request!!", "Bad payload!!"
	for name, tc := range map[string]struct {
		method, path, key, body string
		status                  int
		// error is the text of a failure.
		error string
	}{
		"order":                     {path: "/order/" + number, status: 200},
		"order_unknown":             {path: "/order/NC-404", status: 400, error: badOrder},
		"order_of_another_account":  {path: "/order/TH-30518", status: 400, error: badOrder},
		"customer_by_phone":         {path: "/personal-details/" + shopper, status: 200},
		"customer_unknown_phone":    {path: "/personal-details/9000099999", status: 400, error: badPerson},
		"customer_malformed_phone":  {path: "/personal-details/12345", status: 400, error: badPerson},
		"customer_by_email":         {path: "/personal-details?email=" + email, status: 200},
		"customer_unknown_email":    {path: "/personal-details?email=nobody@example.test", status: 400, error: badPerson},
		"customer_malformed_email":  {path: "/personal-details?email=nobody", status: 400, error: badPerson},
		"customer_without_question": {path: "/personal-details", status: 400, error: badPerson},
		"last_orders":               {path: "/get-orders/" + shopper, status: 200},
		"last_orders_unknown":       {path: "/get-orders/9000099999", status: 200},
		"last_orders_malformed":     {path: "/get-orders/abc", status: 400, error: badOrder},
		"cancel_not_cancellable": {
			method: "POST", path: "/cancel-order", body: `{"id":"NC-20417","cancellationReason":"x","cancelledBy":"bot"}`,
			status: 400, error: badPayload,
		},
		"cancel_malformed": {method: "POST", path: "/cancel-order", body: `{"id":`, status: 400, error: badPayload},
		"wrong_key":        {path: "/order/" + number, key: "wrong", status: 401, error: "Unauthorized!!"},
		"unknown_path":     {path: "/orders", status: 404, error: "Not Found!!"},
		"wrong_method":     {method: "DELETE", path: "/order/" + number, status: 405, error: "Method Not Allowed!!"},
	} {
		if tc.method == "" {
			tc.method = http.MethodGet
		}
		if tc.key == "" {
			tc.key = guest
		}
		got := w.do(tc.method, tc.path, tc.key, tc.body)
		if got.Status != tc.status {
			t.Errorf("%s: got %d, want %d", name, got.Status, tc.status)
		}
		if tc.error != "" && got.Body != failure(strconv.Itoa(tc.status), tc.error) {
			t.Errorf("%s: got %s", name, got.Body)
		}
		if kind := got.Header.Get("Content-Type"); kind != "application/json" {
			t.Errorf("%s: content type %q", name, kind)
		}
		w.golden(name, got)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	denied := failure("401", "Unauthorized!!")
	for name, key := range map[string]string{
		"missing": "", "wrong": "guest-key-of-neem-markeD", "prefix": guest[:len(guest)-1], "longer": guest + "x",
		"huge": strings.Repeat("x", 100_000), "hash": "h" + guest,
	} {
		for _, path := range []string{"/order/" + number, "/personal-details/" + shopper, "/get-orders/" + shopper, "/elsewhere"} {
			w.want(name+" "+path, w.do(http.MethodGet, path, key, ""), http.StatusUnauthorized, denied)
		}
		w.want(name, w.do(http.MethodPost, "/cancel-order", key, `{}`), http.StatusUnauthorized, denied)
	}
	if got := w.do(http.MethodGet, "/order/"+number, oldGuest, ""); got.Status != http.StatusOK {
		t.Errorf("second key of the account: got %d", got.Status)
	}
	// A key that is taken back works no longer than settings are cached.
	if err := w.store.EndGuestKey(t.Context(), store.GuestHash(oldGuest)); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	w.want("removed", w.do(http.MethodGet, "/order/"+number, oldGuest, ""), http.StatusUnauthorized, denied)
}

// TestAccountsAreApart asks with each account's key for the other's orders and shoppers, kept or not.
func TestAccountsAreApart(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		w := newWorld(t)
		if kept {
			w.keepAll()
		}
		for _, path := range []string{
			"/order/TH-30518", "/order/" + foreignID, "/order/%2330518", "/personal-details/9000000003",
		} {
			if got := w.get(path); got.Status != http.StatusBadRequest {
				t.Errorf("kept %t: %s with another account's key: got %d %s", kept, path, got.Status, got.Body)
			}
		}
		if got := w.do(http.MethodGet, "/order/"+foreignID, otherKey, ""); got.Status != http.StatusOK {
			t.Errorf("kept %t: own key: got %d %s", kept, got.Status, got.Body)
		}
		w.want("cancel", w.cancel(foreignID), http.StatusBadRequest, failure("400", "Bad payload!!"))
	}
}

// TestSharedShopper holds that one person who shops at two brands is two persons here.
func TestSharedShopper(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	body := bytes.ReplaceAll(fixture(t, foreignID), []byte("TH-30518"), []byte("TH-1"))
	for _, old := range []string{"9000000002", "9000000003", "9000000004", "9000000005"} {
		body = bytes.ReplaceAll(body, []byte(old), []byte(shopper))
	}
	w.keep(otherID, foreignID, body)
	for key, want := range map[string]string{guest: number, otherKey: "TH-1"} {
		got := shown[[]businessonbot.Order](w, w.do(http.MethodGet, "/get-orders/"+shopper, key, ""))
		if len(got) != 1 || got[0].ID != want {
			t.Errorf("got %+v, want %s alone", got, want)
		}
	}
}

func TestOrderSpellings(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		w := newWorld(t)
		if kept {
			w.keepAll()
		}
		for _, id := range []string{orderID, "NC-20417", "%23NC-20417", "20417", "%2320417", "%20NC-20417"} {
			// What was never kept can only be asked for by the platform's own id; then it is kept.
			want := http.StatusOK
			got := w.get("/order/" + id)
			if got.Status != want {
				t.Errorf("kept %t: %s: got %d %s, want %d", kept, id, got.Status, got.Body, want)
			}
		}
		for _, id := range []string{"0", "99999999", "-1", "a%2Fb", "%00", strings.Repeat("9", 200), "%FF", ".", "..", "nc-20417x"} {
			if got := w.get("/order/" + id); got.Status != http.StatusBadRequest {
				t.Errorf("kept %t: %s: got %d %s, want 400", kept, id, got.Status, got.Body)
			}
		}
	}
}

// TestPhoneForAnOrder asks with a shopper's number where an order's belongs: it must stand in no name that Firestore or
// Pub/Sub is asked with, since those reach platform logs. An order that has such an id is found all the same.
func TestPhoneForAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	w.cloud.Calls().Trace(true)
	for _, spelling := range []string{shopper, "91" + shopper, "0" + shopper, "14155550100"} {
		w.want(spelling, w.get("/order/"+spelling), http.StatusBadRequest, failure("400", "Bad Request!!"))
		w.want("cancel "+spelling, w.cancel(spelling), http.StatusBadRequest, failure("400", "Bad payload!!"))
		body := `{"id":` + strings.TrimPrefix(spelling, "0") + `,"cancellationReason":"x","cancelledBy":"bot"}`
		w.want("cancel as a number", w.do(http.MethodPost, "/cancel-order", guest, body), http.StatusBadRequest, failure("400", "Bad payload!!"))
		calls := w.cloud.Calls().Calls()
		if len(calls) == 0 {
			t.Fatal("nothing was asked")
		}
		for _, c := range calls {
			if names := strings.Join(c.Names, " "); strings.Contains(names, spelling) {
				t.Errorf("%s was asked with %s", c.Method, names)
			}
		}
	}
	w.cloud.Calls().Trace(false)
	w.keep(accountID, shopper, orderOf(t, shopper, "NC-1", "2024-02-10 05:35:02"))
	w.keep(otherID, "9000000002", orderOf(t, "9000000002", "NC-2", "2024-02-10 05:35:02"))
	if got := shown[businessonbot.Order](w, w.get("/order/"+shopper)); got.ID != "NC-1" {
		t.Errorf("got %+v, want the order of that id", got)
	}
	w.want("of another account", w.get("/order/9000000002"), http.StatusBadRequest, failure("400", "Bad Request!!"))
}

func TestPhoneSpellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	for _, spelling := range []string{
		"9000000001", "919000000001", "+919000000001", "%2B919000000001", "09000000001", "00919000000001",
		"+91%2090000%2000001", "90000-00001", "(90000)%2000001",
	} {
		if got := shown[person](w, w.get("/personal-details/"+spelling)); got.LastOrder.ID != number {
			t.Errorf("%s: got %+v", spelling, got)
		}
		if got := shown[[]businessonbot.Order](w, w.get("/get-orders/"+spelling)); len(got) != 1 {
			t.Errorf("%s: got %d orders", spelling, len(got))
		}
	}
	for _, wrong := range []string{"1", "90000000011", "abc", "+14155550100", "9000000001x", "%00", strings.Repeat("9", 500)} {
		w.want(wrong, w.get("/personal-details/"+wrong), http.StatusBadRequest, failure("400", "Bad request!!"))
		w.want(wrong, w.get("/get-orders/"+wrong), http.StatusBadRequest, failure("400", "Bad Request!!"))
	}
}

func TestEmailSpellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(accountID, "1", orderOf(t, "1", "NC-1", "2024-02-10 05:35:02", email, "Ira+Shop@Example.test"))
	for _, spelling := range []string{"ira+shop@example.test", "IRA+SHOP@EXAMPLE.TEST", " Ira+Shop@example.test "} {
		if got := shown[person](w, w.get("/personal-details?email="+url.QueryEscape(spelling))); got.LastOrder.ID != "NC-1" {
			t.Errorf("%q: got %+v", spelling, got)
		}
	}
	if got := w.get("/personal-details?email=ira+shop@example.test"); got.Status != http.StatusOK {
		t.Errorf("unescaped plus: got %d", got.Status)
	}
	for _, wrong := range []string{"", "@", "a", "a%00@b", strings.Repeat("a", 300) + "@b", "ira@example.test"} {
		w.want(wrong, w.get("/personal-details?email="+wrong), http.StatusBadRequest, failure("400", "Bad request!!"))
	}
}

// person is what the tests look at of a shopper.
type person struct {
	ID             string               `json:"id"`
	OrdersCount    int                  `json:"ordersCount"`
	TotalSpent     string               `json:"totalSpent"`
	DefaultAddress map[string]any       `json:"defaultAddress"`
	LastOrder      *businessonbot.Order `json:"lastOrder"`
}

// TestLastThreeOrders holds that of five orders the newest three are shown, newest first, however they were stored.
func TestLastThreeOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for id, date := range map[string]string{
		"3": "2024-02-12 10:00:00", "1": "2024-02-10 05:35:02.0", "5": "2024-02-14 00:00:00", "2": "2024-02-11 23:59:59", "4": "2024-02-13",
	} {
		w.keep(accountID, id, orderOf(t, id, "NC-"+id, date))
	}
	var got []string
	for _, o := range shown[[]businessonbot.Order](w, w.get("/get-orders/"+shopper)) {
		got = append(got, o.ID)
	}
	if want := []string{"NC-5", "NC-4", "NC-3"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	p := shown[person](w, w.get("/personal-details/"+shopper))
	if p.OrdersCount != 5 || p.TotalSpent != "5000.00" || p.LastOrder.ID != "NC-5" || len(p.ID) != 32 {
		t.Errorf("got %+v", p)
	}
	if byMail := shown[person](w, w.get("/personal-details?email="+email)); byMail.ID != p.ID || byMail.OrdersCount != 5 {
		t.Errorf("by e-mail: got %+v, want the same shopper", byMail)
	}
}

func TestAddressIsShownOnDemand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	path := "/personal-details/" + shopper
	if got := w.get(path); strings.Contains(got.Body, "Sample Street") {
		t.Errorf("got %s, want no street", got.Body)
	}
	w.handler = w.build("BRANDAPI_SHOW_ADDRESS", "true")
	got := w.get(path)
	if p := shown[person](w, got); p.DefaultAddress["address1"] != "12 Sample Street" {
		t.Errorf("got %+v", p)
	}
	w.golden("customer_with_address", got)
}

// TestStreetOfEveryRoute holds that no answer of any route has the street unless the configuration says so, whether the order is a
// stored copy or asked for, also where the bot cancelled it; and that each route which has an address then shows it.
func TestStreetOfEveryRoute(t *testing.T) {
	t.Parallel()
	cancel := func(id string) string { return `{"id":"` + id + `","cancellationReason":"x","cancelledBy":"bot"}` }
	routes := map[string]struct {
		method, path, key, body string
		status                  int
	}{
		"order":                {path: "/order/" + number, status: http.StatusOK},
		"order_by_id":          {path: "/order/" + orderID, status: http.StatusOK},
		"customer_by_phone":    {path: "/personal-details/" + shopper, status: http.StatusOK},
		"customer_by_email":    {path: "/personal-details?email=" + email, status: http.StatusOK},
		"last_orders":          {path: "/get-orders/" + shopper, status: http.StatusOK},
		"cancel":               {method: http.MethodPost, path: "/cancel-order", body: cancel(number), status: http.StatusOK},
		"order_of_another":     {path: "/order/" + foreignID, status: http.StatusBadRequest},
		"customer_of_another":  {path: "/personal-details/9000000003", status: http.StatusBadRequest},
		"cancel_of_another":    {method: http.MethodPost, path: "/cancel-order", body: cancel(foreignID), status: http.StatusBadRequest},
		"wrong_key":            {path: "/order/" + number, key: "wrong", status: http.StatusUnauthorized},
		"unknown_path":         {path: "/orders", status: http.StatusNotFound},
		"wrong_method":         {method: http.MethodPut, path: "/order/" + number, status: http.StatusMethodNotAllowed},
		"cancel_without_order": {method: http.MethodPost, path: "/cancel-order", body: `{"id":`, status: http.StatusBadRequest},
	}
	const first, second = "12 Sample Street", "Sample Floor"
	body := bytes.ReplaceAll(cancellable(t), []byte(`"addressLine2": ""`), []byte(`"addressLine2": "`+second+`"`))
	for _, show := range []bool{false, true} {
		for _, age := range []time.Duration{0, 20 * time.Minute} { // an old copy is asked for again
			for _, name := range slices.Sorted(maps.Keys(routes)) {
				tc := routes[name]
				if tc.method == "" {
					tc.method = http.MethodGet
				}
				if tc.key == "" {
					tc.key = guest
				}
				w := newWorld(t, "BRANDAPI_SHOW_ADDRESS", strconv.FormatBool(show))
				w.keepAll()
				w.put(orderID, body)
				w.keep(accountID, orderID, body)
				w.clock.Advance(age)

				got := w.do(tc.method, tc.path, tc.key, tc.body)

				want := show && tc.status == http.StatusOK
				has := strings.Contains(got.Body, first) && strings.Contains(got.Body, second)
				hasAny := strings.Contains(got.Body, first) || strings.Contains(got.Body, second)
				if got.Status != tc.status || has != want || hasAny != want {
					t.Errorf("%s, shown %t, after %s: got %d %s, want %d, with the street: %t", name, show, age, got.Status, got.Body, tc.status, want)
				}
			}
		}
	}
}

// TestFreshness holds that an old order is read again, and that the old copy serves while the platform is down.
func TestFreshness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	w.put(orderID, bytes.ReplaceAll(fixture(t, orderID), []byte("Ira Sample"), []byte("Ira Renamed")))
	path := "/order/" + number
	if got := w.get(path); strings.Contains(got.Body, "Renamed") {
		t.Error("a fresh order was read again")
	}
	w.clock.Advance(11 * time.Minute)
	if err := w.sim.Faults().Set([]simulator.Fault{{System: "platform", Mode: chaos.HTML502Before}}); err != nil {
		t.Fatal(err)
	}
	if got := w.get(path); got.Status != http.StatusOK || strings.Contains(got.Body, "Renamed") {
		t.Errorf("platform down: got %d", got.Status)
	}
	// What was never seen cannot be told while the platform is down.
	w.want("unseen", w.get("/order/77777777"), http.StatusInternalServerError, failure("500", "Internal Server Error!!"))
	w.sim.Faults().Clear()
	if got := w.get(path); !strings.Contains(got.Body, "Renamed") {
		t.Errorf("old order: got %d %s, want it read again", got.Status, got.Body)
	}
	// An order that moved to another account is gone.
	w.put(orderID, bytes.ReplaceAll(fixture(t, orderID), []byte(`"accountSlug": "`+slug+`",
  "orderId"`), []byte(`"accountSlug": "`+otherSlug+`",
  "orderId"`)))
	w.clock.Advance(11 * time.Minute)
	w.want("moved", w.get(path), http.StatusBadRequest, failure("400", "Bad Request!!"))
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "BRANDAPI_RATE", "2", "BRANDAPI_BURST", "3")
	w.keepAll()
	for i := range 3 {
		if got := w.get("/order/" + number); got.Status != http.StatusOK {
			t.Fatalf("call %d: got %d", i, got.Status)
		}
	}
	got := w.get("/order/" + number)
	w.want("fourth", got, http.StatusTooManyRequests, failure("429", "Too Many Requests!!"))
	if got.Header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
	if got := w.do(http.MethodGet, "/order/TH-30518", otherKey, ""); got.Status != http.StatusOK {
		t.Errorf("another account: got %d, want its own share", got.Status)
	}
	w.clock.Advance(time.Second)
	if got := w.get("/order/" + number); got.Status != http.StatusOK {
		t.Errorf("a second later: got %d", got.Status)
	}
}

// TestAudit holds that each call leaves one document and one line, and that neither holds anything of a person.
func TestAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	w.put("51230080", orderOf(t, "51230080", "NC-80", "2024-02-20 05:35:02", `"isCancellable": false`, `"isCancellable": true`))
	calls := []string{
		"/order/" + number, "/order/NC-404", "/personal-details/" + shopper, "/personal-details?email=" + email,
		"/get-orders/" + shopper, "/personal-details/9000099999", "/nowhere/" + shopper,
	}
	for _, path := range calls {
		w.get(path)
	}
	w.do(http.MethodPost, "/cancel-order", guest, `{"id":"51230080","cancellationReason":"MARKEDREASON","cancelledBy":"bot"}`)
	w.do(http.MethodGet, "/order/"+number, "a-wrong-key-marked", "")
	audits, err := w.store.Audits(t.Context(), accountID, 100)
	if err != nil || len(audits) != len(calls)+1 {
		t.Fatalf("got %d audits, %v, want %d", len(audits), err, len(calls)+1)
	}
	counts := map[string]int{}
	for _, a := range audits {
		counts[a.Operation+" "+a.Outcome]++
		if a.At != start || a.Actor != "bot" || a.Mode != "whatsapp" || !a.ExpireAt.After(start) {
			t.Errorf("got %+v", a)
		}
	}
	want := map[string]int{
		"order found": 1, "order not_found": 1, "customer_by_phone found": 1, "customer_by_phone not_found": 1,
		"customer_by_email found": 1, "last_orders found": 1, "unknown not_found": 1, "cancel_order cancelled": 1,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("audits (-want +got):\n%s", diff)
	}
	if n := strings.Count(w.logs.String(), `"brand api called"`); n != len(audits) {
		t.Errorf("got %d lines, want %d", n, len(audits))
	}
	written := fmt.Sprintf("%+v", audits)
	for _, mark := range []string{
		shopper, email, "Ira", "Sample", guest, oldGuest, otherKey, "a-wrong-key-marked", "MARKEDREASON", "9000099999",
	} {
		if strings.Contains(written, mark) || strings.Contains(w.logs.String(), mark) {
			t.Errorf("%q was written down", mark)
		}
	}
}

// TestOrderUnderAnOddID reads an order again whose id cannot stand in a document's name: its document is named by a hash,
// and the platform knows only the id.
func TestOrderUnderAnOddID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const odd = "shop_1/77"
	kept := orderOf(t, odd, "NC-77", "2024-02-20 05:35:02")
	w.put(odd, bytes.ReplaceAll(kept, []byte(shopper), []byte("9000000099")))
	w.keep(accountID, odd, kept)
	number := func() string {
		a := w.get("/order/NC-77")
		if a.Status != http.StatusOK {
			t.Fatalf("got %d %s", a.Status, a.Body)
		}
		if strings.Contains(a.Body, "9000000099") {
			return "the platform's"
		}

		return "the copy's"
	}
	if got := number(); got != "the copy's" {
		t.Errorf("while the copy is fresh: got %s", got)
	}
	w.clock.Advance(11 * time.Minute)
	if got := number(); got != "the platform's" {
		t.Errorf("once the copy is old: got %s", got)
	}
}
