package consent

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// May reports whether a message for the purpose may be sent at a time, and if not, why: [message.NotOptedIn] if the shopper
// never agreed or the opt-in expired, [message.OptedOut] after a withdrawal, [message.Unreachable] if the number is not on WhatsApp,
// [message.Blocked] if an authority forbids it.
func May(s State, p Purpose, now time.Time) (ok bool, reason message.Reason) {
	if s.Blocked() {
		return false, message.Blocked
	}

	switch s.StatusAt(now) {
	case Active:
	case NotReachable:
		return false, message.Unreachable
	default:
		return false, refusal(s.Updates)
	}

	switch {
	case p == OrderUpdates, p == NDRSupport, p == Marketing && s.Marketing:
		return true, ""
	case p == Marketing:
		return false, refusal(s.Offers)
	default:
		return false, message.NotOptedIn
	}
}

func refusal(m Mark) message.Reason {
	if m.Action == Withdraw {
		return message.OptedOut
	}
	return message.NotOptedIn
}
