package subscribe_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	project   = testkit.Project
	accountID = "811"
	slug      = "neem-and-co"
	orderID   = "51230077"
	shopper   = "9000000001"
	email     = "ira@example.test"
	name      = "Ira Sample"
	phoneKey  = "a phone key for tests"
	route     = "/_ah/api/esb/v2/order/"
	failure   = `{"error":"failed to update customers","reason":"no entry exist in customer table"}`
)

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// world is a local cloud, a simulated platform with the fixture's order, and its customer, not subscribed.
type world struct {
	*testing.T
	clock    *clock.Manual
	cloud    *cloud.Cloud
	sim      *simulator.Simulator
	platform string
	store    *store.Store
	logs     *testkit.Log
	handler  http.Handler
}

func newWorld(t *testing.T, env ...string) *world {
	t.Helper()
	clk := clock.NewManual(start)
	sim, url := testkit.Simulator(t, clk)
	local := testkit.Cloud(t, clk)
	w := &world{
		T:        t,
		clock:    clk,
		cloud:    local,
		sim:      sim,
		platform: url + "/platform",
		store:    testkit.Store(t, local),
		logs:     &testkit.Log{},
	}
	w.secret("phone-key", phoneKey)
	w.handler = w.build(env...)
	for id, name := range map[string]string{accountID: slug, "812": "tulsi-house"} {
		if err := w.store.PutAccount(t.Context(), account.Account{ID: id, Slug: name}); err != nil {
			t.Fatalf("PutAccount: %v", err)
		}
	}
	sim.Platform().PutOrder(orderID, fixture(t))
	w.customer(accountID, shopper)
	return w
}

func fixture(tb testing.TB) []byte {
	tb.Helper()
	b, err := os.ReadFile("../../testdata/orders/51230077.json")
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func (w *world) secret(id, value string) {
	w.Helper()
	if err := w.cloud.Secrets().Put(w.Context(), project, id, value); err != nil {
		w.Fatal(err)
	}
}

// build makes the function as another instance of it would be, with its answers held to the description.
func (w *world) build(env ...string) http.Handler {
	w.Helper()
	return described.Hold(w, w.unheld(env...))
}

// unheld is build without the description.
func (w *world) unheld(env ...string) http.Handler {
	w.Helper()
	vars := w.variables()
	for i := 0; i < len(env); i += 2 {
		vars[env[i]] = env[i+1]
	}
	handler, err := subscribe.New(w.Context(), testkit.Function(w, w.cloud, w.clock, w.logs, vars))
	if err != nil {
		w.Fatalf("New: %v", err)
	}
	return handler
}

func (w *world) variables() map[string]string {
	return map[string]string{
		"GOOGLE_CLOUD_PROJECT": project, "PLATFORM_BASE_URL": w.platform,
		"PORTAL_ORIGINS": "https://portal.example.com, https://other.example.com",
	}
}

func customerID(tb testing.TB, of, number string) string {
	tb.Helper()
	keyer, err := phone.NewKeyer([]byte(phoneKey))
	if err != nil {
		tb.Fatal(err)
	}
	n, err := phone.Parse(number, "IN")
	if err != nil {
		tb.Fatal(err)
	}
	return store.CustomerID(of, keyer.Key(n))
}

func (w *world) customer(of, number string) string {
	w.Helper()
	id := customerID(w, of, number)
	entry, state, _ := consent.Record(consent.For(id), consent.Entry{
		Action: consent.Seen, Source: consent.OrderEvent, Purpose: consent.OrderUpdates, Actor: "platform",
		OccurredAt: start, RecordedAt: start,
	})
	err := w.store.CreateCustomer(w.Context(), store.Customer{
		ID: id, AccountID: of, Phone: "+91" + number, Email: "former@example.test", Consent: state,
	}, entry...)
	if err != nil {
		w.Fatalf("CreateCustomer: %v", err)
	}
	return id
}

// answer is a response as a caller sees it.
type answer = testkit.Answer

func (w *world) do(r *http.Request) answer {
	return testkit.Serve(w.handler, r)
}

func (w *world) get(path string) answer {
	return w.do(httptest.NewRequestWithContext(w.Context(), http.MethodGet, path, nil))
}

func (w *world) post(path, body string) answer {
	r := httptest.NewRequestWithContext(w.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return w.do(r)
}

// key is the order's WhatsApp key as the portal reads it.
func (w *world) key() string {
	w.Helper()
	a := w.get(route + orderID)
	var o struct {
		Key string `json:"isWhatsAppEnabledForNotifications"`
	}
	if err := json.Unmarshal([]byte(a.Body), &o); a.Status != http.StatusOK || err != nil {
		w.Fatalf("GET = %d, %v", a.Status, err)
	}
	return o.Key
}

// ledger reads and verifies the customer's ledger and returns its actions.
func (w *world) ledger(id string) (consent.State, []consent.Entry) {
	w.Helper()
	c, err := w.store.Customer(w.Context(), id)
	if err != nil {
		w.Fatalf("Customer: %v", err)
	}
	entries, err := w.store.Ledger(w.Context(), id)
	if err != nil {
		w.Fatalf("Ledger: %v", err)
	}
	if err := c.Consent.Verify(entries); err != nil {
		w.Fatalf("ledger does not verify: %v", err)
	}
	if got := consent.Fold(entries).Status; got != c.Consent.Status {
		w.Fatalf("the ledger folds to %s, the customer has %s", got, c.Consent.Status)
	}
	return c.Consent, entries
}

// writes counts the writes of the store.
func (w *world) writes() int { return w.cloud.Calls().Count("Firestore/Commit") }

// body is a POST's body with some of the values changed; "-" leaves a key out, other values are JSON.
func body(changes ...string) string {
	values := map[string]string{
		"contactPhone": `"` + shopper + `"`, "customerName": `"` + name + `"`, "email": `"` + email + `"`,
		"accountId": `"` + accountID + `"`, "whatsAppStatus": `"ACTIVE"`,
	}
	keys := []string{"contactPhone", "customerName", "email", "accountId", "whatsAppStatus"}
	for i := 0; i < len(changes); i += 2 {
		if _, known := values[changes[i]]; !known {
			keys = append(keys, changes[i])
		}
		values[changes[i]] = changes[i+1]
	}
	var members []string
	for _, k := range keys {
		if values[k] != "-" {
			members = append(members, `"`+k+`":`+values[k])
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// impatient makes an instance that soon gives up on the platform.
func (w *world) impatient() http.Handler { return w.build("PLATFORM_TIMEOUT", "200ms") }

func withdrawal() string { return body("whatsAppStatus", `"INACTIVE"`) }
