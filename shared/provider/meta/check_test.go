package meta

import (
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestCheckTellsWhatBlocks holds the health of CONTRACT.md section 4 against the check: it is told entity by entity, and the sum
// above them may be milder than the worst.
func TestCheckTellsWhatBlocks(t *testing.T) {
	t.Parallel()
	const fine, blockedBusiness = `{"entity_type":"PHONE_NUMBER","can_send_message":"AVAILABLE"}`,
		`{"entity_type":"BUSINESS","can_send_message":"BLOCKED","errors":[{"error_code":141002,"error_description":"x"}]}`
	for name, c := range map[string]struct {
		status int
		number string
		want   provider.CheckResult
	}{
		"available": {200, `"health_status":{"can_send_message":"AVAILABLE","entities":[` + fine + `]}`, result(provider.CheckVerified)},
		"limited":   {200, `"health_status":{"can_send_message":"LIMITED","entities":[` + fine + `]}`, result(provider.CheckVerified)},
		"business_blocked": {
			200, `"health_status":{"can_send_message":"LIMITED","entities":[` + fine + `,` + blockedBusiness + `]}`,
			provider.CheckResult{State: provider.CheckUnknownApp, Detail: detailBlocked + " Meta's code for it is 141002."},
		},
		"blocked_without_reason": {
			200, `"health_status":{"can_send_message":"LIMITED","entities":[{"can_send_message":"BLOCKED","errors":[{"error_code":"call me"}]}]}`,
			provider.CheckResult{State: provider.CheckUnknownApp, Detail: detailBlocked},
		},
		"blocked_in_sum": {
			200, `"health_status":{"can_send_message":"BLOCKED"}`, provider.CheckResult{State: provider.CheckUnknownApp, Detail: detailBlocked},
		},
		"account_locked": {403, `"error":{"code":131031,"message":"x"}`, provider.CheckResult{State: provider.CheckUnknownApp, Detail: detailBlocked}},
		"number_unknown": {400, `"error":{"code":100,"error_subcode":33,"message":"x"}`, result(provider.CheckUnknownApp)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body := `{"data":[{"id":"` + testNumber + `","name":"x"}]}`
				if strings.HasSuffix(r.URL.Path, "/"+testNumber) {
					w.WriteHeader(c.status)
					body = `{"id":"` + testNumber + `","display_phone_number":"` + testApp().Number + `",` + c.number + `}`
				}
				_, _ = io.WriteString(w, body)
			})
			if c.want.Works() {
				c.want.Signature = provider.SignatureProved
			}
			if got := p.Check(t.Context(), client, testApp()); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// TestCheckProvesAppSecret asks with a proof of each app secret, and tells what Meta says of it.
func TestCheckProvesAppSecret(t *testing.T) {
	t.Parallel()
	verified, wrong := result(provider.CheckVerified), result(provider.CheckWrongSigning)
	proved, unproved := verified, verified
	proved.Signature, unproved.Signature = provider.SignatureProved, provider.SignatureUnproved
	const refusedProof = `{"error":{"code":100,"type":"GraphMethodException","message":"Invalid appsecret_proof provided in the API argument"}}`
	for name, c := range map[string]struct {
		secrets []string
		// status and body answer a question with any other proof than that of the test's app secret.
		status int
		body   string
		want   provider.CheckResult
	}{
		"right":          {[]string{testSecret}, 400, refusedProof, proved},
		"older_right":    {[]string{"another", testSecret}, 400, refusedProof, proved},
		"wrong":          {[]string{"another", "an-older-secret"}, 400, refusedProof, wrong},
		"copied_break":   {[]string{testSecret + "\n"}, 400, refusedProof, proved},
		"none":           {nil, 400, refusedProof, verified},
		"other_refusal":  {[]string{"another"}, 400, `{"error":{"code":3,"message":"x"}}`, unproved},
		"throttled":      {[]string{"another"}, 429, `{"error":{"code":4,"message":"x"}}`, result(provider.CheckThrottled)},
		"down":           {[]string{"another"}, 503, `{"error":{"code":2,"message":"x"}}`, result(provider.CheckProviderDown)},
		"wrong_and_down": {[]string{"another", "an-older-secret"}, 503, `{"error":{"code":2,"message":"x"}}`, result(provider.CheckProviderDown)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := testApp()
			app.Signing = nil
			for _, secret := range c.secrets {
				app.Signing = append(app.Signing, config.NewSecret(secret))
			}
			right := hex.EncodeToString(sign(config.NewSecret(testSecret), []byte(testToken)))
			p, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body := `{"data":[{"id":"` + testNumber + `","name":"x"}]}`
				if strings.HasSuffix(r.URL.Path, "/"+testNumber) {
					body = `{"id":"` + testNumber + `","display_phone_number":"` + app.Number + `"}`
				}
				if proof := r.URL.Query().Get("appsecret_proof"); proof != "" && proof != right {
					w.WriteHeader(c.status)
					body = c.body
				}
				_, _ = io.WriteString(w, body)
			})
			if got := p.Check(t.Context(), client, app); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
