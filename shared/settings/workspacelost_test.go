package settings_test

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

var outForDelivery = order.Kind{Resource: order.Shipment, SubType: "out_for_delivery"}

// TestUninstallWhoseAnswerIsLost destroys what the app had, as any other does: Firestore's client repeats the write, and meets what it has
// written itself.
func TestUninstallWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	const name = "app-own-1/versions/1"
	r := newRotating(t, name)
	r.must(r.store.PutWebhook(t.Context(), "token", store.Webhook{Provider: "gupshup", AppID: "own", AccountID: neem}))
	r.rule(cloud.Rule{Method: "Firestore/Commit", Match: "accounts/" + neem, Mode: cloud.FailAfter, Code: codes.Unavailable, Times: 1})

	a, err := r.UninstallApp(t.Context(), editor, neem, "own", r.seen())
	r.must(err)
	for range 8 * 24 {
		r.clock.Advance(time.Hour)
		r.dispose()
	}
	tokens, err := r.store.WebhookTokens(t.Context(), "own")
	r.must(err)
	if len(a.Apps) > 0 || r.held(name) != "" || len(tokens) > 0 {
		t.Errorf("8 days later: %d apps, credential kept: %t, %d tokens", len(a.Apps), r.held(name) != "", len(tokens))
	}
}

// TestNewsWhoseWriteHadNoAnswer are told all the same.
func TestNewsWhoseWriteHadNoAnswer(t *testing.T) {
	t.Parallel()
	r := newRotating(t, "app-own-1/versions/1")
	p := &press{}
	options := settings.Options{
		Clock: r.clock, TTL: time.Second, Timeout: time.Minute,
		News: &settings.Newsroom{Publisher: p, Clock: r.clock, Logger: slog.New(slog.DiscardHandler)},
	}
	apps := settings.NewApps(options, settings.Deps{Accounts: settings.NewAccounts(r.store, options), Providers: catalog.New(catalog.Config{})})
	r.rule(cloud.Rule{Method: "Firestore/Commit", Match: "accounts/" + neem, Mode: cloud.FailAfter, Code: codes.Unavailable, Times: 1})

	for range 3 {
		r.must(apps.NoteFailure(t.Context(), settings.Ref{AccountID: neem, AppID: "own"},
			message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials}, r.clock.Now()))
		r.clock.Advance(time.Minute)
	}
	if len(p.news) != 1 {
		t.Errorf("got %d news, want one", len(p.news))
	}
}

// TestAllOffStaysOff has a brand switch everything off at its own app, also where nothing was on, and uninstall it: what it once agreed to at
// the platform's app, which takes its place, stays off.
func TestAllOffStaysOff(t *testing.T) {
	t.Parallel()
	own := account.App{
		InstalledAt: autumn.Add(time.Hour), Provider: businessonbot.Name, Ownership: message.Client,
		ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/own"},
	}
	for name, off := range map[string]func(o *office) error{
		"that_event": func(o *office) error {
			_, _, _, err := o.PutNotification(t.Context(), editor, neem, "own", outForDelivery, settings.NotificationInput{}, o.seen())
			return err
		},
		"all": func(o *office) error {
			_, _, err := o.PutNotifications(t.Context(), editor, neem, "own", settings.NotificationsInput{}, o.seen())
			return err
		},
	} {
		for _, first := range []bool{true, false} {
			o := newCharged(t)
			_, _, _, err := o.PutNotification(t.Context(), editor, neem, "", outForDelivery, settings.NotificationInput{Enabled: true, Charges: agreed()}, o.seen())
			o.must(err)
			a, err := o.store.Account(t.Context(), neem)
			o.must(err)
			a.Apps["own"] = own
			o.must(o.store.PutAccount(t.Context(), a))
			if first { // else the event comes along, and is on
				o.must(off(o))
			}
			_, err = o.PutSender(t.Context(), editor, neem, "own", o.seen())
			o.must(err)
			if !first {
				o.must(off(o))
			}

			a, err = o.UninstallApp(t.Context(), editor, neem, "own", o.seen())
			o.must(err)
			if a.Sender == "own" || a.Events[outForDelivery.String()].Enabled {
				t.Errorf("%s, off before it was the sender: %t: got sender %q with %+v, want it off", name, first, a.Sender, a.Events[outForDelivery.String()])
			}
		}
	}
}

// TestPriceThatRose has an event switched on again after a dearer rate card: what was agreed to before does not allow that price.
func TestPriceThatRose(t *testing.T) {
	t.Parallel()
	o := newCharged(t)
	put := func(on bool) error {
		_, _, _, err := o.PutNotification(t.Context(), editor, neem, "", outForDelivery, settings.NotificationInput{Enabled: on, Charges: agreed()}, o.seen())
		return err
	}
	o.must(put(true))
	o.must(put(false))
	c := billing.India()
	c.Version, c.From = "inr-2027q1", "2027-01-01"
	for i := range c.Rates {
		c.Rates[i].Micros *= 8
	}
	card, err := json.Marshal(c)
	o.must(err)
	_, _, err = o.PutRateCard(t.Context(), operator, c.Version, card, false)
	o.must(err)
	o.must(put(true))
	o.must(put(false))
	o.clock.Advance(60 * 24 * time.Hour)

	o.refused(put(true), fault.Conflict, "charges.price")
	o.must(put(false))
}

// striking is a clock that does something when it is asked for the n-th time.
type striking struct {
	clock.Clock
	n      int
	strike func()
}

func (c *striking) Now() time.Time {
	if c.n--; c.n == 0 {
		c.strike()
	}
	return c.Clock.Now()
}

// TestSaveWhileThePlatformsTemplateChanges has the platform's template change, and all accounts follow it, at every time that a save asks for:
// the events are told by the new one in the end.
func TestSaveWhileThePlatformsTemplateChanges(t *testing.T) {
	t.Parallel()
	for at := 1; at < 5; at++ {
		o := newOffice(t)
		o.clock.Advance(autumn.Sub(noon))
		o.put("Neem")
		shared := account.App{ID: chargedApp, Provider: gupshup.Name, Ownership: message.Platform, InstalledAt: autumn}
		save := func(id string) {
			_, err := o.store.SavePlatformApp(t.Context(), chargedApp, store.Author{}, autumn, func(p account.PlatformApp) (account.PlatformApp, error) {
				p.App, p.Templates = shared, map[string]account.Content{created.String(): *content(id)}
				return p, nil
			})
			o.must(err)
			_, err = o.FollowPlatformApps(t.Context())
			o.must(err)
		}
		save("old")
		o.installed(shared)
		o.copied("old", "UTILITY")
		o.copied("new", "UTILITY")
		clk := &striking{Clock: o.clock, n: at, strike: func() { save("new") }}
		w := settings.NewWorkspace(settings.WorkspaceDeps{
			Store: o.store, Providers: catalog.New(catalog.Config{}), Client: testkit.Client, Timeout: time.Minute, Clock: clk,
		})
		charges := &settings.ChargesInput{TextVersion: agreed().TextVersion, Price: "INR 0.117875"}

		_, _, _, err := w.PutNotification(t.Context(), editor, neem, "", created, settings.NotificationInput{Enabled: true, Charges: charges}, o.seen())
		o.must(err)
		a, err := o.store.Account(t.Context(), neem)
		o.must(err)
		if got := a.Events[created.String()]; clk.n > 0 || !got.Enabled || got.TemplateID != "new" {
			t.Errorf("at %d: got %+v, want it on with the new template; the clock was asked %d times too few", at, got, clk.n)
		}
	}
}

// TestTemplateOfAnotherCategory has WhatsApp charge a template of the platform's as marketing, which the copy of it shows: what a brand agreed
// to does not cover that, and the event is off within the time in which sweep looks again.
func TestTemplateOfAnotherCategory(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.clock.Advance(autumn.Sub(noon))
	o.put("Neem")
	shared := account.App{ID: chargedApp, Provider: gupshup.Name, Ownership: message.Platform, InstalledAt: autumn}
	_, err := o.store.SavePlatformApp(t.Context(), chargedApp, store.Author{}, autumn, func(p account.PlatformApp) (account.PlatformApp, error) {
		p.App, p.Templates = shared, map[string]account.Content{created.String(): *content(twoPlaces)}
		return p, nil
	})
	o.must(err)
	o.installed(shared)
	o.copied(twoPlaces, "UTILITY")
	charges := &settings.ChargesInput{TextVersion: agreed().TextVersion, Price: "INR 0.117875"}
	_, _, _, err = o.PutNotification(t.Context(), editor, neem, "", created, settings.NotificationInput{Enabled: true, Charges: charges}, o.seen())
	o.must(err)
	follow := func(want bool) {
		t.Helper()
		for range 10 {
			_, err := o.FollowPlatformApps(t.Context())
			o.must(err)
			o.clock.Advance(time.Minute)
		}
		a, err := o.store.Account(t.Context(), neem)
		o.must(err)
		if got := a.Events[created.String()].Enabled; got != want {
			t.Errorf("the event is on: %t, want %t", got, want)
		}
	}

	follow(true)
	o.copied(twoPlaces, "MARKETING")
	follow(false)
	o.copied(twoPlaces, "UTILITY")
	follow(true)
}
