package workspace_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// asPlatforms is the body of an app of the platform's that is connected as a brand's is by another.
func asPlatforms(install string) string {
	fields := strings.NewReplacer(`{"ownership":"client",`, "", `"name":"Neem alerts",`, "").Replace(install)
	return `{"name":"Eshopbox","unexpectedReplies":{"enabled":false},"templates":{},` + strings.TrimPrefix(fields, "{")
}

// TestNumberIsInOnePlace refuses a number that is connected already, among accounts and the platform's apps, whichever came first, and does
// not say whose it is.
func TestNumberIsInOnePlace(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gupshup", "meta", "kaleyra"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			brand := func(s *stage) request {
				return request{method: http.MethodPost, path: appsPath(), token: s.token("editor", neem), body: installs[name], header: ifMatch(1)}
			}
			other := func(s *stage) request {
				s.put("812", "Tulsi")
				return request{method: http.MethodPost, path: "/v1/accounts/812/apps", token: s.token("editor", "812"), body: installs[name], header: ifMatch(1)}
			}
			platforms := func(s *stage) request {
				return request{method: http.MethodPut, path: platformPath, token: s.operator(), body: asPlatforms(installs[name])}
			}
			second := func(s *stage) request {
				return request{method: http.MethodPut, path: "/v1/platform/apps/second", token: s.operator(), body: asPlatforms(installs[name])}
			}
			for order, c := range map[string][2]func(*stage) request{
				"account_account": {brand, other}, "account_platform": {brand, platforms}, "platform_account": {platforms, brand}, "platform_platform": {platforms, second},
			} {
				s := newStage(t, nil)
				s.want(http.StatusCreated, c[0](s))
				got := s.want(http.StatusConflict, c[1](s))
				s.wants(got.Body, `"field":"number"`, "one place only")
				if strings.Contains(got.Body, neem) || strings.Contains(got.Body, platformApp) || strings.Contains(got.Body, "Neem") {
					t.Errorf("%s: the answer names whose it is: %s", order, got.Body)
				}
			}
		})
	}
}

// TestPlatformAppMovesToTakenNumber refuses a number at an app of the platform's that moves to one that is connected, and saves one that stays.
func TestPlatformAppMovesToTakenNumber(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t, nil)
	s.add("gupshup")
	s.platformPut(http.StatusCreated, platformFields(""))
	s.clock.Advance(time.Minute)
	moved := platformFields("", "919000000900", "919000000100", platformUUID, neemAlerts, "EshopboxAlerts", "NeemAlerts", platformKey, gupshupKey)
	s.wants(s.platformPut(http.StatusConflict, moved), `"field":"number"`)
	s.platformPut(http.StatusOK, platformFields("", "Eshopbox\"", "Eshopbox again\""))
}

// TestUnconfirmedNumberDoesNotBlockPlatform connects an app of the platform's although a brand has given its number, which nobody confirmed.
func TestUnconfirmedNumberDoesNotBlockPlatform(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t, nil)
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), strings.Replace(installs["kaleyra"], "919000000300", "919000000900", 1))
	s.platformPut(http.StatusCreated, platformFields(""))
}

// TestPlatformTemplateWithdrawn warns how many accounts have an event on that loses its template.
func TestPlatformTemplateWithdrawn(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t, nil)
	s.platformPut(http.StatusCreated, platformFields(told(failedEvent, missedHer, "customer_name")))
	consent := &account.ChargeConsent{By: "u-1", At: start, TextVersion: "v", Price: "INR 0.115"}
	for id, on := range map[string]bool{neem: true, "812": true, "813": false} {
		s.put(id, "Brand "+id)
		a, err := s.store.Account(t.Context(), id)
		s.must(err)
		s.want(http.StatusCreated, request{
			method: http.MethodPost, path: "/v1/accounts/" + id + "/apps", token: s.operator(), body: `{"ownership":"platform"}`, header: ifMatch(a.Version),
		})
		a, err = s.store.Account(t.Context(), id)
		s.must(err)
		a.Choices = map[string]map[string]account.Choice{platformApp: {failedEvent: {Enabled: on, Charges: consent}}}
		s.must(s.store.PutAccount(t.Context(), a))
	}
	s.clock.Advance(time.Minute)
	s.wants(s.platformPut(http.StatusOK, platformFields("")), `"event":"`+failedEvent+`"`, `"rule":"template_withdrawn"`, `"severity":"warning"`, "2 accounts have it on")
	s.wants(s.platformPut(http.StatusOK, platformFields("")), `"findings":[]`)
}
