package intake_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The owners of an app that news may be of.
var (
	ownApp      = provider.Origin{Provider: gupshup.Name, AppID: rig.AppID, AccountID: rig.BrandID}
	platformApp = provider.Origin{Provider: gupshup.Name, AppID: rig.AppID}
)

// The same owners of an app at Meta, whose callbacks are signed, so that its news are believed as they come.
const (
	provedID       = "meta-neem"
	provedTemplate = "900000000000004"
)

var (
	provedApp      = provider.Origin{Provider: meta.Name, AppID: provedID, AccountID: rig.BrandID}
	provedPlatform = provider.Origin{Provider: meta.Name, AppID: provedID}
	provedNobody   = provider.Origin{Provider: meta.Name, AppID: "meta-nobody"}
	provedGone     = provider.Origin{Provider: meta.Name, AppID: provedID, AccountID: "999"}
)

// news gives an event of the origin to an Intake of the rig, a minute from now, and returns the report.
func news(r *rig.Rig, from provider.Origin, e provider.Event) outcome.Report {
	r.T.Helper()
	r.Clock.Advance(time.Minute)
	got, err := newIntake(r, r.Hooks).Receive(r.T.Context(), intake.Callback{Origin: from, Event: e, PublishedAt: r.Clock.Now()})
	r.Must(err)

	return got
}

// keepTemplate stores a copy of a template as one that was fetched just now.
func keepTemplate(r *rig.Rig, id string) {
	r.T.Helper()
	r.Must(r.Parts.Store.PutTemplate(r.T.Context(), provedID, store.Template{
		Template:  template.Template{ID: id, Status: "APPROVED"},
		CheckedAt: r.Clock.Now(),
	}))
}

// A change of what a template says, costs or may do has it fetched again; one of its status also holds or releases what is
// sent with it.
func TestTemplateNews(t *testing.T) {
	t.Parallel()
	paused := provider.TemplateEvent{ID: provedTemplate, Change: "status", Status: "PAUSED"}
	named := provider.TemplateEvent{Name: "failed_delivery_v1", Language: "en", Change: "status", Status: "PAUSED"}
	tests := []struct {
		name   string
		from   provider.Origin
		change provider.TemplateEvent
		kept   bool
		want   outcome.Result
		stale  bool
		held   bool
		asks   bool // the provider about it
	}{
		{name: "paused", from: provedApp, change: paused, kept: true, want: outcome.Applied, stale: true, held: true},
		{name: "paused, no copy", from: provedApp, change: paused, want: outcome.Applied, held: true},
		{name: "paused, known by name and language", from: provedApp, change: named, want: outcome.Applied},
		{name: "paused at the platform's app", from: provedPlatform, change: paused, kept: true, want: outcome.Applied, stale: true, held: true},
		{name: "paused at the platform's app, no copy", from: provedPlatform, change: paused, want: outcome.Applied, held: true},
		{name: "paused at an app that no account has", from: provedNobody, change: paused, want: outcome.Ignored},
		{name: "paused for an account that is gone", from: provedGone, change: paused, want: outcome.Foreign},
		{
			name: "other words", from: provedApp, change: provider.TemplateEvent{ID: provedTemplate, Change: "components"},
			kept: true, want: outcome.Applied, stale: true, asks: true,
		},
		{
			name: "another category announced", from: provedApp, change: provider.TemplateEvent{ID: provedTemplate, Change: "category_alert", Value: "MARKETING"},
			kept: true, want: outcome.Applied,
		},
		{
			name: "another category", from: provedApp, change: provider.TemplateEvent{ID: provedTemplate, Change: "category", Value: "MARKETING"},
			kept: true, want: outcome.Applied, stale: true, held: true,
		},
		{
			name: "other words, no copy", from: provedApp, change: provider.TemplateEvent{ID: provedTemplate, Change: "components"},
			want: outcome.Applied, asks: true,
		},
		{
			name: "quality", from: provedApp, change: provider.TemplateEvent{ID: provedTemplate, Change: "quality", Value: "RED"},
			kept: true, want: outcome.Applied,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			if tt.kept {
				keepTemplate(r, provedTemplate)
			}

			got := news(r, tt.from, provider.Event{Kind: provider.KindTemplate, Template: &tt.change})
			if want := (outcome.Report{Result: tt.want, AppID: tt.from.AppID, Provider: tt.from.Provider, AccountID: tt.from.AccountID}); got != want {
				t.Errorf("report (-want +got):\n%s", cmp.Diff(want, got))
			}

			if tt.kept {
				kept, err := r.Parts.Store.Template(t.Context(), provedID, provedTemplate)
				r.Must(err)
				if kept.CheckedAt.IsZero() != tt.stale {
					t.Errorf("copy: checked at %s, want it stale: %t", kept.CheckedAt, tt.stale)
				}
			}
			if h := brand(r).Events[rig.FailedDeliveryKind].Health; h.Healthy() == tt.held || h.WantsCheck() != (tt.held || tt.asks) {
				t.Errorf("event: got %+v, want it held: %t, to be checked: %t", h, tt.held, tt.held || tt.asks)
			}
			if !strings.Contains(r.Logs.String(), `"change":"`+tt.change.Change+`"`) {
				t.Errorf("the log does not warn of it: %s", r.Logs)
			}
		})
	}
}

// brand returns the rig's account.
func brand(r *rig.Rig) account.Account {
	r.T.Helper()
	a, err := r.Parts.Store.Account(r.T.Context(), rig.BrandID)
	r.Must(err)

	return a
}

// An approval releases what a pause has held, unless it is older than the pause.
func TestTemplateApproved(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	change := func(status string, at time.Time) account.Health {
		t.Helper()
		news(r, provedApp, provider.Event{
			Kind:     provider.KindTemplate,
			At:       at.UnixMilli(),
			Template: &provider.TemplateEvent{ID: provedTemplate, Change: "status", Status: status},
		})
		return brand(r).Events[rig.FailedDeliveryKind].Health
	}

	if got := change("PAUSED", rig.Start.Add(time.Hour)); got.Reason != account.TemplateHeld {
		t.Errorf("paused: got %+v, want held", got)
	}
	if got := change("APPROVED", rig.Start); got.Healthy() {
		t.Error("an approval from before the pause released the template")
	}
	if got := change("APPROVED", rig.Start.Add(2*time.Hour)); !got.Healthy() {
		t.Errorf("approved: got %+v, want released", got)
	}
}

// News that an account was blocked make its app unhealthy, and news that it is restored make it healthy.
func TestAccountNews(t *testing.T) {
	t.Parallel()
	blocked := provider.AccountEvent{Change: "status", Value: "DISABLED", Blocked: true}
	restored := provider.AccountEvent{Change: "status", Value: "CONNECTED", Restored: true}
	tests := []struct {
		name   string
		from   provider.Origin
		before account.Health
		change provider.AccountEvent
		want   outcome.Result
		reason message.Cause
	}{
		{name: "blocked", from: provedApp, change: blocked, want: outcome.Applied, reason: message.CauseBlocked},
		{
			name: "restored", from: provedApp, before: account.Health{Reason: message.CauseBlocked, Since: rig.Start},
			change: restored, want: outcome.Applied,
		},
		{name: "a warning", from: provedApp, change: provider.AccountEvent{Change: "quality", Value: "RED"}, want: outcome.Ignored},
		{name: "the platform's app blocked", from: provedPlatform, change: blocked, want: outcome.Applied, reason: message.CauseBlocked},
		{name: "an app that no account has", from: provedNobody, change: blocked, want: outcome.Ignored},
		{name: "an account that is gone", from: provedGone, change: blocked, want: outcome.Foreign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			r.ChangeAccount(func(a *account.Account) {
				app := a.Apps[provedID]
				app.Health = tt.before
				a.Apps[provedID] = app
			})

			got := news(r, tt.from, provider.Event{Kind: provider.KindAccount, Account: &tt.change})
			if want := (outcome.Report{Result: tt.want, AppID: tt.from.AppID, Provider: tt.from.Provider, AccountID: tt.from.AccountID}); got != want {
				t.Errorf("report (-want +got):\n%s", cmp.Diff(want, got))
			}

			if reason := brand(r).Apps[provedID].Health.Reason; reason != tt.reason {
				t.Errorf("health of the app: got %q, want %q", reason, tt.reason)
			}
			if !strings.Contains(r.Logs.String(), `"change":"`+tt.change.Change+`"`) {
				t.Errorf("the log does not warn of it: %s", r.Logs)
			}
		})
	}
}

// News of the platform's app reach every account behind it, more than one page of them, and no other: neither an account that
// has not installed it, nor, for a template, one that sends through an app of its own.
func TestNewsOfThePlatformsApp(t *testing.T) {
	t.Parallel()
	const behind = 205
	r := rig.New(t, rig.Options{Provider: meta.Name})
	put := func(id string, change func(*account.Account)) {
		t.Helper()
		a := brand(r)
		a.ID, a.Slug = id, "brand-"+id
		change(&a)
		r.Must(r.Parts.Store.PutAccount(t.Context(), a))
	}
	for n := range behind {
		put(fmt.Sprint(1000+n), func(*account.Account) {})
	}
	put("2001", func(a *account.Account) {
		a.Apps, a.Sender = map[string]account.App{"own": a.Apps[provedID]}, "own"
	})
	put("2002", func(a *account.Account) {
		a.Apps["own"], a.Sender = a.Apps[provedID], "own"
	})
	put("2003", func(a *account.Account) {
		app := a.Apps[provedID]
		app.Provider = gupshup.Name
		a.Apps = map[string]account.App{provedID: app}
	})

	held := func() (apps, templates []string) {
		t.Helper()
		last := ""
		for {
			page, err := r.Parts.Store.AccountsNeedingAttention(t.Context(), last, 100)
			r.Must(err)
			for _, a := range page {
				if !a.Apps[provedID].Health.Healthy() {
					apps = append(apps, a.ID)
				}
				if !a.Events[rig.FailedDeliveryKind].Health.Healthy() {
					templates = append(templates, a.ID)
				}
				last = a.ID
			}
			if len(page) < 100 {
				return apps, templates
			}
		}
	}
	tell := func(e provider.Event) { t.Helper(); news(r, provedPlatform, e) }

	tell(provider.Event{Kind: provider.KindTemplate, Template: &provider.TemplateEvent{ID: provedTemplate, Change: "status", Status: "PAUSED"}})
	apps, templates := held()
	if len(apps) != 0 || len(templates) != behind+1 || slices.Contains(templates, "2002") {
		t.Errorf("template paused: got %d apps and %d templates held, want 0 and %d", len(apps), len(templates), behind+1)
	}

	tell(provider.Event{Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "account_update", Value: "ACCOUNT_OFFBOARDED", Blocked: true}})
	if apps, _ = held(); len(apps) != behind+2 || slices.Contains(apps, "2001") || slices.Contains(apps, "2003") {
		t.Errorf("app blocked: got %d held, want %d", len(apps), behind+2)
	}

	tell(provider.Event{Kind: provider.KindTemplate, Template: &provider.TemplateEvent{ID: provedTemplate, Change: "status", Status: "APPROVED"}})
	tell(provider.Event{Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "account_update", Value: "ACCOUNT_RECONNECTED", Restored: true}})
	if apps, templates = held(); len(apps)+len(templates) != 0 {
		t.Errorf("released: got %d apps and %d templates held, want none", len(apps), len(templates))
	}
}

// News that one account cannot be told of are delivered again; all others have been told by then.
func TestNewsOfThePlatformsAppFail(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	other := brand(r)
	other.ID, other.Slug = "812", "another"
	r.Must(r.Parts.Store.PutAccount(t.Context(), other))
	rule, err := r.Cloud.Rules().Add(cloud.Rule{Method: "Commit", Match: "accounts/" + rig.BrandID, Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	r.Must(err)
	c := intake.Callback{
		Origin:      provedPlatform,
		Event:       provider.Event{Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "x", Blocked: true}},
		PublishedAt: r.Clock.Now(),
	}
	if _, err = newIntake(r, r.Hooks).Receive(t.Context(), c); err == nil {
		t.Error("got no error, want the news delivered again")
	}
	other, err = r.Parts.Store.Account(t.Context(), "812")
	r.Must(err)
	if other.Apps[provedID].Health.Healthy() || !brand(r).Apps[provedID].Health.Healthy() {
		t.Errorf("got %+v, want only the other account's app held", other.Apps[provedID].Health)
	}

	r.Cloud.Rules().Remove(rule)
	if _, err = newIntake(r, r.Hooks).Receive(t.Context(), c); err != nil || brand(r).Apps[provedID].Health.Healthy() {
		t.Errorf("again: got %v, want the app held", err)
	}
}

// A block for hours is not lifted by a check of the credentials, which are in order.
func TestBlockForHours(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	news(r, provedApp, provider.Event{Kind: provider.KindAccount, Account: &provider.AccountEvent{
		Change: "error", Value: "131048", Blocked: true, RetryAfter: 3 * time.Hour,
	}})
	if h := brand(r).Apps[provedID].Health; h.Healthy() || h.RetryAt.Sub(r.Clock.Now()) != 3*time.Hour {
		t.Errorf("got %+v, want it left alone for three hours", h)
	}
}

// News that a brand's account left us hold its app at once, and the opposite news release it, in each provider's words.
func TestAccountLeavesAndComesBack(t *testing.T) {
	t.Parallel()
	tests := []struct{ provider, leaves, comesBack string }{
		{meta.Name, "account_offboarded", "account_reconnected"},
		{meta.Name, "account_app_uninstalled", "account_app_installed_as_in_sample"},
		{meta.Name, "account_app_uninstalled_as_in_sample", "account_app_installed_as_in_sample"},
		{meta.Name, "account_partner_removed", "account_partner_added"},
		{meta.Name, "account_disabled", "account_reinstated"},
		{gupshup.Name, "account_offboarded", "account_reconnected"},
		{gupshup.Name, "account_app_uninstalled", "account_verified"},
		{gupshup.Name, "v3_account_offboarded", "v3_account_reconnected"},
		{gupshup.Name, "v3_account_app_uninstalled", "v3_account_reconnected"},
		{kaleyra.Name, "account_offboarded", "account_reconnected"},
		{kaleyra.Name, "account_app_uninstalled_in_envelope", "account_reconnected"},
	}
	for _, tt := range tests {
		t.Run(tt.provider+"_"+tt.leaves, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: tt.provider})
			known, _ := r.Parts.Providers.Get(tt.provider)
			source, ok := known.(provider.WebhookSource)
			if !ok {
				t.Fatal("no callbacks")
			}
			from := provider.Origin{Provider: tt.provider, AppID: r.Vendor.AppID(), AccountID: rig.BrandID}
			tell := func(name string) account.Health {
				t.Helper()
				body, err := os.ReadFile("../../testdata/" + tt.provider + "/webhook/" + name + ".json")
				r.Must(err)
				events, err := source.ParseWebhook(provider.App{}, body)
				r.Must(err)
				for _, e := range events {
					e.At = 0 // the fixtures are of many years
					news(r, from, e)
				}
				askProviders(r) // changes nothing where the news are believed as they come
				return brand(r).Apps[from.AppID].Health
			}

			if tt.provider == gupshup.Name {
				r.Fault(simulator.Fault{System: gupshup.Name, Mode: chaos.WrongCredentials}) // the brand took the key away
			}
			if h := tell(tt.leaves); h.Reason != message.CauseBlocked {
				t.Errorf("after %s: got %+v, want it held", tt.leaves, h)
			}
			r.Sim.Faults().Clear()
			if h := tell(tt.comesBack); !h.Healthy() {
				t.Errorf("after %s: got %+v, want it released", tt.comesBack, h)
			}
		})
	}
}
