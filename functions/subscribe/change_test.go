package subscribe_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

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
		{"subscribe_again", body(), done, "1", 1},
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
		NoticeVersion: "wa-order-updates/en/1", Actor: "anyone with the order's data",
	}
	withdraw := consent.Entry{Action: consent.Withdraw, Source: "customer_portal_checkbox", Purpose: consent.Everything, SourceRef: "order:51230077", Actor: "anyone with the order's data"}
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
	if err := w.store.ChangeConsent(t.Context(), c, next, entry...); err != nil {
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
		{"phone_with_invisible_characters", "", body("contactPhone", "\"\u202a+91\u00a090000\u201100001\u202c\""), `"contactPhone":`},
		{"phone_link", "", body("contactPhone", `"tel:+919000000001"`), `"tel:+919000000001"`},
		{"phone_as_number", "", body("contactPhone", `9000000001`), `{"contactPhone":9000000001,`},
		{"phone_as_number_with_code", "", body("contactPhone", `919000000001`), `{"contactPhone":919000000001,`},
		{"phone_as_float", "", body("contactPhone", `9000000001.0`), `{"contactPhone":9000000001.0,`},
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
				w.sim.Platform().PutOrder(orderID, bytes.ReplaceAll(fixture(t), []byte(from), []byte(to)))
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
	w.sim.Platform().PutOrder("52000001", raw)
	w.sim.Platform().PutOrder("52000003", change(slug, "nobody"))
	w.sim.Platform().PutOrder("52000004", change(slug, "tulsi-house"))
	w.sim.Platform().PutOrder("52000005", change(shopper, "n/a"))
	w.sim.Platform().PutOrder("52000006", raw)
	w.sim.Platform().PutOrder("52000007", raw)
	w.sim.Platform().PutOrder("52000008", raw)
	tests := []struct{ name, id, body string }{
		{"no_such_order", "404404", body()},
		{"other_phone", "52000001", body("contactPhone", `"9000000002"`)},
		{"other_email", "52000006", body("email", `"else@example.test"`)},
		{"email_of_the_customer_record", "52000006", body("email", `"former@example.test"`)},
		{"no_email", "52000006", body("email", `""`)},
		{"other_account", "52000007", body("accountId", `"812"`)},
		{"unknown_account", "52000003", body()},
		{"order_of_another_account", "52000004", body()},
		{"unknown_account_in_the_body", "52000003", body("accountId", `999`)},
		{"order_without_phone", "52000005", body("contactPhone", `"n/a"`)},
		{"user_id_for_a_phone", "52000008", body("contactPhone", `"IN.9000000001"`)},
		{"whatsapp_address_for_a_phone", "52000008", body("contactPhone", `"whatsapp:+919000000001"`)},
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

// TestRefusalsReadAlike holds that no reason for a refusal can be told by what was called, in an instance that has nothing cached
// and in one that has.
func TestRefusalsReadAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.Platform().PutOrder("52000002", bytes.ReplaceAll(fixture(t), []byte(shopper), []byte("9000000099")))
	w.sim.Platform().PutOrder("52000003", bytes.ReplaceAll(fixture(t), []byte(slug), []byte("nobody")))
	w.sim.Platform().PutOrder("52000004", bytes.ReplaceAll(fixture(t), []byte(shopper), []byte("n/a")))
	calls := func(id, body string) map[string]int {
		w.cloud.Calls().Reset()
		asked := w.asked()
		if a := w.post(route+id, body); a.Status != http.StatusNotFound {
			t.Errorf("%s: got %d", id, a.Status)
		}
		got := w.cloud.Calls().Counts()
		got["platform"] = w.asked() - asked
		return got
	}
	for _, unknownAccount := range []string{accountID, "5"} {
		w.handler = w.build()
		first := calls("404404", body("accountId", unknownAccount))
		again := calls("404404", body("accountId", unknownAccount))
		for name, tc := range map[string][2]string{
			"other_phone":     {orderID, body("contactPhone", `"9000000002"`, "accountId", unknownAccount)},
			"other_email":     {orderID, body("email", `""`, "accountId", unknownAccount)},
			"other_shopper":   {"52000002", body("accountId", unknownAccount)},
			"unknown_account": {"52000003", body("accountId", unknownAccount)},
			"no_phone":        {"52000004", body("accountId", unknownAccount)},
		} {
			w.handler = w.build()
			if diff := cmp.Diff(first, calls(tc[0], tc[1])); diff != "" {
				t.Errorf("%s, nothing cached, calls something else than no_such_order:\n%s", name, diff)
			}
			if diff := cmp.Diff(again, calls(tc[0], tc[1])); diff != "" {
				t.Errorf("%s, again, calls something else than no_such_order:\n%s", name, diff)
			}
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
		{"phone_fraction", body("contactPhone", "9000000001.5"), "", 400, "contactPhone"},
		{"phone_exponent", body("contactPhone", "9e9"), "", 400, "contactPhone"},
		{"phone_negative", body("contactPhone", "-9000000001"), "", 400, "contactPhone"},
		{"phone_zero", body("contactPhone", "0"), "", 400, "contactPhone"},
		{"phone_flag", body("contactPhone", "true"), "", 400, "contactPhone"},
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
	if n := len(w.sim.Log().Requests()); n != 0 {
		t.Errorf("the platform was asked %d times, want never", n)
	}
}

func TestPostWhilePlatformIsDown(t *testing.T) {
	t.Parallel()
	for _, mode := range []chaos.Mode{chaos.HTML502Before, chaos.TimeoutBefore, chaos.Malformed, chaos.WrongCredentials} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sim.Platform().PutOrder("52000009", fixture(t))
			down := simulator.Fault{System: "platform", Mode: mode}
			patient := w.handler
			w.handler = w.impatient()
			if err := w.sim.Faults().Set([]simulator.Fault{down}); err != nil {
				t.Fatal(err)
			}
			problem(t, "nothing stored", w.post(route+orderID, body()), http.StatusServiceUnavailable)
			w.sim.Faults().Clear()
			w.handler = patient
			w.key() // stores the order
			w.handler = w.impatient()
			if err := w.sim.Faults().Set([]simulator.Fault{down}); err != nil {
				t.Fatal(err)
			}
			// Nobody can tell by a guess that this order has a copy.
			none := w.post(route+"52000009", body())
			problem(t, "no copy", none, http.StatusServiceUnavailable)
			for name, wrong := range map[string]string{"email": body("email", `"else@example.test"`), "account": body("accountId", `812`)} {
				a := w.post(route+orderID, wrong)
				problem(t, "other "+name, a, http.StatusServiceUnavailable)
				if diff := cmp.Diff(none, a); diff != "" {
					t.Errorf("other %s: told from an order without a copy:\n%s", name, diff)
				}
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
