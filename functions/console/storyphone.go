package console

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// screenItem is one thing on the screen of the shopper's phone.
type screenItem struct {
	ID string
	At time.Time
	// Message is one of ours; nil of what the shopper wrote, which Mine is then.
	Message *story.Told
	Mine    string
	// State is how far one of ours came.
	State string
}

// screenOf returns what the shopper's phone shows, the oldest first: the messages that were given to a provider, and what the shopper answered.
func screenOf(w story.Whole) []screenItem {
	var all []screenItem

	for i, m := range w.Messages {
		if m.Sent() && arrives(m.Status) {
			all = append(all, screenItem{ID: "b-" + m.ID, At: m.At, Message: &w.Messages[i], State: page.StatusWord(m.Status)})
		}
	}

	for _, e := range w.Entries {
		if e.Reply == nil {
			continue
		}

		mine := "A message of the shopper’s, which is not shown here."
		if e.Reply.Tap && e.Reply.Label != "" {
			mine = e.Reply.Label
		}

		all = append(all, screenItem{ID: "b-" + e.Reply.ID, At: e.At, Mine: mine})
	}

	slices.SortStableFunc(all, func(a, b screenItem) int { return a.At.Compare(b.At) })

	return all
}

// arrives reports whether a message of the status is on the phone, or may be.
func arrives(s message.Status) bool {
	switch s {
	case message.StatusFailed, message.StatusRefused, message.StatusDropped, message.StatusWaiting, message.StatusHeld:
		return false
	default:
		return true
	}
}

// peerOf returns whom the phone shows the messages to be from: the brand, and the number of the newest that was sent.
func peerOf(w story.Whole) string {
	for _, m := range slices.Backward(w.Messages) {
		if m.Sent() && m.From != "" {
			return w.Account.Name + " · +" + m.From
		}
	}

	return w.Account.Name
}
