package demo

import (
	"io"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestIDsDoNotComeAgain starts twice on one state: the providers must not give a message the id of an earlier run's, whose
// callbacks it would share, nor a shopper's answer, which would be taken for a repetition.
func TestIDsDoNotComeAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seen := map[string]bool{}
	for n := range 2 {
		w, err := start(t.Context(), dir)
		if err != nil {
			t.Fatalf("start: %v", err)
		}
		c := chapters()[0]
		c.last = message.StatusAccepted
		if err = tellChapter(t.Context(), w, io.Discard, c); err != nil {
			t.Fatalf("story: %v", err)
		}
		// The provider takes a message before it arrives.
		testkit.Eventually(t, 30*time.Second, "the message is on the phone", func() bool { return len(w.Simulator.Phones().Inbox("919000000002")) > 0 })
		inbox := w.Simulator.Phones().Inbox("919000000002")
		answer, err := w.Simulator.Phones().Reply("919000000002", simulator.Reply{Text: "hello"})
		if err != nil || len(inbox) != 1 {
			t.Fatalf("phone: got %d messages, %v", len(inbox), err)
		}
		for _, id := range []string{inbox[0].ID, answer} {
			if seen[id] {
				t.Errorf("start %d: the id %s comes again", n+1, id)
			}
			seen[id] = true
		}
		if err = w.Close(t.Context()); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
}
