package intake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The owners of an app that news may be of.
var (
	ownApp      = provider.Origin{Provider: gupshup.Name, AppID: rig.AppID, AccountID: rig.BrandID}
	platformApp = provider.Origin{Provider: gupshup.Name, AppID: rig.AppID}
	goneApp     = provider.Origin{Provider: gupshup.Name, AppID: rig.AppID, AccountID: "999"}
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
	r.Must(r.Parts.Store.PutTemplate(r.T.Context(), rig.AppID, store.Template{
		Template:  template.Template{ID: id, Status: "APPROVED"},
		CheckedAt: r.Clock.Now(),
	}))
}

// A change of what a template says, costs or may do has it fetched again; one of its status also holds or releases what is
// sent with it.
func TestTemplateNews(t *testing.T) {
	t.Parallel()
	paused := provider.TemplateEvent{ID: rig.TemplateID, Change: "status", Status: "PAUSED"}
	named := provider.TemplateEvent{Name: "failed_delivery_v1", Language: "en", Change: "status", Status: "PAUSED"}
	tests := []struct {
		name   string
		from   provider.Origin
		change provider.TemplateEvent
		kept   bool
		want   outcome.Result
		stale  bool
		held   bool
	}{
		{name: "paused", from: ownApp, change: paused, kept: true, want: outcome.Applied, stale: true, held: true},
		{name: "paused, no copy", from: ownApp, change: paused, want: outcome.Applied, held: true},
		{name: "paused, known by name and language", from: ownApp, change: named, want: outcome.Applied},
		{name: "paused at the platform's app", from: platformApp, change: paused, kept: true, want: outcome.Applied, stale: true},
		{name: "paused at the platform's app, no copy", from: platformApp, change: paused, want: outcome.Ignored},
		{name: "paused for an account that is gone", from: goneApp, change: paused, want: outcome.Foreign},
		{
			name: "other words", from: ownApp, change: provider.TemplateEvent{ID: rig.TemplateID, Change: "components"},
			kept: true, want: outcome.Applied, stale: true,
		},
		{
			name: "another category", from: ownApp, change: provider.TemplateEvent{ID: rig.TemplateID, Change: "category", Value: "MARKETING"},
			kept: true, want: outcome.Applied, stale: true,
		},
		{
			name: "other words, no copy", from: ownApp, change: provider.TemplateEvent{ID: rig.TemplateID, Change: "components"},
			want: outcome.Ignored,
		},
		{
			name: "quality", from: ownApp, change: provider.TemplateEvent{ID: rig.TemplateID, Change: "quality", Value: "RED"},
			kept: true, want: outcome.Ignored,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			if tt.kept {
				keepTemplate(r, rig.TemplateID)
			}

			got := news(r, tt.from, provider.Event{Kind: provider.KindTemplate, Template: &tt.change})
			if want := (outcome.Report{Result: tt.want, AppID: tt.from.AppID, AccountID: tt.from.AccountID}); got != want {
				t.Errorf("report (-want +got):\n%s", cmp.Diff(want, got))
			}

			if tt.kept {
				kept, err := r.Parts.Store.Template(t.Context(), rig.AppID, rig.TemplateID)
				r.Must(err)
				if kept.CheckedAt.IsZero() != tt.stale {
					t.Errorf("copy: checked at %s, want it stale: %t", kept.CheckedAt, tt.stale)
				}
			}
			if a := brand(r); a.Events[rig.FailedDeliveryKind].Health.Healthy() == tt.held {
				t.Errorf("event: got %+v, want it held: %t", a.Events[rig.FailedDeliveryKind].Health, tt.held)
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
	r := rig.New(t, rig.Options{})
	change := func(status string, at time.Time) account.Health {
		t.Helper()
		news(r, ownApp, provider.Event{
			Kind:     provider.KindTemplate,
			At:       at.UnixMilli(),
			Template: &provider.TemplateEvent{ID: rig.TemplateID, Change: "status", Status: status},
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
		{name: "blocked", from: ownApp, change: blocked, want: outcome.Applied, reason: message.CauseBlocked},
		{
			name: "restored", from: ownApp, before: account.Health{Reason: message.CauseBlocked, Since: rig.Start},
			change: restored, want: outcome.Applied,
		},
		{name: "a warning", from: ownApp, change: provider.AccountEvent{Change: "quality", Value: "RED"}, want: outcome.Ignored},
		{name: "the platform's app blocked", from: platformApp, change: blocked, want: outcome.Ignored},
		{name: "an account that is gone", from: goneApp, change: blocked, want: outcome.Foreign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			r.ChangeAccount(func(a *account.Account) {
				app := a.Apps[rig.AppID]
				app.Health = tt.before
				a.Apps[rig.AppID] = app
			})

			got := news(r, tt.from, provider.Event{Kind: provider.KindAccount, Account: &tt.change})
			if want := (outcome.Report{Result: tt.want, AppID: tt.from.AppID, AccountID: tt.from.AccountID}); got != want {
				t.Errorf("report (-want +got):\n%s", cmp.Diff(want, got))
			}

			if reason := brand(r).Apps[rig.AppID].Health.Reason; reason != tt.reason {
				t.Errorf("health of the app: got %q, want %q", reason, tt.reason)
			}
			if !strings.Contains(r.Logs.String(), `"change":"`+tt.change.Change+`"`) {
				t.Errorf("the log does not warn of it: %s", r.Logs)
			}
		})
	}
}
