package meta

import (
	"io"
	"net/http"
	"strings"
	"testing"

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
			if got := p.Check(t.Context(), client, testApp()); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
