package settings_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, err := w.apps.Connect(t.Context(), ref())
	if err != nil {
		t.Fatal(err)
	}
	if c.Provider != provider.Provider(w.provider) || c.App.ID != appID || c.App.Number != "919000000801" ||
		c.App.ProviderIDs["a"] != "b" || c.App.Secret.Reveal() != "value" {
		t.Errorf("got %+v", c)
	}

	tests := []struct {
		name   string
		ref    settings.Ref
		change func(*world)
		found  func(error) bool
	}{
		{"unknown_account", settings.Ref{AccountID: "999", AppID: appID}, nil, func(err error) bool { return errors.Is(err, store.ErrNotFound) }},
		{"unknown_app", settings.Ref{AccountID: neem, AppID: "none"}, nil, func(err error) bool { return errors.Is(err, store.ErrNotFound) }},
		{"unknown_provider", settings.Ref{AccountID: neem, AppID: "strange"}, nil, func(err error) bool { return fault.Is(err, fault.Internal) }},
		{"no_credential", ref(), func(w *world) { clear(w.secrets.values) }, settings.NoCredential},
		{"no_answer", ref(), func(w *world) { w.secrets.err = errDown }, func(err error) bool {
			return errors.Is(err, errDown) && !settings.NoCredential(err)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.change != nil {
				tt.change(w)
			}
			if _, err := w.apps.Connect(t.Context(), tt.ref); !tt.found(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := template.Template{ID: templated, Status: "APPROVED"}
	get := func(what string, asked int) {
		t.Helper()
		got, err := w.apps.Template(t.Context(), ref())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
		if w.provider.asked != asked {
			t.Errorf("%s: the provider was asked %d times, want %d", what, w.provider.asked, asked)
		}
	}
	get("first", 1)
	get("cached", 1)
	w.clock.Advance(ttl)
	get("stored", 1)

	w.clock.Advance(24 * time.Hour)
	w.provider.err = errDown
	get("an old copy serves while the provider fails", 2)
	w.clock.Advance(ttl)
	w.provider.err = nil
	want.Status, w.provider.status = "PAUSED", "PAUSED"
	get("the provider answers again", 3)

	known, err := w.apps.RefreshTemplate(t.Context(), ref())
	if !known || err != nil {
		t.Errorf("RefreshTemplate: got %t, %v", known, err)
	}
	if known, err = w.apps.RefreshTemplate(t.Context(), ref()); !known || err != nil {
		t.Errorf("RefreshTemplate again: got %t, %v", known, err)
	}
	get("after a refresh", 4)
}

func TestTemplateFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		ref    settings.Ref
		change func(*world)
		want   error
	}{
		{"provider_without_templates", settings.Ref{AccountID: neem, AppID: "plain", TemplateID: "t"}, func(*world) {}, provider.ErrNoTemplate},
		{"unknown_app", settings.Ref{AccountID: neem, AppID: "none", TemplateID: "t"}, func(*world) {}, store.ErrNotFound},
		{"unknown_template", ref(), func(w *world) { w.provider.err = provider.ErrNoTemplate }, provider.ErrNoTemplate},
		{"store_fails", ref(), func(w *world) { w.store.err = errDown }, errDown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.change(w)
			if _, err := w.apps.Template(t.Context(), tt.ref); !errors.Is(err, tt.want) {
				t.Errorf("Template: got %v, want %v", err, tt.want)
			}
		})
	}

	w := newWorld(t)
	if known, err := w.apps.RefreshTemplate(t.Context(), ref()); known || err != nil {
		t.Errorf("RefreshTemplate of none that is stored: got %t, %v", known, err)
	}
	w.store.err = errDown
	if _, err := w.apps.RefreshTemplate(t.Context(), ref()); !errors.Is(err, errDown) {
		t.Errorf("RefreshTemplate while the store fails: got %v, want %v", err, errDown)
	}
}
