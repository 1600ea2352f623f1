package settings_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

const (
	platformApp = "platform-app"
	tulsi       = "812"
	ownTulsi    = "813"
)

// sharing is a world where two brands have the platform's app, and a third has an app of its own.
type sharing struct {
	*world
	t *testing.T
}

func newSharing(t *testing.T) sharing {
	t.Helper()
	s := sharing{world: newWorld(t), t: t}
	s.store.accounts[neem].Apps[platformApp] = account.App{Provider: "fake", Ownership: message.Platform}
	s.install(tulsi)
	s.store.accounts[ownTulsi] = account.Account{ID: ownTulsi, Apps: map[string]account.App{"own": {Provider: "fake"}}}

	return s
}

// install adds a brand that has the platform's app.
func (s sharing) install(id string) {
	s.store.accounts[id] = account.Account{ID: id, Apps: map[string]account.App{
		platformApp: {Provider: "fake", Ownership: message.Platform},
	}}
}

func (s sharing) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// check asserts which of the brands hold the messages of the platform's app.
func (s sharing) check(when string, want map[string]bool) {
	s.t.Helper()
	got := map[string]bool{}
	for id := range want {
		a, err := s.accounts.Get(s.t.Context(), id)
		s.must(err)
		got[id] = a.Apps[platformApp].Health.NotAnswering()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%s: held (-want +got):\n%s", when, diff)
	}
}

// take asserts whether a brand gets the turn to send one message.
func (s sharing) take(id string, want bool) {
	s.t.Helper()
	may, err := s.apps.TakeProbe(s.t.Context(), at(id))
	if s.must(err); may != want {
		s.t.Errorf("probe of %s at %s: got %t, want %t", id, s.clock.Now().Format(time.TimeOnly), may, want)
	}
}

// shared is the platform's app, as far as brands are found by it.
var shared = account.App{ID: platformApp, Provider: "fake", Ownership: message.Platform}

// at names the platform's app at a brand.
func at(id string) settings.Ref { return settings.Ref{AccountID: id, AppID: platformApp} }

// A circuit that opened at one brand holds the messages of all behind the platform's app, and an answer at another releases them.
func TestPlatformAppIsOneToAllBrands(t *testing.T) {
	t.Parallel()
	s, ctx := newSharing(t), t.Context()
	s.check("before", map[string]bool{neem: false, tulsi: false})

	s.must(s.apps.Suspend(ctx, at(neem), noon))
	s.check("suspended", map[string]bool{neem: true, tulsi: true, ownTulsi: false})

	s.must(s.apps.Resume(ctx, at(tulsi), noon.Add(-1)))
	s.check("an answer from before", map[string]bool{neem: true, tulsi: true})

	s.must(s.apps.Resume(ctx, at(tulsi), noon.Add(time.Second)))
	s.check("answered", map[string]bool{neem: false, tulsi: false})

	s.must(s.apps.Suspend(ctx, at(neem), noon))
	s.check("a post from before the answer", map[string]bool{neem: false, tulsi: false})
}

// A brand's own app is its own affair.
func TestOwnAppIsOfOneBrand(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	w.store.accounts[tulsi] = account.Account{ID: tulsi, Apps: map[string]account.App{appID: {Provider: "fake"}}}
	if err := w.apps.Suspend(ctx, ref(), noon); err != nil {
		t.Fatal(err)
	}
	if !w.store.accounts[neem].Apps[appID].Health.NotAnswering() || !w.store.accounts[tulsi].Apps[appID].Health.Healthy() || len(w.store.shared) != 0 {
		t.Errorf("got %+v and %v, want it noted at its account only", w.store.accounts, w.store.shared)
	}
}

// One probe at a time goes through the platform's app, whichever brand it is of, and ever more rarely.
func TestPlatformAppIsProbedOnceAtATime(t *testing.T) {
	t.Parallel()
	s, ctx := newSharing(t), t.Context()
	s.must(s.apps.Suspend(ctx, at(neem), noon))
	s.take(neem, false)

	s.clock.Advance(15 * time.Second)
	s.take(neem, true)
	s.take(tulsi, false)
	s.take(neem, false)

	s.clock.Advance(30 * time.Second)
	s.take(tulsi, true)
	s.take(neem, false)

	s.must(s.apps.ReturnProbe(ctx, at(tulsi)))
	s.take(neem, true)
	s.take(tulsi, false)

	kept := s.store.shared[platformApp].RetryAt
	for _, id := range []string{neem, tulsi} {
		if got := s.store.accounts[id].Apps[platformApp].Health.RetryAt; !got.Equal(kept) {
			t.Errorf("%s looks again at %s, want %s: it asked in vain", id, got, kept)
		}
	}
}

// A brand that could not be told, or came since, is told with the next probe.
func TestBrandsThatMissedTheMark(t *testing.T) {
	t.Parallel()
	s, ctx := newSharing(t), t.Context()
	s.store.locked = tulsi
	if err := s.apps.Suspend(ctx, at(neem), noon); !errors.Is(err, errDown) {
		t.Errorf("got %v, want that one account cannot be written", err)
	}
	s.install("899")
	s.check("while one cannot be written", map[string]bool{neem: true, tulsi: false, "899": false})

	s.store.locked = ""
	s.clock.Advance(15 * time.Second)
	s.take(neem, true)
	s.must(s.apps.TellUsers(ctx, shared))
	s.check("after the probe", map[string]bool{neem: true, tulsi: true, "899": true, ownTulsi: false})
}

// A brand whose own unanswered posts come after the mark is marked by itself, without the others.
func TestBrandThatMissedTheMarkSuspends(t *testing.T) {
	t.Parallel()
	s, ctx := newSharing(t), t.Context()
	s.must(s.apps.Suspend(ctx, at(neem), noon))
	s.install("899")
	writes := s.store.writes[tulsi]
	s.must(s.apps.Suspend(ctx, at("899"), noon.Add(time.Second)))
	s.check("marked", map[string]bool{"899": true})
	if s.store.writes[tulsi] != writes {
		t.Error("the others were written to again")
	}
}

// A brand that was not told of the answer finds out when sweep looks at its messages, even where nothing is kept of the app.
func TestBrandsThatMissedTheAnswer(t *testing.T) {
	t.Parallel()
	s, ctx := newSharing(t), t.Context()
	s.must(s.apps.Suspend(ctx, at(neem), noon))
	s.store.locked = tulsi
	if err := s.apps.Resume(ctx, at(neem), noon); !errors.Is(err, errDown) {
		t.Errorf("got %v, want that one account cannot be written", err)
	}
	s.store.locked = ""
	s.check("while one cannot be written", map[string]bool{neem: false, tulsi: true})

	s.clock.Advance(15 * time.Second)
	s.take(tulsi, false)
	s.check("after a look", map[string]bool{neem: false, tulsi: false})

	s.must(s.apps.Suspend(ctx, at(neem), s.clock.Now()))
	delete(s.store.shared, platformApp)
	s.take(neem, false)
	s.check("a mark without a document of the app", map[string]bool{neem: false})
}

// Accounts are written only when the app stops answering and when it answers again, not for each post or probe of another brand.
func TestPlatformAppWritesEachAccountOnce(t *testing.T) {
	t.Parallel()
	s, ctx := newSharing(t), t.Context()
	for n := range 300 { // more than one page
		s.install(fmt.Sprint(1000 + n))
	}
	for range 3 {
		s.must(s.apps.Suspend(ctx, at(neem), noon))
		s.clock.Advance(2 * time.Minute)
		s.take(neem, true)
		s.must(s.apps.TellUsers(ctx, shared))
	}
	s.must(s.apps.Resume(ctx, at(neem), s.clock.Now()))
	s.must(s.apps.Resume(ctx, at(neem), s.clock.Now()))
	for id, n := range s.store.writes {
		if id != neem && n != 2 {
			t.Errorf("%s was written %d times, want for the mark and for the answer", id, n)
		}
	}
	if got := len(s.store.writes); got != 302 {
		t.Errorf("wrote %d accounts, want all 302", got)
	}
}
