package workspace_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// The templates of the simulated app.
const (
	confirmation = "a1b2c3d4-0000-4000-8000-000000000001"
	waiting      = "a1b2c3d4-0000-4000-8000-000000000002"
	absent       = "a1b2c3d4-0000-4000-8000-000000000099"
	gupshupApp   = "4d1ff53a-8d61-4c5c-9b2f-3a3b1c2d3e4f"
	shopKey      = "key-of-the-shop"
)

// shop is a rig whose account sends through an app of its own at a simulated Gupshup, and has a bot of the platform beside it.
type shop struct {
	*rig
	sim *simulator.Simulator
}

func newShop(t *testing.T) *shop {
	t.Helper()
	sim, address := testkit.Simulator(t, nil)
	r := newRig(t, map[string]string{"GUPSHUP_BASE_URL": address + "/gupshup"})
	pending := simgupshup.NewTemplate(waiting, "waiting_v1", simgupshup.Container{Data: "Hi {{1}}"})
	pending.Status = "PENDING"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(sim.Gupshup().AddApp(simgupshup.App{
		ID: gupshupApp, Name: "NeemAlerts", Phone: "919000000801", APIKey: shopKey,
		Templates: []simgupshup.Template{
			simgupshup.NewTemplate(confirmation, "created_v1", simgupshup.Container{
				Header: "Thanks", Data: "Hi {{1}}, order {{2}} is with us.", Footer: "Reply STOP to end", SampleText: "Hi Asha, order ORD-2041 is with us.",
				Buttons: []simgupshup.Button{{Type: "URL", Text: "Track", URL: "https://t.example.com/{{1}}"}},
			}),
			pending,
		},
	}))
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: r.clock, ClientOptions: r.cloud.ClientOptions()})
	testkit.AtEnd(t, func() { _ = secrets.Close() })
	_, err := secrets.Add(t.Context(), "app-own", config.NewSecret(shopKey))
	must(err)
	r.put(neem, "Neem")
	r.install(account.App{
		ID: "gs-1", Provider: gupshup.Name, Ownership: message.Client, Name: "Own", Number: "919000000801", Secret: "app-own", InstalledAt: start,
		ProviderIDs: map[string]string{gupshup.KeyAppID: gupshupApp, gupshup.KeyAppName: "NeemAlerts"},
	})
	r.install(account.App{
		ID: "bot", Provider: businessonbot.Name, Ownership: message.Platform, Name: "Bot", InstalledAt: start.Add(time.Hour),
		ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/p"},
	})

	return &shop{r, sim}
}

// at is a request about the account's notifications or templates.
func (s *shop) at(method, path, body string, version int64) request {
	q := request{method: method, path: "/v1/accounts/" + neem + path, token: s.token("editor", neem), body: body}
	if method == http.MethodPut {
		q.header = ifMatch(version)
	}

	return q
}

// fitting is a template with all that fills it.
const fitting = `{"template":"` + confirmation + `","values":[{"variable":"customer_name"},{"text":"of yours"},{"variable":"customer_order_id"}]}`

// findings are those of an answer, as "event severity component index rule".
func (s *shop) findings(a testkit.Answer) []string {
	s.t.Helper()
	var body struct {
		Findings []struct {
			Event     string `json:"event"`
			Severity  string `json:"severity"`
			Component string `json:"component"`
			Rule      string `json:"rule"`
			Message   string `json:"message"`
			Remedy    string `json:"remedy"`
			Risk      string `json:"risk"`
			Index     int    `json:"index"`
		} `json:"findings"`
	}
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, f := range body.Findings {
		if f.Message == "" || f.Remedy == "" {
			s.t.Errorf("a finding says nothing: %s", a.Body)
		}
		if f.Risk != "" {
			continue // what WhatsApp may do to the template's text has tests of its own
		}

		all = append(all, fmt.Sprintf("%s %s %s %d %s", f.Event, f.Severity, f.Component, f.Index, f.Rule))
	}

	return all
}

// TestNotifications enables an event at an own app, and reads it.
func TestNotifications(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const one, app = "/notifications/shipment/created", `"app":{"appId":"gs-1","name":"Own","provider":"gupshup","ownership":"client"}`
	page := s.want(http.StatusOK, s.at(http.MethodGet, "/notifications", "", 0))
	for _, e := range order.Catalog() {
		if !strings.Contains(page.Body, `"event":"`+e.Kind.String()+`"`) {
			t.Errorf("%s is missing", e.Kind)
		}
	}
	if strings.Contains(page.Body, `"enabled":true`) || strings.Contains(page.Body, `"sends":true`) {
		t.Error("an event is on")
	}

	saved := s.want(http.StatusOK, s.at(http.MethodPut, one, `{"enabled":true,"maxAgeSeconds":3600,"content":`+fitting+`}`, 1))
	const want = `{` + app + `,"chargeText":null,"event":"shipment/created","label":"Order created","marketing":false,"enabled":true,"sends":true,
		"lacks":[],"supported":true,"held":false,"content":{"template":"` + confirmation + `","values":[{"name":"1","variable":"customer_name"},
		{"name":"2","text":"of yours"},{"name":"1","variable":"customer_order_id"}]},"maxAgeSeconds":3600,"charges":null,"findings":[],"version":2}`
	s.same(saved, want)
	if saved.Header.Get("Etag") != `"2"` {
		t.Errorf("ETag: got %q", saved.Header.Get("Etag"))
	}
	read := s.want(http.StatusOK, s.at(http.MethodGet, one, "", 0))
	s.same(read, want)

	// What was read can be saved as it is.
	var body struct {
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal([]byte(read.Body), &body); err != nil {
		t.Fatal(err)
	}
	same := s.at(http.MethodPut, "/notifications", `{"notifications":{"shipment/created":{"enabled":true,"maxAgeSeconds":3600,"content":`+string(body.Content)+`}}}`, 2)
	if a := s.want(http.StatusOK, same); a.Header.Get("Etag") != `"2"` {
		t.Errorf("the same again is version %s", a.Header.Get("Etag"))
	}
	all := s.want(http.StatusOK, s.at(http.MethodPut, "/notifications", `{"notifications":{"shipment/packed":{"enabled":true,"content":`+fitting+`}},"maxAgeSeconds":7200}`, 2))
	if !strings.Contains(all.Body, `"maxAgeSeconds":7200`) || strings.Count(all.Body, `"sends":true`) != 1 {
		t.Errorf("got %s", all.Body)
	}
	a, err := s.store.Account(t.Context(), neem)
	if err != nil || a.Version != 3 || a.MaxAge != 2*time.Hour || len(a.Events) != 1 || !a.Events["shipment/packed"].Enabled {
		t.Errorf("stored: %v %+v", err, a)
	}
}

// TestNotificationCharges enables an event at the platform's app with a consent to what is shown.
func TestNotificationCharges(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const one = "/notifications/shipment/out_for_delivery?app=bot"
	var shown struct {
		Price      string `json:"price"`
		ChargeText struct {
			Version string `json:"version"`
			Text    string `json:"text"`
		} `json:"chargeText"`
		Lacks []string `json:"lacks"`
	}
	if err := json.Unmarshal([]byte(s.want(http.StatusOK, s.at(http.MethodGet, one, "", 0)).Body), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Price != "INR 0.117875" || shown.ChargeText.Text == "" || len(shown.Lacks) != 1 || shown.Lacks[0] != "consent" {
		t.Errorf("shown: %+v", shown)
	}
	s.named(http.StatusBadRequest, "charges", s.at(http.MethodPut, one, `{"enabled":true}`, 1))
	s.named(http.StatusConflict, "charges.price", s.at(http.MethodPut, one, `{"enabled":true,"charges":{"textVersion":"2026-11","price":"INR 0.10"}}`, 1))
	s.named(http.StatusConflict, "notifications.shipment/out_for_delivery.charges.textVersion", s.at(http.MethodPut, "/notifications?app=bot",
		`{"notifications":{"shipment/out_for_delivery":{"enabled":true,"charges":{"textVersion":"1","price":"INR 0.117875"}}}}`, 1))
	agreed := fmt.Sprintf(`{"textVersion":%q,"price":%q}`, shown.ChargeText.Version, shown.Price)
	a := s.want(http.StatusOK, s.at(http.MethodPut, one, `{"enabled":true,"charges":`+agreed+`}`, 1))
	if !strings.Contains(a.Body, `"charges":{"by":"u-editor","at":"2026-11-20T04:50:12Z","textVersion":"2026-11","price":"INR 0.117875","category":"utility"}`) || !strings.Contains(a.Body, `"sends":false`) {
		t.Errorf("got %s", a.Body)
	}
}

// TestNotificationsUnfit answers 422 with one finding for each problem, and saves nothing.
func TestNotificationsUnfit(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	short := `{"template":"` + confirmation + `","values":[{"variable":"refund_amount"}]}`
	a := s.want(http.StatusUnprocessableEntity, s.at(http.MethodPut, "/notifications", `{"notifications":{"shipment/created":{"enabled":true,"content":`+short+`},
		"shipment/packed":{"enabled":true,"content":{"template":"`+waiting+`","values":[{"variable":"customer_name"}]}},
		"shipment/delivered":{"enabled":true,"content":{"template":"`+absent+`","values":[]}}}}`, 1))
	want := []string{
		"shipment/created error template -1 count", "shipment/created error body 0 variable_event",
		"shipment/packed error template -1 status", "shipment/delivered error template -1 template_unknown",
	}
	if diff := cmp.Diff(want, s.findings(a)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if a.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(a.Body, "PENDING") {
		t.Errorf("got %s", a.Body)
	}
	s.want(http.StatusUnprocessableEntity, s.at(http.MethodPut, "/notifications/shipment/created", `{"enabled":true,"content":`+short+`}`, 1))
	found := s.want(http.StatusOK, s.at(http.MethodPost, "/notifications/shipment/created/lint", `{"content":`+short+`}`, 0))
	if diff := cmp.Diff(want[:2], s.findings(found)); diff != "" {
		t.Errorf("lint (-want +got):\n%s", diff)
	}
	if now, err := s.store.Account(t.Context(), neem); err != nil || now.Version != 1 {
		t.Errorf("saved: version %d, %v", now.Version, err)
	}
	if text := s.logs.String(); strings.Contains(text, "PENDING") || !strings.Contains(text, `"findings":7`) {
		t.Errorf("log: %s", text)
	}
}

// trusted is how much to trust findings about a risk. That the figures are the corpus's is tested where the corpus is.
const trusted = `{"texts":356,"precisionPercent":93,"recallPercent":92,"note":"Only WhatsApp decides. Of our warnings 93 in 100 were right, and of the texts at risk ` +
	`92 in 100 were warned of, measured on 356 texts of our own that the rules were not tuned on."}`

// TestTemplatesAndPreview lists and reads templates, and shows what a phone shows.
func TestTemplatesAndPreview(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	list := s.want(http.StatusOK, s.at(http.MethodGet, "/templates", "", 0))
	if strings.Count(list.Body, `"placeholders"`) != 2 || !strings.Contains(list.Body, `"status":"PENDING"`) {
		t.Errorf("got %s", list.Body)
	}
	s.same(s.want(http.StatusOK, s.at(http.MethodGet, "/templates/"+confirmation+"?event=shipment/created&app=gs-1", "", 0)), `{"id":"`+confirmation+`","name":"created_v1",
		"language":"en","category":"UTILITY","status":"APPROVED","header":{"kind":"text","text":"Thanks"},"body":"Hi {{1}}, order {{2}} is with us.",
		"footer":"Reply STOP to end","buttons":[{"kind":"url","text":"Track","url":"https://t.example.com/{{1}}"}],"placeholders":[
		{"component":"body","index":0,"name":"1","sample":"Asha","suggestion":"customer_name"},
		{"component":"body","index":1,"name":"2","sample":"ORD-2041","suggestion":"customer_order_id"},
		{"component":"button","index":0,"name":"1","suggestion":"tracking_id"}]}`)

	preview := s.at(http.MethodPost, "/notifications/shipment/created/preview", `{"content":`+fitting+`}`, 0)
	const text = `Thanks\nHi Asha Sample, order of yours is with us.\nReply STOP to end`
	const want = `{"template":{"id":"` + confirmation + `","name":"created_v1","language":"en"},"header":{"kind":"text","text":"Thanks"},
		"body":"Hi Asha Sample, order of yours is with us.","footer":"Reply STOP to end",
		"buttons":[{"kind":"url","text":"Track","url":"https://t.example.com/ORD123456"}],"values":[
		{"component":"body","index":0,"name":"1","variable":"customer_name","text":"Asha Sample","source":"sample of Customer name"},
		{"component":"body","index":1,"name":"2","text":"of yours","source":"literal"},
		{"component":"button","index":0,"name":"1","variable":"customer_order_id","text":"ORD123456","source":"sample of Customer order ID"}],
		"text":"` + text + `","plain":"` + text + `\n[Track: https://t.example.com/ORD123456]","findings":[],"risk":` + trusted + `}`
	s.same(s.want(http.StatusOK, preview), want)
	s.want(http.StatusOK, s.at(http.MethodPut, "/notifications/shipment/created", `{"enabled":true,"content":`+fitting+`}`, 1))
	preview.body, preview.token = "", s.token("viewer", neem)
	s.same(s.want(http.StatusOK, preview), want)
}

// TestNotificationsRefused produces the errors of each route that are the same for several.
func TestNotificationsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const page, one = "/notifications", "/notifications/shipment/created"
	off := map[string]string{page: `{"notifications":{}}`, one: `{"enabled":false}`}
	proposal := `{"content":` + fitting + `}`
	for path, body := range off {
		q := s.at(http.MethodPut, path, body, 7)
		s.want(http.StatusPreconditionFailed, q)
		q.header = nil
		s.want(http.StatusPreconditionRequired, q)
		s.want(http.StatusNotFound, s.at(http.MethodGet, path+"?app=gs-2", "", 0))
		s.want(http.StatusNotFound, s.at(http.MethodPut, path+"?app=gs-2", body, 1))
		s.named(http.StatusBadRequest, "If-Match", request{method: http.MethodPut, path: q.path, token: q.token, body: body, header: map[string]string{"If-Match": "1"}})
	}
	for _, path := range []string{page, one, one + "/lint", one + "/preview"} {
		method := http.MethodPost
		if off[path] != "" {
			method = http.MethodPut
		}
		q := s.at(method, path, `{"x":"`+strings.Repeat("n", 1<<20)+`"}`, 1)
		s.want(http.StatusRequestEntityTooLarge, q)
		q.body, q.header = `{}`, map[string]string{"Content-Type": "text/plain", "If-Match": `"1"`}
		s.want(http.StatusUnsupportedMediaType, q)
		s.named(http.StatusBadRequest, "template", s.at(method, path, `{"template":"x"}`, 1))
	}
	for _, path := range []string{one + "/lint", one + "/preview"} {
		s.want(http.StatusConflict, s.at(http.MethodPost, path, "", 0)) // nothing is saved
		s.want(http.StatusConflict, s.at(http.MethodPost, path+"?app=bot", proposal, 0))
		s.want(http.StatusNotFound, s.at(http.MethodPost, strings.Replace(path, "created", "sung", 1), proposal, 0))
		s.named(http.StatusBadRequest, "content.values[0]", s.at(http.MethodPost, path, `{"content":{"template":"t","values":[{"variable":"brand","text":"Neem"}]}}`, 0))
	}
	s.named(http.StatusNotFound, "content.template", s.at(http.MethodPost, one+"/preview", `{"content":{"template":"`+absent+`","values":[]}}`, 0))
	for _, path := range []string{"/templates", "/templates/" + confirmation} {
		s.want(http.StatusConflict, s.at(http.MethodGet, path+"?app=bot", "", 0))
		s.want(http.StatusNotFound, s.at(http.MethodGet, path+"?app=gs-2", "", 0))
	}
	s.want(http.StatusNotFound, s.at(http.MethodGet, "/templates/"+absent, "", 0))
	s.named(http.StatusBadRequest, "event", s.at(http.MethodGet, "/templates/"+confirmation+"?event=sung", "", 0))
	s.want(http.StatusNotFound, s.at(http.MethodGet, "/notifications/shipment/sung", "", 0))
	s.want(http.StatusNotFound, s.at(http.MethodPut, "/notifications/shipment/sung", `{"enabled":false}`, 1))

	s.named(http.StatusBadRequest, "notifications", s.at(http.MethodPut, page, `{}`, 1))
	s.named(http.StatusBadRequest, "notifications.shipment/sung", s.at(http.MethodPut, page, `{"notifications":{"shipment/sung":{"enabled":false}}}`, 1))
	s.named(http.StatusBadRequest, "notifications.shipment/created.content", s.at(http.MethodPut, page, `{"notifications":{"shipment/created":{"enabled":true}}}`, 1))
	s.named(http.StatusBadRequest, "maxAgeSeconds", s.at(http.MethodPut, page, `{"notifications":{},"maxAgeSeconds":99999999999999}`, 1))
	for body, field := range map[string]string{
		`{"enabled":true}`:                     "content",
		`{"enabled":false,"maxAgeSeconds":-1}`: "maxAgeSeconds",
		`{"enabled":false,"content":{"template":"t","values":[],"copyCode":{"variable":"brand","text":"x"}}}`:                                      "content.copyCode",
		`{"enabled":false,"content":{"template":"t","values":[],"media":{"link":{"variable":"invoice","text":"x"}}}}`:                              "content.media.link",
		`{"enabled":false,"content":{"template":"t","values":[],"payment":{"part":"bill"}}}`:                                                       "content.payment.part",
		`{"enabled":false,"content":{"template":"t","values":[],"payment":{"part":"order_details","settings":{}}}}`:                                "content.payment.settings",
		`{"enabled":false,"content":{"template":"t","values":[],"payment":{"part":"order_status","description":{"variable":"brand","text":"x"}}}}`: "content.payment.description",
	} {
		s.named(http.StatusBadRequest, field, s.at(http.MethodPut, one, body, 1))
	}

	// Without an app.
	s.put("812", "Tulsi")
	bare := func(method, path, body string) request {
		return request{method: method, path: "/v1/accounts/812" + path, token: s.operator(), body: body, header: ifMatch(1)}
	}
	if a := s.want(http.StatusOK, bare(http.MethodGet, page, "")); !strings.Contains(a.Body, `"app":null,"reason":"no_app","installLink":"/v1/accounts/812/apps"`) {
		t.Errorf("got %s", a.Body)
	}
	for path, body := range off {
		s.want(http.StatusConflict, bare(http.MethodPut, path, body))
	}
	for _, path := range []string{page, one, "/templates", "/templates/t"} {
		q := bare(http.MethodGet, path, "")
		q.path = strings.Replace(q.path, "812", "813", 1)
		s.want(http.StatusNotFound, q)
	}
}

// TestNotificationsWithTheProviderDown answers 503 with a time to wait, or 502, and saves nothing.
func TestNotificationsWithTheProviderDown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const one = "/notifications/shipment/created"
	enable := `{"enabled":true,"content":` + fitting + `}`
	asking := []request{
		s.at(http.MethodPut, "/notifications", `{"notifications":{"shipment/created":`+enable+`}}`, 1),
		s.at(http.MethodPut, one, enable, 1),
		s.at(http.MethodPost, one+"/lint", `{"content":`+fitting+`}`, 0),
		s.at(http.MethodPost, one+"/preview", `{"content":`+fitting+`}`, 0),
		s.at(http.MethodGet, "/templates", "", 0),
		s.at(http.MethodGet, "/templates/"+confirmation, "", 0),
	}
	for f, status := range map[simulator.Fault]int{
		{System: "gupshup", Mode: chaos.Unavailable}:                     http.StatusServiceUnavailable,
		{System: "gupshup", Mode: chaos.Throttle, RetryAfterSeconds: 17}: http.StatusServiceUnavailable,
		{System: "gupshup", Mode: chaos.WrongCredentials}:                http.StatusBadGateway,
		{System: "gupshup", Mode: chaos.Malformed}:                       http.StatusServiceUnavailable,
	} {
		id, err := s.sim.Faults().Add(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range asking {
			a := s.want(status, q)
			if status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "" {
				t.Errorf("%s %s: no time to wait", q.method, q.path)
			}
			if wait := a.Header.Get("Retry-After"); f.RetryAfterSeconds > 0 && wait != "17" {
				t.Errorf("%s %s: wait for %q s, want 17", q.method, q.path, wait)
			}
			if code := `"code":"PROVIDER_DOWN"`; f.Mode == chaos.Malformed && !strings.Contains(a.Body, code) {
				t.Errorf("%s %s: no %s in %s", q.method, q.path, code, a.Body)
			}
			if strings.Contains(a.Body+s.logs.String(), shopKey) {
				t.Errorf("the credential is told: %s", a.Body)
			}
		}
		s.sim.Faults().Remove(id)
	}
	if now, err := s.store.Account(t.Context(), neem); err != nil || now.Version != 1 {
		t.Errorf("saved: version %d, %v", now.Version, err)
	}
}

// TestRevertIsRefused puts nothing back that a save would refuse: 422 with the findings, 409 without a consent, 502 and 503 as the provider
// answers.
func TestRevertIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.want(http.StatusOK, s.at(http.MethodPut, "/notifications/shipment/created", `{"enabled":true,"content":`+fitting+`}`, 1))
	s.want(http.StatusOK, s.at(http.MethodPut, "/notifications", `{"notifications":{}}`, 2))
	revert := func(version, now int64) request {
		q := s.at(http.MethodPost, fmt.Sprintf("/versions/%d/revert", version), "", 0)
		q.header = ifMatch(now)
		return q
	}
	for mode, status := range map[chaos.Mode]int{chaos.Unavailable: http.StatusServiceUnavailable, chaos.WrongCredentials: http.StatusBadGateway} {
		id, err := s.sim.Faults().Add(simulator.Fault{System: "gupshup", Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		if a := s.want(status, revert(2, 3)); status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "" {
			t.Error("no time to wait")
		}
		s.sim.Faults().Remove(id)
	}

	if err := s.sim.Gupshup().SetTemplateStatus(gupshupApp, confirmation, "PAUSED", ""); err != nil {
		t.Fatal(err)
	}
	a := s.want(http.StatusUnprocessableEntity, revert(2, 3))
	if diff := cmp.Diff([]string{"shipment/created error template -1 status"}, s.findings(a)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if now, err := s.store.Account(t.Context(), neem); err != nil || now.Version != 3 || now.Events["shipment/created"].Enabled {
		t.Errorf("put back: version %d, %+v, %v", now.Version, now.Events, err)
	}
	if err := s.sim.Gupshup().SetTemplateStatus(gupshupApp, confirmation, "APPROVED", ""); err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusOK, revert(2, 3))
	if now, err := s.store.Account(t.Context(), neem); err != nil || now.Version != 4 || !now.Events["shipment/created"].Enabled {
		t.Errorf("not put back: version %d, %+v, %v", now.Version, now.Events, err)
	}
}

// TestContentIsKept has all parts of a filling come back as they were sent.
func TestContentIsKept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const content = `{"template":"t","values":[{"name":"order","variable":"customer_order_id"},{"name":"who","text":"you"}],
		"media":{"link":{"variable":"invoice"},"id":"1","filename":"a.pdf","latitude":"18.52","longitude":"73.85","name":"Shop","address":"Pune"},
		"copyCode":{"text":"SAVE10"},"actions":["","ACTF001"],"payment":{"part":"order_details","reference":"shop_order_id","description":{"text":"On its way"},
		"goods":"digital-goods","type":"upi","configuration":"c","settings":[{"type":"payment_gateway"}]}}`
	a := s.want(http.StatusOK, s.at(http.MethodPut, "/notifications/shipment/created", `{"enabled":false,"content":`+content+`}`, 1))
	var body struct {
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil {
		t.Fatal(err)
	}
	s.same(testkit.Answer{Body: string(body.Content)}, content)
}
