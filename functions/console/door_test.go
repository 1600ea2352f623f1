package console_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/console"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	neem = "811"
	// houseKey is the value of every key of a house.
	houseKey = "0123456789abcdef0123456789abcdef"
	backend  = "/projects/123456789012/global/backendServices/9876543210"
)

// house is the console with a door, on a local cloud with two accounts.
type house struct {
	t       *testing.T
	clock   *clock.Manual
	handler http.Handler
	cloud   *cloud.Cloud
	store   *store.Store
	links   *signin.Links
	logs    *testkit.Log
}

func newHouse(t *testing.T, door string, vars map[string]string) *house {
	t.Helper()
	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	local := testkit.Cloud(t, clk)
	db := testkit.Store(t, local)
	for id, name := range map[string]string{neem: "Neem & Co", "812": "Tulsi House"} {
		if err := db.PutAccount(t.Context(), account.Account{
			ID: id, Slug: "brand-" + id, Name: name, TimeZone: "Asia/Kolkata", Version: 1, ConsentMode: account.Explicit,
			Sender: "own", Apps: map[string]account.App{"own": {Provider: "gupshup", Ownership: message.Client, Name: "Alerts", Number: "919000000811"}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: clk, ClientOptions: local.ClientOptions()})
	testkit.AtEnd(t, func() { _ = secrets.Close() })
	for _, name := range []string{"session-key", "phone-key", "proof-key"} {
		if _, err := secrets.Add(t.Context(), name, config.NewSecret(houseKey)); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]string{"GOOGLE_CLOUD_PROJECT": testkit.Project, "WEBHOOK_URL": "https://webhook.example.com", "CONSOLE_DOOR": door}
	maps.Copy(all, vars)
	logs := &testkit.Log{}
	h, err := console.New(t.Context(), testkit.Function(t, local, clk, logs, all))
	if err != nil {
		t.Fatal(err)
	}
	links := signin.New(signin.Deps{Store: db, Accounts: settings.NewAccounts(db, settings.Options{Clock: clk}), ConsoleURL: "https://console.example.com", Clock: clk})

	return &house{t, clk, h, local, db, links, logs}
}

// want is a request as a browser makes it on a page of the console, and the status that it has to be answered with.
func (h *house) want(status int, method, path string, header map[string]string) testkit.Answer {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, path, http.NoBody)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	a := testkit.Serve(h.handler, r)
	if a.Status != status {
		h.t.Fatalf("%s %s: got %d %s, want %d", method, path, a.Status, a.Body, status)
	}

	return a
}

// mint returns the path of a link.
func (h *house) mint(role access.Role, ask signin.Ask) string {
	h.t.Helper()
	link, err := h.links.Mint(h.t.Context(), access.Caller{Subject: "u-1", Name: "Asha Sample", Role: role, Accounts: []string{neem}, All: role == access.Platform}, neem, ask)
	if err != nil {
		h.t.Fatal(err)
	}
	u, err := url.Parse(link.URL)
	if err != nil {
		h.t.Fatal(err)
	}

	return u.Path
}

// cookie returns the one cookie that an answer sets.
func (h *house) cookie(a testkit.Answer) *http.Cookie {
	h.t.Helper()
	lines := a.Header.Values("Set-Cookie")
	if len(lines) != 1 {
		h.t.Fatalf("got the cookies %q", lines)
	}
	c, err := http.ParseSetCookie(lines[0])
	if err != nil {
		h.t.Fatal(err)
	}

	return c
}

// with is the header of a browser that has a cookie.
func with(c *http.Cookie) map[string]string {
	return map[string]string{"Cookie": c.Name + "=" + c.Value}
}

// TestALinkOutlivesAMissingKey has the key be unreadable while somebody follows a link: the link is not used up by that, and lets in afterwards.
func TestALinkOutlivesAMissingKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "brand", nil)
	link := h.mint(access.Editor, signin.Ask{})

	h.cloud.Rules().Add(cloud.Rule{ID: "away", Method: "SecretManagerService/AccessSecretVersion", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	h.want(http.StatusInternalServerError, http.MethodPost, link, nil)
	h.cloud.Rules().Remove("away")
	h.want(http.StatusSeeOther, http.MethodPost, link, nil)
}

// TestBrandDoor follows a link: its page uses nothing up, its button lets in, once, and what is in the cookie ends.
func TestBrandDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "brand", nil)
	link := h.mint(access.Editor, signin.Ask{Path: "/accounts/811/usage"})
	for range 3 { // chat programs look at it before the person does
		a := h.want(http.StatusOK, http.MethodGet, link, nil)
		if !strings.Contains(a.Body, `<form method="post" action="`+link+`">`) || a.Header.Get("Set-Cookie") != "" || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("got %v %s", a.Header, a.Body)
		}
	}
	a := h.want(http.StatusSeeOther, http.MethodPost, link, nil)
	in := h.cookie(a)
	if got := a.Header.Get("Location"); got != "/accounts/811/usage" {
		t.Errorf("led to %s", got)
	}
	if in.Name != "__Host-console" || !in.HttpOnly || !in.Secure || in.SameSite != http.SameSiteLaxMode || in.Partitioned || in.Path != "/" || in.Domain != "" || in.MaxAge != 1800 {
		t.Errorf("got the cookie %+v", in)
	}
	if a = h.want(http.StatusOK, http.MethodGet, "/accounts/811/usage", with(in)); !strings.Contains(a.Body, "Asha Sample") || !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("got %v %s", a.Header, a.Body)
	}
	h.want(http.StatusForbidden, http.MethodGet, "/accounts/812/usage", with(in))

	if a = h.want(http.StatusNotFound, http.MethodPost, link, nil); !strings.Contains(a.Body, "has been used, or its minute is over") || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("the second time: got %v %s", a.Header, a.Body)
	}
	h.want(http.StatusNotFound, http.MethodPost, "/enter/"+strings.Repeat("A", 26), nil)

	out := h.cookie(h.want(http.StatusSeeOther, http.MethodPost, "/leave", with(in)))
	if out.Name != in.Name || out.Value != "" || out.MaxAge >= 0 || !out.Secure {
		t.Errorf("signing out sets %+v", out)
	}
	h.want(http.StatusOK, http.MethodGet, "/left", nil)

	h.clock.Advance(30 * time.Minute)
	if a = h.want(http.StatusUnauthorized, http.MethodGet, "/accounts/811/usage", with(in)); !strings.Contains(a.Body, "Open the console from your portal") {
		t.Errorf("after its time: got %s", a.Body)
	}
	h.want(http.StatusUnauthorized, http.MethodGet, "/", nil)
	for _, hidden := range []string{strings.TrimPrefix(link, "/enter/"), in.Value, "Asha"} {
		if strings.Contains(h.logs.String(), hidden) {
			t.Errorf("the log has %s: %s", hidden, h.logs)
		}
	}
}

// TestLinkOfThePlatform holds that a link is for one account even where the platform has made it with its own role.
func TestLinkOfThePlatform(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "brand", nil)
	in := h.cookie(h.want(http.StatusSeeOther, http.MethodPost, h.mint(access.Platform, signin.Ask{}), nil))
	h.want(http.StatusOK, http.MethodGet, "/accounts/811/usage", with(in))
	h.want(http.StatusForbidden, http.MethodGet, "/accounts/812/usage", with(in))
	if a := h.want(http.StatusSeeOther, http.MethodGet, "/", with(in)); a.Header.Get("Location") != "/accounts/811" {
		t.Errorf("the first page leads to %s", a.Header.Get("Location"))
	}
}

// TestForgedSessions holds that nobody gets in with a cookie that was changed, or that another door has set.
func TestForgedSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "brand", nil)
	in := h.cookie(h.want(http.StatusSeeOther, http.MethodPost, h.mint(access.Viewer, signin.Ask{}), nil))
	body, seal, _ := strings.Cut(in.Value, ".")
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		t.Fatal(err)
	}
	more := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(text), `"viewer"`, `"platform"`, 1)))
	local := newHouse(t, "local", nil)
	picked := local.cookie(testkit.Serve(local.handler, pick("editor:811")))
	for name, value := range map[string]string{
		"none": "", "no_seal": body, "empty_seal": body + ".", "another_role": more + "." + seal, "cut": in.Value[1:], "long": strings.Repeat("A", 5000),
		"of_the_local_door": picked.Value, "seal_alone": "." + seal, "not_base64": "!" + in.Value,
	} {
		a := h.want(http.StatusUnauthorized, http.MethodGet, "/accounts/811/usage", map[string]string{"Cookie": in.Name + "=" + value})
		if strings.Contains(a.Body, "Neem") {
			t.Errorf("%s: got %s", name, a.Body)
		}
	}
	h.want(http.StatusUnauthorized, http.MethodGet, "/accounts/811/usage", map[string]string{"Cookie": "console=" + in.Value})
	h.want(http.StatusOK, http.MethodGet, "/accounts/811/usage", with(in))
	h.want(http.StatusForbidden, http.MethodPost, "/leave", map[string]string{"Cookie": in.Name + "=" + in.Value, "Sec-Fetch-Site": "cross-site"})
	h.want(http.StatusForbidden, http.MethodPost, h.mint(access.Viewer, signin.Ask{}), map[string]string{"Sec-Fetch-Site": "cross-site"})
}

// pick picks somebody at the local door.
func pick(person string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/people", strings.NewReader(url.Values{"person": {person}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")

	return r
}

// TestFrames holds that the console can be framed by the portals that are named, at the brands' door alone, and how its cookie is then.
func TestFrames(t *testing.T) {
	t.Parallel()
	frames := map[string]string{"CONSOLE_FRAME_ORIGINS": " https://portal.example.com,https://other.example.com, "}
	h := newHouse(t, "brand", frames)
	a := h.want(http.StatusSeeOther, http.MethodPost, h.mint(access.Viewer, signin.Ask{}), nil)
	if in := h.cookie(a); in.Name != "__Host-console" || !in.HttpOnly || !in.Secure || in.SameSite != http.SameSiteNoneMode || !in.Partitioned {
		t.Errorf("got the cookie %+v", in)
	}
	if policy := a.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors https://portal.example.com https://other.example.com") || a.Header.Get("X-Frame-Options") != "" {
		t.Errorf("got %s", policy)
	}
	a = newHouse(t, "local", frames).want(http.StatusOK, http.MethodGet, "/people", nil)
	if policy := a.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
		t.Errorf("the local door: got %s", policy)
	}
}

// TestStaffDoor holds that the staff comes in by what the proxy signs, with each request, and by nothing else.
func TestStaffDoor(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		point, _ := key.PublicKey.Bytes()
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{
			"alg": "ES256", "crv": "P-256", "kid": "k1", "kty": "EC", "use": "sig",
			"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
		}}})
	}))
	t.Cleanup(keys.Close)
	h := newHouse(t, "staff", map[string]string{
		"IAP_AUDIENCE": backend, "IAP_KEYS_URL": keys.URL, "CONSOLE_STAFF": `{"priya@example.com": {"role": "platform"}, "sana@example.com": {"role": "support", "accounts": ["811"]}}`,
	})
	signed := func(email, audience string) map[string]string {
		now := h.clock.Now()
		text := part(map[string]any{"alg": "ES256", "typ": "JWT", "kid": "k1"}) + "." + part(map[string]any{
			"iss": "https://cloud.google.com/iap", "aud": audience, "sub": "accounts.google.com:1089", "email": email, "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
		})
		sum := sha256.Sum256([]byte(text))
		r, s, failed := ecdsa.Sign(rand.Reader, key, sum[:])
		if failed != nil {
			t.Fatal(failed)
		}
		signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)

		return map[string]string{"X-Goog-Iap-Jwt-Assertion": text + "." + base64.RawURLEncoding.EncodeToString(signature)}
	}
	priya := signed("priya@example.com", backend)
	if a := h.want(http.StatusOK, http.MethodGet, "/", priya); !strings.Contains(a.Body, "Tulsi House") || !strings.Contains(a.Body, "priya") || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("got %s", a.Body)
	}
	h.want(http.StatusOK, http.MethodGet, "/accounts/811/usage", signed("sana@example.com", backend))
	h.want(http.StatusForbidden, http.MethodGet, "/accounts/812/usage", signed("sana@example.com", backend))
	if a := h.want(http.StatusForbidden, http.MethodGet, "/", signed("mira@example.com", backend)); !strings.Contains(a.Body, "You are signed in, but have no role here") {
		t.Errorf("without a role: got %s", a.Body)
	}
	for name, header := range map[string]map[string]string{
		"nothing": nil, "another_backend": signed("priya@example.com", backend+"1"), "a_guess": {"X-Goog-Iap-Jwt-Assertion": "guess"},
		"the_unsigned_header": {"X-Goog-Authenticated-User-Email": "accounts.google.com:priya@example.com"},
	} {
		if a := h.want(http.StatusUnauthorized, http.MethodGet, "/", header); !strings.Contains(a.Body, "at its own address") || strings.Contains(a.Body, "Tulsi") {
			t.Errorf("%s: got %s", name, a.Body)
		}
	}
	if a := h.want(http.StatusSeeOther, http.MethodPost, "/leave", priya); a.Header.Get("Location") != "/?gcp-iap-mode=CLEAR_LOGIN_COOKIE" {
		t.Errorf("signing out leads to %s", a.Header.Get("Location"))
	}
	h.want(http.StatusNotFound, http.MethodGet, "/people", priya)
	h.want(http.StatusNotFound, http.MethodGet, "/enter/"+strings.Repeat("A", 26), priya)
}

func part(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}

	return base64.RawURLEncoding.EncodeToString(b)
}

// TestDoorsOfTheDeployed holds that a deployed console does not start without a door, nor with one that lets in everybody.
func TestDoorsOfTheDeployed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		vars map[string]string
		want []string
	}{
		"no_door":       {map[string]string{"K_SERVICE": "console"}, []string{"CONSOLE_DOOR is required"}},
		"no_door_local": {nil, []string{"CONSOLE_DOOR is required"}},
		"local":         {map[string]string{"CONSOLE_DOOR": "local"}, nil},
		"local_there":   {map[string]string{"CONSOLE_DOOR": "local", "K_SERVICE": "console"}, []string{"CONSOLE_DOOR must not be local beside K_SERVICE: it lets in everybody"}},
		"unknown":       {map[string]string{"CONSOLE_DOOR": "hunter2"}, []string{"CONSOLE_DOOR must be local, staff or brand"}},
		"brand":         {map[string]string{"CONSOLE_DOOR": "brand", "K_SERVICE": "console"}, nil},
		"staff":         {map[string]string{"CONSOLE_DOOR": "staff", "K_SERVICE": "console-staff", "IAP_AUDIENCE": backend}, nil},
		"staff_of_none": {map[string]string{"CONSOLE_DOOR": "staff"}, []string{"IAP_AUDIENCE is required for CONSOLE_DOOR=staff: without it anybody's proxy could let people in"}},
		"odd_frames":    {map[string]string{"CONSOLE_DOOR": "brand", "CONSOLE_FRAME_ORIGINS": "https://hunter2.example.com/path"}, []string{"CONSOLE_FRAME_ORIGINS must list origins such as https://portal.example.com, without a path"}},
	} {
		vars := map[string]string{"GOOGLE_CLOUD_PROJECT": testkit.Project, "WEBHOOK_URL": "https://webhook.example.com"}
		maps.Copy(vars, tc.vars)
		if diff := cmp.Diff(tc.want, testkit.Problems(t, &console.Config{}, vars)); diff != "" {
			t.Errorf("%s: problems (-want +got):\n%s", name, diff)
		}
	}
}

// TestSessionIsOver holds that who has to sign in again finds the way, and comes back to where it was.
func TestSessionIsOver(t *testing.T) {
	t.Parallel()
	local := newHouse(t, "local", nil)
	if got := local.want(http.StatusSeeOther, http.MethodGet, "/accounts/811/stories?state=held&day=2026-11-20", nil).Header.Get("Location"); got != "/people?next="+url.QueryEscape("/accounts/811/stories?state=held&day=2026-11-20") {
		t.Errorf("led to %s", got)
	}
	if got := local.want(http.StatusSeeOther, http.MethodGet, "/", nil).Header.Get("Location"); got != "/people" {
		t.Errorf("led to %s", got)
	}
	has(t, local.want(http.StatusUnauthorized, http.MethodPost, "/accounts/811/consent", nil), "Your session is over; pick again who you are.", "What you sent was not saved.", `href="/people"`)
	for _, next := range []string{"/\t/evil.example", "//evil.example", `/\evil.example`, "https://evil.example", "/\n/evil.example"} {
		a := local.want(http.StatusOK, http.MethodGet, "/people?next="+url.QueryEscape(next), nil)
		if strings.Contains(a.Body, "evil") {
			t.Errorf("%q is led to: %s", next, a.Body)
		}
	}
	a := newHouse(t, "brand", nil).want(http.StatusUnauthorized, http.MethodPost, "/accounts/811/consent", nil)
	has(t, a, "Open the console from your portal", "What you sent was not saved.")
	if strings.Contains(a.Body, `href="/people"`) {
		t.Error("there is no picker at this door")
	}
}
