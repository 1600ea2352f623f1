package handset_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// TestLongText writes as much as WhatsApp lets a shopper write, and one character more.
func TestLongText(t *testing.T) {
	t.Parallel()
	for kind, most := range map[string]int{"": 4096, "text": 4096, "image": 1024, "document": 1024} {
		b, _ := newBook()
		r := handset.Reply{Kind: kind, App: "app", Text: strings.Repeat("न", most)}
		if _, err := b.Reply("919000000007", r); err != nil {
			t.Errorf("%q of %d characters: got %v", kind, most, err)
		}
		r.Text += "न"
		_, err := b.Reply("919000000007", r)
		if f, ok := errors.AsType[*handset.FieldError](err); !ok || f.Field != "text" {
			t.Errorf("%q of %d characters: got %v, want a refusal of text", kind, most+1, err)
		}
	}
}
