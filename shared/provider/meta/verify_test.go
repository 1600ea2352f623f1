package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// hexOf is the signature of a body as Meta's page describes it, apart from the code under test.
func hexOf(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func escaped(tb testing.TB) []byte {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join(testDir(), "webhook", "escaped_unicode.json"))
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func TestVerify(t *testing.T) {
	t.Parallel()
	body := escaped(t)
	right := hexOf(testSecret, body)
	var decoded any
	if err := json.Unmarshal(body, &decoded); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(decoded)
	if err != nil {
		t.Fatal(err)
	}
	old := []byte(`{"statuses":[{"id":"gBEG","status":"sent"}]}`)
	unsigned := testApp()
	unsigned.Signing = nil
	hollow := testApp()
	hollow.Signing = []config.Secret{{}}
	for name, c := range map[string]struct {
		app    provider.App
		header string
		body   []byte
		want   error
	}{
		"valid":                          {testApp(), "sha256=" + right, body, nil},
		"valid_in_upper_case":            {testApp(), "sha256=" + strings.ToUpper(right), body, nil},
		"valid_with_the_older_secret":    {testApp(), "sha256=" + hexOf("an-older-secret", body), body, nil},
		"missing":                        {testApp(), "", body, ErrNoSignature},
		"without_its_prefix":             {testApp(), right, body, ErrNoSignature},
		"sha1":                           {testApp(), "sha1=" + right[:40], body, ErrNoSignature},
		"empty":                          {testApp(), "sha256=", body, ErrBadSignature},
		"cut":                            {testApp(), "sha256=" + right[:62], body, ErrBadSignature},
		"longer":                         {testApp(), "sha256=" + right + "00", body, ErrBadSignature},
		"not_hex":                        {testApp(), "sha256=" + strings.Repeat("z", 64), body, ErrBadSignature},
		"wrong":                          {testApp(), "sha256=" + strings.Repeat("0", 64), body, ErrBadSignature},
		"of_another_app":                 {testApp(), "sha256=" + hexOf("secret of another app", body), body, ErrBadSignature},
		"of_an_empty_secret":             {hollow, "sha256=" + hexOf("", body), body, ErrBadSignature},
		"over_a_reencoded_body":          {testApp(), "sha256=" + hexOf(testSecret, again), body, ErrBadSignature},
		"of_a_body_that_was_reencoded":   {testApp(), "sha256=" + right, again, ErrBadSignature},
		"of_a_body_with_a_blank_more":    {testApp(), "sha256=" + right, append([]byte(" "), body...), ErrBadSignature},
		"of_a_body_that_is_no_json":      {testApp(), "sha256=" + hexOf(testSecret, []byte("x")), []byte("x"), nil},
		"older_shape_unsigned":           {unsigned, "", old, nil},
		"older_shape_with_a_secret":      {testApp(), "", old, ErrNoSignature},
		"older_shape_signed":             {testApp(), "sha256=" + hexOf(testSecret, old), old, nil},
		"envelope_without_a_secret":      {unsigned, "", body, ErrNoSecret},
		"envelope_signed_without_secret": {unsigned, "sha256=" + hexOf("", body), body, ErrNoSecret},
		"both_shapes_without_a_secret":   {unsigned, "", []byte(`{"Object":"whatsapp_business_account","statuses":[{}]}`), ErrNoSecret},
		"neither_shape_without_a_secret": {unsigned, "", []byte(`{"contacts":[]}`), ErrNoSecret},
		"no_json_without_a_secret":       {unsigned, "", []byte(`{"statuses":[`), ErrNoSecret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if c.header != "" {
				header.Set("X-Hub-Signature-256", c.header)
			}
			if err := New(Config{}).Verify(c.app, header, c.body); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	app := testApp()
	word, err := VerifyToken(app)
	if err != nil || len(word) != 40 || word == testSecret {
		t.Fatalf("token: got %q, %v", word, err)
	}
	newer := app
	newer.Signing = app.Signing[1:]
	second, err := VerifyToken(newer)
	if err != nil || second == word {
		t.Fatalf("token of the other secret: got %q, %v", second, err)
	}
	sibling := app
	sibling.ID = "app2"
	foreign, err := VerifyToken(sibling)
	if err != nil || foreign == word {
		t.Fatalf("token of the other app: got %q, %v", foreign, err)
	}
	bare := app
	bare.Signing = nil
	if got, err := VerifyToken(bare); !errors.Is(err, ErrNoSecret) {
		t.Errorf("token without a secret: got %q, %v, want %v", got, err, ErrNoSecret)
	}
	query := func(mode, token, challenge string) url.Values {
		return url.Values{"hub.mode": {mode}, "hub.verify_token": {token}, "hub.challenge": {challenge}}
	}
	for name, c := range map[string]struct {
		app   provider.App
		query url.Values
		want  string
	}{
		"right":                {app, query("subscribe", word, "1158201444"), "1158201444"},
		"with_the_next_secret": {app, query("subscribe", second, "7"), "7"},
		"wrong_token":          {app, query("subscribe", "x"+word[1:], "7"), ""},
		"cut_token":            {app, query("subscribe", word[:39], "7"), ""},
		"no_token":             {app, query("subscribe", "", "7"), ""},
		"of_another_app":       {app, query("subscribe", foreign, "7"), ""},
		"another_mode":         {app, query("unsubscribe", word, "7"), ""},
		"no_challenge":         {app, query("subscribe", word, ""), ""},
		"long_challenge":       {app, query("subscribe", word, strings.Repeat("7", 257)), ""},
		"without_dots":         {app, url.Values{"mode": {"subscribe"}, "verify_token": {word}, "challenge": {"7"}}, ""},
		"app_without_secret":   {bare, query("subscribe", word, "7"), ""},
		"nothing":              {app, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := New(Config{}).Handshake(c.app, c.query)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if err != nil && (!errors.Is(err, ErrHandshake) || strings.Contains(err.Error(), word)) {
				t.Errorf("got %v, want %v", err, ErrHandshake)
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	body := []byte(`{"object":"whatsapp_business_account","entry":[]}`)
	f.Add(body, "sha256="+hexOf(testSecret, body), true)
	f.Add(body, "sha256="+hexOf("x", body), true)
	f.Add([]byte(`{"statuses":[]}`), "", false)
	f.Add(body, "", false)
	f.Add([]byte{}, "sha256=", true)
	f.Fuzz(func(t *testing.T, body []byte, given string, signs bool) {
		app := testApp()
		if !signs {
			app.Signing = nil
		}
		p := New(Config{})
		err := p.Verify(app, http.Header{"X-Hub-Signature-256": {given}}, body)
		valid := strings.EqualFold(given, "sha256="+hexOf(testSecret, body)) && strings.HasPrefix(given, "sha256=") ||
			strings.EqualFold(given, "sha256="+hexOf("an-older-secret", body)) && strings.HasPrefix(given, "sha256=")
		switch {
		case signs && valid != (err == nil):
			t.Errorf("signature right: %v, got %v", valid, err)
		case !signs && err == nil:
			events, err := p.ParseWebhook(provider.App{}, body)
			for _, e := range events {
				if e.Template != nil || e.Account != nil && e.Account.Change != "error" || e.Preference != nil {
					t.Errorf("an unsigned body gave %v, %v", e, err)
				}
			}
		}
	})
}
