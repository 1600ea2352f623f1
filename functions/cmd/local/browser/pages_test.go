package browser

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// TestEveryPage looks at every page in both colours, on a telephone, at twice the size and on a desk.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for _, v := range visits {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, w, v.person, options{mayRefuse: true})
			b.show(v.path)
			b.looks(v.name)
		})
	}
}

// TestAPersonPicksWhoToBe comes in as a person does, and goes out again.
func TestAPersonPicksWhoToBe(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "", options{})
	b.show("/accounts/811/usage")
	b.reads("Who are you?", "Neem & Co")
	b.leads(clickOn(`button[value="viewer:811"]`))
	b.reads("Vikram of Neem & Co", "Usage")
	if got := b.path(); got != "/accounts/811/usage" {
		t.Errorf("led to %s", got)
	}
	b.follow("Sign out")
	b.reads("Who are you?")
	b.show("/accounts/811/usage")
	b.reads("Who are you?")
}
