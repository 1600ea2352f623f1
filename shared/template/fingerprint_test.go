package template_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestFingerprint is another with each part of what the provider approved, and the same with other samples.
func TestFingerprint(t *testing.T) {
	t.Parallel()

	base := template.Template{
		ID: "t-1", Name: "failed_v1", Language: "en", Category: "UTILITY", Status: "APPROVED", Header: template.Header{Kind: template.HeaderImage, MediaURL: "https://a.example"},
		Body: "Hello {{1}}.", Samples: []string{"Asha"},
	}
	if got := base.Fingerprint(); len(got) != 24 {
		t.Errorf("got %q, want 24 characters", got)
	}

	for name, tt := range map[string]struct {
		change func(*template.Template)
		same   bool
	}{
		"samples":  {func(c *template.Template) { c.Samples, c.Header.MediaURL = []string{"Ira"}, "https://b.example" }, true},
		"body":     {func(c *template.Template) { c.Body = "Dear {{1}}." }, false},
		"category": {func(c *template.Template) { c.Category = "MARKETING" }, false},
		"status":   {func(c *template.Template) { c.Status = "PAUSED" }, false},
		"button":   {func(c *template.Template) { c.Buttons = []template.Button{{Text: "Track"}} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			changed := base
			tt.change(&changed)
			if got := changed.Fingerprint() == base.Fingerprint(); got != tt.same {
				t.Errorf("got the same fingerprint: %v, want %v", got, tt.same)
			}
		})
	}

	if got := (template.Template{ID: "t-1"}).Fingerprint(); got != "" {
		t.Errorf("got %q of nothing but an id, want none", got)
	}
}
