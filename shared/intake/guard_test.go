package intake_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// present is what a provider has of the rig's template by now.
type present struct{ status, category, body string }

// set has the rig's provider have the template so, and tell nobody.
func (p present) set(r *rig.Rig) {
	r.T.Helper()
	if p.status == "" {
		p.status = "APPROVED"
	}
	if p.category == "" {
		p.category = "UTILITY"
	}
	if p.body == "" {
		p.body = "Hi {{1}}, we could not deliver {{2}}."
	}

	switch r.Vendor.AppID() {
	case "meta-neem":
		t := simmeta.NewTemplate(r.Vendor.TemplateID, "failed_delivery_v1", "en", simmeta.Content{Body: p.body})
		t.Status, t.Category = p.status, p.category
		r.Must(r.Sim.Meta().PutTemplate(rig.MetaNumberID, t))
	case "kaleyra-neem":
		t := simkaleyra.NewTemplate(r.Vendor.TemplateID, "failed_delivery_v1", simkaleyra.Content{Body: p.body})
		r.Must(r.Sim.Kaleyra().ChangeTemplate(r.Vendor.AppID(), t.Name, t.Language, func(now *simkaleyra.Template) {
			t.Status, t.Category = p.status, p.category
			*now = t
		}))
	default:
		t := simgupshup.NewTemplate(rig.TemplateID, "failed_delivery_v1", simgupshup.Container{Data: p.body})
		t.Status, t.Category = p.status, p.category
		r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, t))
	}
}

// newsOf gives Intake what a callback tells, as if it came now, about the rig's template. swap are pairs of words of the fixture and of what
// stands in their place.
func newsOf(r *rig.Rig, fixture string, swap ...string) {
	r.T.Helper()
	name := strings.TrimSuffix(r.Vendor.AppID(), "-neem")
	body, err := os.ReadFile("../../testdata/" + name + "/webhook/" + fixture + ".json")
	r.Must(err)
	known, _ := r.Parts.Providers.Get(name)
	text := strings.NewReplacer(append(swap,
		"930041187712006", r.Vendor.TemplateID, "order_shipped_v3", "failed_delivery_v1", "1600000000000201", r.Vendor.TemplateID,
		"0b6f2c1e-1111-4222-8333-abcdefabcdef", rig.TemplateID,
	)...).Replace(string(body))
	events, err := known.(provider.WebhookSource).ParseWebhook(provider.App{}, []byte(text))
	r.Must(err)
	if len(events) != 1 || events[0].Template == nil {
		r.T.Fatalf("%s tells %+v, want news of a template", fixture, events)
	}
	events[0].At = 0
	news(r, provider.Origin{Provider: name, AppID: r.Vendor.AppID(), AccountID: rig.BrandID}, events[0])
}

// TestEventShapes has each form of each provider's news of a template come: what the event's state is at once, and after the provider was
// asked. What anybody can forge changes nothing until the provider says the same. Providers that are not named tell nothing of templates.
func TestEventShapes(t *testing.T) {
	t.Parallel()
	const template, category = account.TemplateHeld, account.CategoryHeld
	type to = message.Cause
	v3 := []string{"message_template_status_update", "template_category_update", `"event": "PAUSED"`, `"previous_category": "UTILITY", "new_category": "MARKETING"`}
	v3Announced := []string{"message_template_status_update", "template_category_update", `"event": "PAUSED"`, `"new_category": "UTILITY", "correct_category": "MARKETING"`}
	v3Edited := []string{"message_template_status_update", "message_template_components_update"}
	beyond := present{body: "Hi {{1}}, we could not deliver {{2}} of {{3}}."}

	for _, tt := range []struct {
		provider, fixture string
		swap              []string
		held              account.HeldBy // before
		now               present
		atOnce, asked     to
		detail            string
	}{
		{provider: meta.Name, fixture: "template_paused", now: present{status: "PAUSED"}, atOnce: template, asked: template, detail: "PAUSED. The provider's reason: Paused for 3 hours."},
		{provider: meta.Name, fixture: "template_disabled", now: present{status: "DISABLED"}, atOnce: template, asked: template, detail: "DISABLED"},
		{provider: meta.Name, fixture: "template_rejected", now: present{status: "REJECTED"}, atOnce: template, asked: template, detail: "REJECTED"},
		{provider: meta.Name, fixture: "template_flagged"},
		{provider: meta.Name, fixture: "template_approved", held: account.HeldBy{Reason: template}},
		{provider: meta.Name, fixture: "template_reinstated", held: account.HeldBy{Reason: template}},
		{provider: meta.Name, fixture: "template_approved", held: account.HeldBy{Reason: template}, now: beyond, asked: template, detail: "edited at WhatsApp. The template has 3 placeholders"},
		{provider: meta.Name, fixture: "template_approved", held: account.HeldBy{Reason: template}, now: present{category: "MARKETING"}, asked: category, detail: "MARKETING"},
		{provider: meta.Name, fixture: "template_approved", held: account.HeldBy{Reason: category}, now: present{category: "MARKETING"}, atOnce: category, asked: category},
		{provider: meta.Name, fixture: "template_approved", held: account.HeldBy{Reason: category}, atOnce: category},
		{provider: meta.Name, fixture: "template_category_notice"},
		{provider: meta.Name, fixture: "template_category_changed", now: present{category: "MARKETING"}, atOnce: category, asked: category, detail: "MARKETING"},
		{provider: meta.Name, fixture: "template_category_changed", swap: []string{`"UTILITY"`, `"MARKETING"`, `"MARKETING"`, `"UTILITY"`}, held: account.HeldBy{Reason: category}},
		{provider: meta.Name, fixture: "template_components", now: present{body: "Dear {{1}}, {{2}} was late."}},
		{provider: meta.Name, fixture: "template_components", now: beyond, asked: template, detail: "edited at WhatsApp"},
		{provider: meta.Name, fixture: "template_quality"},

		{provider: gupshup.Name, fixture: "template_paused", now: present{status: "PAUSED"}, asked: template, detail: "PAUSED"},
		{provider: gupshup.Name, fixture: "template_paused"},
		{provider: gupshup.Name, fixture: "template_old_form", now: present{status: "REJECTED"}, asked: template, detail: "REJECTED"},
		{provider: gupshup.Name, fixture: "template_approved", held: account.HeldBy{Reason: template}, atOnce: template},
		{provider: gupshup.Name, fixture: "template_category_alert"},
		{provider: gupshup.Name, fixture: "template_category_update", now: present{category: "MARKETING"}, asked: category, detail: "MARKETING"},
		{provider: gupshup.Name, fixture: "template_category_update"},
		{provider: gupshup.Name, fixture: "v3_template_paused", now: present{status: "PAUSED"}, asked: template, detail: "PAUSED"},
		{provider: gupshup.Name, fixture: "v3_template_paused", swap: v3, now: present{category: "MARKETING"}, asked: category, detail: "MARKETING"},
		{provider: gupshup.Name, fixture: "v3_template_paused", swap: v3Announced},
		{provider: gupshup.Name, fixture: "v3_template_paused", swap: v3Edited, now: beyond, asked: template, detail: "edited at WhatsApp"},

		{provider: kaleyra.Name, fixture: "template_paused", now: present{status: "PAUSED"}, atOnce: template, asked: template, detail: "paused for 3 hours"},
		{provider: kaleyra.Name, fixture: "template_rejected", now: present{status: "REJECTED"}, atOnce: template, asked: template, detail: "REJECTED"},
		{provider: kaleyra.Name, fixture: "template_pending_deletion", now: present{status: "PENDING_DELETION"}, atOnce: template, asked: template},
		{provider: kaleyra.Name, fixture: "template_approved", held: account.HeldBy{Reason: template}},
		{provider: kaleyra.Name, fixture: "template_approved", held: account.HeldBy{Reason: template}, now: present{category: "MARKETING"}, asked: category, detail: "MARKETING"},
	} {
		t.Run(tt.provider+"_"+tt.fixture+"_"+string(tt.asked), func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: tt.provider})
			apps := r.Core(r.Hooks).Apps
			_, err := apps.Template(t.Context(), settings.Ref{AccountID: rig.BrandID, AppID: r.Vendor.AppID(), TemplateID: r.Vendor.TemplateID})
			r.Must(err)
			if tt.held.Reason != "" {
				r.Must(apps.HoldTemplates(t.Context(), settings.Ref{AccountID: rig.BrandID, AppID: r.Vendor.AppID()}, []string{r.Vendor.TemplateID}, tt.held, r.Clock.Now()))
			}
			tt.now.set(r)

			newsOf(r, tt.fixture, tt.swap...)
			if h := r.Stored().Events[rig.FailedDeliveryKind].Health; h.Reason != tt.atOnce {
				t.Errorf("at once: got %+v, want %q", h, tt.atOnce)
			}
			r.Clock.Advance(time.Minute)
			askProviders(r)
			h := r.Stored().Events[rig.FailedDeliveryKind].Health
			if h.Reason != tt.asked || !strings.Contains(h.Detail, tt.detail) {
				t.Errorf("after the provider was asked: got %+v, want %q with %q", h, tt.asked, tt.detail)
			}
		})
	}
}

// TestNewsAtAnotherApp has news of a template come to an app of the brand that is not its sender, of a template with the name or the id of one
// that the sender has: nothing is held or released on their word, but the sender's provider is asked.
func TestNewsAtAnotherApp(t *testing.T) {
	t.Parallel()
	held := account.HeldBy{Reason: account.TemplateHeld, Detail: "before"}

	for name, tt := range map[string]struct {
		held          account.HeldBy // before
		event         provider.TemplateEvent
		now           present // at the sender's provider
		atOnce, asked message.Cause
	}{
		"paused_there":        {event: provider.TemplateEvent{Change: "status", Status: "PAUSED"}},
		"paused_here_as_well": {event: provider.TemplateEvent{Change: "status", Status: "PAUSED"}, now: present{status: "PAUSED"}, asked: account.TemplateHeld},
		"reclassed_there":     {event: provider.TemplateEvent{Change: "category", Value: "MARKETING"}},
		"approved_there": {
			held: held, event: provider.TemplateEvent{Change: "status", Status: "APPROVED"}, now: present{status: "PAUSED"},
			atOnce: account.TemplateHeld, asked: account.TemplateHeld,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			r.ChangeAccount(func(a *account.Account) { a.Apps["kaleyra-other"] = account.App{Provider: kaleyra.Name} })
			if tt.held.Reason != "" {
				ref := settings.Ref{AccountID: rig.BrandID, AppID: provedID}
				r.Must(r.Core(r.Hooks).Apps.HoldTemplates(t.Context(), ref, []string{provedTemplate}, tt.held, r.Clock.Now()))
			}
			tt.now.set(r)

			tt.event.ID = provedTemplate
			other := provider.Origin{Provider: kaleyra.Name, AppID: "kaleyra-other", AccountID: rig.BrandID}
			news(r, other, provider.Event{Kind: provider.KindTemplate, Template: &tt.event})

			if h := r.Stored().Events[rig.FailedDeliveryKind].Health; h.Reason != tt.atOnce {
				t.Errorf("at once: got %+v, want %q", h, tt.atOnce)
			}
			r.Clock.Advance(time.Minute)
			askProviders(r)
			if h := r.Stored().Events[rig.FailedDeliveryKind].Health; h.Reason != tt.asked {
				t.Errorf("after the provider was asked: got %+v, want %q", h, tt.asked)
			}
		})
	}
}

// TestCategoryNewsInAnyOrder has the notices of a template that was moved to marketing and back come late, twice and the other way round: the
// newest counts, for what holds the event and for the stored copy, which stands while the provider's list cannot be read.
func TestCategoryNewsInAnyOrder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		minutes []int // odd ones say marketing
		held    bool
	}{
		"in_order":         {[]int{1, 2}, false},
		"the_other_way":    {[]int{2, 1}, false},
		"twice":            {[]int{1, 2, 1, 2}, false},
		"marketing_last":   {[]int{2, 3}, true},
		"late_and_doubled": {[]int{3, 2, 2, 3, 1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			ref := settings.Ref{AccountID: rig.BrandID, AppID: provedID, TemplateID: provedTemplate}
			_, err := r.Core(r.Hooks).Apps.Template(t.Context(), ref)
			r.Must(err)
			for _, n := range tt.minutes {
				value := map[bool]string{true: "MARKETING", false: "UTILITY"}[n%2 == 1]
				news(r, provedApp, provider.Event{
					Kind: provider.KindTemplate, At: rig.Start.Add(time.Duration(n) * time.Minute).UnixMilli(),
					Template: &provider.TemplateEvent{ID: provedTemplate, Change: "category", Value: value},
				})
			}
			kept, err := r.Parts.Store.Template(t.Context(), provedID, provedTemplate)
			r.Must(err)
			h := r.Stored().Events[rig.FailedDeliveryKind].Health
			if (h.Reason == account.CategoryHeld) != tt.held || (kept.Category == "MARKETING") != tt.held || !kept.CheckedAt.IsZero() {
				t.Errorf("got %+v and the copy as %s of %s, want marketing: %t", h, kept.Category, kept.CheckedAt, tt.held)
			}
		})
	}
}

// TestForgedAnnouncement keeps nothing of an announcement that anybody can make up: the template is read again, and what its provider says counts.
func TestForgedAnnouncement(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: gupshup.Name})
	ref := settings.Ref{AccountID: rig.BrandID, AppID: r.Vendor.AppID(), TemplateID: rig.TemplateID}
	_, err := r.Core(r.Hooks).Apps.Template(t.Context(), ref)
	r.Must(err)

	newsOf(r, "template_category_alert")
	kept, err := r.Parts.Store.Template(t.Context(), ref.AppID, ref.TemplateID)
	r.Must(err)
	if kept.Announced != "" || !kept.AnnouncedAt.IsZero() || !kept.CheckedAt.IsZero() {
		t.Errorf("got %q announced at %s and checked at %s, want nothing, to be read again", kept.Announced, kept.AnnouncedAt, kept.CheckedAt)
	}
}

// TestAnnouncedCategory is kept with the copy until it is done, and holds nothing meanwhile.
func TestAnnouncedCategory(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	ref := settings.Ref{AccountID: rig.BrandID, AppID: provedID, TemplateID: provedTemplate}
	_, err := r.Core(r.Hooks).Apps.Template(t.Context(), ref)
	r.Must(err)
	announced := func() string {
		t.Helper()
		kept, err := r.Parts.Store.Template(t.Context(), provedID, provedTemplate)
		r.Must(err)

		return kept.Announced
	}

	newsOf(r, "template_category_notice")
	if got := announced(); got != "MARKETING" || !r.Stored().Events[rig.FailedDeliveryKind].Health.Healthy() {
		t.Errorf("announced: got %q and %+v", got, r.Stored().Events[rig.FailedDeliveryKind].Health)
	}
	newsOf(r, "template_category_changed")
	if got := announced(); got != "" {
		t.Errorf("done: got %q, want nothing announced", got)
	}
	newsOf(r, "template_category_notice") // delivered late
	if got := announced(); got != "" {
		t.Errorf("announced late: got %q, want nothing", got)
	}
}
