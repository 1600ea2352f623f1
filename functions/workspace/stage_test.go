package workspace_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// The credentials of the simulated providers, and the app secret at Meta.
const (
	gupshupKey = "sk-gupshup-0123456789abcdef"
	rotatedKey = "sk-gupshup-fedcba9876543210"
	metaToken  = "EAAB-meta-0123456789abcdef"
	metaSecret = "app-secret-0123456789abcdef"
	kaleyraKey = "kaleyra-0123456789abcdef"
	guestKey   = "guest-0123456789abcdef"
)

const neemAlerts = "aaaaaaaa-0000-4000-8000-000000000001"

// stage is a rig among simulated providers, which call the function webhook back.
type stage struct {
	*rig
	sim *simulator.Simulator
	// calls is where webhook is, and providers where the simulated providers are.
	calls, providers string
	// answers are the bodies of all answers.
	answers strings.Builder
}

func newStage(t *testing.T, env map[string]string) *stage {
	t.Helper()
	var hooks atomic.Pointer[http.Handler]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*hooks.Load()).ServeHTTP(w, r) }))
	testkit.AtEnd(t, server.Close)
	sim, address := testkit.Simulator(t, clock.NewManual(start))
	vars := map[string]string{"WEBHOOK_URL": server.URL + "/", "BUSINESSONBOT_BASE_URL": address + "/businessonbot"}
	for _, name := range []string{"gupshup", "meta", "kaleyra"} {
		vars[strings.ToUpper(name)+"_BASE_URL"] = address + "/" + name
	}
	maps.Copy(vars, env)

	s := &stage{rig: newRig(t, vars), sim: sim, calls: server.URL, providers: address}
	for _, topic := range []string{"provider-events", "account-news"} {
		if err := s.cloud.EnsureTopics(t.Context(), "projects/"+testkit.Project+"/topics/"+topic); err != nil {
			t.Fatal(err)
		}
	}
	h, err := webhook.New(t.Context(), testkit.Function(t, s.cloud, s.clock, s.logs, map[string]string{"GOOGLE_CLOUD_PROJECT": testkit.Project}))
	if err != nil {
		t.Fatal(err)
	}
	hooks.Store(&h)

	for _, err := range []error{
		sim.Gupshup().AddApp(gupshup.App{ID: neemAlerts, Name: "NeemAlerts", Phone: "919000000100", APIKey: gupshupKey}),
		sim.Meta().AddApp(meta.App{ID: "118200334455667", WABAID: "204411990088", Phone: "919000000200", Token: metaToken, AppSecret: metaSecret}),
		sim.Kaleyra().AddApp(kaleyra.App{ID: "kl", SID: "HXIN0001", APIKey: kaleyraKey, Number: "919000000300", WABAID: "204411990099"}),
		sim.BusinessOnBot().AddTenant(businessonbot.Tenant{Path: "neem", GuestKey: guestKey}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.put(neem, "Neem")

	return s
}

// The bodies that install an app of each provider.
var installs = map[string]string{
	"gupshup": fmt.Sprintf(`{"provider":"gupshup","name":"Neem alerts","number":"+919000000100","credential":%q,
		"providerIds":{"appId":%q,"appName":"NeemAlerts"}}`, gupshupKey, neemAlerts),
	"meta": fmt.Sprintf(`{"ownership":"client","provider":"meta","number":"919000000200","credential":%q,"signingSecret":%q,
		"providerIds":{"phoneNumberId":"118200334455667","wabaId":"204411990088"}}`, metaToken, metaSecret),
	"kaleyra": fmt.Sprintf(`{"provider":"kaleyra","number":"+919000000300","credential":%q,
		"providerIds":{"sid":"HXIN0001","wabaId":"204411990099","pod":"in"}}`, kaleyraKey),
	"businessonbot": fmt.Sprintf(`{"provider":"businessonbot","credential":%q,"providerIds":{"baseUrl":"https://bot.example.com/neem"}}`, guestKey),
}

// appsPath is the path of the account's apps and of what is below.
func appsPath(below ...string) string {
	return strings.Join(append([]string{"/v1/accounts/" + neem + "/apps"}, below...), "/")
}

// ask has the function answer an editor of the account, on condition of its present version.
func (s *stage) ask(status int, method, path, body string) testkit.Answer {
	s.t.Helper()
	a, err := s.store.Account(s.t.Context(), neem)
	if err != nil {
		s.t.Fatal(err)
	}
	q := request{method: method, path: path, token: s.token("editor", neem), body: body}
	if method != http.MethodGet {
		q.header = ifMatch(a.Version)
	}
	got := s.want(status, q)
	s.answers.WriteString(got.Body)

	return got
}

// add installs an app of a provider, and returns its id and the address of its webhook.
func (s *stage) add(providerName string) (appID, hook string) {
	s.t.Helper()
	in := read[struct {
		App     struct{ AppID string }
		Webhook struct{ URL string }
	}](s.t, s.ask(http.StatusCreated, http.MethodPost, appsPath(), installs[providerName]))

	return in.App.AppID, in.Webhook.URL
}
