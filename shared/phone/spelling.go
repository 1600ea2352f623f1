package phone

import (
	"strings"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/blank"
)

// maxRaw bounds the spelling that is looked at, in bytes; the longest real one, with separators, is well below it.
const maxRaw = 128

// quotes may stand around a number, or before it where a spreadsheet is to take it for a text.
const quotes = `'"‘’“”` + "`"

// strip takes off all that is no digit and reports whether the rest begins with a calling code. Digits of other scripts become our
// own.
func strip(raw string) (digits string, international bool, err error) {
	if len(raw) > maxRaw {
		return "", false, ErrInvalid
	}

	bare := trimmed(raw)

	var b strings.Builder
	b.Grow(len(bare))

	for _, c := range bare {
		switch {
		case unicode.IsDigit(c):
			b.WriteByte('0' + valueOf(c))
		case isPlus(c) && b.Len() == 0 && !international:
			international = true
		case ignored(c):
		default:
			return "", false, ErrInvalid
		}
	}

	digits = b.String()
	switch {
	case digits == "" && strings.TrimFunc(raw, blank.Is) == "":
		return "", false, ErrEmpty
	case digits == "":
		return "", false, ErrInvalid
	case !international && strings.HasPrefix(digits, "00"):
		return digits[2:], true, nil
	}

	return digits, international, nil
}

// trimmed returns a spelling without what stands around a number: blanks, quotes, the scheme of a telephone link (RFC 3966), and the
// ".0" that a spreadsheet adds which took it for an amount.
func trimmed(raw string) string {
	const scheme = "tel:"

	around := func(c rune) bool { return blank.Is(c) || strings.ContainsRune(quotes, c) }

	s := strings.TrimFunc(raw, around)
	if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
		s = s[len(scheme):]
	}
	if whole, ok := strings.CutSuffix(s, ".0"); ok && !strings.Contains(whole, ".") {
		s = whole
	}

	return s
}

// ignored reports whether a character may stand between digits.
func ignored(c rune) bool {
	const minus = '\u2212'

	return blank.Is(c) || c == minus || unicode.Is(unicode.Pd, c) || strings.ContainsRune("().（）．", c)
}

func isPlus(c rune) bool { return c == '+' || c == '＋' || c == '﹢' }

// valueOf returns what a decimal digit of any script stands for. Unicode keeps the ten of a script together, from zero on.
func valueOf(digit rune) byte {
	before := 0
	for c := digit - 1; unicode.IsDigit(c); c-- {
		before++
	}

	return byte(before % 10)
}
