package customers

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// earliest is the year of WhatsApp's first version: no consent to it is older.
var earliest = time.Date(2009, time.January, 1, 0, 0, 0, 0, time.UTC)

// referenceRule says what a reference may be. The ledger and the notes of erasures are kept until the shopper is erased and longer, so nothing by
// which a person is found may stand there, in whatever spelling.
const referenceRule = "must be 3 to 64 letters, digits, blanks and . _ / : # - of English, without a telephone number: also none in parts, " +
	"with other signs between, or encoded"

// wrongReference returns why a text is no reference that may stand in a ledger; empty if it may.
func wrongReference(text string) string {
	const (
		shortest = 3
		longest  = 64
		signs    = " ._/:#-"
	)

	foreign := func(c rune) bool { return !isLetterOrDigit(c) && !strings.ContainsRune(signs, c) }

	if len(text) < shortest || len(text) > longest || strings.ContainsFunc(text, foreign) || holdsNumber(text) {
		return referenceRule
	}

	return ""
}

// isLetterOrDigit reports whether a character is one of ASCII.
func isLetterOrDigit(c rune) bool {
	return c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c))
}

// uuid is an id as many programs make them, which may well have ten digits in a row. A version and a variant are in it, so that no number is
// taken for one.
var uuid = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b`)

// holdsNumber reports whether a text has what may be a telephone number: ten digits, whatever but a letter stands between them, or a word that is
// such digits in base64, as ids of WhatsApp's messages are.
func holdsNumber(text string) bool {
	text = uuid.ReplaceAllStringFunc(text, func(id string) string {
		if strings.ContainsAny(strings.ToLower(id), "abcdef") {
			return "x"
		}

		return id
	})

	return hasDigits(norm.NFKC.String(text)) || encodesDigits(text)
}

// hasDigits reports whether there are ten digits in a row in a text, of any script, when all that is neither letter nor digit is left out.
func hasDigits(text string) bool {
	const fewest = 10

	row := 0
	for _, c := range text {
		switch {
		case unicode.IsDigit(c):
			row++
		case unicode.IsLetter(c):
			row = 0
		}

		if row == fewest {
			return true
		}
	}

	return false
}

// encodesDigits reports whether any word of a text is such digits in base64, of either alphabet, from whichever character on.
func encodesDigits(text string) bool {
	const group = 4

	isBase64 := func(c rune) bool { return isLetterOrDigit(c) || strings.ContainsRune("+/-_", c) }

	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return !isBase64(c) }) {
		word = strings.NewReplacer("-", "+", "_", "/").Replace(word)

		for from := range min(group, len(word)) {
			part := word[from:]
			if len(part)%group == 1 {
				part = part[:len(part)-1]
			}

			if plain, err := base64.RawStdEncoding.DecodeString(part); err == nil && hasDigits(string(plain)) {
				return true
			}
		}
	}

	return false
}

// NameOf returns the id of a person as a ledger or a signed file may have it, or instead of one that is an address or a telephone number: some
// identity providers make ids of those.
func NameOf(id, instead string) string {
	joined := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(id)
	notDigit := func(c rune) bool { return c < '0' || c > '9' }

	if id == "" || strings.Contains(id, "@") || slices.ContainsFunc(strings.FieldsFunc(joined, notDigit), phone.Resembles) {
		return instead
	}

	return id
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
