package logging

import (
	"regexp"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// Unreadable stands in a log line for what is not of the shape that belongs there: the sender may have put anything
// in its place.
const Unreadable = "unreadable"

const (
	// maxNumber is the most digits of an id: Pub/Sub's are 64-bit numbers.
	maxNumber = 20
	// maxWord is the most characters of a word.
	maxWord = 64
)

// Number is an id that consists of digits, as it may go to logs; [Unreadable] for anything else, and for what could be
// somebody's telephone number. Nothing stays nothing.
func Number(s string) string {
	if len(s) > maxNumber || strings.Trim(s, "0123456789") != "" || phone.Resembles(s) {
		return Unreadable
	}
	return s
}

// uuid is the one shape whose runs of digits say nothing.
var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Word is a name or a code of ASCII letters, digits and "-_.:", as it may go to logs; [Unreadable] for anything else, and
// for what holds something like a telephone number between its letters. Nothing stays nothing.
func Word(s string) string {
	if len(s) > maxWord {
		return Unreadable
	}
	if uuid.MatchString(s) {
		return s
	}

	var digits strings.Builder // of the newest run without letters
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits.WriteByte(c)
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			if numberLike(digits.String()) {
				return Unreadable
			}

			digits.Reset()
		case strings.IndexByte("-_.:", c) < 0:
			return Unreadable
		}
	}

	if numberLike(digits.String()) {
		return Unreadable
	}

	return s
}

// shortest is the fewest digits of a telephone number that is worth hiding: those of India have ten.
const shortest = 10

func numberLike(digits string) bool { return len(digits) >= shortest && phone.Resembles(digits) }
