package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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
)

const (
	assertion = "X-Goog-Iap-Jwt-Assertion"
	backend   = "/projects/123456789012/global/backendServices/9876543210"
	staff     = `{"asha@example.com": {"role": "platform"}, "ravi@example.com": {"role": "support", "accounts": ["811"]}, "lena@example.com": {"role": "editor"}, "Tara@Example.com": {"role": "viewer", "accounts": ["811"]}}`
)

// proxyKey is Identity-Aware Proxy's, otherKey somebody else's.
var proxyKey, otherKey = sync.OnceValue(newCurveKey), sync.OnceValue(newCurveKey)

func newCurveKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// proxy is Identity-Aware Proxy, and the console's staff door behind it.
type proxy struct {
	t     *testing.T
	whose func(*http.Request) (access.Caller, error)
	clock *clock.Manual
	logs  *testkit.Log
}

func newProxy(t *testing.T, vars map[string]string) proxy {
	t.Helper()
	clk, logs := clock.NewManual(start), &testkit.Log{}
	keys := newSource(t, publish(&proxyKey().PublicKey))
	all := map[string]string{"IAP_AUDIENCE": backend, "IAP_KEYS_URL": keys.URL, "CONSOLE_STAFF": staff}
	maps.Copy(all, vars)
	var cfg auth.StaffConfig
	if err := config.Load(t.Context(), config.Map(all), &cfg); err != nil {
		t.Fatal(err)
	}
	return proxy{t, auth.Staff(cfg, clk, logging.New(logs, logging.Options{})), clk, logs}
}

// publish answers with a key as the proxy does.
func publish(key *ecdsa.PublicKey) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{curveJWK(key)}})
	}
}

func curveJWK(key *ecdsa.PublicKey) map[string]string {
	point, err := key.Bytes()
	if err != nil {
		panic(err)
	}
	half := (len(point) - 1) / 2
	return map[string]string{
		"alg": "ES256", "crv": "P-256", "kid": "f9R3yg", "kty": "EC", "use": "sig", "x": raw(point[1 : 1+half]), "y": raw(point[1+half:]),
	}
}

func raw(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func part(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw(b)
}

// claims are those of a token of the proxy, made now.
func (p proxy) claims() map[string]any {
	now := p.clock.Now()
	return map[string]any{
		"iss": "https://cloud.google.com/iap", "aud": backend, "sub": "accounts.google.com:1089", "email": "asha@example.com", "hd": "example.com",
		"iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(), "google": map[string]any{"access_levels": []string{"accessPolicies/1/accessLevels/office"}},
	}
}

func header() map[string]any { return map[string]any{"alg": "ES256", "typ": "JWT", "kid": "f9R3yg"} }

// signed signs as JWS wants it: both halves of the signature one behind the other.
func signed(key *ecdsa.PrivateKey, header, claims map[string]any) string {
	text := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + raw(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// with returns the proxy's token with a changed claim; nil takes it out.
func (p proxy) with(name string, value any) string {
	claims := p.claims()
	claims[name] = value
	if value == nil {
		delete(claims, name)
	}
	return signed(proxyKey(), header(), claims)
}

func (p proxy) token() string { return p.with("padding", nil) }

// request is one that the proxy has let through.
func (p proxy) request(token string) *http.Request {
	p.t.Helper()
	q := httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, "/", http.NoBody)
	q.Header.Set(assertion, token)
	return q
}

func TestStaff(t *testing.T) {
	t.Parallel()
	p := newProxy(t, nil)
	for name, tc := range map[string]struct {
		email string
		want  access.Caller
	}{
		"in_capitals":    {"Asha@Example.com", access.Caller{Name: "Asha", Role: access.Platform, All: true}},
		"named_so":       {"tara@example.com", access.Caller{Name: "tara", Role: access.Viewer, Accounts: []string{"811"}}},
		"platform":       {"asha@example.com", access.Caller{Name: "asha", Role: access.Platform, All: true}},
		"support_of_one": {"ravi@example.com", access.Caller{Name: "ravi", Role: access.Support, Accounts: []string{"811"}}},
		"editor_of_all":  {"lena@example.com", access.Caller{Name: "lena", Role: access.Editor, All: true}},
	} {
		tc.want.Subject, tc.want.Email = "accounts.google.com:1089", tc.email
		token := p.with("email", tc.email)
		for range 2 { // the second time the token is known
			got, err := p.whose(p.request(token))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%s: %v, caller (-want +got):\n%s", name, err, diff)
			}
		}
	}

	for name, email := range map[string]string{"unnamed": "mira@example.com", "of_another_domain": "asha@example.org"} {
		_, err := p.whose(p.request(p.with("email", email)))
		if _, public := fault.Public(err); !fault.Is(err, fault.Forbidden) || !strings.Contains(public, "no role here") || strings.Contains(err.Error(), email) {
			t.Errorf("%s: got %v", name, err)
		}
	}

	usual := newProxy(t, map[string]string{"CONSOLE_STAFF_ROLE": "viewer"})
	got, err := usual.whose(usual.request(usual.with("email", "mira@example.com")))
	want := access.Caller{Subject: "accounts.google.com:1089", Name: "mira", Email: "mira@example.com", Role: access.Viewer, All: true}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("usual role: %v, caller (-want +got):\n%s", err, diff)
	}
}

// TestStaffHeader holds that the proxy's header counts, once, and nothing else that it or a stranger writes.
func TestStaffHeader(t *testing.T) {
	t.Parallel()
	p := newProxy(t, nil)
	good := p.token()
	for name, tc := range map[string]struct {
		change func(*http.Request)
		reason string
	}{
		"as_the_proxy_sends_it": {func(*http.Request) {}, ""},
		"none":                  {func(q *http.Request) { q.Header.Del(assertion) }, "no_token"},
		"empty":                 {func(q *http.Request) { q.Header.Set(assertion, "") }, "no_token"},
		"two":                   {func(q *http.Request) { q.Header.Add(assertion, good) }, "no_token"},
		"as_a_bearer": {func(q *http.Request) {
			q.Header.Del(assertion)
			q.Header.Set("Authorization", "Bearer "+good)
		}, "no_token"},
		"with_a_scheme": {func(q *http.Request) { q.Header.Set(assertion, "Bearer "+good) }, "malformed"},
		"the_unsigned_headers_alone": {func(q *http.Request) {
			q.Header.Del(assertion)
			q.Header.Set("X-Goog-Authenticated-User-Email", "accounts.google.com:asha@example.com")
			q.Header.Set("X-Goog-Authenticated-User-Id", "accounts.google.com:1089")
		}, "no_token"},
		"in_the_url": {func(q *http.Request) {
			q.Header.Del(assertion)
			q.URL.RawQuery = assertion + "=" + good
		}, "no_token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := p.request(good)
			tc.change(q)
			_, err := p.whose(q)
			check(t, err, tc.reason)
		})
	}
}

// TestStaffForged holds that nobody gets in with a forgery, nor with a token of the proxy that was made for another backend service.
func TestStaffForged(t *testing.T) {
	t.Parallel()
	p := newProxy(t, map[string]string{"CONSOLE_STAFF_ROLE": "platform"})
	now := p.clock.Now()
	good := p.token()
	head, rest, _ := strings.Cut(good, ".")
	body, signature, _ := strings.Cut(rest, ".")
	changed := func(name string, value any) map[string]any {
		h := header()
		h[name] = value
		return h
	}
	for name, tc := range map[string]struct{ token, reason string }{
		"another_backend":       {p.with("aud", backend+"1"), "audience"},
		"another_project":       {p.with("aud", strings.Replace(backend, "123456789012", "999999999999", 1)), "audience"},
		"cloud_run":             {p.with("aud", "/projects/123456789012/locations/asia-south1/services/console-staff"), "audience"},
		"no_audience":           {p.with("aud", nil), "audience"},
		"google_itself":         {p.with("iss", google), "issuer"},
		"a_longer_issuer":       {p.with("iss", "https://cloud.google.com/iap/"), "issuer"},
		"no_issuer":             {p.with("iss", nil), "issuer"},
		"expired":               {p.with("exp", now.Add(-time.Second).Unix()), "expired"},
		"no_expiry":             {p.with("exp", nil), "expired"},
		"issued_later":          {p.with("iat", now.Add(31*time.Second).Unix()), "not_yet_valid"},
		"no_time_of_issue":      {p.with("iat", nil), "malformed"},
		"not_yet_valid":         {p.with("nbf", now.Add(10*time.Minute).Unix()), "not_yet_valid"},
		"no_email":              {p.with("email", nil), "email"},
		"half_an_email":         {p.with("email", "asha@"), "email"},
		"email_a_list":          {p.with("email", []string{"asha@example.com"}), "malformed"},
		"no_subject":            {p.with("sub", nil), "subject"},
		"subject_empty":         {p.with("sub", "accounts.google.com:"), "subject"},
		"a_customer_of_someone": {p.with("sub", "securetoken.google.com/project/tenant:1089"), "subject"},
		"other_key_of_its_id":   {signed(otherKey(), header(), p.claims()), "signature"},
		"other_key_of_its_own":  {signed(otherKey(), changed("kid", "other"), p.claims()), "signature"},
		"key_in_the_token":      {signed(otherKey(), changed("jwk", curveJWK(&otherKey().PublicKey)), p.claims()), "signature"},
		"no_algorithm":          {part(changed("alg", "none")) + "." + body + ".", "algorithm"},
		"public_key_as_secret":  {hmacOf(t, changed("alg", "HS256"), body), "algorithm"},
		"rsa":                   {idtoken.New(p.clock, idtoken.Shared).Sign(p.claims()), "algorithm"},
		"a_longer_curve":        {signedLong(changed("alg", "ES384"), body), "algorithm"},
		"signature_of_another":  {head + "." + part(map[string]any{"iss": "https://cloud.google.com/iap", "aud": backend}) + "." + signature, "signature"},
		"signature_of_zeros":    {head + "." + body + "." + raw(make([]byte, 64)), "signature"},
		"signature_in_der":      {signedDER(header(), body), "signature"},
		"no_signature":          {head + "." + body + ".", "signature"},
		"signature_taken_out":   {head + "." + body + ".SIGNATURE_REMOVED_BY_GOOGLE", "signature_removed"},
		"two_parts":             {head + "." + body, "malformed"},
		"no_jwt":                {"guess", "malformed"},
		"very_long":             {p.with("padding", strings.Repeat("A", 10_000)), "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				c, err := p.whose(p.request(tc.token))
				check(t, err, tc.reason)
				if diff := cmp.Diff(access.Caller{}, c); diff != "" {
					t.Errorf("caller (-want +got):\n%s", diff)
				}
			}
		})
	}

	if _, err := p.whose(p.request(p.with("iat", now.Add(29*time.Second).Unix()))); err != nil {
		t.Errorf("a proxy whose clock is a little ahead: got %v", err)
	}
}

// hmacOf signs with the public key as a secret, as everybody can read it.
func hmacOf(t *testing.T, header map[string]any, body string) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&proxyKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text := part(header) + "." + body
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(text))
	return text + "." + raw(mac.Sum(nil))
}

// signedLong signs with the hash of ES384.
func signedLong(header map[string]any, body string) string {
	text := part(header) + "." + body
	sum := sha512.Sum384([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, proxyKey(), sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + raw(append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...))
}

// signedDER writes a sound signature as certificates have it, and JWS does not.
func signedDER(header map[string]any, body string) string {
	text := part(header) + "." + body
	sum := sha256.Sum256([]byte(text))
	signature, err := proxyKey().Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return text + "." + raw(signature)
}

// TestStaffKeys holds that another issuer's keys let nobody in, of whatever kind, and that nobody is let in while there are none.
func TestStaffKeys(t *testing.T) {
	t.Parallel()
	other := newProxy(t, map[string]string{"IAP_KEYS_URL": newSource(t, publish(&otherKey().PublicKey)).URL})
	_, err := other.whose(other.request(other.token()))
	check(t, err, "signature")

	signer := idtoken.New(nil, idtoken.Shared)
	people := newProxy(t, map[string]string{"IAP_KEYS_URL": newSource(t, signer.ServeHTTP).URL})
	_, err = people.whose(people.request(signer.Sign(people.claims())))
	check(t, err, "algorithm")

	down := newSource(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	none := newProxy(t, map[string]string{"IAP_KEYS_URL": down.URL})
	if _, err = none.whose(none.request(none.token())); !fault.Is(err, fault.Unavailable) {
		t.Errorf("no keys: got %v", err)
	}
}

// TestStaffLogNothing holds that neither tokens nor e-mails are in logs or errors.
func TestStaffLogNothing(t *testing.T) {
	t.Parallel()
	p := newProxy(t, nil)
	for _, token := range []string{p.token(), p.with("email", "mira@example.com"), p.with("aud", "x"), "guess"} {
		_, err := p.whose(p.request(token))
		text := p.logs.String()
		if err != nil {
			text += err.Error()
		}
		for _, secret := range []string{token, "@example.com", "1089"} {
			if strings.Contains(text, secret) {
				t.Errorf("logs and error hold %.20s: %s", secret, text)
			}
		}
	}
}

func TestStaffConfigReads(t *testing.T) {
	t.Parallel()
	read, required := testkit.Variables(t, &auth.StaffConfig{})
	want := []string{"CONSOLE_STAFF", "CONSOLE_STAFF_ROLE", "IAP_AUDIENCE", "IAP_KEYS_URL", "K_SERVICE"}
	if diff := cmp.Diff(want, read); diff != "" || len(required) > 0 {
		t.Errorf("required %v, variables (-want +got):\n%s", required, diff)
	}
}

func TestStaffConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const audienceForm = "IAP_AUDIENCE must be /projects/NUMBER/global/backendServices/ID"
	one := func(name, value string) map[string]string { return map[string]string{name: value} }
	for name, tc := range map[string]struct {
		vars map[string]string
		want []string
	}{
		"nothing":            {nil, nil},
		"all":                {map[string]string{"K_SERVICE": "console-staff", "IAP_AUDIENCE": backend, "CONSOLE_STAFF": staff, "CONSOLE_STAFF_ROLE": "viewer"}, nil},
		"audience_an_url":    {one("IAP_AUDIENCE", "https://hunter2"), []string{audienceForm}},
		"audience_by_names":  {one("IAP_AUDIENCE", "/projects/hunter2/global/backendServices/console"), []string{audienceForm}},
		"audience_and_more":  {one("IAP_AUDIENCE", backend+"\n/hunter2"), []string{audienceForm}},
		"keys_nowhere":       {one("IAP_KEYS_URL", "hunter2"), []string{"IAP_KEYS_URL is not an http or https address"}},
		"role_unknown":       {one("CONSOLE_STAFF_ROLE", "hunter2"), []string{"CONSOLE_STAFF_ROLE must be viewer, editor, support or platform"}},
		"deployed_elsewhere": {map[string]string{"K_SERVICE": "console-staff", "IAP_KEYS_URL": "https://hunter2.example.com"}, []string{"IAP_KEYS_URL must not be set beside K_SERVICE: a deployed function takes the proxy's tokens only"}},
		"staff_no_json":      {one("CONSOLE_STAFF", "hunter2"), []string{"CONSOLE_STAFF must be a JSON object"}},
		"staff_no_email":     {one("CONSOLE_STAFF", `{"hunter2": {"role": "platform"}}`), []string{"CONSOLE_STAFF has a key that is no e-mail"}},
		"person_no_object":   {one("CONSOLE_STAFF", `{"a@hunter2.test": "platform"}`), []string{"CONSOLE_STAFF has a person that is no object"}},
		"person_null":        {one("CONSOLE_STAFF", `{"a@hunter2.test": null}`), []string{"CONSOLE_STAFF has a person that is no object"}},
		"person_no_role":     {one("CONSOLE_STAFF", `{"a@hunter2.test": {}}`), []string{"CONSOLE_STAFF has a person that has no role, or an unknown one"}},
		"person_odd_role":    {one("CONSOLE_STAFF", `{"a@hunter2.test": {"role": "hunter2"}}`), []string{"CONSOLE_STAFF has a person that has no role, or an unknown one"}},
		"platform_of_some":   {one("CONSOLE_STAFF", `{"a@hunter2.test": {"role": "platform", "accounts": ["811"]}}`), []string{"CONSOLE_STAFF has a person that has the role platform and accounts: platform is for all of them, so give another role or leave accounts out"}},
		"person_twice":       {one("CONSOLE_STAFF", `{"a@hunter2.test": {"role": "viewer"}, "A@hunter2.test": {"role": "platform"}}`), []string{"CONSOLE_STAFF names a person twice, in capitals and without"}},
		"person_no_accounts": {one("CONSOLE_STAFF", `{"a@hunter2.test": {"role": "viewer", "accounts": []}}`), []string{"CONSOLE_STAFF has a person that has no list of accounts, or one with something else than ids"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, testkit.Problems(t, &auth.StaffConfig{}, tc.vars)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
