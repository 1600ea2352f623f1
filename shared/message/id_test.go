package message_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

func TestIsID(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]bool{
		strings.Repeat("0f", 16): true,
		strings.Repeat("0f", 32): true, // of a test
		strings.Repeat("0F", 16): false,
		strings.Repeat("0f", 15): false,
		strings.Repeat("./", 16): false,
		"":                       false,
	} {
		if got := message.IsID(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
