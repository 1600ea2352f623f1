package workspace_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	metaNumber  = "118200334455667"
	metaNext    = "app-secret-fedcba9876543210"
	metaForeign = "app-secret-of-another-app-00"
)

// posted returns what a callback of Meta's with a signature under that app secret is answered with.
func (s *stage) posted(hook, secret string) int {
	s.t.Helper()
	body := []byte(`{"object":"whatsapp_business_account","entry":[]}`)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, hook, bytes.NewReader(body))
	s.must(err)
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	answer, err := testkit.Client.Do(r)
	s.must(err)
	s.must(answer.Body.Close())

	return answer.StatusCode
}

// wantPosted holds callbacks under app secrets against what they are to be answered with.
func (s *stage) wantPosted(when, hook string, want map[string]int) {
	s.t.Helper()
	for secret, status := range want {
		if got := s.posted(hook, secret); got != status {
			s.t.Errorf("%s, under %s: got %d, want %d", when, secret, got, status)
		}
	}
}

// holds reports whether Secret Manager has a value.
func (s *stage) holds(value string) (found bool) {
	s.t.Helper()
	s.must(s.cloud.Secrets().Snapshot(func(rec []byte) error {
		found = found || strings.Contains(string(rec), value)
		return nil
	}))

	return found
}

// wants holds parts against an answer.
func (s *stage) wants(body string, parts ...string) {
	s.t.Helper()
	for _, part := range parts {
		if !strings.Contains(body, part) {
			s.t.Errorf("no %s in %s", part, body)
		}
	}
}

// TestWrongSigningSecret refuses an app secret at install that is not the Meta app's, and names the field.
func TestWrongSigningSecret(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	wrong := strings.Replace(installs["meta"], metaSecret, metaForeign, 1)
	got := s.ask(http.StatusBadRequest, http.MethodPost, appsPath(), wrong)
	s.wants(got.Body, `"field":"signingSecret"`, `"code":"WRONG_SIGNING_SECRET"`, "App Dashboard")
	platform := `{"name":"Eshopbox","unexpectedReplies":{"enabled":false},"templates":{},` + strings.TrimPrefix(wrong, `{"ownership":"client",`)
	s.wants(s.platformPut(http.StatusBadRequest, platform), `"field":"signingSecret"`, `"code":"WRONG_SIGNING_SECRET"`)
	s.wants(s.ask(http.StatusOK, http.MethodGet, appsPath(), "").Body, `"apps":[]`)
	if s.holds(metaForeign) {
		t.Error("the wrong app secret is kept")
	}
	s.wants(s.ask(http.StatusCreated, http.MethodPost, appsPath(), installs["meta"]).Body, `"signature":"proved"`)
}

// TestSigningSecretNotProved installs nothing while the provider does not answer the question about the app secret.
func TestSigningSecretNotProved(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.must(s.sim.Faults().Set([]simulator.Fault{{System: "meta", Mode: chaos.Unavailable, Skip: 3}}))
	s.wants(s.ask(http.StatusServiceUnavailable, http.MethodPost, appsPath(), installs["meta"]).Body, `"code":"PROVIDER_DOWN"`)
}

// TestRotateSigningSecret tells an app secret apart that is the app's no more, and replaces it: both are taken for a day.
func TestRotateSigningSecret(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	id, hook := s.add("meta")
	verify := func() string { return s.ask(http.StatusOK, http.MethodPost, appsPath(id, "verify"), "").Body }
	rotate := func(status int, body string) string {
		return s.ask(status, http.MethodPost, appsPath(id, "credential"), body).Body
	}
	const next = `{"signingSecret":"` + metaNext + `"}`
	s.wants(verify(), `"state":"VERIFIED"`, `"signature":"proved"`)

	s.must(s.sim.Meta().SetAppSecret(metaNumber, metaNext))
	s.wants(verify(), `"state":"WRONG_SIGNING_SECRET"`, `"works":false`, `"state":"healthy"`, "signingSecret")
	s.wants(rotate(http.StatusBadRequest, `{"signingSecret":"`+metaForeign+`"}`), `"field":"signingSecret"`, `"code":"WRONG_SIGNING_SECRET"`)
	s.wants(rotate(http.StatusBadRequest, `{"signingSecret":"no good"}`), `"field":"signingSecret"`)
	s.wants(rotate(http.StatusBadRequest, `{"credential":"`+metaToken+`"}`), `"field":"signingSecret"`) // the present one is wrong
	s.wants(rotate(http.StatusBadRequest, `{}`), `"field":"credential"`)
	s.wantPosted("before", hook, map[string]int{metaSecret: http.StatusOK, metaNext: http.StatusUnauthorized})

	s.clock.Advance(time.Minute)
	s.wants(rotate(http.StatusOK, next), `"state":"VERIFIED"`, `"signature":"proved"`, `"signingSecretAt":"2026-11-20T04:51:12Z"`)
	s.wants(verify(), `"state":"VERIFIED"`, `"signature":"proved"`)
	s.clock.Advance(30 * time.Second)
	s.wantPosted("beside", hook, map[string]int{metaSecret: http.StatusOK, metaNext: http.StatusOK, metaForeign: http.StatusUnauthorized})
	s.clock.Advance(23 * time.Hour)
	s.dispose()
	s.wantPosted("on the day", hook, map[string]int{metaSecret: http.StatusOK, metaNext: http.StatusOK})
	s.clock.Advance(time.Hour)
	s.dispose()
	s.clock.Advance(30 * time.Second)
	s.wantPosted("a day later", hook, map[string]int{metaSecret: http.StatusUnauthorized, metaNext: http.StatusOK})
	if s.holds(metaSecret) || !s.holds(metaNext) {
		t.Error("the former app secret is kept, or the present one is not")
	}
	s.wants(rotate(http.StatusOK, `{"credential":"`+metaToken+`","signingSecret":"`+metaNext+`"}`), `"credentialLast4":"cdef"`)

	gupshupID, _ := s.add("gupshup")
	got := s.ask(http.StatusBadRequest, http.MethodPost, appsPath(gupshupID, "credential"), next)
	s.wants(got.Body, `"field":"signingSecret"`)
}

// TestRotatePlatformSigningSecret does so at an app of the platform's.
func TestRotatePlatformSigningSecret(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	made := s.platformPut(http.StatusCreated,
		`{"name":"Eshopbox","unexpectedReplies":{"enabled":false},"templates":{},`+strings.TrimPrefix(installs["meta"], `{"ownership":"client",`))
	_, hook, _ := strings.Cut(made, `"webhook":{"url":"`)
	hook, _, _ = strings.Cut(hook, `"`)
	s.must(s.sim.Meta().SetAppSecret(metaNumber, metaNext))
	s.wants(s.want(http.StatusBadRequest, s.platformPost("credential", `{"signingSecret":"`+metaForeign+`"}`)).Body, `"code":"WRONG_SIGNING_SECRET"`)
	s.wants(s.want(http.StatusOK, s.platformPost("credential", `{"signingSecret":"`+metaNext+`"}`)).Body, `"signature":"proved"`, `"version":2`)
	s.clock.Advance(30 * time.Second)
	s.wantPosted("beside", hook, map[string]int{metaSecret: http.StatusOK, metaNext: http.StatusOK, metaForeign: http.StatusUnauthorized})
	s.clock.Advance(24 * time.Hour)
	s.dispose()
	s.clock.Advance(30 * time.Second)
	s.wantPosted("a day later", hook, map[string]int{metaSecret: http.StatusUnauthorized, metaNext: http.StatusOK})
}

// TestSignatureUnproved says so of a secret that no provider proves, until a report has come with it.
func TestSignatureUnproved(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.wants(s.ask(http.StatusCreated, http.MethodPost, appsPath(), installs["kaleyra"]).Body, `"signature":"unproved"`)
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	id := a.AppIDs()[0]
	verify := func() string { return s.ask(http.StatusOK, http.MethodPost, appsPath(id, "verify"), "").Body }
	s.wants(verify(), `"signature":"unproved"`)
	s.clock.Advance(time.Minute)
	s.must(s.store.RecordAppTimes(t.Context(), id, store.AppTimes{Witness: s.clock.Now()}))
	s.wants(verify(), `"signature":"proved"`, `"lastReportAt":"2026-11-20T04:51:12Z"`)
	if got := s.ask(http.StatusCreated, http.MethodPost, appsPath(), installs["gupshup"]).Body; strings.Contains(got, `"signature"`) {
		t.Errorf("Gupshup signs nothing: %s", got)
	}
}
