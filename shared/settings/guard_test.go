package settings_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestTemplatesDaily judges the templates in use once a day, with the app: what no news told is found. What nobody may ask for now is left.
func TestTemplatesDaily(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status   string
		category string
		may      func() func() bool
		want     string
	}{
		"well":          {status: "APPROVED", category: "UTILITY"},
		"paused":        {status: "PAUSED", category: "UTILITY", want: string(account.TemplateHeld)},
		"reclassed":     {status: "APPROVED", category: "MARKETING", want: string(account.CategoryHeld)},
		"not_asked_for": {status: "PAUSED", may: func() func() bool { n := 0; return func() bool { n++; return n == 1 } }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := newDaily(t)
			w.store.accounts[neem].Events["e"] = account.Event{Enabled: true, TemplateID: templated}
			w.provider.status, w.provider.category = tt.status, tt.category
			w.clock.Advance(25 * time.Hour)
			may := always
			if tt.may != nil {
				may = tt.may()
			}
			w.daily(t, may)
			if h := w.templateHealth(t); string(h.Reason) != tt.want {
				t.Errorf("got %+v, want %q", h, tt.want)
			}
			asked := w.provider.asked
			w.clock.Advance(time.Hour)
			w.daily(t, always)
			if w.provider.asked != asked {
				t.Errorf("asked %d times more within the day", w.provider.asked-asked)
			}
		})
	}
}

// TestKeptAgainstNews has an answer of the provider's come that may be older than news which were heard meanwhile: their category stays, and
// the copy is read again.
func TestKeptAgainstNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider.category = "UTILITY"
	if _, err := w.apps.Template(t.Context(), ref()); err != nil {
		t.Fatal(err)
	}
	approved := w.store.templates[appID+"/"+templated].Approved
	w.provider.during = func() { // the answer is on its way when the news come
		if known, outdated, err := w.apps.ToldCategory(t.Context(), ref(), "MARKETING", noon); !known || outdated || err != nil {
			t.Errorf("told: got %t, %t, %v", known, outdated, err)
		}
	}
	w.clock.Advance(25 * time.Hour)
	got, err := w.apps.Template(t.Context(), ref())
	if err != nil || !got.IsMarketing() {
		t.Errorf("got %+v, %v, want it as the news have it", got, err)
	}
	kept := w.store.templates[appID+"/"+templated]
	if !kept.IsMarketing() || !kept.CheckedAt.IsZero() || kept.Approved != approved || approved == "" {
		t.Errorf("kept: got %+v, want marketing, to be read again", kept)
	}

	w.provider.during = nil
	w.clock.Advance(time.Minute)
	if got, err = w.apps.Template(t.Context(), ref()); err != nil || got.IsMarketing() {
		t.Errorf("a later answer: got %+v, %v, want it to count", got, err)
	}
	if _, outdated, err := w.apps.ToldCategory(t.Context(), ref(), "MARKETING", noon.Add(-time.Hour)); !outdated || err != nil {
		t.Errorf("older news: got %t, %v, want them to change nothing", outdated, err)
	}
}

// TestAnnouncedByTheProvider keeps the category that the provider itself says a template is to get, until it has it.
func TestAnnouncedByTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ category, correct, want string }{
		{"UTILITY", "", ""},
		{"UTILITY", "MARKETING", "MARKETING"},
		{"UTILITY", "", "MARKETING"}, // not every answer says so
		{"MARKETING", "MARKETING", ""},
	} {
		w.provider.template = &template.Template{ID: templated, Status: "APPROVED", Category: tt.category, CorrectCategory: tt.correct}
		w.clock.Advance(25 * time.Hour)
		if _, err := w.apps.Template(t.Context(), ref()); err != nil {
			t.Fatal(err)
		}
		kept := w.store.templates[appID+"/"+templated]
		if kept.Announced != tt.want || kept.AnnouncedAt.IsZero() != (tt.want == "") {
			t.Errorf("%+v: got %q at %s", tt, kept.Announced, kept.AnnouncedAt)
		}
	}
}

// TestJudgedByTheApprovedCopy holds an event only for what became wrong since it was mapped.
func TestJudgedByTheApprovedCopy(t *testing.T) {
	t.Parallel()
	asked := account.Health{Since: noon.Add(-time.Hour), RetryAt: noon}
	image := template.Template{ID: templated, Status: "APPROVED", Body: "Hi", Header: template.Header{Kind: template.HeaderImage}}
	plain := template.Template{ID: templated, Status: "APPROVED", Body: "Hi"}
	for name, tt := range map[string]struct {
		approved *template.Template
		now      template.Template
		held     bool
	}{
		"image_since":        {&plain, image, true},
		"image_all_along":    {&image, image, false},
		"nobody_knows_which": {nil, image, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			e := account.Event{TemplateID: templated, Health: asked}
			if tt.approved != nil {
				e.Filling.Copy = tt.approved.Fingerprint()
				w.store.templates[appID+"/"+templated+"/"+e.Filling.Copy] = store.Template{Template: *tt.approved}
			}
			w.store.accounts[neem].Events["e"] = e
			w.provider.template = &tt.now
			owner, err := w.accounts.Get(t.Context(), neem)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = w.apps.Probe(t.Context(), owner); err != nil {
				t.Fatal(err)
			}
			if h := w.templateHealth(t); h.Healthy() == tt.held {
				t.Errorf("got %+v, want it held: %t", h, tt.held)
			}
		})
	}
}

// TestProbeGoesByWhatWasSaidJustNow has many accounts with one template checked at once: the provider is asked once.
func TestProbeGoesByWhatWasSaidJustNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.accounts[neem].Events["e"] = account.Event{TemplateID: templated, Health: account.Health{RetryAt: noon}}
	for range 2 {
		if _, err := w.apps.Probe(t.Context(), w.store.accounts[neem]); err != nil {
			t.Fatal(err)
		}
		w.store.accounts[neem].Events["e"] = account.Event{TemplateID: templated, Health: account.Health{RetryAt: noon}}
	}
	if w.provider.asked != 1 {
		t.Errorf("asked %d times, want once", w.provider.asked)
	}
}
