package workspace_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
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

// TestNumberAtTheSameTime has two places connect one number at the same time, and the second come while the first one's credential is written:
// it is told to wait, tells the provider nothing, and is refused once the first is connected, which the provider reports to.
func TestNumberAtTheSameTime(t *testing.T) {
	t.Parallel()
	caller := access.Caller{Subject: "u-platform", Role: access.Platform, All: true}
	in := connectionOf(platformUUID, "EshopboxAlerts", "919000000900")
	install := func(accountID string) func(*stage, *settings.Workspace) error {
		return func(s *stage, w *settings.Workspace) error {
			_, err := w.InstallApp(s.t.Context(), caller, accountID, settings.AppInput{Name: "Own", ConnectionInput: in.ConnectionInput}, settings.Seen{Version: 1, Named: true})
			return err
		}
	}
	put := func(id string) func(*stage, *settings.Workspace) error {
		return func(s *stage, w *settings.Workspace) error {
			_, err := w.PutPlatformApp(s.t.Context(), caller, id, in, settings.Seen{})
			return err
		}
	}
	for order, c := range map[string][2]func(*stage, *settings.Workspace) error{
		"account_account": {install(neem), install("812")}, "account_platform": {install(neem), put(platformApp)},
		"platform_account": {put(platformApp), install(neem)}, "platform_platform": {put(platformApp), put("second")},
	} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			s := newPlatformStage(t)
			s.put("812", "Tulsi")
			other := s.dying(&death{})
			came := false
			meanwhile := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
				if !came && strings.HasSuffix(method, "/AddSecretVersion") {
					came = true
					if err := c[1](s, other); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "at this moment") {
						t.Errorf("the second got %v, want it to wait", err)
					}
					if held := s.held(platformUUID); len(held) > 0 {
						t.Errorf("the second told the provider %v", held)
					}
				}

				return invoke(ctx, method, req, reply, cc, opts...)
			}

			s.must(c[0](s, s.process(meanwhile, testkit.Transport)))
			if err := c[1](s, other); !fault.Is(err, fault.Conflict) || !came {
				t.Errorf("the second got %v afterwards, want a conflict; it came meanwhile: %t", err, came)
			}
			s.clock.Advance(8 * 24 * time.Hour)
			s.dispose()
			if held := s.held(platformUUID); len(held) != 1 || s.taken(held[0]) != http.StatusOK {
				t.Errorf("the provider reports to %v, want one address that is taken", held)
			}
		})
	}
}

// TestNumberIsFreeAgain connects a number after an attempt that failed, and after one whose process ended, once that has had its time.
func TestNumberIsFreeAgain(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	caller := access.Caller{Subject: "u-platform", Role: access.Platform, All: true}
	in := connectionOf(platformUUID, "EshopboxAlerts", "919000000900")
	put := func(w *settings.Workspace) error {
		_, err := w.PutPlatformApp(t.Context(), caller, platformApp, in, settings.Seen{})
		return err
	}
	broken := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if strings.HasSuffix(method, "/AddSecretVersion") {
			return context.DeadlineExceeded
		}

		return invoke(ctx, method, req, reply, cc, opts...)
	}
	for range 2 {
		if err := put(s.process(broken, testkit.Transport)); err == nil || strings.Contains(err.Error(), "at this moment") {
			t.Fatalf("got %v, want the failure of the secret", err)
		}
	}

	d := &death{left: 4} // with the webhook and the number held, and what is made noted, before a secret is
	if err := d.of(func() error { return put(s.dying(d)) }); err != nil || !d.dead {
		t.Fatalf("got %v, want its end", err)
	}
	alive := s.dying(&death{})
	if err := put(alive); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v, want to wait", err)
	}
	s.clock.Advance(2 * time.Minute)
	s.must(put(alive))
}

// TestPlatformAppMovesToTakenNumber refuses a number at an app of the platform's that moves to one that is connected, and saves one that stays.
func TestPlatformAppMovesToTakenNumber(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
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
	s := newPlatformStage(t)
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), strings.Replace(installs["kaleyra"], "919000000300", "919000000900", 1))
	s.platformPut(http.StatusCreated, platformFields(""))
}

// TestPlatformTemplateWithdrawn warns how many accounts have an event on that loses its template.
func TestPlatformTemplateWithdrawn(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
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
