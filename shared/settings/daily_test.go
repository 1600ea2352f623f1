package settings_test

import (
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// newDaily is a world whose account has one app, checked at noon, and a press for the news.
func newDaily(t *testing.T) (*world, *press) {
	t.Helper()
	w, p := newWorld(t), &press{}
	o := settings.Options{Clock: w.clock, TTL: ttl, Timeout: time.Minute, News: &settings.Newsroom{Publisher: p, Clock: w.clock, Logger: slog.New(slog.DiscardHandler)}}
	w.accounts = settings.NewAccounts(w.store, o)
	w.apps = settings.NewApps(o, settings.Deps{
		Accounts: w.accounts, Templates: w.store, Secrets: w.secrets, Providers: byName{"fake": w.provider, "told": callsBack{w.provider}},
	})
	a := w.store.accounts[neem]
	app := a.Apps[appID]
	app.Checked = account.Checked{At: noon, Quality: "GREEN", Limit: "TIER_1K"}
	a.Apps = map[string]account.App{appID: app}
	w.store.accounts[neem] = a
	w.provider.check = provider.CheckResult{State: provider.CheckVerified, Facts: provider.Facts{Quality: "GREEN", Limit: "TIER_1K"}}

	return w, p
}

// callsBack is a provider that reports what becomes of messages.
type callsBack struct{ *fakeProvider }

func (callsBack) Capabilities() provider.Capabilities { return provider.Capabilities{Callbacks: true} }

func always() bool { return true }

// daily checks the account as it is stored, and returns how many apps something was noted of.
func (w *world) daily(t *testing.T, may func() bool) int {
	t.Helper()
	noted, err := w.apps.CheckDaily(t.Context(), w.store.accounts[neem], may)
	if err != nil {
		t.Fatal(err)
	}

	return noted
}

// TestCheckDaily asks about a healthy app once a day, and notes what its provider says.
func TestCheckDaily(t *testing.T) {
	t.Parallel()
	w, p := newDaily(t)
	stored := func() account.App { return w.store.accounts[neem].Apps[appID] }
	w.clock.Advance(23 * time.Hour)
	if noted := w.daily(t, always); noted != 0 || w.provider.asked != 0 {
		t.Fatalf("after 23 hours: noted %d, asked %d times", noted, w.provider.asked)
	}
	w.clock.Advance(2 * time.Hour)
	if noted := w.daily(t, func() bool { return false }); noted != 0 || w.provider.asked != 0 {
		t.Fatalf("beyond what a sweep asks: noted %d, asked %d times", noted, w.provider.asked)
	}
	for range 2 {
		w.daily(t, always)
	}
	if w.provider.asked != 1 || !stored().Checked.At.Equal(w.clock.Now()) || len(p.news) != 0 {
		t.Errorf("after a day: asked %d times, checked at %v, news %v", w.provider.asked, stored().Checked.At, p.news)
	}

	// Another quality and limit are told, once.
	w.clock.Advance(25 * time.Hour)
	w.provider.check.Facts = provider.Facts{Quality: "YELLOW", Limit: "TIER_250"}
	for range 2 {
		w.daily(t, always)
	}
	want := []settings.News{{
		Schema: 1, AccountID: neem, AppID: appID, Provider: "fake", State: account.Fine, Before: account.Fine, At: w.clock.Now(),
		Quality: &settings.Changed{Before: "GREEN", Now: "YELLOW"}, Limit: &settings.Changed{Before: "TIER_1K", Now: "TIER_250"},
	}}
	if diff := cmp.Diff(want, p.news); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}

	// A provider that gives no answer is asked again after an hour, and changes nothing.
	w.clock.Advance(25 * time.Hour)
	w.provider.check = provider.CheckResult{State: provider.CheckProviderDown}
	w.provider.asked = 0
	for range 3 {
		w.daily(t, always)
		w.clock.Advance(25 * time.Minute)
	}
	if w.provider.asked != 1 || !stored().Health.Healthy() {
		t.Errorf("down: asked %d times, %+v", w.provider.asked, stored().Health)
	}
	w.provider.check = provider.CheckResult{State: provider.CheckInvalidKey, Detail: "No such key."}
	for range 2 {
		w.daily(t, always)
	}
	if h := stored().Health; w.provider.asked != 2 || h.Reason != message.CauseCredentials || len(p.news) != 2 || p.news[1].State != account.Held {
		t.Errorf("refused: asked %d times, %+v, news %v", w.provider.asked, h, p.news)
	}
	w.clock.Advance(48 * time.Hour)
	if w.daily(t, always); w.provider.asked != 2 {
		t.Error("an app that is held is looked at by its own checks")
	}
}

// TestCheckDailyOfThePlatformsApp asks once for all accounts behind it.
func TestCheckDailyOfThePlatformsApp(t *testing.T) {
	t.Parallel()
	w, _ := newDaily(t)
	a := w.store.accounts[neem]
	app := a.Apps[appID]
	app.Ownership = message.Platform
	a.Apps[appID] = app
	other := a
	other.ID, other.Apps = "812", maps.Clone(a.Apps)
	w.store.accounts["812"] = other
	w.clock.Advance(25 * time.Hour)
	for _, id := range []string{neem, "812"} {
		if noted, err := w.apps.CheckDaily(t.Context(), w.store.accounts[id], always); noted != 1 || err != nil {
			t.Errorf("%s: noted %d, %v", id, noted, err)
		}
		if got := w.store.accounts[id].Apps[appID].Checked.At; !got.Equal(w.clock.Now()) {
			t.Errorf("%s: checked at %v", id, got)
		}
	}
	if w.provider.asked != 1 {
		t.Errorf("asked %d times", w.provider.asked)
	}
}

// TestTellSigns tells of an app that became silent and of one on whose number an assistant answers, each change once, and not while there is
// worse to tell.
func TestTellSigns(t *testing.T) {
	t.Parallel()
	w, p := newDaily(t)
	a := w.store.accounts[neem]
	app := a.Apps[appID]
	app.Provider = "told"
	a.Apps[appID] = app
	ref := settings.Ref{AccountID: neem, AppID: appID}
	times := store.AppTimes{Taken: noon, Witness: noon}
	look := func(state, before account.State) {
		t.Helper()
		told := len(p.news)
		for range 2 {
			if err := w.apps.TellSigns(t.Context(), w.store.accounts[neem], map[string]store.AppTimes{appID: times}); err != nil {
				t.Fatal(err)
			}
		}
		switch news := p.news[told:]; {
		case state == "" && len(news) == 0:
		case len(news) != 1 || news[0].State != state || news[0].Before != before:
			t.Fatalf("got %+v, want %s after %s", news, state, before)
		}
	}
	look("", "")
	w.clock.Advance(time.Hour)
	times.Taken = w.clock.Now()
	look("", "") // it may come yet
	w.clock.Advance(20 * time.Minute)
	look(account.Silent, account.Fine)

	// It is held meanwhile, and silent still when that is over.
	if err := w.apps.NoteFailure(t.Context(), ref, message.Failure{Class: message.ClassAccount, Cause: message.CauseBalance}, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	look("", "")
	w.clock.Advance(time.Minute)
	if err := w.apps.Restore(t.Context(), ref, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if got := p.news[1:]; len(got) != 2 || got[0].Before != account.Silent || got[0].State != account.Held || got[1].State != account.Fine {
		t.Fatalf("held and released: %+v", got)
	}
	look(account.Silent, account.Fine)

	times.Witness = w.clock.Now()
	look(account.Fine, account.Silent)
	times.Agent = w.clock.Now()
	look(account.AgentAnswering, account.Fine)
	w.clock.Advance(8 * 24 * time.Hour)
	look(account.Fine, account.AgentAnswering)
	w.provider.check.Facts.Quality = "RED"
	w.daily(t, always)
	look("", "")
}
