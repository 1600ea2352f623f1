package message

import "strings"

// The lengths of ids: of a message about an occurrence, or in answer to a shopper, and of a test.
const (
	idLength     = 32
	testIDLength = 64
)

// IsID reports whether a text has the form of a message's id, in lower-case hex. Nothing else may be part of the name of a document that is
// read.
func IsID(s string) bool {
	return (len(s) == idLength || len(s) == testIDLength) && strings.Trim(s, "0123456789abcdef") == ""
}
