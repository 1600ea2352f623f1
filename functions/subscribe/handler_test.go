package subscribe_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/service"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
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
		{"phone_as_number", `{"accountSlug":"neem-and-co",` + address(`9000000001`) + `}`, `{"accountSlug":"neem-and-co",` + address(`9000000001`) + `,"isWhatsAppEnabledForNotifications":"1"}`},
		{"key_upstream_is_replaced", `{"isWhatsAppEnabledForNotifications":true,"accountSlug":"neem-and-co",` + address(`"9000000002"`) + `}`, `{"isWhatsAppEnabledForNotifications":"0","accountSlug":"neem-and-co",` + address(`"9000000002"`) + `}`},
		{"other_account", `{"accountSlug":"tulsi-house",` + address(`"9000000001"`) + `}`, `{"accountSlug":"tulsi-house",` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"0"}`},
		{"unknown_account", `{"accountSlug":"nobody",` + address(`"9000000001"`) + `}`, `{"accountSlug":"nobody",` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"0"}`},
		{"account_and_slug_disagree", `{"accountSlug":"neem-and-co","accountId":812,` + address(`"9000000001"`) + `}`, `{"accountSlug":"neem-and-co","accountId":812,` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"0"}`},
		{"no_account", `{` + address(`"9000000001"`) + `}`, `{` + address(`"9000000001"`) + `,"isWhatsAppEnabledForNotifications":"0"}`},
		{"no_phone", `{"accountSlug":"neem-and-co"}`, `{"accountSlug":"neem-and-co","isWhatsAppEnabledForNotifications":"0"}`},
		{"invalid_phone", `{"accountSlug":"neem-and-co",` + address(`"12345"`) + `}`, `{"accountSlug":"neem-and-co",` + address(`"12345"`) + `,"isWhatsAppEnabledForNotifications":"0"}`},
		{"empty", `{}`, `{"isWhatsAppEnabledForNotifications":"0"}`},
	}
	for i, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			id := fmt.Sprint(60000000 + i)
			w.sim.PutOrder(id, []byte(tc.order))
			got := w.get(route + id)
			if got.Status != http.StatusOK || got.Body != tc.want {
				t.Errorf("got %d %s, want 200 %s", got.Status, got.Body, tc.want)
			}
		})
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
	w.sim.PutOrder(orderID, bytes.Replace(fixture(t), []byte("Pune"), []byte("Agra"), 1))
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
		if err := w.sim.SetFaults([]simulator.Fault{{System: "platform", Mode: tc.mode}}); err != nil {
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
		if n := len(w.sim.Requests()); n != 0 {
			t.Errorf("the platform was asked %d times, want never", n)
		}
	})
}

func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead, "BREW"} {
		a := w.do(httptest.NewRequestWithContext(t.Context(), m, route+orderID, nil))
		if a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, POST, OPTIONS" {
			t.Errorf("%s: got %d, Allow %q", m, a.Status, a.Header.Get("Allow"))
		}
	}
	a := w.do(httptest.NewRequestWithContext(t.Context(), http.MethodOptions, route+orderID, nil))
	if a.Status != http.StatusNoContent || a.Header.Get("Allow") == "" {
		t.Errorf("OPTIONS: got %d, Allow %q", a.Status, a.Header.Get("Allow"))
	}
}

func TestSubscribeWithdrawResubscribe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := customerID(t, accountID, shopper)
	const done = `{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE","status":"updated successfully"}`
	steps := []struct {
		name, body, answer, key string
		writes                  int
	}{
		{"subscribe", body(), done, "1", 1},
		{"subscribe_again", body(), done, "1", 0},
		{"withdraw", withdrawal(), strings.Replace(done, `"ACTIVE"`, `"INACTIVE"`, 1), "0", 1},
		{"withdraw_again", withdrawal(), strings.Replace(done, `"ACTIVE"`, `"INACTIVE"`, 1), "0", 0},
		// The clock has not moved: what is asked last counts all the same.
		{"subscribe_anew", body(), done, "1", 1},
	}
	for _, s := range steps {
		before := w.writes()
		a := w.post(route+orderID, s.body)
		if a.Status != http.StatusOK || a.Body != s.answer || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %d %s, want 200 %s", s.name, a.Status, a.Body, s.answer)
		}
		if got := w.writes() - before; got != s.writes {
			t.Errorf("%s: %d writes, want %d", s.name, got, s.writes)
		}
		if got := w.key(); got != s.key {
			t.Errorf("%s: key %q, want %q", s.name, got, s.key)
		}
	}
	_, entries := w.ledger(id)
	var got []consent.Entry
	for _, e := range entries[1:] {
		got = append(got, consent.Entry{
			Action: e.Action, Source: e.Source, Purpose: e.Purpose, SourceRef: e.SourceRef, NoticeVersion: e.NoticeVersion, Actor: e.Actor,
		})
		if (len(e.NoticeHash) == 64) != (e.Action == consent.Grant) {
			t.Errorf("%s with notice hash %q", e.Action, e.NoticeHash)
		}
	}
	grant := consent.Entry{
		Action: consent.Grant, Source: "customer_portal_checkbox", Purpose: consent.OrderUpdates, SourceRef: "order:51230077",
		NoticeVersion: "wa-order-updates/en/1", Actor: "customer",
	}
	withdraw := consent.Entry{Action: consent.Withdraw, Source: "customer_portal_checkbox", Purpose: consent.Everything, SourceRef: "order:51230077", Actor: "customer"}
	if diff := cmp.Diff([]consent.Entry{grant, withdraw, grant}, got); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
}

func TestSubscribeMakesUnreachableActive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := customerID(t, accountID, shopper)
	w.post(route+orderID, body())
	c, err := w.store.Customer(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	// The provider's clock is ahead of the function's: asked later counts later nevertheless.
	ahead := start.Add(time.Second)
	entry, next, _ := consent.Record(c.Consent, consent.Entry{
		Action: consent.Unreachable, Source: consent.ProviderError, OccurredAt: ahead, RecordedAt: ahead,
	})
	if err := w.store.ChangeConsent(t.Context(), c, next, entry); err != nil {
		t.Fatal(err)
	}
	if got := w.key(); got != "0" {
		t.Fatalf("key of an unreachable shopper = %q, want 0", got)
	}
	if a := w.post(route+orderID, body()); a.Status != http.StatusOK {
		t.Errorf("POST = %d", a.Status)
	}
	if got := w.key(); got != "1" {
		t.Errorf("key = %q, want 1", got)
	}
	w.ledger(id)
}

func TestPostAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, order, body, want string
	}{
		{"spelling_of_phone", "", body("contactPhone", `"+91 90000-00001"`), `{"contactPhone":"+91 90000-00001",`},
		{"phone_with_zero", "", body("contactPhone", `"09000000001"`), `"09000000001"`},
		{"account_as_number", "", body("accountId", `811`), `"accountId":811,`},
		{"account_as_float", "", body("accountId", `811.0`), `"accountId":811.0,`},
		{"account_spaces_and_zeros", "", body("accountId", `" 0811 "`), `"accountId":" 0811 ",`},
		{"email_case_and_space", "", body("email", `" IRA@Example.TEST "`), `" IRA@Example.TEST "`},
		{"other_name", "", body("customerName", `"Somebody <b>\u00e9</b>"`), `"customerName":"Somebody <b>\u00e9</b>",`},
		{"name_null", "", body("customerName", `null`), `"customerName":null,`},
		{"unknown_keys", "", body("extra", `{"deep":[1]}`), `"whatsAppStatus":"ACTIVE","status":"updated successfully"}`},
		{"both_emails_empty", `"ira@example.test"=>""`, body("email", `""`), `"email":""`},
		{"order_without_email", `"email": "ira@example.test"=>"mail": ""`, body("email", `null`), `"email":null`},
		{"phone_of_order_spelled_otherwise", `"9000000001"=>"+919000000001"`, body(), `"9000000001"`},
		{"white_space", "", " \n" + strings.ReplaceAll(body(), ",", " ,\t"), `{"contactPhone":"9000000001","customerName":"Ira Sample",`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if from, to, ok := strings.Cut(tc.order, "=>"); ok {
				w.sim.PutOrder(orderID, bytes.ReplaceAll(fixture(t), []byte(from), []byte(to)))
			}
			a := w.post(route+orderID, tc.body)
			if a.Status != http.StatusOK || !strings.Contains(a.Body, tc.want) || !json.Valid([]byte(a.Body)) {
				t.Errorf("got %d %s, want 200 with %s", a.Status, a.Body, tc.want)
			}
			if state, _ := w.ledger(customerID(t, accountID, shopper)); state.Status != consent.Active {
				t.Errorf("status = %s, want ACTIVE", state.Status)
			}
		})
	}
}

func TestPostRefusesAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := fixture(t)
	change := func(from, to string) []byte { return bytes.ReplaceAll(raw, []byte(from), []byte(to)) }
	w.sim.PutOrder("52000001", raw)
	w.sim.PutOrder("52000002", change(shopper, "9000000099"))
	w.sim.PutOrder("52000003", change(slug, "nobody"))
	w.sim.PutOrder("52000004", change(slug, "tulsi-house"))
	w.sim.PutOrder("52000005", change(shopper, "n/a"))
	w.sim.PutOrder("52000006", raw)
	w.sim.PutOrder("52000007", raw)
	w.sim.PutOrder("52000008", raw)
	tests := []struct{ name, id, body string }{
		{"no_such_order", "404404", body()},
		{"other_phone", "52000001", body("contactPhone", `"9000000002"`)},
		{"other_email", "52000006", body("email", `"else@example.test"`)},
		{"email_of_the_customer_record", "52000006", body("email", `"former@example.test"`)},
		{"no_email", "52000006", body("email", `""`)},
		{"other_account", "52000007", body("accountId", `"812"`)},
		{"no_customer", "52000002", body("contactPhone", `"9000000099"`)},
		{"unknown_account", "52000003", body()},
		{"customer_of_another_account", "52000004", body("accountId", `812`)},
		{"order_without_phone", "52000005", body("contactPhone", `"n/a"`)},
		{"phone_that_is_none", "52000008", body("contactPhone", `"call me"`)},
		{"withdrawal_of_another", "52000008", body("contactPhone", `"9000000002"`, "whatsAppStatus", `"INACTIVE"`)},
	}
	var first answer
	for i, tc := range tests {
		got := w.post(route+tc.id, tc.body)
		if got.Status != http.StatusNotFound || got.Body != failure {
			t.Errorf("%s: got %d %s, want 404 %s", tc.name, got.Status, got.Body, failure)
		}
		if i == 0 {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("%s can be told from %s:\n%s", tc.name, tests[0].name, diff)
		}
	}
	if state, entries := w.ledger(customerID(t, accountID, shopper)); state.Status != consent.Inactive || len(entries) != 1 {
		t.Errorf("customer is %s with %d entries, want untouched", state.Status, len(entries))
	}
}

// TestRefusalsReadAlike holds that no reason for a refusal can be told by how much was looked up.
func TestRefusalsReadAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.PutOrder("52000002", bytes.ReplaceAll(fixture(t), []byte(shopper), []byte("9000000099")))
	w.key() // warms what an instance caches
	reads := func(id, body string) map[string]int {
		w.cloud.Calls().Reset()
		asked := len(w.sim.Requests())
		w.post(route+id, body)
		got := w.cloud.Calls().Counts()
		delete(got, "google.firestore.v1.Firestore/Commit") // orders that do not exist are counted without a write
		got["platform"] = len(w.sim.Requests()) - asked
		return got
	}
	want := reads(orderID, body("contactPhone", `"9000000002"`))
	for name, got := range map[string]map[string]int{
		"no_such_order": reads("404404", body()),
		"other_account": reads(orderID, body("accountId", "5")),
		"other_email":   reads(orderID, body("email", `""`)),
		"no_customer":   reads("52000002", body("contactPhone", `"9000000099"`)),
	} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s looks up something else:\n%s", name, diff)
		}
	}
}

func TestPostBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		name, body, contentType string
		status                  int
		field                   string
	}{
		{"empty", "", "", 400, ""},
		{"truncated", body()[:40], "", 400, ""},
		{"array", `[]`, "", 400, ""},
		{"null", `null`, "", 400, ""},
		{"string", `"secret-words"`, "", 400, ""},
		{"two_values", body() + body(), "", 400, ""},
		{"html", `<html>secret-words</html>`, "", 400, ""},
		{"not_utf8", strings.Replace(body(), "Ira", "\xff", 1), "", 400, ""},
		{"deep", body("extra", strings.Repeat("[", 100)+strings.Repeat("]", 100)), "", 400, ""},
		{"too_large", body("extra", `"`+strings.Repeat("x", 1<<20)+`"`), "", 413, ""},
		{"phone_missing", body("contactPhone", "-"), "", 400, "contactPhone"},
		{"phone_number", body("contactPhone", "9000000001"), "", 400, "contactPhone"},
		{"phone_null", body("contactPhone", "null"), "", 400, "contactPhone"},
		{"phone_empty", body("contactPhone", `" "`), "", 400, "contactPhone"},
		{"name_missing", body("customerName", "-"), "", 400, "customerName"},
		{"name_object", body("customerName", `{"secret-words":1}`), "", 400, "customerName"},
		{"email_missing", body("email", "-"), "", 400, "email"},
		{"email_flag", body("email", "true"), "", 400, "email"},
		{"account_missing", body("accountId", "-"), "", 400, "accountId"},
		{"account_null", body("accountId", "null"), "", 400, "accountId"},
		{"account_array", body("accountId", "[811]"), "", 400, "accountId"},
		{"account_words", body("accountId", `"secret-words"`), "", 400, "accountId"},
		{"account_fraction", body("accountId", "811.5"), "", 400, "accountId"},
		{"account_exponent", body("accountId", "8e2"), "", 400, "accountId"},
		{"account_negative", body("accountId", "-811"), "", 400, "accountId"},
		{"account_zero", body("accountId", "0"), "", 400, "accountId"},
		{"account_long", body("accountId", strings.Repeat("9", 21)), "", 400, "accountId"},
		{"status_missing", body("whatsAppStatus", "-"), "", 400, "whatsAppStatus"},
		{"status_lower_case", body("whatsAppStatus", `"active"`), "", 400, "whatsAppStatus"},
		{"status_unreachable", body("whatsAppStatus", `"UNREACHABLE"`), "", 400, "whatsAppStatus"},
		{"status_flag", body("whatsAppStatus", `true`), "", 400, "whatsAppStatus"},
		{"key_in_another_case", strings.Replace(body(), "accountId", "accountid", 1), "", 400, "accountId"},
		{"form", "contactPhone=1", "application/x-www-form-urlencoded", 415, ""},
		{"text", body(), "text/plain", 415, ""},
		{"no_type", body(), "none", 415, ""},
		{"charset", body(), "application/json; charset=iso-8859-1", 415, ""},
	}
	before := w.writes()
	for _, tc := range tests {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, route+orderID, strings.NewReader(tc.body))
		switch tc.contentType {
		case "":
			r.Header.Set("Content-Type", "application/json; charset=UTF-8")
		case "none":
		default:
			r.Header.Set("Content-Type", tc.contentType)
		}
		a := w.do(r)
		p := problem(t, tc.name, a, tc.status)
		if got, _ := p["field"].(string); got != tc.field {
			t.Errorf("%s: field %q, want %q", tc.name, got, tc.field)
		}
		if strings.Contains(a.Body+w.logs.String(), "secret-words") {
			t.Errorf("%s: the input is quoted", tc.name)
		}
	}
	if n := w.writes() - before; n != 0 {
		t.Errorf("%d writes, want none", n)
	}
	if n := len(w.sim.Requests()); n != 0 {
		t.Errorf("the platform was asked %d times, want never", n)
	}
}

func TestPostWhilePlatformIsDown(t *testing.T) {
	t.Parallel()
	for _, mode := range []chaos.Mode{chaos.HTML502Before, chaos.TimeoutBefore, chaos.Malformed, chaos.WrongCredentials} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			down := simulator.Fault{System: "platform", Mode: mode}
			patient := w.handler
			w.handler = w.impatient()
			if err := w.sim.SetFaults([]simulator.Fault{down}); err != nil {
				t.Fatal(err)
			}
			problem(t, "nothing stored", w.post(route+orderID, body()), http.StatusServiceUnavailable)
			w.sim.ClearFaults()
			w.handler = patient
			w.key() // stores the order
			w.handler = w.impatient()
			if err := w.sim.SetFaults([]simulator.Fault{down}); err != nil {
				t.Fatal(err)
			}
			if a := w.post(route+orderID, body("email", `"else@example.test"`)); a.Status != http.StatusNotFound || a.Body != failure {
				t.Errorf("other email: got %d %s", a.Status, a.Body)
			}
			if a := w.post(route+orderID, body("accountId", `812`)); a.Status != http.StatusNotFound || a.Body != failure {
				t.Errorf("other account: got %d %s", a.Status, a.Body)
			}
			if a := w.post(route+orderID, body()); a.Status != http.StatusOK {
				t.Errorf("from the stored order: got %d %s", a.Status, a.Body)
			}
			if state, _ := w.ledger(customerID(t, accountID, shopper)); state.Status != consent.Active {
				t.Errorf("status = %s, want ACTIVE", state.Status)
			}
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	instances := []http.Handler{w.handler, w.build(), w.build()}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			asked := body()
			if i%2 == 1 {
				asked = withdrawal()
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, route+orderID, strings.NewReader(asked))
			r.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			instances[i%len(instances)].ServeHTTP(rec, r)
			if rec.Code != http.StatusOK {
				t.Errorf("POST %d = %d %s", i, rec.Code, rec.Body)
			}
		})
	}
	wg.Wait()
	state, entries := w.ledger(customerID(t, accountID, shopper))
	if len(entries) < 2 || len(entries) > 21 {
		t.Errorf("%d entries, want 2 to 21", len(entries))
	}
	want := map[consent.Status]string{consent.Active: "1", consent.Inactive: "0"}[state.Status]
	if got := w.key(); got != want {
		t.Errorf("key %q while the customer is %s", got, state.Status)
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
}

func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.key()
	w.post(route+orderID, body())
	w.post(route+orderID, body("email", `"else@example.test"`))
	w.post(route+orderID, body("whatsAppStatus", `"Ira"`))
	w.get(route + shopper)
	if err := w.sim.SetFaults([]simulator.Fault{{System: "platform", Mode: chaos.ResetBefore}}); err != nil {
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
	f := service.Function{
		Lookuper: config.Map(vars), Lifecycle: httpx.NewLifecycle(slog.New(slog.DiscardHandler), time.Second, w.clock),
		Options: service.Options{Clock: w.clock, Logger: slog.New(slog.DiscardHandler), ClientOptions: w.cloud.ClientOptions()},
	}
	built, err := subscribe.New(t.Context(), f)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	w.handler = built
	if got := w.key(); got != "0" {
		t.Errorf("key = %q, want 0", got)
	}
	for name, wrong := range map[string]string{"ORDER_LINK_KEY": "short", "PLATFORM_BASE_URL": "nowhere"} {
		f.Lookuper = config.First(config.Map(map[string]string{name: wrong}), config.Map(vars))
		if _, err := subscribe.New(t.Context(), f); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("New with a wrong %s: got %v, want an error that names it", name, err)
		}
	}
}
