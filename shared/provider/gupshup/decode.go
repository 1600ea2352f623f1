package gupshup

import "github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"

// What fields are of, since Gupshup's documents and apps disagree on the types of many.
type (
	text   = lenient.Text
	number = lenient.Number
	truth  = lenient.Truth
)

const (
	// maxCode bounds an error code; the tables' longest have seven digits.
	maxCode = 9
	// unreadable stands for what cannot be a code.
	unreadable = "unreadable"
)

// code is an error code as it may go to logs: digits or a short word. Everything else, such as a phone number or a
// sentence in its place, is unreadable.
func code(t text) string {
	if len(t) > maxCode {
		return unreadable
	}

	for i := range len(t) {
		if c := t[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return unreadable
		}
	}

	return string(t)
}
