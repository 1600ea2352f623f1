package lab_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// TestRequestsHoldNoWebhook lets every provider be set up and looked at, and finds no token of a webhook in what is on record of that.
func TestRequestsHoldNoWebhook(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	_, answer := w.Do(http.MethodPost, "/local/token", []byte(`{"role":"platform","name":"Priya"}`))
	var given struct {
		Token string `json:"token"`
	}
	w.Must(json.Unmarshal([]byte(answer), &given))
	tokens := []string{}
	for _, a := range apps(t, w.World) {
		if a.Webhook != "" {
			tokens = append(tokens, a.Webhook[strings.LastIndex(a.Webhook, "/")+1:])
		}
		if status, refused := w.Do(http.MethodPost, "/workspace/v1/accounts/"+a.AccountID+"/apps/"+a.AppID+"/verify", nil, "Authorization", "Bearer "+given.Token); status != http.StatusOK {
			t.Logf("%s is not verified: %d %s", a.AppID, status, refused) // the platform's own is none of an account
		}
	}
	var all strings.Builder
	for _, system := range simulator.Systems() {
		_, answer = w.Do(http.MethodGet, "/local/requests?clear=1&system="+system, nil)
		all.WriteString(answer)
		for _, token := range tokens {
			if i := strings.Index(answer, token); i >= 0 {
				t.Errorf("%s: …%s…", system, answer[max(0, i-200):i])
			}
		}
	}
	if !strings.Contains(all.String(), "webhook_configuration") || !strings.Contains(all.String(), "/subscription") || len(tokens) < 4 {
		t.Errorf("with the webhooks %v, nobody was set up:\n%s", tokens, all.String())
	}
}
