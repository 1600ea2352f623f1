package gupshup

import (
	"errors"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

func TestUnbuildableSaysWhy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		m    provider.TemplateMessage
		want error
	}{
		{"recipient", with(t, func(m *provider.TemplateMessage) { m.To = phone.Number{} }), errNoRecipient},
		{"template", with(t, func(m *provider.TemplateMessage) { m.Template.ID = "" }), errNoTemplate},
		{"values", with(t, func(m *provider.TemplateMessage) { m.Values = nil }), template.ErrParamCount},
		{"header", with(t, func(m *provider.TemplateMessage) { m.Template.Header.Text = "{{1}}" }), errHeaderVar},
		{"media", headed(t, template.HeaderVideo, provider.Media{Filename: "x.mp4"}), errNoMedia},
		{"place", headed(t, template.HeaderLocation, provider.Media{Longitude: "1"}), errNoPlace},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := New(Config{}).BuildTemplate(t.Context(), testApp(), tc.m); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestUnbuildableText(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	if _, err := p.BuildText(t.Context(), testApp(), provider.TextMessage{Text: "x"}); !errors.Is(err, errNoRecipient) {
		t.Errorf("no recipient: got %v", err)
	}
	if _, err := p.BuildText(t.Context(), testApp(), provider.TextMessage{To: testPhone(t)}); !errors.Is(err, errNoText) {
		t.Errorf("no text: got %v", err)
	}
	if _, err := p.BuildText(t.Context(), provider.App{}, provider.TextMessage{To: testPhone(t), Text: "x"}); err == nil {
		t.Error("incomplete app: no error")
	}
}
