package workspace_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	platformKey  = "sk-platform-0123456789abcdef"
	platformUUID = "bbbbbbbb-0000-4000-8000-000000000001"
	platformPath = "/v1/platform/apps/" + platformApp
	missedHer    = "c1b2c3d4-0000-4000-8000-000000000001"
	pendingOne   = "c1b2c3d4-0000-4000-8000-000000000002"
	dearOne      = "c1b2c3d4-0000-4000-8000-000000000003"
	failedEvent  = "shipment/failed_delivery"
)

// platformFields are the fields of the platform's app with these templates.
func platformFields(templates string, replace ...string) string {
	text := fmt.Sprintf(`{"name":"Eshopbox","provider":"gupshup","number":"+919000000900","credential":%q,
		"providerIds":{"appId":%q,"appName":"EshopboxAlerts"},"templates":{%s},"unexpectedReplies":{"enabled":true,"text":"News only"}}`, platformKey, platformUUID, templates)

	return strings.NewReplacer(replace...).Replace(text)
}

// told is the template of an event and what fills it.
func told(event, id string, variables ...string) string {
	values := make([]string, len(variables))
	for i, v := range variables {
		values[i] = fmt.Sprintf(`{"variable":%q}`, v)
	}

	return fmt.Sprintf(`%q:{"template":%q,"values":[%s]}`, event, id, strings.Join(values, ","))
}

// newPlatformStage is a stage whose Gupshup has the platform's app, with an approved template, one that
// waits for approval, and one that is marketing.
func newPlatformStage(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, nil)
	waits := gupshup.NewTemplate(pendingOne, "waits_v1", gupshup.Container{Data: "Hi {{1}}"})
	waits.Status = "PENDING"
	dear := gupshup.NewTemplate(dearOne, "missed_v2", gupshup.Container{Data: "Hi {{1}}, we missed you, and there is a sale."})
	dear.Category = "MARKETING"
	s.must(s.sim.Gupshup().AddApp(gupshup.App{
		ID: platformUUID, Name: "EshopboxAlerts", Phone: "919000000900", APIKey: platformKey,
		Templates: []gupshup.Template{
			gupshup.NewTemplate(missedHer, "missed_v1", gupshup.Container{Data: "Hi {{1}}, we missed you with your parcel.", Buttons: []gupshup.Button{{Type: gupshup.QuickReply, Text: "Again"}}}), waits, dear,
		},
	}))

	return s
}

// platformPut puts the platform's app as it is now.
func (s *stage) platformPut(status int, body string) string {
	s.t.Helper()
	q := request{method: http.MethodPut, path: platformPath, token: s.operator(), body: body}
	if p, err := s.store.PlatformApp(s.t.Context(), platformApp); err == nil {
		q.header = ifMatch(p.Version)
	}

	return s.want(status, q).Body
}

// TestPlatformApp makes an app of the platform's, shows it to brands without its credential, and has accounts follow what it is.
func TestPlatformApp(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	viewer := request{method: http.MethodGet, path: platformPath, token: s.token("viewer", neem)}
	s.want(http.StatusNotFound, viewer)
	s.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/platform/apps/No", token: s.operator()})
	made := s.platformPut(http.StatusCreated, platformFields(told(failedEvent, missedHer, "customer_name")))
	for _, part := range []string{`"credentialLast4":"cdef"`, `"state":"VERIFIED"`, `"subscribed":true`, `"findings":[]`, `"version":1`} {
		if !strings.Contains(made, part) {
			t.Errorf("no %s in %s", part, made)
		}
	}
	const app = `{"appId":"eshopbox","provider":"gupshup","name":"Eshopbox","number":"919000000900","version":1,"credentialLast4":"",
		"providerIds":{"appId":"` + platformUUID + `","appName":"EshopboxAlerts"},"unexpectedReplies":{"enabled":true,"text":"News only","hours":null},
		"templates":{"shipment/failed_delivery":{"template":"` + missedHer + `","values":[{"name":"1","variable":"customer_name"}]}}}`
	s.same(s.want(http.StatusOK, viewer), app)
	viewer.path = "/v1/platform/apps"
	s.same(s.want(http.StatusOK, viewer), `{"apps":[`+app+`]}`)

	// An account installs it, and is asked for its consent.
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform","name":"Shared"}`)
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	consent := &account.ChargeConsent{By: "u-1", At: start, TextVersion: "v", Price: "INR 0.115"}
	a.Choices = map[string]map[string]account.Choice{platformApp: {failedEvent: {Enabled: true, Charges: consent}}}
	s.must(s.store.PutAccount(t.Context(), a))

	s.clock.Advance(time.Minute)
	bare := platformFields(told(failedEvent, missedHer, "customer_order_id"), `"credential":"`+platformKey+`",`, "")
	if second := s.platformPut(http.StatusOK, bare); !strings.Contains(second, `"webhook":null`) || !strings.Contains(second, `"version":2`) {
		t.Errorf("got %s", second)
	}
	followed, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if e := followed.Events[failedEvent]; !e.Enabled || e.TemplateID != missedHer || e.Filling.Variables[0] != "customer_order_id" || followed.Version != 3 {
		t.Errorf("version %d, event: %+v", followed.Version, e)
	}

	// Nothing is changed: nobody has a new version.
	s.platformPut(http.StatusOK, bare)
	if unchanged, _ := s.store.PlatformApp(t.Context(), platformApp); unchanged.Version != 2 {
		t.Errorf("version %d", unchanged.Version)
	}

	// A credential that is rotated is that of all copies; another template name of the account's stays.
	s.must(s.sim.Gupshup().SetAPIKey(platformUUID, rotatedKey))
	s.platformPut(http.StatusBadRequest, bare)
	if third := s.platformPut(http.StatusOK, platformFields("", platformKey, rotatedKey)); !strings.Contains(third, `"credentialLast4":"3210"`) || !strings.Contains(third, `"webhook":null`) {
		t.Errorf("got %s", third)
	}
	followed, err = s.store.Account(t.Context(), neem)
	s.must(err)
	p, err := s.store.PlatformApp(t.Context(), platformApp)
	s.must(err)
	if got := p.Following(followed).Apps[platformApp]; got.Secret != p.App.Secret || got.Name != "Shared" || followed.Events[failedEvent].Enabled {
		t.Errorf("got %+v, events %+v", got, followed.Events)
	}
}

// TestPlatformAppMoves gives an app with another connection a new webhook and new secrets, and keeps the former ones for a while.
func TestPlatformAppMoves(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	s.platformPut(http.StatusCreated, platformFields(""))
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform"}`)
	before, err := s.store.PlatformApp(t.Context(), platformApp)
	s.must(err)
	s.must(s.sim.Gupshup().AddApp(gupshup.App{ID: neemAlerts[:35] + "7", Name: "OtherAlerts", Phone: "919000000901", APIKey: platformKey}))
	moved := platformFields("", "919000000900", "919000000901", platformUUID, neemAlerts[:35]+"7", "EshopboxAlerts", "OtherAlerts")
	s.platformPut(http.StatusBadRequest, strings.Replace(moved, `"gupshup"`, `"meta"`, 1))
	if got := s.platformPut(http.StatusOK, moved); !strings.Contains(got, `"subscribed":true`) {
		t.Errorf("got %s", got)
	}
	after, err := s.store.PlatformApp(t.Context(), platformApp)
	s.must(err)
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if copied := after.Following(a).Apps[platformApp]; after.App.Secret == before.App.Secret || copied.Secret != after.App.Secret {
		t.Errorf("app %+v, copy %+v", after.App, copied)
	}
	if got := s.ask(http.StatusOK, http.MethodGet, appsPath(platformApp), ""); !strings.Contains(got.Body, `"number":"919000000901"`) {
		t.Errorf("the account's app is %s", got.Body)
	}
	due, err := s.store.DueDisposals(t.Context(), start.Add(7*24*time.Hour), 10)
	s.must(err)
	if len(due) != 2 || due[0].Credential+"/versions/1" != before.App.Secret || len(due[1].Tokens) != 1 {
		t.Errorf("disposals: %+v", due)
	}
}

// TestPlatformAppRefused saves nothing that its provider does not take.
func TestPlatformAppRefused(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	put := func(body string, header map[string]string) request {
		return request{method: http.MethodPut, path: platformPath, token: s.operator(), body: body, header: header}
	}
	for body, field := range map[string]string{
		platformFields("", platformKey, rotatedKey):                                                     "credential",
		platformFields("", `"Eshopbox"`, `""`):                                                          "name",
		platformFields("", `"gupshup"`, `"pigeon"`):                                                     "provider",
		platformFields("", `"News only"`, `""`):                                                         "unexpectedReplies.text",
		platformFields("", "919000000900", "919000000902"):                                              "number",
		platformFields(told("shipment/none", missedHer)):                                                "templates.shipment/none",
		platformFields(told(failedEvent, "", "customer_name")):                                          "templates.shipment/failed_delivery.template",
		platformFields(`"` + failedEvent + `":null`):                                                    "templates.shipment/failed_delivery",
		platformFields("", `"credential":"`+platformKey+`",`, ""):                                       "credential",
		platformFields(`"` + failedEvent + `":{"template":"x","values":[{"variable":"a","text":"b"}]}`): "templates.shipment/failed_delivery.values[0]",
	} {
		s.named(http.StatusBadRequest, field, put(body, nil))
	}
	bad := put(platformFields(""), nil)
	bad.path = "/v1/platform/apps/Upper"
	s.named(http.StatusBadRequest, "appId", bad)
	s.named(http.StatusBadRequest, "If-Match", put(platformFields(""), map[string]string{"If-Match": "1"}))
	s.want(http.StatusPreconditionFailed, put(platformFields(""), ifMatch(3)))
	s.want(http.StatusUnsupportedMediaType, put(platformFields(""), map[string]string{"Content-Type": "text/plain"}))
	s.want(http.StatusRequestEntityTooLarge, put(`{"name":"`+strings.Repeat("a", 1<<20)+`"}`, nil))
	for template, rule := range map[string]string{
		told(failedEvent, pendingOne, "customer_name"):           `"rule":"status"`,
		told(failedEvent, missedHer):                             `"rule":"count"`,
		told(failedEvent, dearOne, "customer_name"):              `"rule":"category"`, // brands agreed to the price of news
		told(failedEvent, platformUUID, "customer_name"):         `"component":"template"`,
		told(failedEvent, missedHer, "customer_nickname_of_old"): `"rule":"variable`,
	} {
		if a := s.want(http.StatusUnprocessableEntity, put(platformFields(template), nil)); !strings.Contains(a.Body, rule) {
			t.Errorf("no %s in %s", rule, a.Body)
		}
	}
	for path, faults := range map[string]simulator.Fault{
		"down":              {System: "gupshup", Mode: chaos.Unavailable},
		"down at templates": {System: "gupshup", Path: "/template/" + missedHer, Mode: chaos.Unavailable},
	} {
		s.must(s.sim.Faults().Set([]simulator.Fault{faults}))
		if a := s.do(put(platformFields(told(failedEvent, missedHer, "customer_name")), nil)); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d %s", path, a.Status, a.Body)
		}
	}
	s.must(s.sim.Faults().Set([]simulator.Fault{{System: "gupshup", Path: "/template/" + missedHer, Mode: chaos.WrongCredentials}}))
	s.want(http.StatusBadGateway, put(platformFields(told(failedEvent, missedHer, "customer_name")), nil))
	s.must(s.sim.Faults().Set(nil))
	if _, err := s.store.PlatformApp(t.Context(), platformApp); err == nil {
		t.Error("it was saved")
	}
	s.bare()

	s.platformPut(http.StatusCreated, platformFields(""))
	s.want(http.StatusPreconditionRequired, put(platformFields(""), nil))
}

// TestPlatformAppIsFollowedLater saves an app although accounts cannot follow: they send through it as it is, and sweep completes their
// events, once, from wherever the request ended.
func TestPlatformAppIsFollowedLater(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	s.platformPut(http.StatusCreated, platformFields(""))
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform"}`)
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	consent := &account.ChargeConsent{By: "u-1", At: start, TextVersion: "v", Price: "INR 0.115"}
	a.Choices = map[string]map[string]account.Choice{platformApp: {failedEvent: {Enabled: true, Charges: consent}}}
	s.must(s.store.PutAccount(t.Context(), a))

	s.must(s.sim.Gupshup().SetAPIKey(platformUUID, rotatedKey))
	rule, err := s.cloud.Rules().Add(cloud.Rule{Method: "Firestore/RunQuery", Match: "accounts", Mode: cloud.FailBefore})
	s.must(err)
	s.platformPut(http.StatusOK, platformFields(told(failedEvent, missedHer, "customer_name"), platformKey, rotatedKey))
	s.cloud.Rules().Remove(rule)

	sender := settings.NewAccounts(s.store, settings.Options{Clock: s.clock, TTL: 30 * time.Second, Timeout: time.Minute})
	p, err := s.store.PlatformApp(t.Context(), platformApp)
	s.must(err)
	a, err = sender.Get(t.Context(), neem)
	s.must(err)
	if a.Apps[platformApp].Secret != p.App.Secret || a.Events[failedEvent].Enabled || p.Followed >= p.Version {
		t.Errorf("got %+v, events %+v, want the app %+v, followed up to %d", a.Apps[platformApp], a.Events, p.App, p.Followed)
	}

	sweep := settings.NewWorkspace(settings.WorkspaceDeps{Store: s.store, Providers: catalog.New(catalog.Config{}), Clock: s.clock})
	for _, want := range []int{1, 0} {
		if n, failed := sweep.FollowPlatformApps(t.Context()); n != want || failed != nil {
			t.Errorf("sweep: got %d, %v, want %d", n, failed, want)
		}
	}
	s.clock.Advance(30 * time.Second)
	if a, err = sender.Get(t.Context(), neem); err != nil || !a.Events[failedEvent].Enabled {
		t.Errorf("events %+v, %v", a.Events, err)
	}
}

// TestPlatformAppReachesSenders has an account whose stored copy is an old one send with the present credential and number within 30 seconds.
func TestPlatformAppReachesSenders(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	s.platformPut(http.StatusCreated, platformFields(""))
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform","name":"Shared"}`)
	sender := settings.NewAccounts(s.store, settings.Options{Clock: s.clock, TTL: 30 * time.Second, Timeout: time.Minute})
	before, err := sender.Get(t.Context(), neem)
	s.must(err)
	s.clock.Advance(29 * time.Second)
	s.must(s.sim.Gupshup().SetAPIKey(platformUUID, rotatedKey))
	s.want(http.StatusOK, s.platformPost("credential", `{"credential":"`+rotatedKey+`"}`))
	same, err := sender.Get(t.Context(), neem)
	s.must(err)
	s.clock.Advance(time.Second)
	after, err := sender.Get(t.Context(), neem)
	s.must(err)
	stored, err := s.store.Account(t.Context(), neem)
	s.must(err)
	former := strings.TrimSuffix(before.Apps[platformApp].Secret, "1")
	if same.Apps[platformApp].Secret != former+"1" || after.Apps[platformApp].Secret != former+"2" || after.Apps[platformApp].Name != "Shared" {
		t.Errorf("got %s, then %s", same.Apps[platformApp].Secret, after.Apps[platformApp].Secret)
	}
	if stored.Apps[platformApp].Secret != former+"1" {
		t.Errorf("the stored copy is %s: the test shows nothing", stored.Apps[platformApp].Secret)
	}
	s.clock.Advance(time.Hour)
	s.dispose()
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: s.clock, ClientOptions: s.cloud.ClientOptions()})
	testkit.AtEnd(t, func() { _ = secrets.Close() })
	if got, err := secrets.Access(t.Context(), former+"2"); err != nil || got.Reveal() != rotatedKey {
		t.Errorf("the present credential: got %s, %v", got.Reveal(), err)
	}
	if got, err := secrets.Access(t.Context(), former+"1"); err == nil {
		t.Errorf("the former credential is kept: %s", got.Reveal())
	}
}

// platformPost is a request of the platform's about its app as it is now.
func (s *stage) platformPost(what, body string) request {
	s.t.Helper()
	p, err := s.store.PlatformApp(s.t.Context(), platformApp)
	s.must(err)

	return request{method: http.MethodPost, path: platformPath + "/" + what, token: s.operator(), body: body, header: ifMatch(p.Version)}
}

// TestPlatformAppNotTold saves an app before its provider is told of the webhook, and shows the address whatever the provider answers. The
// address is good, and can be told by hand.
func TestPlatformAppNotTold(t *testing.T) {
	t.Parallel()
	for _, mode := range []chaos.Mode{chaos.Unavailable, chaos.HTML502After, chaos.ResetBefore, chaos.ResetAfter, chaos.Throttle} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := newPlatformStage(t)
			untold := func(body string) string {
				t.Helper()
				got := read[struct {
					Webhook struct {
						URL        string
						Subscribed bool
					}
					Steps []string
				}](t, testkit.Answer{Body: body})
				if got.Webhook.URL == "" || got.Webhook.Subscribed || len(got.Steps) == 0 || !strings.Contains(strings.Join(got.Steps, " "), got.Webhook.URL) {
					t.Errorf("got %s", body)
				}
				if status := s.taken(got.Webhook.URL); status != http.StatusOK {
					t.Errorf("the address that is shown answers %d", status)
				}

				return got.Webhook.URL
			}
			s.must(s.sim.Faults().Set([]simulator.Fault{{System: "gupshup", Path: "/subscription", Mode: mode}}))
			first := untold(s.platformPut(http.StatusCreated, platformFields("")))
			s.clock.Advance(time.Minute)
			s.must(s.sim.Gupshup().AddApp(gupshup.App{ID: neemAlerts[:35] + "7", Name: "OtherAlerts", Phone: "919000000901", APIKey: platformKey}))
			moved := platformFields("", "919000000900", "919000000901", platformUUID, neemAlerts[:35]+"7", "EshopboxAlerts", "OtherAlerts")
			second := untold(s.platformPut(http.StatusOK, moved))
			s.clock.Advance(time.Minute)
			third := untold(s.want(http.StatusOK, s.platformPost("webhook-token", "")).Body)
			if first == second || second == third {
				t.Error("the address stays the same")
			}
			s.must(s.sim.Faults().Set(nil))
			s.clock.Advance(time.Minute)
			if got := s.want(http.StatusOK, s.platformPost("webhook-token", "")); !strings.Contains(got.Body, `"subscribed":true`) {
				t.Errorf("got %s", got.Body)
			}
		})
	}
}

// TestPlatformAppToldOnceSaved tells the provider of nothing that is not saved: it goes on with the address that it has.
func TestPlatformAppToldOnceSaved(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	s.platformPut(http.StatusCreated, platformFields(""))
	s.clock.Advance(time.Minute)
	s.must(s.sim.Gupshup().AddApp(gupshup.App{ID: neemAlerts[:35] + "7", Name: "OtherAlerts", Phone: "919000000901", APIKey: platformKey}))
	moved := platformFields("", "919000000900", "919000000901", platformUUID, neemAlerts[:35]+"7", "EshopboxAlerts", "OtherAlerts")
	asked := func() (n int) {
		for _, q := range s.sim.Log().Requests() {
			if strings.Contains(q.Path, "/subscription") {
				n++
			}
		}

		return n
	}
	before, err := s.store.PlatformApp(t.Context(), platformApp)
	s.must(err)
	told := asked()
	rule, err := s.cloud.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Match: "platformApps", Mode: cloud.FailBefore})
	s.must(err)
	patient := s.handler
	s.handler = s.build(map[string]string{"REQUEST_TIMEOUT": "3s", "PROVIDER_TIMEOUT": "2500ms"}) // the client tries again until then
	s.platformPut(http.StatusServiceUnavailable, moved)
	s.want(http.StatusServiceUnavailable, s.platformPost("webhook-token", ""))
	s.want(http.StatusServiceUnavailable, s.platformPost("credential", `{"credential":"`+platformKey+`"}`))
	s.handler = patient
	s.cloud.Rules().Remove(rule)
	after, err := s.store.PlatformApp(t.Context(), platformApp)
	s.must(err)
	if asked() != told || told == 0 {
		t.Errorf("the provider was asked %d times about addresses, want %d", asked(), told)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("half saved (-want +got):\n%s", diff)
	}

	// What was made for it goes, and what the app has stays.
	s.clock.Advance(7 * 24 * time.Hour)
	s.dispose()
	s.dispose()
	s.platformPut(http.StatusOK, platformFields("", `"credential":"`+platformKey+`",`, ""))
	due, err := s.store.DueDisposals(t.Context(), s.clock.Now().Add(1000*time.Hour), 10)
	s.must(err)
	if len(due) > 0 {
		t.Errorf("disposals: %+v", due)
	}
}

// TestPlatformWebhookToken gives an app's webhook another address, and takes the former one for a day.
func TestPlatformWebhookToken(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	missing := request{method: http.MethodPost, path: platformPath + "/webhook-token", token: s.operator(), header: ifMatch(1)}
	s.want(http.StatusNotFound, missing)
	type shown struct {
		Webhook struct {
			URL, OldUntil string
			Subscribed    bool
		}
	}
	first := read[shown](t, testkit.Answer{Body: s.platformPut(http.StatusCreated, platformFields(""))})
	s.clock.Advance(time.Minute)
	q := s.platformPost("webhook-token", "")
	second := read[shown](t, s.want(http.StatusOK, q))
	if second.Webhook.URL == first.Webhook.URL || !second.Webhook.Subscribed || second.Webhook.OldUntil != "2026-11-21T04:51:12Z" {
		t.Errorf("got %+v after %+v", second, first)
	}
	s.want(http.StatusPreconditionFailed, q)
	q.header = nil
	s.want(http.StatusPreconditionRequired, q)
	s.named(http.StatusBadRequest, "If-Match", request{method: q.method, path: q.path, token: q.token, header: map[string]string{"If-Match": "1"}})
	for range 2 {
		if old, present := s.taken(first.Webhook.URL), s.taken(second.Webhook.URL); old != http.StatusOK || present != http.StatusOK {
			t.Errorf("the former address answers %d, the present one %d", old, present)
		}
		s.clock.Advance(12*time.Hour - time.Minute)
		s.dispose()
	}
	s.clock.Advance(time.Hour)
	s.dispose()
	if old, present := s.taken(first.Webhook.URL), s.taken(second.Webhook.URL); old != http.StatusNotFound || present != http.StatusOK {
		t.Errorf("a day later the former address answers %d, the present one %d", old, present)
	}

	bot := `{"name":"Bot","unexpectedReplies":{"enabled":false},"templates":{},` + strings.TrimPrefix(installs["businessonbot"], "{")
	s.want(http.StatusCreated, request{method: http.MethodPut, path: "/v1/platform/apps/bot", token: s.operator(), body: bot})
	s.want(http.StatusConflict, request{method: http.MethodPost, path: "/v1/platform/apps/bot/webhook-token", token: s.operator(), header: ifMatch(1)})
}

// TestPlatformCredential gives an app another credential, which is tried first, and refuses what does not work.
func TestPlatformCredential(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	const rotated = `{"credential":"` + rotatedKey + `"}`
	s.want(http.StatusNotFound, request{method: http.MethodPost, path: platformPath + "/credential", token: s.operator(), header: ifMatch(1), body: rotated})
	s.platformPut(http.StatusCreated, platformFields(""))
	s.named(http.StatusBadRequest, "credential", s.platformPost("credential", rotated))
	s.named(http.StatusBadRequest, "credential", s.platformPost("credential", `{"credential":"no good"}`))
	s.must(s.sim.Faults().Set([]simulator.Fault{{System: "gupshup", Mode: chaos.Unavailable}}))
	s.want(http.StatusServiceUnavailable, s.platformPost("credential", rotated))
	s.must(s.sim.Faults().Set(nil))
	s.must(s.sim.Gupshup().SetAPIKey(platformUUID, rotatedKey))
	q := s.platformPost("credential", rotated)
	if got := s.want(http.StatusOK, q); !strings.Contains(got.Body, `"credentialLast4":"3210"`) || got.Header.Get("Etag") != `"2"` {
		t.Errorf("got %s %s", got.Header.Get("Etag"), got.Body)
	}
	s.want(http.StatusPreconditionFailed, q)
	q.header = nil
	s.want(http.StatusPreconditionRequired, q)
	q.header = map[string]string{"Content-Type": "text/plain"}
	s.want(http.StatusUnsupportedMediaType, q)
	q.header, q.body = ifMatch(2), `{"credential":"`+strings.Repeat("a", 1<<20)+`"}`
	s.want(http.StatusRequestEntityTooLarge, q)
}

// TestPlatformAppKeepsPresentSigning gives a connection without a signing secret the present one, and not one that was replaced.
func TestPlatformAppKeepsPresentSigning(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.must(s.cloud.Secrets().Put(t.Context(), testkit.Project, "app-0-replaced", "replaced-secret-0123456789"))
	s.must(s.store.PutWebhook(t.Context(), "replaced", store.Webhook{Provider: "meta", AppID: platformApp, Signing: []string{"app-0-replaced"}}))
	s.clock.Advance(time.Minute)
	fields := `{"name":"Eshopbox","unexpectedReplies":{"enabled":false},"templates":{},` + strings.TrimPrefix(installs["meta"], `{"ownership":"client",`)
	s.platformPut(http.StatusCreated, fields)
	s.must(s.sim.Meta().AddApp(meta.App{ID: "118200334455668", WABAID: "204411990088", Phone: "919000000201", Token: metaToken, AppSecret: metaSecret}))
	s.clock.Advance(time.Minute)
	s.platformPut(http.StatusOK, strings.NewReplacer(`"signingSecret":"`+metaSecret+`",`, "", "919000000200", "919000000201", "118200334455667", "118200334455668").Replace(fields))
	tokens, err := s.store.WebhookTokens(t.Context(), platformApp)
	s.must(err)
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: s.clock, ClientOptions: s.cloud.ClientOptions()})
	testkit.AtEnd(t, func() { _ = secrets.Close() })
	newest := tokens[len(tokens)-1]
	if len(tokens) != 3 || len(newest.Signing) != 1 {
		t.Fatalf("tokens: %+v", tokens)
	}
	if got, err := secrets.Access(t.Context(), newest.Signing[0]); err != nil || got.Reveal() != metaSecret {
		t.Errorf("signed with %s, %v", got.Reveal(), err)
	}
}

// TestPlatformAppIDOfBrand leaves a brand's own app alone that has the id, and one whose webhook has it.
func TestPlatformAppIDOfBrand(t *testing.T) {
	t.Parallel()
	put := request{method: http.MethodPut, path: platformPath, body: platformFields("")}
	s := newPlatformStage(t)
	s.install(account.App{ID: platformApp, Provider: "gupshup", Ownership: message.Client, Number: "919000000100", Secret: "own"})
	put.token = s.operator()
	s.named(http.StatusConflict, "appId", put)

	s = newPlatformStage(t)
	s.must(s.store.PutWebhook(t.Context(), "own", store.Webhook{Provider: "kaleyra", AppID: platformApp, AccountID: neem}))
	put.token = s.operator()
	s.named(http.StatusConflict, "appId", put)
}

// TestFollowingLeavesOwnApps holds that a brand's own app follows no app of the platform's.
func TestFollowingLeavesOwnApps(t *testing.T) {
	t.Parallel()
	a := account.Account{Apps: map[string]account.App{platformApp: {Ownership: message.Client, Secret: "own"}}}
	a = account.PlatformApp{App: account.App{ID: platformApp, Secret: "ours"}, Version: 1}.Following(a)
	if got := a.Apps[platformApp]; got.Secret != "own" || got.Ownership != message.Client {
		t.Errorf("got %+v", got)
	}
}
