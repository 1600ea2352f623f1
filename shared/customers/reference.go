package customers

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// earliest is the year of WhatsApp's first version: no consent to it is older.
var earliest = time.Date(2009, time.January, 1, 0, 0, 0, 0, time.UTC)

// wrongReference returns why a text is no reference that may stand in a ledger, which is kept for good; empty if it may.
func wrongReference(text string) string {
	const (
		shortest = 3
		longest  = 200
	)

	length := utf8.RuneCountInString(text)

	switch {
	case length < shortest || length > longest || strings.ContainsFunc(text, unicode.IsControl):
		return "must be one line of 3 to 200 characters"
	case strings.Contains(text, "@") || holdsNumber(text):
		return "must not hold a telephone number or an e-mail address: it stays in the ledger for good"
	default:
		return ""
	}
}

// holdsNumber reports whether a text has what looks like a telephone number, also with blanks, dashes and parentheses in it.
func holdsNumber(text string) bool {
	notDigit := func(c rune) bool { return c < '0' || c > '9' }
	joined := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(text)

	return slices.ContainsFunc(strings.FieldsFunc(joined, notDigit), phone.Resembles) || slices.ContainsFunc(strings.FieldsFunc(text, notDigit), phone.Resembles)
}

// wrongNotice returns why a notice's version and hash are none; empty if they are, or if both are empty.
func wrongNotice(version, hash string) string {
	const (
		longest = 100
		digits  = 64
	)

	switch {
	case version == "" && hash == "":
		return ""
	case version == "" || hash == "":
		return "and noticeHash must be given together"
	case utf8.RuneCountInString(version) > longest || strings.ContainsFunc(version, unicode.IsControl) || holdsNumber(version) || strings.Contains(version, "@"):
		return "must be one line of at most 100 characters, without a telephone number or an e-mail address"
	case len(hash) != digits || strings.Trim(hash, "0123456789abcdef") != "":
		return "must come with the SHA-256 of the notice's text, in 64 hex digits, as noticeHash"
	default:
		return ""
	}
}
