package workspace_test

import (
	"net/http"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestPlatformWebhookWhoseAnswerIsLost gives the platform's app another webhook, and Firestore's client repeats the write, which meets what it
// has written itself: the new address is the one that goes on.
func TestPlatformWebhookWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	s.platformPut(http.StatusCreated, platformFields(""))
	s.clock.Advance(time.Minute)
	_, err := s.cloud.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Match: "platformApps", Mode: cloud.FailAfter, Code: codes.Unavailable, Times: 1})
	s.must(err)

	got := s.do(s.platformPost("webhook-token", ""))
	if got.Status != http.StatusOK {
		t.Fatalf("got %d %s, want 200", got.Status, got.Body)
	}
	shown := read[struct{ Webhook struct{ URL string } }](t, testkit.Answer{Body: got.Body})
	for range 26 {
		s.clock.Advance(time.Hour)
		s.dispose()
	}
	if status := s.taken(shown.Webhook.URL); status != http.StatusOK {
		t.Errorf("26 hours later the new address answers %d, want 200", status)
	}
}

// TestPlatformCredentialReleases gives the platform's app the credential that its provider takes: an account that was held for the former one
// sends again at once.
func TestPlatformCredentialReleases(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	s.platformPut(http.StatusCreated, platformFields(""))
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform"}`)
	s.must(s.store.ChangeCondition(t.Context(), neem, func(c *account.Condition) bool {
		return c.FailApp(platformApp, message.CauseCredentials, "", s.clock.Now(), s.clock.Now(), 0)
	}))
	s.must(s.sim.Gupshup().SetAPIKey(platformUUID, rotatedKey))
	s.clock.Advance(time.Second)

	s.want(http.StatusOK, s.platformPost("credential", `{"credential":"`+rotatedKey+`"}`))
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if app, _ := a.App(platformApp); !app.Health.Healthy() {
		t.Errorf("the app is held still: %+v", app.Health)
	}
}
