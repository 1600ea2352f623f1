package brandapi_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	bob "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	project   = testkit.Project
	accountID = "811"
	slug      = "neem-and-co"
	otherID   = "812"
	otherSlug = "tulsi-house"
	orderID   = "51230077"
	number    = "NC-20417"
	foreignID = "51230079"
	shopper   = "9000000001"
	email     = "ira@example.test"
	phoneKey  = "a phone key for tests"
	guest     = "guest-key-of-neem-marked"
	oldGuest  = "former-guest-key-of-neem-marked"
	otherKey  = "guest-key-of-tulsi-marked"
	topic     = "projects/test/topics/order-actions"
	subName   = "projects/test/subscriptions/order-actions-kept"
)

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// world is a local cloud, a simulated platform with the fixtures' orders, and two accounts with their guest keys.
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
	local := testkit.Cloud(t, clk)
	if err := local.EnsureSubscriptions(t.Context(), []cloud.Subscription{{Name: subName, Topic: topic}}); err != nil {
		t.Fatalf("subscription: %v", err)
	}
	sim, url := testkit.Simulator(t, clk)
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
	for id, name := range map[string]string{accountID: slug, otherID: otherSlug} {
		if err := w.store.PutAccount(t.Context(), account.Account{ID: id, Slug: name}); err != nil {
			t.Fatalf("PutAccount: %v", err)
		}
	}
	for key, id := range map[string]string{guest: accountID, oldGuest: accountID, otherKey: otherID} {
		if err := w.store.PutGuestKey(t.Context(), key, id, start); err != nil {
			t.Fatalf("PutGuestKey: %v", err)
		}
	}
	for _, id := range []string{orderID, "51230078", foreignID} {
		w.put(id, fixture(t, id))
	}
	return w
}

func fixture(tb testing.TB, id string) []byte {
	tb.Helper()
	b, err := os.ReadFile("../../testdata/orders/" + id + ".json")
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// cancellable is an order of the fixtures that may still be cancelled.
func cancellable(tb testing.TB) []byte {
	tb.Helper()
	return bytes.ReplaceAll(fixture(tb, orderID), []byte(`"isCancellable": false`), []byte(`"isCancellable": true`))
}

// put gives the platform an order.
func (w *world) put(id string, body []byte) {
	w.Helper()
	w.sim.Platform().PutOrder(id, body)
}

// keep stores an order as the product does when it hears of it.
func (w *world) keep(owner, id string, body []byte) {
	w.Helper()
	keyer, err := phone.NewKeyer([]byte(phoneKey))
	if err != nil {
		w.Fatal(err)
	}
	o, err := orders.Parse(body)
	if err != nil {
		w.Fatal(err)
	}
	now := w.clock.Now()
	copied := orders.CopyOf(orders.ID{AccountID: owner, OrderID: id}, o, keyer, now, now.Add(time.Hour))
	if err := w.store.KeepOrder(w.Context(), copied); err != nil {
		w.Fatalf("KeepOrder: %v", err)
	}
}

// keepAll stores the fixtures' orders with their accounts.
func (w *world) keepAll() {
	w.Helper()
	w.keep(accountID, orderID, fixture(w, orderID))
	w.keep(accountID, "51230078", fixture(w, "51230078"))
	w.keep(otherID, foreignID, fixture(w, foreignID))
}

// orderOf is the first fixture as another order.
func orderOf(tb testing.TB, id, number, date string, changes ...string) []byte {
	tb.Helper()
	b := string(fixture(tb, orderID))
	pairs := append([]string{
		`"orderId": "` + orderID + `"`, `"orderId": "` + id + `"`,
		`"customerOrderNumber": "NC-20417"`, `"customerOrderNumber": "` + number + `"`,
		`"vendorOrderNumber": "#20417"`, `"vendorOrderNumber": "#` + strings.TrimPrefix(number, "NC-") + `"`,
		`"2024-02-10 05:35:02.0"`, `"` + date + `"`,
	}, changes...)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(b, pairs[i]) {
			tb.Fatalf("the fixture has no %s", pairs[i])
		}
		b = strings.ReplaceAll(b, pairs[i], pairs[i+1])
	}
	return []byte(b)
}

func (w *world) secret(id, value string) {
	w.Helper()
	if err := w.cloud.Secrets().Put(w.Context(), project, id, value); err != nil {
		w.Fatal(err)
	}
}

// build makes the function as another instance of it would be.
func (w *world) build(env ...string) http.Handler {
	w.Helper()
	vars := map[string]string{
		"GOOGLE_CLOUD_PROJECT": project, "PLATFORM_BASE_URL": w.platform, "BRANDAPI_RATE": "1000", "BRANDAPI_BURST": "1000",
		"BRANDAPI_UNKNOWN_KEYS": "1000",
	}
	for i := 0; i < len(env); i += 2 {
		vars[env[i]] = env[i+1]
	}
	handler, err := brandapi.New(w.Context(), testkit.Function(w, w.cloud, w.clock, w.logs, vars))
	if err != nil {
		w.Fatalf("New: %v", err)
	}
	return described.Hold(w, handler)
}

// answer is a response as a caller sees it.
type answer = testkit.Answer

func (w *world) do(method, path, key, body string, header ...string) answer {
	r := httptest.NewRequestWithContext(w.Context(), method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("X-Guest-Id", key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got := testkit.Serve(w.handler, r)
	got.Body = strings.TrimSpace(got.Body)
	return got
}

func (w *world) get(path string) answer { return w.do(http.MethodGet, path, guest, "") }

func (w *world) cancel(id string) answer {
	return w.do(http.MethodPost, "/cancel-order", guest, `{"id":"`+id+`","cancellationReason":"ordered twice","cancelledBy":"bot"}`)
}

// failure is the documented body of a failure.
func failure(status, text string) string {
	return `{"status":"failure","statusCode":` + status + `,"error":"` + text + `"}`
}

func (w *world) want(name string, got answer, status int, body string) {
	w.Helper()
	if got.Status != status || got.Body != body {
		w.Errorf("%s: got %d %s, want %d %s", name, got.Status, got.Body, status, body)
	}
}

// actions are the messages on order-actions so far.
func (w *world) actions() []*pubsubpb.PubsubMessage {
	w.Helper()
	resp, err := w.cloud.PubSub().Pull(w.Context(), &pubsubpb.PullRequest{Subscription: subName, MaxMessages: 100, ReturnImmediately: true})
	if err != nil {
		w.Fatalf("pull: %v", err)
	}
	var all []*pubsubpb.PubsubMessage
	var acks []string
	for _, m := range resp.GetReceivedMessages() {
		all = append(all, m.GetMessage())
		acks = append(acks, m.GetAckId())
	}
	if len(acks) > 0 {
		if _, err := w.cloud.PubSub().Acknowledge(w.Context(), &pubsubpb.AcknowledgeRequest{Subscription: subName, AckIds: acks}); err != nil {
			w.Fatalf("acknowledge: %v", err)
		}
	}
	return all
}

// shown decodes an answer.
func shown[T any](w *world, got answer) T {
	w.Helper()
	var v T
	if err := json.Unmarshal([]byte(got.Body), &v); got.Status != http.StatusOK || err != nil {
		w.Fatalf("got %d %s, %v", got.Status, got.Body, err)
	}
	return v
}

// bot is BusinessOnBot's side of the calls, over real HTTP.
func (w *world) bot(key string) bob.Caller {
	w.Helper()
	srv := httptest.NewServer(w.handler)
	w.Cleanup(srv.Close)
	return bob.Caller{BaseURL: srv.URL, GuestID: key, Client: srv.Client()}
}
