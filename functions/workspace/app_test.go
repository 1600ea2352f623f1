package workspace_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// read reads an answer's body.
func read[T any](t *testing.T, a testkit.Answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}

	return v
}

// installed is what an install is answered with.
type installed struct {
	App struct {
		AppID, Provider, Name, Number, CredentialLast4 string
		Sender                                         bool
		Health                                         struct{ State, Text, Quality, Limit, Currency string }
	}
	Check   *struct{ State, Detail string }
	Webhook *struct {
		URL        string
		Subscribed bool
	}
	Steps []string
}

// TestInstall installs an app of each provider, and looks at it there and here.
func TestInstall(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		number, name, last4, state string
		subscribed, hook           bool
		step                       string
	}{
		"gupshup":       {"919000000100", "Neem alerts", "cdef", "VERIFIED", true, true, "Nothing is left to be done"},
		"meta":          {"919000000200", "meta", "cdef", "VERIFIED", true, true, "the app subscribes all webhook fields"},
		"kaleyra":       {"919000000300", "kaleyra", "cdef", "VERIFIED_NUMBER_UNCONFIRMED", false, true, "X-Webhook-Secret"},
		"businessonbot": {"", "businessonbot", "cdef", "VERIFIED_NUMBER_UNCONFIRMED", false, false, "Nothing is left to be done"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			answer := s.ask(http.StatusCreated, http.MethodPost, appsPath(), installs[name])
			in := read[installed](t, answer)
			if in.App.Number != tt.number || in.App.Name != tt.name || in.App.CredentialLast4 != tt.last4 || !in.App.Sender {
				t.Errorf("app: got %+v", in.App)
			}
			if in.Check == nil || in.Check.State != tt.state || in.Check.Detail == "" {
				t.Errorf("check: got %+v, want %s", in.Check, tt.state)
			}
			if in.App.Health.State != "healthy" || in.App.Health.Text != "Messages can be sent. Checked just now." || answer.Header.Get("Etag") != `"2"` {
				t.Errorf("health: got %+v, ETag %s", in.App.Health, answer.Header.Get("Etag"))
			}
			facts := [3]string{in.App.Health.Quality, in.App.Health.Limit, in.App.Health.Currency}
			if known := facts == [3]string{"GREEN", "TIER_10K", "INR"}; known != (name == "meta") {
				t.Errorf("facts: got %q", facts)
			}
			if got := in.Webhook != nil; got != tt.hook || got && in.Webhook.Subscribed != tt.subscribed {
				t.Errorf("webhook: got %+v", in.Webhook)
			}
			if !strings.Contains(strings.Join(in.Steps, "\n"), tt.step) {
				t.Errorf("steps: got %q, want %q in them", in.Steps, tt.step)
			}
			s.checkStored(in, name)
			s.ask(http.StatusConflict, http.MethodPost, appsPath(), installs[name])
		})
	}
}

// checkStored requires that the app has its secret and its webhook, and that nothing waits for disposal.
func (s *stage) checkStored(in installed, providerName string) {
	s.t.Helper()
	a, err := s.store.Account(s.t.Context(), neem)
	if err != nil {
		s.t.Fatal(err)
	}
	app := a.Apps[in.App.AppID]
	if !strings.HasPrefix(app.Secret, "app-"+providerName+"-") || app.Ownership != message.Client || !app.InstalledAt.Equal(start) {
		s.t.Errorf("stored: %+v", app)
	}
	due, err := s.store.DueDisposals(s.t.Context(), start.Add(24*time.Hour), 10)
	if err != nil || len(due) > 0 {
		s.t.Errorf("for disposal: %+v, %v", due, err)
	}
	if in.Webhook == nil {
		return
	}
	token := in.Webhook.URL[strings.LastIndexByte(in.Webhook.URL, '/')+1:]
	hook, err := s.store.WebhookByToken(s.t.Context(), token)
	if err != nil || hook.AppID != in.App.AppID || hook.AccountID != neem || !cmp.Equal(hook.ProviderIDs, app.ProviderIDs) {
		s.t.Errorf("webhook: %+v, %v", hook, err)
	}
	if in.Webhook.URL != s.calls+"/"+providerName+"/"+token {
		s.t.Errorf("address: got %s", in.Webhook.URL)
	}
}

// TestInstallRefused tells each result of a check apart, says what to mend, and installs nothing.
func TestInstallRefused(t *testing.T) {
	t.Parallel()
	replace := func(name, old, by string) string { return strings.Replace(installs[name], old, by, 1) }
	tests := map[string]struct {
		body   string
		faults []simulator.Fault
		status int
		field  string
		code   string
		says   string
	}{
		"gupshup_wrong_key":    {body: replace("gupshup", gupshupKey, rotatedKey), status: 400, field: "credential", code: "INVALID_KEY", says: "refuses this API key"},
		"gupshup_unknown_app":  {body: replace("gupshup", neemAlerts, "aaaaaaaa-0000-4000-8000-000000000009"), status: 400, code: "UNKNOWN_APP", field: "providerIds", says: "app id for the key. Mend that at the provider, or correct providerIds."},
		"gupshup_other_number": {body: replace("gupshup", "+919000000100", "+919000000101"), status: 400, field: "number", code: "NUMBER_MISMATCH", says: "another one. Enter that number, or the providerIds of the app that has this one."},
		"gupshup_throttled": {
			body: installs["gupshup"], faults: []simulator.Fault{{System: "gupshup", Mode: chaos.Throttle, RetryAfterSeconds: 7}}, status: 503, code: "THROTTLED", says: "asked too often",
		},
		"gupshup_malformed": {body: installs["gupshup"], faults: []simulator.Fault{{System: "gupshup", Mode: chaos.Malformed}}, status: 503, code: "PROVIDER_DOWN"},
		"gupshup_down": {
			body: installs["gupshup"], faults: []simulator.Fault{{System: "gupshup", Mode: chaos.Unavailable}}, status: 503, code: "PROVIDER_DOWN", says: "Nothing was changed",
		},
		"gupshup_html": {body: installs["gupshup"], faults: []simulator.Fault{{System: "gupshup", Mode: chaos.HTML502Before}}, status: 503, code: "PROVIDER_DOWN"},
		"gupshup_cut":  {body: installs["gupshup"], faults: []simulator.Fault{{System: "gupshup", Mode: chaos.ResetBefore}}, status: 503, code: "PROVIDER_DOWN"},
		"gupshup_down_at_subscription": {
			body: installs["gupshup"], faults: []simulator.Fault{{System: "gupshup", Path: "/subscription", Mode: chaos.Unavailable}}, status: 503, code: "PROVIDER_DOWN",
			says: "told where to report to",
		},
		"meta_wrong_token":    {body: replace("meta", metaToken, "EAAB-another-token"), status: 400, field: "credential", code: "INVALID_KEY", says: "system user"},
		"meta_unknown_number": {body: replace("meta", "118200334455667", "118200334455669"), status: 400, field: "providerIds", code: "UNKNOWN_APP"},
		"meta_other_number":   {body: replace("meta", "919000000200", "919000000201"), status: 400, field: "number", code: "NUMBER_MISMATCH"},
		"meta_down":           {body: installs["meta"], faults: []simulator.Fault{{System: "meta", Mode: chaos.Unavailable}}, status: 503, code: "PROVIDER_DOWN"},
		"kaleyra_wrong_key":   {body: replace("kaleyra", kaleyraKey, "kaleyra-another-key"), status: 400, field: "credential", code: "INVALID_KEY"},
		"kaleyra_version_1": {
			body: strings.NewReplacer("919000000300", "919000000301", "HXIN0001", "HXIN0002").Replace(installs["kaleyra"]), status: 400, field: "providerIds",
			code: "WRONG_API_VERSION", says: "version 2",
		},
		"kaleyra_no_version_2_asked": {body: replace("kaleyra", `"pod":"in"`, `"pod":"in","apiVersion":"v1"`), status: 400, field: "providerIds"},
		"bot_wrong_key":              {body: replace("businessonbot", guestKey, "guest-another-key"), status: 400, field: "credential", code: "INVALID_KEY"},
		"bot_unknown":                {body: replace("businessonbot", "/neem", "/none"), status: 400, field: "providerIds", code: "UNKNOWN_APP"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			if err := s.sim.Kaleyra().AddApp(kaleyra.App{ID: "old", SID: "HXIN0002", APIKey: kaleyraKey, Number: "919000000301", WABAID: "204411990099", Version1: true}); err != nil {
				t.Fatal(err)
			}
			if err := s.sim.Faults().Set(tt.faults); err != nil {
				t.Fatal(err)
			}
			a := s.ask(tt.status, http.MethodPost, appsPath(), tt.body)
			p := read[struct{ Field, Code, Detail string }](t, a)
			if p.Field != tt.field || p.Code != tt.code || !strings.Contains(p.Detail, tt.says) {
				t.Errorf("got %s", a.Body)
			}
			if wait := a.Header.Get("Retry-After"); (tt.status == 503) != (wait != "" && wait != "1") {
				t.Errorf("Retry-After: got %q", wait)
			}
			s.bare()
		})
	}
}

// bare requires that nothing is installed, and that nothing was left behind.
func (s *stage) bare() {
	s.t.Helper()
	a, err := s.store.Account(s.t.Context(), neem)
	if err != nil || a.Version != 1 || len(a.Apps) > 0 {
		s.t.Errorf("the account was changed: version %d, %v", a.Version, err)
	}
	if err = s.sim.Faults().Set(nil); err != nil {
		s.t.Fatal(err)
	}
	for _, kind := range []string{"webhookTokens", "disposals"} {
		for name := range s.cloud.Firestore().Documents {
			if strings.Contains(name, "/"+kind+"/") {
				s.t.Errorf("left behind: %s", name)
			}
		}
	}
	if err = s.cloud.Secrets().Snapshot(func(rec []byte) error {
		if strings.Contains(string(rec), "app-") {
			s.t.Errorf("left behind: %q", rec)
		}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
}

// TestInstallInput names the field that is wrong, before anybody is asked.
func TestInstallInput(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	if err := s.sim.Faults().Set([]simulator.Fault{{Mode: chaos.Unavailable}}); err != nil {
		t.Fatal(err)
	}
	for body, field := range map[string]string{
		`{}`:                                                    "provider",
		`{"provider":"pigeon","credential":"x"}`:                "provider",
		`{"ownership":"theirs"}`:                                "ownership",
		`{"provider":"gupshup","name":"a\nb"}`:                  "name",
		`{"provider":"gupshup","credential":"x"}`:               "number",
		`{"provider":"gupshup","credential":"x","number":"12"}`: "number",
		`{"provider":"gupshup","credential":"x","number":"MY.20261234567890"}`:                                                               "number",
		`{"provider":"gupshup","credential":"x","number":"whatsapp:+919000000100"}`:                                                          "number",
		`{"provider":"gupshup","credential":"x","number":"+919000000100"}`:                                                                   "providerIds.appId",
		`{"provider":"gupshup","credential":"x","number":"+919000000100","providerIds":{"appId":"a","appName":"b","x":"c"}}`:                 "providerIds",
		`{"provider":"gupshup","credential":"x","number":"+919000000100","providerIds":{"appId":"a ","appName":"b"}}`:                        "providerIds.appId",
		`{"provider":"gupshup","number":"+919000000100","providerIds":{"appId":"a","appName":"b"}}`:                                          "credential",
		`{"provider":"gupshup","credential":"x y","number":"+919000000100","providerIds":{"appId":"a","appName":"b"}}`:                       "credential",
		`{"provider":"gupshup","credential":"x","signingSecret":"y","number":"+919000000100","providerIds":{"appId":"a","appName":"b"}}`:     "signingSecret",
		`{"provider":"gupshup","credential":7}`:                                                                                              "credential",
		`{"provider":"gupshup","appId":"x"}`:                                                                                                 "appId",
		`{"provider":"meta","credential":"x","number":"+919000000200","providerIds":{"phoneNumberId":"1","wabaId":"2"}}`:                     "signingSecret",
		`{"provider":"meta","credential":"x","signingSecret":"y","number":"+919000000200","providerIds":{"phoneNumberId":"x","wabaId":"2"}}`: "providerIds",
		`{"provider":"kaleyra","credential":"x","number":"+919000000300","providerIds":{"sid":"1","wabaId":"2","pod":"moon"}}`:               "providerIds",
		`{"ownership":"platform","credential":"x"}`:                                                                                          "ownership",
		`{"apikey":"x"}`: "apikey",
	} {
		s.named(http.StatusBadRequest, field, request{method: http.MethodPost, path: appsPath(), token: s.token("editor", neem), body: body, header: ifMatch(1)})
	}
	s.bare()
}

// TestAppRefusals holds what is refused at each route of an app and of the sender alike.
func TestAppRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	id, _ := s.add("gupshup")
	for _, q := range []request{
		{method: http.MethodPost, path: appsPath(), body: installs["meta"]},
		{method: http.MethodPatch, path: appsPath(id), body: `{"name":"Neem"}`},
		{method: http.MethodDelete, path: appsPath(id)},
		{method: http.MethodPost, path: appsPath(id, "credential"), body: `{"credential":"` + rotatedKey + `"}`},
		{method: http.MethodPost, path: appsPath(id, "webhook-token")},
		{method: http.MethodPut, path: "/v1/accounts/" + neem + "/sender", body: `{"appId":"` + id + `"}`},
	} {
		q.token = s.token("editor", neem, "812")
		with := func(header map[string]string) request {
			q := q
			q.header = header
			return q
		}
		s.want(http.StatusPreconditionRequired, q)
		s.want(http.StatusPreconditionFailed, with(ifMatch(1)))
		s.named(http.StatusBadRequest, "If-Match", with(map[string]string{"If-Match": "2"}))
		elsewhere := with(ifMatch(1))
		elsewhere.path = strings.Replace(q.path, neem, "812", 1)
		s.want(http.StatusNotFound, elsewhere)
		none := with(ifMatch(2))
		if none.path = strings.Replace(q.path, id, "none", 1); none.path != q.path {
			s.want(http.StatusNotFound, none)
		}
		if q.body == "" {
			continue
		}
		typed := with(ifMatch(2))
		typed.header["Content-Type"] = "text/plain"
		s.want(http.StatusUnsupportedMediaType, typed)
		long := with(ifMatch(2))
		long.body = `{"name":"` + strings.Repeat("a", 1<<20) + `"}`
		s.want(http.StatusRequestEntityTooLarge, long)
		empty := with(ifMatch(2))
		empty.body = `{}`
		if a := s.do(empty); a.Status != http.StatusBadRequest && !strings.HasSuffix(q.path, "/sender") {
			t.Errorf("%s: got %d %s", q.path, a.Status, a.Body)
		}
	}
	for _, path := range []string{appsPath("none"), "/v1/accounts/812/apps", "/v1/accounts/812/sender"} {
		s.want(http.StatusNotFound, request{method: http.MethodGet, path: path, token: s.token("viewer", neem, "812")})
	}
	s.want(http.StatusNotFound, request{method: http.MethodPost, path: appsPath("none", "verify"), token: s.token("editor", neem)})
	s.named(http.StatusBadRequest, "name", request{method: http.MethodPatch, path: appsPath(id), token: s.operator(), body: `{"name":" "}`, header: ifMatch(2)})
	s.named(http.StatusBadRequest, "appId", request{method: http.MethodPut, path: "/v1/accounts/" + neem + "/sender", token: s.operator(), body: `{"appId":"none"}`, header: ifMatch(2)})
}

// TestApp lists, reads and renames an app, and tells how it does.
func TestApp(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.same(s.ask(http.StatusOK, http.MethodGet, appsPath(), ""), `{"apps":[],"installLink":"/v1/accounts/811/apps"}`)
	bot, _ := s.add("businessonbot")
	s.clock.Advance(time.Minute)
	id, _ := s.add("gupshup")
	all := read[struct{ Apps []struct{ AppID string } }](t, s.ask(http.StatusOK, http.MethodGet, appsPath(), ""))
	if len(all.Apps) != 2 || all.Apps[0].AppID != bot || all.Apps[1].AppID != id {
		t.Errorf("list: got %+v, want %s first", all, bot)
	}
	s.clock.Advance(3 * time.Minute)
	s.ask(http.StatusOK, http.MethodPatch, appsPath(id), `{"name":"Neem & Co"}`)
	s.same(s.ask(http.StatusOK, http.MethodGet, appsPath(id), ""), `{"appId":"`+id+`","provider":"gupshup","ownership":"client","name":"Neem & Co",
		"number":"919000000100","providerIds":{"appId":"`+neemAlerts+`","appName":"NeemAlerts"},"credentialLast4":"cdef","sender":false,
		"credentialAt":"2026-11-20T04:51:12Z","webhookAt":"2026-11-20T04:51:12Z","installedAt":"2026-11-20T04:51:12Z",
		"health":{"state":"healthy","text":"Messages can be sent. Checked 3 minutes ago.","checkedAt":"2026-11-20T04:51:12Z"}}`)

	for _, at := range []store.AppTimes{{Witness: s.clock.Now().Add(-3 * time.Hour), Taken: s.clock.Now().Add(-time.Hour)}} {
		if err := s.store.RecordAppTimes(t.Context(), id, at); err != nil {
			t.Fatal(err)
		}
	}
	if a := s.ask(http.StatusOK, http.MethodGet, appsPath(id), ""); !strings.Contains(a.Body, `"state":"silent"`) || !strings.Contains(a.Body, "3 hours ago") {
		t.Errorf("silent: got %s", a.Body)
	}
}

// TestVerify notes what the provider says: it releases what works and holds what is refused. A provider without an answer changes nothing.
func TestVerify(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	id, _ := s.add("gupshup")
	verify := func(state, health string) {
		t.Helper()
		s.clock.Advance(time.Minute)
		a := s.ask(http.StatusOK, http.MethodPost, appsPath(id, "verify"), "")
		if !strings.Contains(a.Body, `"check":{"state":"`+state+`"`) || !strings.Contains(a.Body, `"health":{"state":"`+health+`"`) || !strings.Contains(a.Body, "Checked just now.") {
			t.Errorf("got %s, want %s and %s", a.Body, state, health)
		}
	}
	var mu sync.Mutex
	var news []string
	s.cloud.PubSub().OnPublish(func(_ string, m *pb.PubsubMessage) {
		mu.Lock()
		defer mu.Unlock()
		n := read[struct{ AccountID, AppID, Before, State, Reason, Text string }](t, testkit.Answer{Body: string(m.GetData())})
		news = append(news, fmt.Sprint(n.AccountID, " ", n.AppID == id, " ", n.Before, " ", n.State, " ", n.Reason, " ", n.Text, " ", m.GetAttributes()["state"]))
	})
	verify("VERIFIED", "healthy")
	s.must(s.sim.Gupshup().SetAPIKey(neemAlerts, rotatedKey))
	verify("INVALID_KEY", "held")
	s.must(s.sim.Faults().Set([]simulator.Fault{{System: "gupshup", Mode: chaos.Unavailable}}))
	if a := s.ask(http.StatusServiceUnavailable, http.MethodPost, appsPath(id, "verify"), ""); a.Header.Get("Retry-After") != "30" {
		t.Errorf("Retry-After: got %q", a.Header.Get("Retry-After"))
	}
	s.must(s.sim.Faults().Set(nil))
	s.must(s.sim.Gupshup().SetAPIKey(neemAlerts, gupshupKey))
	verify("VERIFIED", "healthy")

	mu.Lock()
	defer mu.Unlock()
	want := []string{
		"811 true healthy held credentials The provider refuses the app. Gupshup refuses this API key. Copy it from the app's settings " +
			"without blanks; accounts of Gupshup's Enterprise gateway, with user id and password, cannot be used. That was found just now. Messages wait, and go " +
			"out once it is mended. held",
		"811 true held healthy  Messages can be sent. healthy",
	}
	if diff := cmp.Diff(want, news); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if a.Version != 2 {
		t.Errorf("a check made a version: %d", a.Version)
	}
	app := a.Apps[id]
	app.Secret = "app-gone"
	a.Apps[id] = app
	s.must(s.store.PutAccount(t.Context(), a))
	s.ask(http.StatusConflict, http.MethodPost, appsPath(id, "verify"), "")
}

// TestRotateCredential tries a credential before it counts, and releases an app that was held for the former one.
func TestRotateCredential(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	id, _ := s.add("gupshup")
	path := appsPath(id, "credential")
	const rotated = `{"credential":"` + rotatedKey + `"}`
	before, err := s.store.Account(t.Context(), neem)
	s.must(err)

	s.ask(http.StatusBadRequest, http.MethodPost, path, `{"credential":"no good"}`)
	s.ask(http.StatusBadRequest, http.MethodPost, path, rotated) // it is not the app's at Gupshup yet
	s.must(s.sim.Faults().Set([]simulator.Fault{{System: "gupshup", Mode: chaos.Unavailable}}))
	s.ask(http.StatusServiceUnavailable, http.MethodPost, path, rotated)
	s.must(s.sim.Faults().Set(nil))
	if now, _ := s.store.Account(t.Context(), neem); !cmp.Equal(now, before) {
		t.Errorf("half saved: %s", cmp.Diff(before, now))
	}

	s.clock.Advance(time.Minute)
	s.must(s.sim.Gupshup().SetAPIKey(neemAlerts, rotatedKey))
	s.ask(http.StatusOK, http.MethodPost, appsPath(id, "verify"), "")
	a := s.ask(http.StatusOK, http.MethodPost, path, rotated)
	if !strings.Contains(a.Body, `"credentialLast4":"3210"`) || !strings.Contains(a.Body, `"state":"healthy"`) || a.Header.Get("Etag") != `"3"` {
		t.Errorf("got %s %s", a.Header.Get("Etag"), a.Body)
	}
	after, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if name, isFirst := strings.CutSuffix(before.Apps[id].Secret, "/versions/1"); !isFirst || after.Apps[id].Secret != name+"/versions/2" {
		t.Errorf("the secret was %s and is %s", before.Apps[id].Secret, after.Apps[id].Secret)
	}
	kept := func() (former, present bool) {
		s.must(s.cloud.Secrets().Snapshot(func(rec []byte) error {
			former, present = former || strings.Contains(string(rec), gupshupKey), present || strings.Contains(string(rec), rotatedKey)
			return nil
		}))

		return former, present
	}
	if former, present := kept(); !former || !present {
		t.Error("instances that have not heard of the rotation have no credential, or the others have none")
	}
	s.clock.Advance(time.Hour)
	s.dispose()
	if former, present := kept(); former || !present {
		t.Error("the former credential is kept, or the new one is not")
	}
	s.ask(http.StatusOK, http.MethodPost, appsPath(id, "verify"), "")
	versions := s.ask(http.StatusOK, http.MethodGet, "/v1/accounts/"+neem+"/versions", "")
	if !strings.Contains(versions.Body, `"action":"app.credential"`) || !strings.Contains(versions.Body, `"action":"app.install"`) {
		t.Errorf("versions: got %s", versions.Body)
	}
}

// TestRotateCredentialOfOps gives an app whose secret was made by hand one of its own.
func TestRotateCredentialOfOps(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.must(s.cloud.Secrets().Put(t.Context(), testkit.Project, "gupshup-key", gupshupKey))
	s.install(account.App{
		ID: "gs-1", Provider: "gupshup", Ownership: message.Client, Name: "Neem", Number: "919000000100", Secret: "gupshup-key",
		ProviderIDs: map[string]string{"appId": neemAlerts, "appName": "NeemAlerts"},
	})
	s.must(s.sim.Gupshup().SetAPIKey(neemAlerts, rotatedKey))
	s.ask(http.StatusOK, http.MethodPost, appsPath("gs-1", "credential"), `{"credential":"`+rotatedKey+`"}`)
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if name := a.Apps["gs-1"].Secret; !strings.HasPrefix(name, "app-gs-1-") {
		t.Errorf("secret: got %s", name)
	}
	s.ask(http.StatusOK, http.MethodPost, appsPath("gs-1", "verify"), "")
}

// TestRotateWebhookToken tells the provider of the new address, and takes the former one for a day.
func TestRotateWebhookToken(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gupshup", "meta", "kaleyra"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			id, first := s.add(name)
			path := appsPath(id, "webhook-token")
			if name != "kaleyra" {
				s.must(s.sim.Faults().Set([]simulator.Fault{{System: name, Mode: chaos.Unavailable}}))
				s.ask(http.StatusServiceUnavailable, http.MethodPost, path, "")
				s.must(s.sim.Faults().Set(nil))
			}
			got := read[struct {
				Webhook struct {
					URL, OldUntil string
					Subscribed    bool
				}
			}](t, s.ask(http.StatusOK, http.MethodPost, path, ""))
			if got.Webhook.URL == first || got.Webhook.OldUntil != "2026-11-21T04:50:12Z" || got.Webhook.Subscribed != (name != "kaleyra") {
				t.Errorf("got %+v", got)
			}
			tokens, err := s.store.WebhookTokens(t.Context(), id)
			s.must(err)
			if len(tokens) < 2 || !slices.Equal(tokens[0].Signing, tokens[len(tokens)-1].Signing) {
				t.Errorf("tokens: %+v", tokens)
			}
			due, err := s.store.DueDisposals(t.Context(), start.Add(24*time.Hour), 10)
			s.must(err)
			if len(due) != 1 || !slices.Contains(due[0].Tokens, tokens[0].ID) || slices.Contains(due[0].Tokens, tokens[len(tokens)-1].ID) && len(tokens) == 2 {
				t.Errorf("disposals: %+v", due)
			}
		})
	}
	s := newStage(t, nil)
	id, _ := s.add("businessonbot")
	s.ask(http.StatusConflict, http.MethodPost, appsPath(id, "webhook-token"), "")
}

// TestUninstall takes the app away, and keeps for a while what callbacks of it need.
func TestUninstall(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	id, _ := s.add("meta")
	s.same(s.ask(http.StatusOK, http.MethodDelete, appsPath(id), ""), `{"sender":null,"chosen":false,"reason":"no_app","installLink":"/v1/accounts/811/apps","missing":[],"version":3}`)
	s.ask(http.StatusNotFound, http.MethodGet, appsPath(id), "")
	due, err := s.store.DueDisposals(t.Context(), start.Add(time.Hour), 10)
	s.must(err)
	later, err := s.store.DueDisposals(t.Context(), start.Add(7*24*time.Hour), 10)
	s.must(err)
	if len(due) != 1 || len(later) != 2 || len(later[1].Tokens) != 1 || len(later[1].Secrets) != 1 || len(due[0].Secrets) != 1 || len(due[0].Tokens) != 0 {
		t.Errorf("disposals: %+v, later %+v", due, later)
	}
	again, _ := s.add("meta")
	if again != id {
		t.Errorf("installed again: got %s, want %s", again, id)
	}
}

// TestConnectedElsewhere refuses a number that another workspace has, to who has its credential.
func TestConnectedElsewhere(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.add("gupshup")
	s.put("812", "Tulsi")
	q := request{method: http.MethodPost, path: "/v1/accounts/812/apps", token: s.token("editor", "812"), body: installs["gupshup"], header: ifMatch(1)}
	s.named(http.StatusConflict, "number", q)
	q.body = strings.Replace(q.body, gupshupKey, rotatedKey, 1)
	s.named(http.StatusBadRequest, "credential", q)
}

// TestInstallFails leaves nothing, whichever call to our own parts fails.
func TestInstallFails(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Firestore/Commit", "SecretManagerService/CreateSecret", "SecretManagerService/AddSecretVersion"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, map[string]string{"REQUEST_TIMEOUT": "6s", "PROVIDER_TIMEOUT": "5s"}) // the client tries again until then
			rule, err := s.cloud.Rules().Add(cloud.Rule{Method: method, Mode: cloud.FailBefore})
			s.must(err)
			s.ask(http.StatusServiceUnavailable, http.MethodPost, appsPath(), installs["gupshup"])
			s.cloud.Rules().Remove(rule)
			s.bare()
			s.add("gupshup")
		})
	}
}

// TestInstallFoundChanged has the write of an install count as one that was too late although the account was saved, as one does that the
// client has repeated: the app is installed, and keeps what it has.
func TestInstallFoundChanged(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	_, err := s.cloud.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Match: "accounts/" + neem, Mode: cloud.FailAfter, Code: codes.Aborted, Times: 1})
	s.must(err)
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), installs["gupshup"])
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if len(a.Apps) != 1 {
		t.Fatalf("got %d apps, want the one that was saved", len(a.Apps))
	}
	for range 2 {
		s.ask(http.StatusOK, http.MethodPost, appsPath(a.AppIDs()[0], "verify"), "")
		s.clock.Advance(7 * 24 * time.Hour)
		s.dispose()
	}
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// dispose destroys what is due.
func (s *stage) dispose() {
	s.t.Helper()
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: s.clock, ClientOptions: s.cloud.ClientOptions()})
	testkit.AtEnd(s.t, func() { _ = secrets.Close() })
	_, err := settings.NewDisposals(s.store, secrets, s.clock).Dispose(s.t.Context())
	s.must(err)
}

// taken returns what a request for a webhook's address is answered with.
func (s *stage) taken(hook string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, hook, http.NoBody)
	s.must(err)
	answer, err := testkit.Client.Do(r)
	s.must(err)
	s.must(answer.Body.Close())

	return answer.StatusCode
}

// TestWebhookAfterReinstall has callbacks taken at the address of an app that was installed again, once all is destroyed that the former
// installation had.
func TestWebhookAfterReinstall(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"meta", "kaleyra"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			id, _ := s.add(name)
			s.clock.Advance(time.Minute)
			s.ask(http.StatusOK, http.MethodDelete, appsPath(id), "")
			s.clock.Advance(time.Minute)
			s.add(name)
			s.clock.Advance(time.Minute)
			got := read[installed](t, s.ask(http.StatusOK, http.MethodPost, appsPath(id, "webhook-token"), ""))
			tokens, err := s.store.WebhookTokens(t.Context(), id)
			s.must(err)
			if newest := tokens[len(tokens)-1]; len(newest.Signing) != 1 {
				t.Errorf("signed with %v", newest.Signing)
			}
			s.clock.Advance(8 * 24 * time.Hour)
			s.dispose()
			if status := s.taken(got.Webhook.URL); status != http.StatusOK {
				t.Errorf("got %d", status)
			}
		})
	}
}

// TestUnconfirmedNumberClaimsNothing connects a number at one workspace that another has given and nobody has confirmed, and the other
// way round.
func TestUnconfirmedNumberClaimsNothing(t *testing.T) {
	t.Parallel()
	unconfirmed := strings.Replace(installs["kaleyra"], "919000000300", "919000000100", 1)
	for first, second := range map[string]string{unconfirmed: installs["gupshup"], installs["gupshup"]: unconfirmed} {
		s := newStage(t, nil)
		s.ask(http.StatusCreated, http.MethodPost, appsPath(), first)
		s.put("812", "Tulsi")
		s.want(http.StatusCreated, request{method: http.MethodPost, path: "/v1/accounts/812/apps", token: s.token("editor", "812"), body: second, header: ifMatch(1)})
	}
}
