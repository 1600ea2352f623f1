package workspace_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestErrorsSayWhatToDo names the remedy where the caller cannot do what the same error asks for elsewhere.
func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	s.platformPut(http.StatusCreated, platformFields(""))
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform"}`)
	says := func(a string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(a, part) {
				t.Errorf("got %s, want %q in it", a, part)
			}
		}
	}
	preview := "/v1/accounts/" + neem + "/notifications/shipment/created/preview"
	says(s.ask(http.StatusConflict, http.MethodPost, preview, "").Body, "the platform has no template for this event yet; ask the platform for one")

	_, err := s.store.SavePlatformApp(t.Context(), "second", store.Author{}, start, func(p account.PlatformApp) (account.PlatformApp, error) { return p, nil })
	s.must(err)
	says(s.ask(http.StatusBadRequest, http.MethodPost, appsPath(), `{"ownership":"platform"}`).Body,
		`"field":"appId"`, "is needed: the platform has several apps, name one of eshopbox, second")
	says(s.ask(http.StatusBadRequest, http.MethodPost, appsPath(), `{"ownership":"platform","appId":"x"}`).Body, "must be one of the platform's apps: eshopbox, second")
	says(s.ask(http.StatusBadRequest, http.MethodPost, appsPath(), `{"provider":"meta","credential":5}`).Body, `"field":"credential"`, "must be a string")
}
