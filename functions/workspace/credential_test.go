package workspace_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
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

// TestRotationUnderLoad sends as three instances do, which cache credentials, while the credential is rotated twenty times. The former one
// goes on at the provider until the rotation has answered, as [settings.Workspace.RotateCredential] wants it.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	id, _ := s.add("gupshup")
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	installed, _ := a.App(id)

	// Gupshup takes both keys while one replaces the other.
	var valid sync.Map
	valid.Store(gupshupKey, true)
	takes := func(app provider.App) bool { _, ok := valid.Load(app.Secret.Reveal()); return ok }

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sent, failed atomic.Int64
	var senders sync.WaitGroup
	for range 3 {
		instance := secret.New(secret.Options{ProjectID: testkit.Project, Clock: s.clock, ClientOptions: s.cloud.ClientOptions()})
		testkit.AtEnd(t, func() { _ = instance.Close() })
		apps := settings.NewApps(settings.Options{Clock: s.clock, TTL: 30 * time.Second}, settings.Deps{Secrets: instance})
		senders.Go(func() {
			for ctx.Err() == nil {
				ok := sendOnce(ctx, apps, installed, takes)
				if ctx.Err() != nil {
					return
				}
				time.Sleep(time.Millisecond)
				sent.Add(1)
				if !ok {
					failed.Add(1)
				}
			}
		})
	}
	key := gupshupKey
	for i := range 20 {
		next := rotatedKey + string(rune('a'+i))
		valid.Store(next, true)
		s.must(s.sim.Gupshup().SetAPIKey(neemAlerts, next))
		s.ask(http.StatusOK, http.MethodPost, appsPath(id, "credential"), `{"credential":"`+next+`"}`)
		valid.Delete(key)
		key = next
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	senders.Wait()
	if sent.Load() < 100 || failed.Load() > 0 {
		t.Errorf("%d of %d sends failed", failed.Load(), sent.Load())
	}
}

// sendOnce sends as dispatch does: with the credential that the instance knows, and again with the one that it reads then if the provider
// refuses that, as sweep brings back what an app was held for. The second may be one that was read just before the rotation ended.
func sendOnce(ctx context.Context, apps *settings.Apps, installed account.App, takes func(provider.App) bool) bool {
	for range 3 {
		app, err := apps.Credential(ctx, installed)
		if err != nil {
			return false
		}
		if takes(app) {
			return true
		}
		apps.ForgetCredential(installed)
	}

	return false
}
