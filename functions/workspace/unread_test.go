package workspace_test

import (
	"net/http"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// TestSavedAppThatCannotBeRead installs an app, and gives its webhook another address, while nothing can be read once it is saved: the answer
// has the address all the same, which is shown once.
func TestSavedAppThatCannotBeRead(t *testing.T) {
	t.Parallel()
	type answer struct {
		App struct {
			AppID, Name string
		}
		Webhook struct {
			URL string
		}
	}
	for name, unread := range map[string]cloud.Rule{
		"account": {Match: "accounts/" + neem, Skip: 2}, // it is read before it is changed, and while it is
		"times":   {Match: "callbacks/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			unread.Method, unread.Mode, unread.Code = "Firestore/BatchGetDocuments", cloud.FailBefore, codes.Internal
			act := func(status int, path, body string) answer {
				t.Helper()
				a, err := s.store.Account(t.Context(), neem)
				s.must(err)
				rule, err := s.cloud.Rules().Add(unread)
				s.must(err)
				defer s.cloud.Rules().Remove(rule)

				return read[answer](t, s.want(status, request{method: http.MethodPost, path: path, token: s.token("editor", neem), body: body, header: ifMatch(a.Version)}))
			}

			made := act(http.StatusCreated, appsPath(), installs["gupshup"])
			if made.App.Name != "Neem alerts" || made.Webhook.URL == "" {
				t.Errorf("installed: got %+v", made)
			}
			s.clock.Advance(time.Minute)
			rotated := act(http.StatusOK, appsPath(made.App.AppID, "webhook-token"), "")
			if rotated.App != made.App || rotated.Webhook.URL == made.Webhook.URL || s.taken(rotated.Webhook.URL) != http.StatusOK {
				t.Errorf("with another address: got %+v", rotated)
			}
		})
	}
}
