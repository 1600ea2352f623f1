// Package phone owns telephone numbers: it reads the spellings that the platform and the providers use, keeps one
// canonical form (E.164), and hides the digits from everything that prints. The digits come out only through the
// methods that say so, at the edge to a provider or to a store.
//
// Indian numbers follow shared/platform/CONTRACT.md section 7; other regions are checked by the syntax of ITU-T E.164
// and the calling codes in regions.go. The well-known metadata library is not used: linking it costs every function
// 4 ms and 2.5 MB at process start, for regions that hardly occur.
package phone

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

var (
	// ErrEmpty means that there is no number at all: nothing, or only spaces.
	ErrEmpty = errors.New("phone: empty")
	// ErrInvalid means that there is something, but not a number that can be reached. It never quotes the input.
	ErrInvalid = errors.New("phone: invalid")
)

// Number is one telephone number. The zero value is no number. Numbers compare with ==. However it is printed, logged
// or encoded, a Number shows its calling code and last four digits only; [Number.E164] and its like give the digits.
type Number struct {
	digits string // calling code and national number, no plus
}

// Parse reads a number as it is written in an order of region, an ISO 3166 country code in any case; empty or unknown
// means IN. Digits of any script, spaces, dashes, dots, parentheses, invisible characters, quotes around, a leading plus or 00, "tel:"
// before, a zero after the calling code ("+91 0…", "+44 (0)…") and a spreadsheet's ".0" behind are understood; any other character makes it [ErrInvalid].
//
// In region IN exactly ten digits are a national number whatever they start with, and only Indian mobile numbers
// (+91 and ten digits from 6 up) are accepted: a number of another country there is [ErrInvalid].
func Parse(raw, region string) (Number, error) {
	digits, international, err := strip(raw)
	if err != nil {
		return Number{}, err
	}

	r, ok := lookup(region)
	if !ok || r.code == "91" {
		return parseIndian(digits, international)
	}
	if !international {
		digits = r.toInternational(digits)
	}

	digits = withoutTrunk(digits)
	if digits != withoutTrunk(digits) {
		return Number{}, ErrInvalid
	}

	return fromDigits(digits)
}

// ParseWritten reads a number as a person writes it who may mean any country: an Indian one as [Parse] does, or one of another country that
// begins with + and its calling code, in which spaces and dashes are passed over.
func ParseWritten(raw string) (Number, error) {
	n, err := Parse(raw, "IN")
	if err != nil && strings.HasPrefix(raw, "+") {
		return FromE164(strings.NewReplacer(" ", "", "-", "").Replace(raw))
	}

	return n, err
}

// Resembles reports whether a text could be somebody's number: an Indian one in any spelling that [Parse] reads, or one of any
// country that begins with its calling code, with or without a plus. Of less than ten digits it takes none for a number:
// only the smallest countries have such, and ids of orders would all be taken for them.
func Resembles(s string) bool {
	if _, err := Parse(s, "IN"); err == nil {
		return true
	}

	const fewest = 10
	digits, _, err := strip(s)
	if err != nil || len(digits) < fewest {
		return false
	}

	_, err = fromDigits(digits)

	return err == nil
}

// Within reports whether a text holds what could be somebody's number, as [Resembles] has it. What people set between the digits of a number
// hides none, but for blanks: take these out before, where words are no names.
func Within(text string) bool {
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	joined := strings.NewReplacer("-", "", "(", "", ")", "").Replace(text)

	return slices.ContainsFunc(strings.FieldsFunc(joined, notDigit), Resembles)
}

// Digits returns the digits of a number in any spelling that [Parse] reads, without a plus or 00 before the calling code. Whether the
// calling code is there, and whether there is such a number, it does not look at. It is empty for anything but digits and what may
// stand around them.
func Digits(raw string) string {
	digits, international, err := strip(raw)
	switch {
	case err != nil:
		return ""
	case international || isIndianWithTrunk(digits):
		return withoutTrunk(digits)
	default:
		return digits
	}
}

// Complete returns the digits of a whole number from digits that may lack its calling code. Ten digits, or eleven with a zero before,
// are a number at home in the country with that code, if it can have such a mobile number. All others are returned as they are.
//
// Ten digits may also be a whole number of a small country, such as 65 and eight digits in Singapore. They are read at home wherever
// that makes a mobile number; so they are left alone only where home has nothing but landlines of the same beginning, which are not
// on WhatsApp. See [overlaps].
func Complete(digits, code string) string {
	national, trunk := digits, false
	if len(digits) == 11 && digits[0] == '0' {
		national, trunk = digits[1:], true
	}

	if len(national) != 10 || !validNational(code, national) {
		return digits
	}
	if code == "91" && !trunk && overlaps(national) {
		return digits
	}

	return code + national
}

// FromE164 reads the stored form, a plus and up to fifteen digits, as [Number.E164] gives it.
func FromE164(s string) (Number, error) {
	if s == "" {
		return Number{}, ErrEmpty
	}
	if s[0] != '+' || !allDigits(s[1:]) {
		return Number{}, ErrInvalid
	}

	return fromDigits(s[1:])
}

// E164 is the full number with its plus, the form that is stored; empty for the zero Number.
func (n Number) E164() string {
	if n.digits == "" {
		return ""
	}
	return "+" + n.digits
}

// Digits is the full number without the plus, the form that WhatsApp and most providers use; empty for the zero Number.
func (n Number) Digits() string { return n.digits }

// National is the number without its calling code, for Indian numbers the ten digits of the platform's records.
func (n Number) National() string { return n.digits[len(callingCode(n.digits)):] }

// sharedEnd is how many digits at the end two spellings of one number have in common at least: Brazil's, Mexico's and Argentina's
// differ by what stands before these.
const sharedEnd = 8

// Respells reports whether two different numbers can be two spellings of one, such as Brazil's with and without the ninth digit: of one
// country, and with the same last eight digits. A provider may call a shopper by the other one
// (shared/provider/cloudapi/CONTRACT.md section 2.1).
func (n Number) Respells(other Number) bool {
	if n == other || min(len(n.digits), len(other.digits)) < sharedEnd {
		return false
	}

	end := n.digits[len(n.digits)-sharedEnd:]

	return strings.HasSuffix(other.digits, end) && callingCode(n.digits) == callingCode(other.digits)
}

// spellings are the countries whose numbers WhatsApp spells with or without a digit that orders have or lack: that digit, where it
// stands, and how long a number is with it.
var spellings = []struct {
	code, digit string
	at, length  int
}{
	{code: "55", digit: "9", at: len("55") + len("31"), length: len("5531988880001")},
	{code: "52", digit: "1", at: len("52"), length: len("5213312345678")},
	{code: "54", digit: "9", at: len("54"), length: len("5491123456789")},
}

// OtherSpelling returns the other spelling of a number of Brazil, Mexico or Argentina; ok is false for all others, which have one. A
// provider may call a shopper by it before anything has linked the two; see [Number.Respells].
func (n Number) OtherSpelling() (other Number, ok bool) {
	for _, s := range spellings {
		if !strings.HasPrefix(n.digits, s.code) {
			continue
		}

		head, tail := n.digits[:s.at], n.digits[s.at:]
		switch rest, with := strings.CutPrefix(tail, s.digit); {
		case len(n.digits) == s.length && with:
			return Number{digits: head + rest}, true
		case len(n.digits) == s.length-len(s.digit):
			return Number{digits: head + s.digit + tail}, true
		}
	}

	return Number{}, false
}

// Respelling returns the number by which somebody calls the holder of another one, given as digits, if it can be another spelling of that
// one, which is in E.164. ok is false for the same number, for a stranger's, and if either is missing or cannot be a number.
func Respelling(e164, digits string) (n Number, ok bool) {
	known, err := FromE164(e164)
	if err != nil {
		return Number{}, false
	}

	n, err = FromE164("+" + digits)

	return n, err == nil && n.Respells(known)
}

// IsZero reports whether there is no number.
func (n Number) IsZero() bool { return n.digits == "" }

// Equal is ==, for comparing structs that hold a Number.
func (n Number) Equal(other Number) bool { return n == other }

// String is the masked number: "+91******6382"; empty for the zero Number.
func (n Number) String() string {
	if n.digits == "" {
		return ""
	}

	code := callingCode(n.digits)
	shown := len(n.digits) - 4

	return "+" + code + strings.Repeat("*", max(shown-len(code), 0)) + n.digits[max(shown, len(code)):]
}

// Format writes the masked number for every verb, so that none reaches the digits.
func (n Number) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(n.String())) }

// GoString is the masked number.
func (n Number) GoString() string { return n.String() }

// LogValue is the masked number.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalText gives the masked number, also for keys of maps.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// MarshalJSON gives the masked number as a string.
func (n Number) MarshalJSON() ([]byte, error) { return []byte(`"` + n.String() + `"`), nil }

func parseIndian(digits string, international bool) (Number, error) {
	if !international {
		if len(digits) == 11 && digits[0] == '0' {
			digits = digits[1:]
		}
		// Ten digits are never read as 91 and eight more: numbers that begin with 91 are ordinary mobiles.
		if len(digits) == 10 {
			digits = "91" + digits
		}
	}

	if !strings.HasPrefix(digits, "91") {
		return Number{}, ErrInvalid
	}
	if isIndianWithTrunk(digits) {
		digits = withoutTrunk(digits)
	}

	return fromDigits(digits)
}

// fromDigits checks a full number without its plus.
func fromDigits(digits string) (Number, error) {
	code := callingCode(digits)
	if code == "" || len(digits) > 15 {
		return Number{}, ErrInvalid
	}
	if national := digits[len(code):]; !validNational(code, national) {
		return Number{}, ErrInvalid
	}

	return Number{digits: digits}, nil
}

func validNational(code, national string) bool {
	switch code {
	case "91":
		return len(national) == 10 && national[0] >= '6'
	case "1":
		return len(national) == 10 && national[0] >= '2' && national[3] >= '2'
	default:
		return len(national) >= 6 && len(code)+len(national) >= 8
	}
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}

	return s != ""
}
