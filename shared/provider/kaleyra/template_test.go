package kaleyra

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
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
