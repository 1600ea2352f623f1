package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	token  = "token-of-tests"
	secret = "signing-secret-of-tests"
	topic  = "projects/" + testkit.Project + "/topics/provider-events"
)

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// world is the function on a local cloud, with one app at each provider that has callbacks. Their URLs have one token, each
// with the provider's name.
type world struct {
	*testing.T
	clock   *clock.Manual
	cloud   *cloud.Cloud
	logs    *testkit.Log
	handler http.Handler

	mu        sync.Mutex
	published []*pb.PubsubMessage
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clk := clock.NewManual(start)
	w := &world{T: t, clock: clk, cloud: testkit.Cloud(t, clk), logs: &testkit.Log{}}
	w.must(w.cloud.EnsureTopics(t.Context(), topic))
	w.must(w.cloud.Secrets().Put(t.Context(), testkit.Project, "signing", secret))
	db := testkit.Store(t, w.cloud)
	for name, hook := range map[string]store.Webhook{
		gupshup.Name: {},
		kaleyra.Name: {Signing: []string{"signing"}},
		meta.Name: {
			Signing:     []string{"signing"},
			ProviderIDs: map[string]string{meta.KeyPhoneNumberID: "118200334455667", meta.KeyWABAID: "204411990088"},
		},
	} {
		hook.Provider, hook.AppID, hook.AccountID = name, name+"-neem", "811"
		w.must(db.PutWebhook(t.Context(), name+"-"+token, hook))
	}
	w.cloud.PubSub().OnPublish(func(_ string, m *pb.PubsubMessage) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.published = append(w.published, m)
	})

	var err error
	w.handler, err = webhook.New(t.Context(), testkit.Function(t, w.cloud, clk, w.logs, map[string]string{"GOOGLE_CLOUD_PROJECT": testkit.Project}))
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// call is one request of a provider.
type call struct {
	method, provider, token, query string
	body                           []byte
	header                         map[string]string
}

func (w *world) do(c call) testkit.Answer {
	w.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.token == "" {
		c.token = c.provider + "-" + token
	}
	r := httptest.NewRequestWithContext(w.Context(), c.method, "/"+c.provider+"/"+c.token+c.query, bytes.NewReader(c.body))
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	return testkit.Serve(w.handler, r)
}

// onlyGranted holds that all calls were such as the function has the right to, where it is deployed (terraform/modules/product/grants.tf): it reads
// documents and secrets, and publishes. Of all functions it alone may write no document.
func (w *world) onlyGranted() {
	w.Helper()
	granted := []string{
		"google.firestore.v1.Firestore/BatchGetDocuments", "google.firestore.v1.Firestore/RunQuery",
		"google.pubsub.v1.Publisher/Publish", "google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion",
	}
	for method := range w.cloud.Calls().Counts() {
		if !slices.Contains(granted, method) {
			w.Errorf("webhook calls %s, which it has no right to", method)
		}
	}
}

// kinds are the kinds of the events that were published, by the attributes.
func (w *world) kinds() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var kinds []string
	for _, m := range w.published {
		kinds = append(kinds, m.GetAttributes()[provider.AttributeKind])
	}
	return kinds
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// signed returns the header that proves a body to be Meta's.
func signed(body []byte, key string) map[string]string {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write(body) // a hash takes everything
	return map[string]string{"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil))}
}

func TestPost(t *testing.T) {
	t.Parallel()
	delivered := fixture(t, "gupshup/webhook/delivered.json")
	two := fixture(t, "meta/webhook/two_messages_of_two_shoppers.json")
	odd := fixture(t, "meta/webhook/text_of_another_form.json")
	marked := append([]byte("\xef\xbb\xbf"), two...)
	broken := bytes.Replace(two, []byte(`"body": "`), []byte("\"body\": \"\xff"), 1)
	manyIDs := bytes.ReplaceAll(delivered, []byte("wamid.TESTOUT0001"), bytes.Repeat([]byte("x"), 600))
	for _, tc := range []struct {
		name  string
		call  call
		want  int
		kinds []string
	}{
		{"status", call{provider: gupshup.Name, body: delivered}, http.StatusOK, []string{"status"}},
		{"signed_batch", call{provider: meta.Name, body: two, header: signed(two, secret)}, http.StatusOK, []string{"reply", "reply"}},
		{"secret_in_header", call{provider: kaleyra.Name, body: fixture(t, "kaleyra/webhook/sent.json"), header: map[string]string{kaleyra.CallbackHeader: secret}}, http.StatusOK, []string{"status"}},
		{"event_of_no_use", call{provider: meta.Name, body: []byte(`{"object":"whatsapp_business_account","entry":[]}`), header: signed([]byte(`{"object":"whatsapp_business_account","entry":[]}`), secret)}, http.StatusOK, []string{"ignored"}},
		{"format_that_no_parser_knows", call{provider: gupshup.Name, body: []byte(`["weather"]`)}, http.StatusOK, []string{"raw", "shape"}},
		{"not_json", call{provider: gupshup.Name, body: []byte(`{"a":`)}, http.StatusOK, []string{"raw", "shape"}},
		{"too_deep", call{provider: gupshup.Name, body: []byte(strings.Repeat("[", 65) + strings.Repeat("]", 65))}, http.StatusOK, []string{"raw", "shape"}},
		{"one_byte_that_is_not_utf8", call{provider: meta.Name, body: broken, header: signed(broken, secret)}, http.StatusOK, []string{"reply", "reply"}},
		{"byte_order_mark", call{provider: meta.Name, body: marked, header: signed(marked, secret)}, http.StatusOK, []string{"reply", "reply"}},
		{"event_that_is_not_valid", call{provider: gupshup.Name, body: manyIDs}, http.StatusOK, []string{"status"}},
		{"one_item_that_no_parser_knows", call{provider: meta.Name, body: odd, header: signed(odd, secret)}, http.StatusOK, []string{"reply", "raw"}},

		{"method", call{method: http.MethodPut, provider: gupshup.Name, body: delivered}, http.StatusMethodNotAllowed, nil},
		{"unknown_token", call{provider: gupshup.Name, token: "nobodys", body: delivered}, http.StatusNotFound, nil},
		{"token_of_another_provider", call{provider: gupshup.Name, token: meta.Name + "-" + token, body: delivered}, http.StatusNotFound, nil},
		{"long_token", call{provider: gupshup.Name, token: strings.Repeat("x", 129), body: delivered}, http.StatusNotFound, nil},
		{"path_below_the_token", call{provider: gupshup.Name, token: gupshup.Name + "-" + token + "/more", body: delivered}, http.StatusNotFound, nil},
		{"unknown_provider", call{provider: "courier", body: delivered}, http.StatusNotFound, nil},
		{"provider_without_callbacks", call{provider: "businessonbot", body: delivered}, http.StatusNotFound, nil},
		{"no_signature", call{provider: meta.Name, body: two}, http.StatusUnauthorized, nil},
		{"wrong_signature", call{provider: meta.Name, body: two, header: signed(two, "guess")}, http.StatusUnauthorized, nil},
		{"wrong_secret_in_header", call{provider: kaleyra.Name, body: delivered, header: map[string]string{kaleyra.CallbackHeader: "guess"}}, http.StatusUnauthorized, nil},
		{"too_large", call{provider: gupshup.Name, body: bytes.Repeat([]byte(" "), httpx.MaxWebhookBody+1)}, http.StatusRequestEntityTooLarge, nil},
		{"empty", call{provider: gupshup.Name, body: []byte(" \n")}, http.StatusBadRequest, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.cloud.Calls().Reset()

			got := w.do(tc.call)

			w.onlyGranted()
			if got.Status != tc.want || tc.want == http.StatusOK && got.Body != "" {
				t.Errorf("got %d %s, want %d", got.Status, got.Body, tc.want)
			}
			if diff := cmp.Diff(tc.kinds, w.kinds()); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			if log := w.logs.String(); strings.Contains(log, secret) || strings.Contains(log, token) || strings.Contains(log, "919000000007") {
				t.Errorf("the log shows a secret, a token or a number: %s", log)
			}
		})
	}
}

// TestTokenOfTheOldForm holds that a token's document from before it named the provider's ids is still good: the events of an
// app that nothing tells from others are all its own.
func TestTokenOfTheOldForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(testkit.Store(t, w.cloud).PutWebhook(t.Context(), "old-"+token, store.Webhook{
		Provider:  meta.Name,
		AppID:     "meta-neem",
		AccountID: "811",
		Signing:   []string{"signing"},
	}))
	body := fixture(t, "meta/webhook/two_messages_of_two_shoppers.json")

	got := w.do(call{provider: meta.Name, token: "old-" + token, body: body, header: signed(body, secret)})

	if diff := cmp.Diff([]string{"reply", "reply"}, w.kinds()); got.Status != http.StatusOK || diff != "" {
		t.Errorf("got %d, published (-want +got):\n%s", got.Status, diff)
	}
}

func TestPublishedEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.do(call{provider: gupshup.Name, body: fixture(t, "gupshup/webhook/delivered.json")}); got.Status != http.StatusOK {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}

	m := w.published[0]
	want := map[string]string{"kind": "status", "provider": gupshup.Name, "app": "gupshup-neem", "account": "811"}
	if diff := cmp.Diff(want, m.GetAttributes()); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	const data = `{"schema":4,"kind":"status","at":1780000110000,"receivedAt":1795150212000,"status":{"ids":` +
		`["5a1d0f6e-2222-4333-8444-0123456789ab","wamid.TESTOUT0001"],"status":"delivered","recipient":"919000000007"}}`
	if diff := cmp.Diff(data, string(m.GetData())); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	verify, err := meta.VerifyToken(provider.App{ID: "meta-neem", Signing: []config.Secret{config.NewSecret(secret)}})
	if err != nil {
		t.Fatal(err)
	}
	flagged := "?" + strings.TrimSpace(string(fixture(t, "kaleyra/webhook/quality_flagged.query")))
	shown := map[string]string{kaleyra.CallbackHeader: secret}
	for _, tc := range []struct {
		name  string
		call  call
		want  int
		body  string
		kinds []string
	}{
		{"url_is_there", call{provider: gupshup.Name}, http.StatusOK, "", nil},
		{"url_is_there_with_a_query", call{provider: gupshup.Name, query: "?a=1"}, http.StatusOK, "", nil},
		{"head", call{method: http.MethodHead, provider: meta.Name}, http.StatusOK, "", nil},
		{"handshake", call{provider: meta.Name, query: "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=" + verify}, http.StatusOK, "1158201444", nil},
		{"callback_as_a_query", call{provider: kaleyra.Name, query: flagged, header: shown}, http.StatusOK, "", []string{"account", "account"}},

		{"unknown_token", call{provider: gupshup.Name, token: "nobodys"}, http.StatusNotFound, "", nil},
		{"handshake_with_a_wrong_token", call{provider: meta.Name, query: "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=guess"}, http.StatusForbidden, "", nil},
		{"query_without_the_secret", call{provider: kaleyra.Name, query: flagged}, http.StatusUnauthorized, "", nil},
		{"query_that_is_no_callback", call{provider: kaleyra.Name, query: "?a=1", header: shown}, http.StatusBadRequest, "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tc.call.method == "" {
				tc.call.method = http.MethodGet
			}

			got := w.do(tc.call)

			if got.Status != tc.want || tc.want == http.StatusOK && got.Body != tc.body {
				t.Errorf("got %d %s, want %d %s", got.Status, got.Body, tc.want, tc.body)
			}
			if diff := cmp.Diff(tc.kinds, w.kinds()); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBackendDown has each backend fail: what was not made durable is not acknowledged, and the provider posts it again.
func TestBackendDown(t *testing.T) {
	t.Parallel()
	two := fixture(t, "meta/webhook/two_messages_of_two_shoppers.json")
	for _, tc := range []struct {
		name, method string
		mode         cloud.Mode
	}{
		{"token_not_read", "BatchGetDocuments", cloud.FailBefore},
		{"secret_not_read", "AccessSecretVersion", cloud.FailBefore},
		{"not_published", "Publisher/Publish", cloud.FailBefore},
		{"published_without_an_answer", "Publisher/Publish", cloud.FailAfter},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			post := call{provider: meta.Name, body: two, header: signed(two, secret)}
			id, err := w.cloud.Rules().Add(cloud.Rule{Method: tc.method, Mode: tc.mode, Code: codes.PermissionDenied})
			w.must(err)

			if got := w.do(post); got.Status < http.StatusInternalServerError {
				t.Errorf("got %d %s, want a 5xx", got.Status, got.Body)
			}

			w.cloud.Rules().Remove(id)
			if got := w.do(post); got.Status != http.StatusOK {
				t.Errorf("again: got %d %s, want 200", got.Status, got.Body)
			}
			if kinds := w.kinds(); len(kinds) < 2 {
				t.Errorf("got %v published, want both events", kinds)
			}
		})
	}
}

// TestDuplicate posts one callback twice: both are acknowledged and published, since receive tells them apart.
func TestDuplicate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		if got := w.do(call{provider: gupshup.Name, body: fixture(t, "gupshup/webhook/delivered.json")}); got.Status != http.StatusOK {
			t.Errorf("got %d %s, want 200", got.Status, got.Body)
		}
	}
	if diff := cmp.Diff([]string{"status", "status"}, w.kinds()); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

// TestSaidAgain posts a message that names neither an id nor a time, by POST and by GET: what comes at once is one message, what comes
// minutes later is another.
func TestSaidAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]call{
		"body":  {provider: kaleyra.Name, body: []byte(`{"from":"919000000007","type":"text","body":"STOP"}`)},
		"query": {method: http.MethodGet, provider: kaleyra.Name, query: "?from=919000000007&type=text&body=STOP&id=%3Cid%3E"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.header = map[string]string{kaleyra.CallbackHeader: secret}
			for _, later := range []time.Duration{0, 20 * time.Second, 2 * time.Minute} {
				w.clock.Advance(later)
				if got := w.do(c); got.Status != http.StatusOK {
					t.Fatalf("got %d %s", got.Status, got.Body)
				}
			}

			var ids []string
			for _, m := range w.published {
				e, err := provider.DecodeEvent(m.GetData())
				if err == nil && e.Kind == provider.KindShape {
					continue
				}
				if err != nil || e.Reply == nil {
					t.Fatalf("got %s, %v", m.GetData(), err)
				}
				ids = append(ids, e.Reply.ID)
			}
			if len(ids) != 3 || ids[0] != ids[1] || ids[1] == ids[2] {
				t.Errorf("got %q, want two the same and another", ids)
			}
		})
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(start)
	f := testkit.Function(t, testkit.Cloud(t, clk), clk, &testkit.Log{}, nil)
	if _, err := webhook.New(t.Context(), f); err == nil || err.Error() != "GOOGLE_CLOUD_PROJECT is required" {
		t.Errorf("got %v, want the variable named", err)
	}
}

// TestSigningSecretGone goes on with the secrets that are left, and takes nothing once none is.
func TestSigningSecretGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := testkit.Store(t, w.cloud)
	body := fixture(t, "meta/webhook/account_alert.json")
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body)
	header := map[string]string{"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil))}
	for token, tt := range map[string]struct {
		signing []string
		status  int
	}{
		"one-left":  {[]string{"gone", "signing", "gone-too"}, http.StatusOK},
		"none-left": {[]string{"gone"}, http.StatusNotFound},
	} {
		w.must(db.PutWebhook(t.Context(), token, store.Webhook{
			Provider: meta.Name, AppID: "meta-neem", AccountID: "811", Signing: tt.signing,
			ProviderIDs: map[string]string{meta.KeyPhoneNumberID: "118200334455667", meta.KeyWABAID: "204411990088"},
		}))
		if got := w.do(call{provider: meta.Name, token: token, body: body, header: header}); got.Status != tt.status {
			t.Errorf("%s: got %d %s, want %d", token, got.Status, got.Body, tt.status)
		}
	}
}
