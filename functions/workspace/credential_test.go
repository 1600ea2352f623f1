package workspace_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// TestCredentialsAreNowhere looks for every credential in all that is kept and said, after every flow.
func TestCredentialsAreNowhere(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.offer()
	ids := map[string]string{}
	var shown []string
	for _, name := range []string{"gupshup", "meta", "kaleyra", "businessonbot"} {
		var hook string
		ids[name], hook = s.add(name)
		if hook != "" {
			shown = append(shown, hook[strings.LastIndexByte(hook, '/')+1:])
		}
	}
	s.ask(http.StatusConflict, http.MethodPost, appsPath(), installs["gupshup"])
	s.ask(http.StatusBadRequest, http.MethodPost, appsPath(), strings.Replace(installs["meta"], "919000000200", "919000000202", 1))
	for _, mode := range []chaos.Mode{chaos.Unavailable, chaos.HTML502Before, chaos.ResetBefore, chaos.WrongCredentials, chaos.Malformed, chaos.Throttle} {
		s.must(s.sim.Faults().Set([]simulator.Fault{{System: "gupshup", Mode: mode}}))
		for _, what := range []string{"verify", "webhook-token", "credential"} {
			a, err := s.store.Account(t.Context(), neem)
			s.must(err)
			got := s.do(request{
				method: http.MethodPost, path: appsPath(ids["gupshup"], what), token: s.operator(), header: ifMatch(a.Version), body: `{"credential":"` + rotatedKey + `"}`,
			})
			s.answers.WriteString(got.Body)
		}
	}
	s.must(s.sim.Faults().Set(nil))
	s.must(s.sim.Gupshup().SetAPIKey(neemAlerts, rotatedKey))
	s.ask(http.StatusOK, http.MethodPost, appsPath(ids["gupshup"], "credential"), `{"credential":"`+rotatedKey+`"}`)
	for _, name := range []string{"gupshup", "meta", "kaleyra"} {
		s.ask(http.StatusOK, http.MethodPost, appsPath(ids[name], "webhook-token"), "")
	}
	s.ask(http.StatusOK, http.MethodGet, appsPath(), "")
	s.ask(http.StatusOK, http.MethodGet, "/v1/accounts/"+neem+"/versions", "")
	s.ask(http.StatusOK, http.MethodGet, "/v1/accounts/"+neem+"/versions/3", "")
	s.ask(http.StatusOK, http.MethodDelete, appsPath(ids["meta"]), "")

	credentials := []string{gupshupKey, rotatedKey, metaToken, metaSecret, kaleyraKey, guestKey}
	look := func(where, text string, for_ []string) {
		for _, c := range for_ {
			if strings.Contains(text, c) {
				t.Errorf("%s has %s…", where, c[:6])
			}
		}
	}
	kept := func(rec []byte) error {
		look("Firestore or Pub/Sub", string(rec), append(credentials, shown...))
		return nil
	}
	s.must(s.cloud.Firestore().Snapshot(kept))
	s.must(s.cloud.PubSub().Snapshot(kept))
	look("the log", s.logs.String(), append(credentials, shown...))
	look("an answer", s.answers.String(), credentials)
	found := false
	s.must(s.cloud.Secrets().Snapshot(func(rec []byte) error {
		found = found || strings.Contains(string(rec), kaleyraKey)
		return nil
	}))
	if !found {
		t.Error("the test cannot find a credential where it is")
	}
}
