package store

import (
	"slices"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// The mark remembers each message that it passed on from once, the newest last, and not the one that it is on.
func TestMarkOf(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		passed []string
		next   string
		want   []string
	}{
		"first":       {nil, "b", []string{"a"}},
		"known":       {[]string{"a", "b"}, "c", []string{"b", "a"}},
		"on it again": {[]string{"b", "c"}, "b", []string{"c", "a"}},
		"many":        {[]string{"1", "2", "3", "4"}, "b", []string{"2", "3", "4", "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ups := markOf(Decision{Message: message.Message{ID: tt.next}, Mark: &Customer{Passed: tt.passed}, Passed: "a"})
			if got, _ := ups[len(ups)-1].Value.([]string); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
