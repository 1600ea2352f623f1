package kaleyra

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestCarouselIsNotSent holds that a template is not sent without the cards that it has.
func TestCarouselIsNotSent(t *testing.T) {
	t.Parallel()
	got, ok := decodeTemplate([]byte(`{"name":"cards","language":"en","components":[{"type":"BODY","text":"See:"},{"type":"CAROUSEL","cards":[]}]}`))
	if !ok || got.Header.Kind != "carousel" || got.Body != "See:" {
		t.Fatalf("got %+v, %v", got, ok)
	}
	m := with(t, func(m *provider.TemplateMessage) { m.Template, m.Values, m.Postbacks = got, nil, nil })
	if req, err := New(Config{}).BuildTemplate(t.Context(), testApp(), m); err == nil {
		t.Errorf("got a request %s %s, want an error", req.Method, req.URL.Path)
	}
}

// TestTemplateTellsWhatWasDecided reads what WhatsApp decided on a template, should Kaleyra tell it in Meta's words.
func TestTemplateTellsWhatWasDecided(t *testing.T) {
	t.Parallel()
	got, ok := decodeTemplate([]byte(`{"id":"1","name":"a","status":"Rejected","rejected_reason":"SCAM","category":"Marketing","previous_category":"utility","correct_category":"MARKETING"}`))
	want := template.Template{
		ID: "1", Name: "a", Status: "REJECTED", RejectedReason: "SCAM", Category: "MARKETING", PreviousCategory: "UTILITY", CorrectCategory: "MARKETING",
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
