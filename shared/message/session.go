package message

import (
	"cmp"
	"strings"
)

// Session is what a message within the service window says. It has no template.
type Session struct {
	// Kind says what it is for, in one word.
	Kind    string   `firestore:"kind"`
	Text    string   `firestore:"text"`
	Buttons []Button `firestore:"buttons,omitempty"`
	// ReplyID is what it answers, RootID the message that began the conversation, ActionID the shopper's choice that it is about.
	ReplyID  string `firestore:"reply,omitempty"`
	RootID   string `firestore:"root,omitempty"`
	ActionID string `firestore:"action,omitempty"`
}

// sessionResource begins what the send log calls the event of a [Session]: no settings are of it, and no message about an event is found by it.
const sessionResource = "session/"

// SessionEvent returns the event of a [Session]: "session/" and the subtype of the event whose message began the conversation, or
// "session/unasked" if none did.
func SessionEvent(root string) string {
	_, subType, _ := strings.Cut(root, "/")

	return sessionResource + cmp.Or(subType, "unasked")
}

// IsSessionEvent reports whether an event is one that [SessionEvent] returns.
func IsSessionEvent(event string) bool {
	subType, ok := strings.CutPrefix(event, sessionResource)

	return ok && subType != ""
}

// Button is a button of a [Session].
type Button struct {
	// Choice is what a tap on it stands for.
	Choice string `firestore:"choice"`
	// Title is the label, at most 20 characters.
	Title string `firestore:"title"`
}
