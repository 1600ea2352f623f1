package workspace_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestSendTest sends an event's message to a phone that has written to the app, and refuses every other.
func TestSendTest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const key = "0123456789abcdef0123456789abcdef"
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: s.clock, ClientOptions: s.cloud.ClientOptions()})
	testkit.AtEnd(t, func() { _ = secrets.Close() })
	for _, name := range []string{"phone-key", "reference-key"} {
		if _, err := secrets.Add(t.Context(), name, config.NewSecret(key)); err != nil {
			t.Fatal(err)
		}
	}
	keyer, err := phone.NewKeyer([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	number, err := phone.FromE164("+919000000001")
	if err != nil {
		t.Fatal(err)
	}

	const path = "/notifications/shipment/created/test"
	body := `{"to":"90000 00001","content":` + fitting + `}`
	s.named(http.StatusConflict, "to", s.at(http.MethodPost, path, body, 0))
	if err = s.store.AddReply(t.Context(), store.ReplyWrite{Reply: store.Reply{ID: store.ReplyID("gupshup", "gs-1", "1"), AppID: "gs-1", PhoneKey: keyer.Key(number), At: start.Add(-time.Hour)}}); err != nil {
		t.Fatal(err)
	}

	a := s.want(http.StatusOK, s.at(http.MethodPost, path, body, 0))
	if !strings.Contains(a.Body, `"test":true,"event":"shipment/created","appId":"gs-1","template":"`+confirmation+`","status":"accepted"`) {
		t.Errorf("got %s", a.Body)
	}
	accepted := s.sim.Log().Accepted()
	if len(accepted) != 1 || accepted[0].Destination != "919000000001" || strings.Join(accepted[0].Params, "|") != "Asha Sample|of yours|ORD123456" {
		t.Errorf("accepted: %+v", accepted)
	}
	if text := s.logs.String(); strings.Contains(text, "9000000001") || strings.Contains(a.Body, "9000000001") {
		t.Errorf("the number is told: %s %s", a.Body, text)
	}

	s.named(http.StatusBadRequest, "to", s.at(http.MethodPost, path, `{"to":"12","content":`+fitting+`}`, 0))
	s.want(http.StatusConflict, s.at(http.MethodPost, path, `{"to":"90000 00001"}`, 0)) // nothing is saved
	unfit := s.want(http.StatusUnprocessableEntity, s.at(http.MethodPost, path, `{"to":"90000 00001","content":{"template":"`+waiting+`","values":[]}}`, 0))
	if !strings.Contains(unfit.Body, "nothing was sent: the templates do not fit; mend what the findings say") {
		t.Errorf("got %s", unfit.Body)
	}
	s.want(http.StatusNotFound, s.at(http.MethodPost, "/notifications/shipment/sung/test", body, 0))
	s.want(http.StatusRequestEntityTooLarge, s.at(http.MethodPost, path, `{"x":"`+strings.Repeat("n", 1<<20)+`"}`, 0))
	typed := s.at(http.MethodPost, path, body, 0)
	typed.header = map[string]string{"Content-Type": "text/plain"}
	s.want(http.StatusUnsupportedMediaType, typed)
	for status, mode := range map[int]chaos.Mode{http.StatusServiceUnavailable: chaos.Throttle, http.StatusBadGateway: chaos.Refuse} {
		id, err := s.sim.Faults().Add(simulator.Fault{System: "gupshup", Path: "/template/msg", Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		refused := s.want(status, s.at(http.MethodPost, path, body, 0))
		if status == http.StatusServiceUnavailable && (refused.Header.Get("Retry-After") == "" || !strings.Contains(refused.Body, `"code":"THROTTLED"`)) {
			t.Errorf("throttled: got %v %s", refused.Header, refused.Body)
		}
		s.sim.Faults().Remove(id)
	}

	shop, failed := s.store.Account(t.Context(), neem)
	if failed != nil {
		t.Fatal(failed)
	}
	misnamed := shop
	app := misnamed.Apps["gs-1"]
	app.ProviderIDs = map[string]string{"appId": app.ProviderIDs["appId"], "appName": "NoSuchApp"}
	misnamed.Apps = map[string]account.App{"gs-1": app}
	if failed = s.store.PutAccount(t.Context(), misnamed); failed != nil {
		t.Fatal(failed)
	}
	wrongName := s.want(http.StatusBadGateway, s.at(http.MethodPost, path, body, 0)).Body
	if !strings.Contains(wrongName, `"code":"UNKNOWN_APP"`) || !strings.Contains(wrongName, "appName") || !strings.Contains(wrongName, "uninstall the app") {
		t.Errorf("a wrong app name: got %s", wrongName)
	}
	if failed = s.store.PutAccount(t.Context(), shop); failed != nil {
		t.Fatal(failed)
	}

	for range 100 {
		if _, err := s.store.TakeTest(t.Context(), neem, start.Truncate(24*time.Hour), 100); err != nil {
			t.Fatal(err)
		}
	}
	if a := s.want(http.StatusTooManyRequests, s.at(http.MethodPost, path, body, 0)); a.Header.Get("Retry-After") != "68988" {
		t.Errorf("after 100 tests: wait %s s, want 68988, which is until midnight", a.Header.Get("Retry-After"))
	}
}
