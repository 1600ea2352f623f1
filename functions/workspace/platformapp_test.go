package workspace_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
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
func newPlatformStage(t *testing.T, env map[string]string) *stage {
	t.Helper()
	s := newStage(t, env)
	waits := gupshup.NewTemplate(pendingOne, "waits_v1", gupshup.Container{Data: "Hi {{1}}"})
	waits.Status = "PENDING"
	dear := gupshup.NewTemplate(dearOne, "missed_v2", gupshup.Container{Data: "Hi {{1}}, we missed you, and there is a sale."})
	dear.Category = "MARKETING"
	s.must(s.sim.Gupshup().AddApp(gupshup.App{
		ID: platformUUID, Name: "EshopboxAlerts", Phone: "919000000900", APIKey: platformKey,
		Templates: []gupshup.Template{
			gupshup.NewTemplate(missedHer, "missed_v1", gupshup.Container{Data: "Hi {{1}}, we missed you.", Buttons: []gupshup.Button{{Type: gupshup.QuickReply, Text: "Again"}}}), waits, dear,
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
	s := newPlatformStage(t, nil)
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
	if got := followed.Apps[platformApp]; got.Secret != p.App.Secret || got.Name != "Shared" || followed.Events[failedEvent].Enabled {
		t.Errorf("got %+v, events %+v", got, followed.Events)
	}
}

// TestPlatformAppMoves gives an app with another connection a new webhook and new secrets, and keeps the former ones for a while.
func TestPlatformAppMoves(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t, nil)
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
	if after.App.Secret == before.App.Secret || a.Apps[platformApp].Number != "919000000901" || a.Apps[platformApp].Secret != after.App.Secret {
		t.Errorf("app %+v, copy %+v", after.App, a.Apps[platformApp])
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
	s := newPlatformStage(t, map[string]string{"PROVIDER_TIMEOUT": "2s"})
	put := func(body string, header map[string]string) request {
		return request{method: http.MethodPut, path: platformPath, token: s.operator(), body: body, header: header}
	}
	for body, field := range map[string]string{
		platformFields("", platformKey, rotatedKey):                                                     "credential",
		platformFields("", `"Eshopbox"`, `""`):                                                          "name",
		platformFields("", `"gupshup"`, `"pigeon"`):                                                     "provider",
		platformFields("", `"News only"`, `""`):                                                         "unexpected.text",
		platformFields("", "919000000900", "919000000902"):                                              "number",
		platformFields(told("shipment/none", missedHer)):                                                "templates",
		platformFields(told(failedEvent, "", "customer_name")):                                          "templates.shipment/failed_delivery.template",
		platformFields(`"` + failedEvent + `":null`):                                                    "templates",
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
		"down":                 {System: "gupshup", Mode: chaos.Unavailable},
		"down at templates":    {System: "gupshup", Path: "/template/" + missedHer, Mode: chaos.Unavailable},
		"down at subscription": {System: "gupshup", Path: "/subscription", Mode: chaos.Unavailable},
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

// TestPlatformAppIsFollowedLater says that accounts do not follow yet, and makes up for it.
func TestPlatformAppIsFollowedLater(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t, map[string]string{"REQUEST_TIMEOUT": "1s", "PROVIDER_TIMEOUT": "500ms"})
	s.platformPut(http.StatusCreated, platformFields(""))
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform"}`)
	s.must(s.sim.Gupshup().SetAPIKey(platformUUID, rotatedKey))
	rule, err := s.cloud.Rules().Add(cloud.Rule{Method: "Firestore/RunQuery", Mode: cloud.FailBefore})
	s.must(err)
	s.platformPut(http.StatusServiceUnavailable, platformFields(told(failedEvent, missedHer, "customer_name"), platformKey, rotatedKey))
	s.cloud.Rules().Remove(rule)
	s.platformPut(http.StatusOK, platformFields(told(failedEvent, missedHer, "customer_name"), platformKey, rotatedKey))
	p, err := s.store.PlatformApp(t.Context(), platformApp)
	s.must(err)
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if a.Apps[platformApp].Secret != p.App.Secret {
		t.Errorf("got %+v, want %+v", a.Apps[platformApp], p.App)
	}
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
	s := newPlatformStage(t, nil)
	s.install(account.App{ID: platformApp, Provider: "gupshup", Ownership: message.Client, Number: "919000000100", Secret: "own"})
	put.token = s.operator()
	s.named(http.StatusConflict, "appId", put)

	s = newPlatformStage(t, nil)
	s.must(s.store.PutWebhook(t.Context(), "own", store.Webhook{Provider: "kaleyra", AppID: platformApp, AccountID: neem}))
	put.token = s.operator()
	s.named(http.StatusConflict, "appId", put)
}

// TestFollowLeavesOwnApps holds that a brand's own app follows no app of the platform's.
func TestFollowLeavesOwnApps(t *testing.T) {
	t.Parallel()
	a := account.Account{Apps: map[string]account.App{platformApp: {Ownership: message.Client, Secret: "own"}}}
	account.PlatformApp{App: account.App{ID: platformApp, Secret: "ours"}}.Follow(&a)
	if got := a.Apps[platformApp]; got.Secret != "own" || got.Ownership != message.Client {
		t.Errorf("got %+v", got)
	}
}
