package workspace_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// telling does something before the provider is told of an address for the first time.
type telling struct {
	meanwhile func()
	done      bool
}

func (m *telling) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/subscription") && !m.done {
		m.done = true
		m.meanwhile()
	}

	return testkit.Transport.RoundTrip(r)
}

// TestWebhookChangedTwiceAtOnce has a second request change the webhook of an app while the provider is told of the first one's address: it is
// told to wait, and the address that the provider holds is taken when all has ended that is to end.
func TestWebhookChangedTwiceAtOnce(t *testing.T) {
	t.Parallel()
	caller := access.Caller{Subject: "u-platform", Role: access.Platform, All: true}
	in := connectionOf(platformUUID, "EshopboxAlerts", "919000000900")
	own := func(s *stage) (appID string, seen settings.Seen) {
		a, err := s.store.Account(s.t.Context(), neem)
		s.must(err)
		for appID = range a.Apps { // it is the only one
		}

		return appID, settings.Seen{Version: a.Version, Named: true}
	}
	type act func(*stage, *settings.Workspace) error
	install := func(s *stage, w *settings.Workspace) error {
		_, seen := own(s)
		_, err := w.InstallApp(s.t.Context(), caller, neem, settings.AppInput{ConnectionInput: in.ConnectionInput}, seen)
		return err
	}
	rotate := func(s *stage, w *settings.Workspace) error {
		appID, seen := own(s)
		_, err := w.RotateWebhook(s.t.Context(), caller, neem, appID, seen)
		return err
	}
	uninstall := func(s *stage, w *settings.Workspace) error {
		appID, seen := own(s)
		_, err := w.UninstallApp(s.t.Context(), caller, neem, appID, seen)
		return err
	}
	put := func(s *stage, w *settings.Workspace) error {
		_, err := w.PutPlatformApp(s.t.Context(), caller, platformApp, in, s.seenPlatform())
		return err
	}
	rotatePlatform := func(s *stage, w *settings.Workspace) error {
		_, err := w.RotatePlatformWebhook(s.t.Context(), caller, platformApp, s.seenPlatform())
		return err
	}
	for name, c := range map[string]struct{ before, first, second act }{
		"own_rotated_twice":              {install, rotate, rotate},
		"own_rotated_and_installed_anew": {install, rotate, uninstall},
		"platform_rotated_twice":         {put, rotatePlatform, rotatePlatform},
		"platform_rotated_and_put":       {put, rotatePlatform, put},
		"platform_made_and_rotated":      {nil, put, rotatePlatform},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPlatformStage(t)
			other := s.dying(&death{})
			if c.before != nil {
				s.must(c.before(s, other))
			}
			s.clock.Advance(time.Minute)

			var second error
			slow := &telling{meanwhile: func() { second = c.second(s, other) }}
			s.must(c.first(s, s.process(pass, slow)))
			if busy, ok := errors.AsType[*settings.BusyError](second); !slow.done || !ok || busy.RetryAfter <= 0 {
				t.Errorf("the second came meanwhile: %t, and got %v, want it to wait", slow.done, second)
			}

			for range 9 {
				s.clock.Advance(time.Hour * 24)
				s.dispose()
			}
			if held := s.held(platformUUID); len(held) != 1 || s.taken(held[0]) != http.StatusOK {
				t.Errorf("the provider reports to %v, want one address that is taken", held)
			}
			s.must(c.second(s, other)) // it can be changed again
		})
	}
}

// TestToldOfAnothersAddress has the right to change the webhook run out while the provider is slow, and another request change it meanwhile:
// the first one's answer says that the address is not confirmed.
func TestToldOfAnothersAddress(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	caller := access.Caller{Subject: "u-platform", Role: access.Platform, All: true}
	other := s.dying(&death{})
	_, err := other.PutPlatformApp(t.Context(), caller, platformApp, connectionOf(platformUUID, "EshopboxAlerts", "919000000900"), settings.Seen{})
	s.must(err)
	slow := &telling{meanwhile: func() {
		s.clock.Advance(2 * time.Minute)
		_, failed := other.RotatePlatformWebhook(t.Context(), caller, platformApp, s.seenPlatform())
		s.must(failed)
	}}

	got, err := s.process(pass, slow).RotatePlatformWebhook(t.Context(), caller, platformApp, s.seenPlatform())
	s.must(err)
	if !slow.done || got.Notice() == "" || !got.Webhook.OldUntil.IsZero() {
		t.Errorf("got %+v, webhook %+v, want a notice and no end of the former addresses", got.PlatformApp, got.Webhook)
	}
}

// TestBusyAnswer says when to try again what another request is changing.
func TestBusyAnswer(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	id, _ := s.add("gupshup")
	s.platformPut(http.StatusCreated, platformFields(""))
	busy := func(q request, says string) {
		t.Helper()
		a := s.want(http.StatusServiceUnavailable, q)
		if a.Header.Get("Retry-After") != "10" || !strings.Contains(a.Body, says+" at this moment; try again after Retry-After") {
			t.Errorf("%s %s: got Retry-After %q, %s", q.method, q.path, a.Header.Get("Retry-After"), a.Body)
		}
	}
	hold := func(accountID, appID string) store.Hold {
		h, err := s.store.HoldWebhook(t.Context(), accountID, appID, s.clock.Now(), time.Minute)
		s.must(err)
		return h
	}
	hold(neem, id)
	const changed = "the app's webhook is being changed"
	token := s.token("editor", neem)
	busy(request{method: http.MethodPost, path: appsPath(id, "webhook-token"), token: token, header: ifMatch(2)}, changed)
	busy(request{method: http.MethodDelete, path: appsPath(id), token: token, header: ifMatch(2)}, changed)
	free := hold("", platformApp)
	busy(s.platformPost("webhook-token", ""), changed)
	busy(request{method: http.MethodPut, path: platformPath, token: s.operator(), body: platformFields(""), header: ifMatch(1)}, changed)

	s.must(s.store.Release(t.Context(), free))
	_, err := s.store.HoldNumber(t.Context(), "919000000200", s.clock.Now(), time.Minute)
	s.must(err)
	busy(request{method: http.MethodPost, path: appsPath(), token: token, body: installs["meta"], header: ifMatch(2)}, "the number is being connected, here or in another place,")
}
