package auth_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
)

const (
	google   = "https://accounts.google.com"
	portal   = "portal@demo.test"
	console  = "console@demo.test"
	services = `{"` + portal + `": {"role": "platform"}, "` + console + `": {"role": "support", "accounts": ["811", "812"]}}`
)

// people is the issuer of people's tokens, and Google, both with one key; and the workspace that takes them.
type people struct {
	t      *testing.T
	whose  func(*http.Request) (access.Caller, error)
	clock  *clock.Manual
	signer *idtoken.Signer
	logs   *testkit.Log
}

func newPeople(t *testing.T, vars map[string]string) people {
	t.Helper()
	clk, logs := clock.NewManual(start), &testkit.Log{}
	signer := idtoken.New(clk, idtoken.Shared)
	keys := newSource(t, signer.ServeHTTP)
	all := map[string]string{
		"USER_ISSUER": idtoken.Issuer, "USER_KEYS_URL": keys.URL, "USER_AUDIENCE": audience,
		"SERVICE_IDENTITIES": services, "SERVICE_KEYS_URL": keys.URL,
	}
	maps.Copy(all, vars)
	var cfg auth.UserConfig
	if err := config.Load(t.Context(), config.Map(all), &cfg); err != nil {
		t.Fatal(err)
	}
	whose := auth.Users(t.Context(), cfg, clk, logging.New(logs, logging.Options{}))
	return people{t, whose, clk, signer, logs}
}

// claims are those of a person's token, made now.
func (p people) claims() map[string]any {
	now := p.clock.Now()
	return map[string]any{
		"iss": idtoken.Issuer, "aud": audience, "sub": "u-1", "name": "Asha", "email": "asha@example.com",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"eshopbox": map[string]any{"role": "editor", "accounts": []string{"811"}},
	}
}

// with returns a person's token with a changed claim.
func (p people) with(name string, value any) string {
	claims := p.claims()
	claims[name] = value
	return p.signer.Sign(claims)
}

// service returns a token that Google signed for a service.
func (p people) service(email string, changes map[string]any) string {
	claims := idtoken.Claims(email, audience, p.clock.Now())
	claims["iss"], claims["sub"] = google, "107"
	maps.Copy(claims, changes)
	return p.signer.Sign(claims)
}

// check compares what becomes of a token with what has to.
func (p people) check(name, token string, want access.Caller, reason string) {
	p.t.Helper()
	for range 2 { // the second time it is known, if it is right
		got, err := p.whose(request(p.t, token))
		if diff := cmp.Diff(want, got); diff != "" {
			p.t.Errorf("%s: caller (-want +got):\n%s", name, diff)
		}
		if err != nil || reason != "" {
			p.t.Run(name, func(t *testing.T) { check(t, err, reason) })
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	p := newPeople(t, nil)
	asha := access.Caller{Subject: "u-1", Name: "Asha", Email: "asha@example.com", Role: access.Editor, Accounts: []string{"811"}}
	p.check("person", p.signer.Sign(p.claims()), asha, "")
	viewer := asha
	viewer.Role, viewer.Accounts = access.Viewer, []string{"811", "812"}
	p.check("viewer", p.with("eshopbox", map[string]any{"role": "viewer", "accounts": []string{"811", "812"}, "more": 1}), viewer, "")
	operator := asha
	operator.Role, operator.Accounts, operator.All = access.Platform, nil, true
	p.check("platform", p.with("eshopbox", map[string]any{"role": "platform"}), operator, "")
	p.check("platform_with_accounts", p.with("eshopbox", map[string]any{"role": "platform", "accounts": []string{"811"}}), operator, "")
	bare := p.claims()
	delete(bare, "name")
	delete(bare, "email")
	nameless := asha
	nameless.Name, nameless.Email = "", ""
	p.check("without_name", p.signer.Sign(bare), nameless, "")
	p.check("several_audiences", p.with("aud", []string{"https://other.example.com", audience}), asha, "")

	p.check("service", p.service(portal, nil), access.Caller{Subject: "service:107", Name: "portal", Email: portal, Role: access.Platform, All: true}, "")
	support := access.Caller{Subject: "service:107", Name: "console", Email: console, Role: access.Support, Accounts: []string{"811", "812"}}
	p.check("service_with_accounts", p.service(console, nil), support, "")
	p.check("google_without_scheme", p.service(console, map[string]any{"iss": "accounts.google.com"}), support, "")
}

// TestUsersClaim holds what of the claim is refused: nothing is guessed.
func TestUsersClaim(t *testing.T) {
	t.Parallel()
	p := newPeople(t, nil)
	without := func(name string) string {
		claims := p.claims()
		delete(claims, name)
		return p.signer.Sign(claims)
	}
	capitals := p.claims()
	capitals["Eshopbox"] = capitals["eshopbox"]
	delete(capitals, "eshopbox")
	inCapitals := p.signer.Sign(capitals)
	accounts := func(v any) string { return p.with("eshopbox", map[string]any{"role": "viewer", "accounts": v}) }
	for name, token := range map[string]string{
		"missing":                 without("eshopbox"),
		"null":                    p.with("eshopbox", nil),
		"a_text":                  p.with("eshopbox", "platform"),
		"a_list":                  p.with("eshopbox", []string{"platform"}),
		"json_in_a_text":          p.with("eshopbox", `{"role":"platform"}`),
		"empty":                   p.with("eshopbox", map[string]any{}),
		"no_role":                 p.with("eshopbox", map[string]any{"accounts": []string{"811"}}),
		"unknown_role":            p.with("eshopbox", map[string]any{"role": "owner", "accounts": []string{"811"}}),
		"role_in_capitals":        p.with("eshopbox", map[string]any{"role": "PLATFORM"}),
		"name_of_role_in_capital": p.with("eshopbox", map[string]any{"Role": "platform"}),
		"role_empty":              p.with("eshopbox", map[string]any{"role": "", "accounts": []string{"811"}}),
		"role_a_list":             p.with("eshopbox", map[string]any{"role": []string{"platform"}}),
		"role_a_number":           p.with("eshopbox", map[string]any{"role": 4, "accounts": []string{"811"}}),
		"no_accounts":             p.with("eshopbox", map[string]any{"role": "viewer"}),
		"accounts_null":           accounts(nil),
		"accounts_empty":          accounts([]string{}),
		"accounts_a_text":         accounts("811"),
		"accounts_numbers":        accounts([]int{811}),
		"accounts_with_a_star":    accounts([]string{"*"}),
		"accounts_with_nothing":   accounts([]string{"811", ""}),
		"accounts_with_a_path":    accounts([]string{"811/apps"}),
		"accounts_too_long":       accounts([]string{strings.Repeat("8", 21)}),
		"in_capitals":             inCapitals,
	} {
		p.check(name, token, access.Caller{}, "claim")
	}
	p.check("no_subject", without("sub"), access.Caller{}, "subject")
	p.check("subject_a_number", p.with("sub", 7), access.Caller{}, "malformed")
	p.check("name_a_number", p.with("name", 7), access.Caller{}, "malformed")

	named := newPeople(t, map[string]string{"USER_CLAIM": "https://example.com/eshopbox"})
	named.check("only_the_configured_claim_counts", named.signer.Sign(named.claims()), access.Caller{}, "claim")
	claims := named.claims()
	claims["https://example.com/eshopbox"], claims["eshopbox"] = map[string]any{"role": "viewer", "accounts": []string{"7"}}, map[string]any{"role": "platform"}
	got, err := named.whose(request(t, named.signer.Sign(claims)))
	if err != nil || got.Role != access.Viewer || got.All {
		t.Errorf("another name of the claim: got %v, %v", got, err)
	}
}

// TestUsersForged holds that nobody gets in with a forgery of a person's or of a service's token, again and again.
func TestUsersForged(t *testing.T) {
	t.Parallel()
	p := newPeople(t, nil)
	now := p.clock.Now()
	forged := forge.Of(t, p.signer, p.claims(), now)
	asService := idtoken.Claims(portal, audience, now)
	asService["iss"] = google
	for _, f := range forge.Of(t, p.signer, asService, now) {
		f.Name = "service_" + f.Name
		forged = append(forged, f)
	}
	if len(forged) < 40 {
		t.Fatalf("got %d forgeries, want more", len(forged))
	}
	for _, f := range forged {
		p.check(f.Name, f.Value, access.Caller{}, f.Reason)
	}
}

// TestServices holds that Google's word for an e-mail is needed, and that neither issuer's tokens pass for the other's.
func TestServices(t *testing.T) {
	t.Parallel()
	p := newPeople(t, nil)
	p.check("unknown_e-mail", p.service("other@demo.test", nil), access.Caller{}, "email")
	p.check("e-mail_in_capitals", p.service(strings.ToUpper(portal), nil), access.Caller{}, "email")
	p.check("no_e-mail", p.service("", nil), access.Caller{}, "email")
	p.check("not_verified", p.service(portal, map[string]any{"email_verified": false}), access.Caller{}, "email_not_verified")
	p.check("verified_as_a_text", p.service(portal, map[string]any{"email_verified": "true"}), access.Caller{}, "malformed")
	claim := map[string]any{"role": "platform"}
	p.check("a_claim_of_its_own", p.service("other@demo.test", map[string]any{"eshopbox": claim}), access.Caller{}, "email")
	p.check("a_person_with_a_service's_e-mail", p.signer.Sign(idtoken.Claims(portal, audience, p.clock.Now())), access.Caller{}, "claim")

	none := newPeople(t, map[string]string{"SERVICE_IDENTITIES": ""})
	none.check("no_services_configured", none.service(portal, map[string]any{"eshopbox": claim}), access.Caller{}, "issuer")
}

// TestKnownCallers holds that a token which is known is still its holder's, whose accounts nobody can change for the next request, and
// that it ends.
func TestKnownCallers(t *testing.T) {
	t.Parallel()
	p := newPeople(t, nil)
	claims := p.claims()
	claims["exp"] = p.clock.Now().Add(5 * time.Minute).Unix()
	mine := p.signer.Sign(claims)
	claims["sub"], claims["eshopbox"] = "u-2", map[string]any{"role": "viewer", "accounts": []string{"900"}}
	other := p.signer.Sign(claims)
	for range 3 {
		for token, want := range map[string][2]string{mine: {"u-1", "811"}, other: {"u-2", "900"}} {
			got, err := p.whose(request(t, token))
			if err != nil || got.Subject != want[0] || len(got.Accounts) != 1 || got.Accounts[0] != want[1] {
				t.Fatalf("got %s at %v, %v, want %v", got.Subject, got.Accounts, err, want)
			}
			got.Accounts[0] = "changed"
		}
	}
	p.clock.Advance(5*time.Minute + time.Second)
	p.check("ended", mine, access.Caller{}, "expired")
}

// TestUsersLogNothing holds that neither tokens nor e-mails are in logs or errors.
func TestUsersLogNothing(t *testing.T) {
	t.Parallel()
	p := newPeople(t, nil)
	tokens := []string{p.signer.Sign(p.claims()), p.service(portal, nil), p.service("other@demo.test", nil), p.with("eshopbox", "asha@example.com"), "guess"}
	for _, token := range tokens {
		_, err := p.whose(request(t, token))
		text := p.logs.String()
		if err != nil {
			text += err.Error()
		}
		for _, secret := range []string{token, "@demo.test", "asha@", "u-1"} {
			if strings.Contains(text, secret) {
				t.Errorf("logs and error hold %.20s: %s", secret, text)
			}
		}
	}
}

// TestUsersKeys holds that keys are found by the issuer's discovery document where no address is configured.
func TestUsersKeys(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		document func(issuer string) any
		want     fault.Kind
	}{
		"its_own": {func(i string) any { return map[string]string{"issuer": i, "jwks_uri": i + "/keys"} }, 0},
		"another's": {func(i string) any {
			return map[string]string{"issuer": "https://x.example.com", "jwks_uri": i + "/keys"}
		}, fault.Unavailable},
		"a_longer_name":  {func(i string) any { return map[string]string{"issuer": i + "/", "jwks_uri": i + "/keys"} }, fault.Unavailable},
		"without_keys":   {func(i string) any { return map[string]string{"issuer": i} }, fault.Unavailable},
		"a_file":         {func(i string) any { return map[string]string{"issuer": i, "jwks_uri": "file:///keys"} }, fault.Unavailable},
		"no_address":     {func(i string) any { return map[string]string{"issuer": i, "jwks_uri": "http://%zz"} }, fault.Unavailable},
		"private":        {func(i string) any { return map[string]string{"issuer": i, "jwks_uri": "http://127.0.0.1:1/keys"} }, fault.Unavailable},
		"not_an_object":  {func(string) any { return "keys" }, fault.Unavailable},
		"nothing_at_all": {nil, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clk, logs := clock.NewManual(start), &testkit.Log{}
			signer := idtoken.New(clk, idtoken.Shared)
			issuer := newSource(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/keys":
					signer.ServeHTTP(w, r)
				case r.URL.Path == "/.well-known/openid-configuration" && tc.document != nil:
					_ = json.NewEncoder(w).Encode(tc.document("http://" + r.Host))
				default:
					http.NotFound(w, r)
				}
			})
			whose := auth.Users(t.Context(), auth.UserConfig{Issuer: issuer.URL, Audience: audience, Claim: "eshopbox"}, clk, logging.New(logs, logging.Options{}))
			claims := people{clock: clk}.claims()
			claims["iss"] = issuer.URL
			_, err := whose(request(t, signer.Sign(claims)))
			if tc.want == 0 && err != nil || tc.want != 0 && !fault.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if got, want := strings.Contains(logs.String(), "WARNING"), tc.want != 0; got != want {
				t.Errorf("got log %s", logs)
			}
		})
	}
}

// TestUsersNotConfigured holds that a function without an issuer lets nobody in, and says so once.
func TestUsersNotConfigured(t *testing.T) {
	t.Parallel()
	clk, logs := clock.NewManual(start), &testkit.Log{}
	var cfg auth.UserConfig
	if err := config.Load(t.Context(), config.Map(nil), &cfg); err != nil {
		t.Fatal(err)
	}
	whose := auth.Users(t.Context(), cfg, clk, logging.New(logs, logging.Options{}))
	signer := idtoken.New(clk, idtoken.Shared)
	for _, token := range []string{"", signer.Token(portal, ""), signer.Sign(people{clock: clk}.claims())} {
		_, err := whose(request(t, token))
		check(t, err, "no_issuer")
	}
	if got := strings.Count(logs.String(), `"severity":"WARNING"`); got != 1 {
		t.Errorf("got log %s, want one warning", logs)
	}
}

func TestUserConfigReads(t *testing.T) {
	t.Parallel()
	read, required := testkit.Variables(t, &auth.UserConfig{})
	want := []string{"K_SERVICE", "SERVICE_IDENTITIES", "SERVICE_KEYS_URL", "USER_AUDIENCE", "USER_CLAIM", "USER_ISSUER", "USER_KEYS_URL"}
	if diff := cmp.Diff(want, read); diff != "" || len(required) > 0 {
		t.Errorf("required %v, variables (-want +got):\n%s", required, diff)
	}
}

func TestUserConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	right := map[string]string{"USER_ISSUER": "https://login.example.com", "USER_AUDIENCE": audience}
	deployed := map[string]string{"K_SERVICE": "workspace"}
	identities := func(text string) []map[string]string { return []map[string]string{right, {"SERVICE_IDENTITIES": text}} }
	missing := []string{"USER_ISSUER is required", "USER_AUDIENCE is required"}
	const unknown, list = "SERVICE_IDENTITIES has an identity that has no role, or an unknown one",
		"SERVICE_IDENTITIES has an identity that has no list of accounts, or one with something else than ids"
	for _, tc := range []struct {
		name string
		vars []map[string]string
		want []string
	}{
		{"nothing", nil, nil},
		{"people", []map[string]string{right}, nil},
		{"people_and_services", []map[string]string{right, {"SERVICE_IDENTITIES": services}}, nil},
		{"deployed", []map[string]string{right, deployed, {"USER_KEYS_URL": "https://login.example.com/keys"}}, nil},
		{"deployed_with_nothing", []map[string]string{deployed}, missing},
		{"deployed_with_services_alone", []map[string]string{deployed, {"SERVICE_IDENTITIES": services}}, missing},
		{"services_alone", []map[string]string{{"SERVICE_IDENTITIES": services}}, missing},
		{"keys_alone", []map[string]string{{"USER_KEYS_URL": "https://login.example.com/keys"}}, missing},
		{"without_audience", []map[string]string{{"USER_ISSUER": "https://login.example.com"}}, []string{"USER_AUDIENCE is required"}},
		{"without_issuer", []map[string]string{{"USER_AUDIENCE": audience}}, []string{"USER_ISSUER is required"}},
		{"issuer_nowhere", []map[string]string{right, {"USER_ISSUER": "hunter2"}}, []string{"USER_ISSUER is not an http or https address"}},
		{"keys_nowhere", []map[string]string{right, {"USER_KEYS_URL": "hunter2"}}, []string{"USER_KEYS_URL is not an http or https address"}},
		{"service_keys_nowhere", []map[string]string{right, {"SERVICE_KEYS_URL": "hunter2"}}, []string{"SERVICE_KEYS_URL is not an http or https address"}},
		{"google", []map[string]string{right, {"USER_ISSUER": google}}, []string{"USER_ISSUER must not be Google: its tokens do not say what a person may do, and SERVICE_IDENTITIES does"}},
		{"deployed_without_tls", []map[string]string{right, deployed, {"USER_ISSUER": "http://login.example.com", "USER_KEYS_URL": "http://login.example.com/keys"}}, []string{
			"USER_ISSUER must be an https address beside K_SERVICE", "USER_KEYS_URL must be an https address beside K_SERVICE",
		}},
		{"deployed_with_other_keys_of_services", []map[string]string{right, deployed, {"SERVICE_KEYS_URL": "https://login.example.com/keys"}}, []string{
			"SERVICE_KEYS_URL must not be set beside K_SERVICE: a deployed function takes Google's tokens of services only",
		}},
		{"identities_no_json", identities("hunter2"), []string{"SERVICE_IDENTITIES must be a JSON object"}},
		{"identities_a_list", identities(`["hunter2"]`), []string{"SERVICE_IDENTITIES must be a JSON object"}},
		{"identities_without_e-mail", identities(`{"hunter2": {"role": "platform"}}`), []string{"SERVICE_IDENTITIES has a key that is no e-mail"}},
		{"identities_with_half_an_e-mail", identities(`{"hunter2@": {"role": "platform"}}`), []string{"SERVICE_IDENTITIES has a key that is no e-mail"}},
		{"identities_with_the_other_half", identities(`{"@hunter2": {"role": "platform"}}`), []string{"SERVICE_IDENTITIES has a key that is no e-mail"}},
		{"identity_no_object", identities(`{"a@demo.test": "platform"}`), []string{"SERVICE_IDENTITIES has an identity that is no object"}},
		{"identity_without_role", identities(`{"a@demo.test": {"accounts": ["811"]}}`), []string{unknown}},
		{"identity_with_unknown_role", identities(`{"a@demo.test": {"role": "hunter2"}}`), []string{unknown}},
		{"identity_without_accounts", identities(`{"a@demo.test": {"role": "viewer"}}`), []string{list}},
		{"identity_with_no_ids", identities(`{"a@demo.test": {"role": "viewer", "accounts": ["hunter2"]}}`), []string{list}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{}
			for _, some := range tc.vars {
				maps.Copy(vars, some)
			}
			if diff := cmp.Diff(tc.want, testkit.Problems(t, &auth.UserConfig{}, vars)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
