package settings_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

// TestFormOfAProvider says what a known provider wants, and shows nothing to a caller who may see nothing.
func TestFormOfAProvider(t *testing.T) {
	t.Parallel()
	r := newRotating(t, "app-own-1/versions/1")

	if f, err := r.Form(editor, gupshup.Name); err != nil || f.Credential != "API key" || !f.Numbered {
		t.Errorf("got %+v, %v", f, err)
	}
	if f, err := r.Form(editor, "nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("of no provider: got %+v, %v", f, err)
	}
	if _, err := r.Form(access.Caller{}, gupshup.Name); !fault.Is(err, fault.Forbidden) {
		t.Errorf("for nobody: got %v", err)
	}
}
