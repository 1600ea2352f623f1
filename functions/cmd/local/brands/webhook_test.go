package brands_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	signature = "X-Hub-Signature-256"
	// A second app of Meta and of Kaleyra, of another account, beside the demo's.
	otherMeta, otherMetaToken, otherMetaSecret          = "meta-tulsi", "token-of-the-other-meta-app", "the app secret of the other app"
	otherNumber, otherWABA                              = "200000000000812", "100000000000812"
	otherKaleyra, otherKaleyraToken, otherKaleyraSecret = "kaleyra-tulsi", "token-of-the-other-kaleyra-app", "the callback secret of the other app"
	// rotating is a token of the demo's Meta app while its secret is being replaced by newSecret.
	rotating, newSecret = "token-of-the-app-that-rotates", "the app secret that comes next"
)

// sign is Meta's signature of a body.
func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body) // a hash takes everything
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// metaBody is an envelope of Meta with a number's news.
func metaBody(app account.App, value string) []byte {
	return fmt.Appendf(
		nil, `{"object":"whatsapp_business_account","entry":[{"id":%q,"changes":[{"field":"messages","value":{"messaging_product":"whatsapp",`+
			`"metadata":{"display_phone_number":%q,"phone_number_id":%q},%s}}]}]}`,
		app.ProviderIDs[meta.KeyWABAID], app.Number, app.ProviderIDs[meta.KeyPhoneNumberID], value,
	)
}

// escaped is a message whose text is not plain ASCII, spelled as Meta spells it.
const escaped = `"messages":[{"from":"919000000077","id":"wamid.ESCAPED","timestamp":"1795003600","type":"text",` +
	`"text":{"body":"\u0927\u0928\u094d\u092f\u0935\u093e\u0926 \ud83d\ude4f http:\/\/shop.example.com\/t\/1"}}]`

// TestKaleyraReportsByReferenceAlone holds that a report which names our reference and no id of Kaleyra's is believed: that
// both ids are one is documented nowhere.
func TestKaleyraReportsByReferenceAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	s := r.subscribe(jasmine)
	for n, bare := range []bool{false, true} {
		r.Must(r.Simulator.Kaleyra().SetBehaviour(demo.JasmineApp, simkaleyra.Behaviour{
			Behaviour: tenant.Behaviour{Callbacks: true, AutoRead: true}, OmitID: true, Literals: !bare, MetaShape: bare,
		}))
		r.happen(jasmine, s, "shipment/failed_delivery", n)
		r.logged(jasmine, n, message.StatusRead)
	}
}

// TestKaleyraTemplateNewsReachesTemplatesByName holds that news of a template, which names Meta's id, reaches a setting that
// knows it by name and language: Kaleyra's list of templates is not documented to have ids.
func TestKaleyraTemplateNewsReachesTemplatesByName(t *testing.T) {
	t.Parallel()
	const event, name = "shipment/out_for_delivery", "out_for_delivery_by_name"
	r := newRig(t, rigOptions{})
	r.Must(r.Simulator.Kaleyra().PutTemplate(demo.JasmineApp, simkaleyra.NewTemplate(
		"900000000000777", name, simkaleyra.Content{Body: "Your order is almost there."},
	)))
	a, err := r.Parts.Store.Account(t.Context(), jasmine.account)
	r.Must(err)
	a.Events[event] = account.Event{Enabled: true, TemplateID: name + ":en"}
	r.Must(r.Parts.Store.PutAccount(t.Context(), a))
	s := r.subscribe(jasmine)
	r.happen(jasmine, s, event, 0)
	r.logged(jasmine, 0, message.StatusRead)
	for _, step := range []struct{ status, held string }{{"Paused", "template"}, {"Approved", ""}} {
		r.Must(r.Simulator.Kaleyra().SetTemplateStatus(demo.JasmineApp, name, "en", step.status, ""))
		r.Rest()
		a, err = r.Parts.Store.Account(t.Context(), jasmine.account)
		r.Must(err)
		if got := a.Events[event].Health.Reason; string(got) != step.held {
			t.Errorf("%s: the event is held for %q, want %q", step.status, got, step.held)
		}
	}
}

// others installs what is of another account, and a token of an app with two secrets.
func (r *rig) others() {
	r.Helper()
	for name, value := range map[string]string{otherMeta: otherMetaSecret, otherKaleyra: otherKaleyraSecret, rotating: newSecret} {
		r.putSecret(name, value)
	}
	app := r.app(demo.MarigoldID)
	for token, c := range map[string]store.Webhook{
		otherMetaToken: {
			Provider: meta.Name, AppID: otherMeta, AccountID: demo.TulsiID, Signing: []string{otherMeta},
			ProviderIDs: map[string]string{meta.KeyPhoneNumberID: otherNumber, meta.KeyWABAID: otherWABA},
		},
		otherKaleyraToken: {Provider: kaleyra.Name, AppID: otherKaleyra, AccountID: demo.TulsiID, Signing: []string{otherKaleyra}},
		rotating: {
			Provider: meta.Name, AppID: app.ID, AccountID: demo.MarigoldID, ProviderIDs: app.ProviderIDs,
			Signing: []string{"meta-marigold-app-secret", rotating},
		},
	} {
		r.Must(r.Parts.Store.PutWebhook(r.Context(), token, c))
	}
}

// post posts a callback and checks the answer's status, and how many events became durable by then.
func (r *rig) post(what, method, path string, body []byte, status, events int, header ...string) {
	r.Helper()
	before := r.Callbacks()
	got, answer := r.Do(method, path, body, header...)
	if got != status {
		r.Errorf("%s: got %d %s, want %d", what, got, answer, status)
	}
	if n := int(r.Callbacks() - before); n != events {
		r.Errorf("%s: %d events were published, want %d", what, n, events)
	}
}

func TestMetaSignatures(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true})
	r.others()
	secret := r.Secret("meta-marigold-app-secret")
	body := metaBody(r.app(demo.MarigoldID), escaped)
	var parsed any
	r.Must(json.Unmarshal(body, &parsed))
	reencoded, err := json.Marshal(parsed)
	r.Must(err)
	if bytes.Equal(body, reencoded) {
		t.Fatal("the body is the same when it is encoded again")
	}
	own, rotates := r.Webhook(meta.Name, "marigold"), "/webhook/meta/"+rotating
	for _, tc := range []struct {
		name, path, signature string
		body                  []byte
		status                int
	}{
		{"valid, with escaped unicode", own, sign(secret, body), body, http.StatusOK},
		{"valid, over what was encoded again and sent so", own, sign(secret, reencoded), reencoded, http.StatusOK},
		{"right over a body that was encoded again", own, sign(secret, reencoded), body, http.StatusUnauthorized},
		{"wrong", own, sign("a wrong secret", body), body, http.StatusUnauthorized},
		{"missing", own, "", body, http.StatusUnauthorized},
		{"without its prefix", own, strings.TrimPrefix(sign(secret, body), "sha256="), body, http.StatusUnauthorized},
		{"cut off", own, sign(secret, body)[:40], body, http.StatusUnauthorized},
		{"of another app's secret", own, sign(otherMetaSecret, body), body, http.StatusUnauthorized},
		{"of this app at another app's token", "/webhook/meta/" + otherMetaToken, sign(secret, body), body, http.StatusUnauthorized},
		{"of the older of two secrets", rotates, sign(secret, body), body, http.StatusOK},
		{"of the newer of two secrets", rotates, sign(newSecret, body), body, http.StatusOK},
		{"of neither of two secrets", rotates, sign(otherMetaSecret, body), body, http.StatusUnauthorized},
		{"of the newer secret where it is not known", own, sign(newSecret, body), body, http.StatusUnauthorized},
	} {
		events := 0
		if tc.status == http.StatusOK {
			events = 1
		}
		var header []string
		if tc.signature != "" {
			header = []string{signature, tc.signature}
		}
		r.post(tc.name, http.MethodPost, tc.path, tc.body, tc.status, events, header...)
	}
}

func TestMetaHandshake(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true})
	app := provider.App{ID: demo.MarigoldApp, Signing: []config.Secret{config.NewSecret(r.Secret("meta-marigold-app-secret"))}}
	word, err := meta.VerifyToken(app)
	r.Must(err)
	foreign, err := meta.VerifyToken(provider.App{ID: "meta-else", Signing: app.Signing})
	r.Must(err)
	for _, tc := range []struct {
		name, mode, word, challenge string
		status                      int
	}{
		{"right", "subscribe", word, "1158201444", http.StatusOK},
		{"wrong word", "subscribe", "a wrong word", "1158201444", http.StatusForbidden},
		{"another app's word", "subscribe", foreign, "1158201444", http.StatusForbidden},
		{"no word", "subscribe", "", "1158201444", http.StatusForbidden},
		{"wrong mode", "unsubscribe", word, "1158201444", http.StatusForbidden},
		{"no challenge", "subscribe", word, "", http.StatusForbidden},
	} {
		query := url.Values{"hub.mode": {tc.mode}, "hub.verify_token": {tc.word}, "hub.challenge": {tc.challenge}}
		status, answer := r.Do(http.MethodGet, r.Webhook(meta.Name, "marigold")+"?"+query.Encode(), nil)
		if status != tc.status || (answer == tc.challenge) != (status == http.StatusOK) {
			t.Errorf("%s: got %d %s, want %d", tc.name, status, answer, tc.status)
		}
	}
}

func TestKaleyraHeader(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true})
	r.others()
	secret := r.Secret("kaleyra-jasmine-callback-secret")
	body := []byte(`{"profile":"1","id":"c0ffee00-1111-4222-8333-444455556666:0","status":"DELIVERED","timestamp":"1780000105","mobile":"919000000077"}`)
	quality := "?" + url.Values{"display_phone_number": {"919000000804"}, "event": {"FLAGGED"}, "current_limit": {"TIER_10K"}}.Encode()
	for _, tc := range []struct {
		name, value string
		status      int
	}{
		{"right", secret, http.StatusOK},
		{"wrong", "a wrong secret", http.StatusUnauthorized},
		{"another app's", otherKaleyraSecret, http.StatusUnauthorized},
		{"missing", "", http.StatusUnauthorized},
	} {
		events, news := 0, 0
		if tc.status == http.StatusOK {
			events, news = 1, 2 // the quality, and the limit that comes with it
		}
		header := []string{kaleyra.CallbackHeader, tc.value}
		if tc.value == "" {
			header = nil
		}
		r.post(tc.name, http.MethodPost, r.Webhook(kaleyra.Name, "jasmine"), body, tc.status, events, header...)
		r.post(tc.name+", by GET", http.MethodGet, r.Webhook(kaleyra.Name, "jasmine")+quality, nil, tc.status, news, header...)
	}
	r.post(
		"right at another app's token", http.MethodPost, "/webhook/kaleyra/"+otherKaleyraToken, body, http.StatusUnauthorized, 0,
		kaleyra.CallbackHeader, secret,
	)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true})
	body := metaBody(r.app(demo.MarigoldID), escaped)
	header := []string{
		signature, sign(r.Secret("meta-marigold-app-secret"), body),
		kaleyra.CallbackHeader, r.Secret("kaleyra-jasmine-callback-secret"),
	}
	own, others := r.Secret(lab.TokenPrefix+demo.MarigoldApp), r.Secret(lab.TokenPrefix+demo.JasmineApp)
	for name, path := range map[string]string{
		"unknown token":                 "/webhook/meta/nobodys-token",
		"no token":                      "/webhook/meta/",
		"unknown provider":              "/webhook/nobody/" + own,
		"provider without callbacks":    "/webhook/businessonbot/" + own,
		"Kaleyra's token at Meta":       "/webhook/meta/" + others,
		"Meta's token at Kaleyra":       "/webhook/kaleyra/" + own,
		"Meta's token at Gupshup":       "/webhook/gupshup/" + own,
		"Gupshup's token at Meta":       "/webhook/meta/" + r.Secret(lab.TokenPrefix+demo.NeemApp),
		"a token with something behind": r.Webhook(meta.Name, "marigold") + "/more",
	} {
		r.post(name, http.MethodPost, path, body, http.StatusNotFound, 0, header...)
	}
}

// TestAnotherAccountsCallbackChangesNothing has another account's app tell, with its own right credentials, of a message
// that is not its own.
func TestAnotherAccountsCallbackChangesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{hold: true, quiet: true})
	r.others()
	for _, b := range []brand{marigold, jasmine} {
		r.happen(b, r.subscribe(b), "shipment/failed_delivery", 0)
		r.logged(b, 0, message.StatusAccepted)
	}
	r.Rest()
	ids := r.app(demo.MarigoldID).ProviderIDs
	ours := strings.NewReplacer(ids[meta.KeyPhoneNumberID], otherNumber, ids[meta.KeyWABAID], otherWABA)
	told := 0
	for _, c := range r.Simulator.Outbox().Pending() {
		told++
		if bytes.Contains(c.Body, []byte(`"whatsapp_business_account"`)) {
			r.post("of a number that is not the app's", http.MethodPost, "/webhook/meta/"+otherMetaToken, c.Body,
				http.StatusOK, 0, signature, sign(otherMetaSecret, c.Body))
			body := []byte(ours.Replace(string(c.Body)))
			r.post("of the app's number, with another's message", http.MethodPost, "/webhook/meta/"+otherMetaToken, body,
				http.StatusOK, 1, signature, sign(otherMetaSecret, body))
			continue
		}
		r.post("of another's message", http.MethodPost, "/webhook/kaleyra/"+otherKaleyraToken, c.Body,
			http.StatusOK, 1, kaleyra.CallbackHeader, otherKaleyraSecret)
	}
	if told < 6 {
		t.Fatalf("%d callbacks wait, want three of each message", told)
	}
	r.Rest()
	for _, b := range []brand{marigold, jasmine} {
		if entry := r.logged(b, 0, message.StatusAccepted); len(entry.Attempts) != 1 {
			t.Errorf("%s: %d attempts, want 1", b.name, len(entry.Attempts))
		}
	}
	r.Must(r.Simulator.Outbox().ReleaseAll(t.Context()))
	for _, b := range []brand{marigold, jasmine} {
		r.logged(b, 0, message.StatusRead)
	}
}

// batchSize is the most messages of one publish request.
const batchSize = 1000

// TestMetaBatchIsAcknowledgedWhenAllIsDurable posts as many statuses at once as fit one publish request.
func TestMetaBatchIsAcknowledgedWhenAllIsDurable(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true})
	var statuses []string
	for i := range batchSize {
		statuses = append(statuses, `{"id":"wamid.BATCH`+strconv.Itoa(i)+`","status":"delivered","timestamp":"1795000140","recipient_id":"919000000077"}`)
	}
	secret := r.Secret("meta-marigold-app-secret")
	one := metaBody(r.app(demo.MarigoldID), `"statuses":[`+statuses[0]+`]`)
	r.post("one, so that its form is no news", http.MethodPost, r.Webhook(meta.Name, "marigold"), one, http.StatusOK, 1, signature, sign(secret, one))

	body := metaBody(r.app(demo.MarigoldID), `"statuses":[`+strings.Join(statuses, ",")+`]`)
	header := []string{signature, sign(secret, body)}
	_, err := r.Cloud.Rules().Add(cloud.Rule{
		Method: "Publisher/Publish", Match: "/" + world.ProviderEvents, Times: 1, Mode: cloud.FailBefore, Code: codes.PermissionDenied,
	})
	r.Must(err)
	r.post("while nothing can be made durable", http.MethodPost, r.Webhook(meta.Name, "marigold"), body, http.StatusInternalServerError, 0, header...)
	calls := r.Cloud.Calls()
	calls.Trace(true)
	r.post("a batch", http.MethodPost, r.Webhook(meta.Name, "marigold"), body, http.StatusOK, batchSize, header...)
	published := 0
	for _, c := range calls.Calls() {
		if strings.HasSuffix(c.Method, "Publisher/Publish") && strings.HasSuffix(strings.Join(c.Names, " "), "/"+world.ProviderEvents) {
			published++
			if !c.Done || c.Code != codes.OK {
				t.Errorf("the batch was acknowledged while its publish call was at %v", c.Code)
			}
		}
	}
	if published != 1 {
		t.Errorf("the batch took %d publish calls, want 1", published)
	}
}
