package canary

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// The sorts of text that have a sample of their own.
var (
	numeral  = regexp.MustCompile(`^[+-]?[0-9]+$`)
	decimal  = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)
	uuid     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	userID   = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]+$`)
	moment   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?`)
	id       = regexp.MustCompile(`^[0-9A-Za-z_.:=/+-]*[0-9][0-9A-Za-z_.:=/+-]*$`)
	capitals = regexp.MustCompile(`^[A-Z][A-Z_]*$`)
)

// sampleText returns an invented text of the same sort.
func sampleText(s string, n int) string {
	switch {
	case numeral.MatchString(s):
		sign := strings.TrimRight(s, "0123456789")
		return sign + sampleDigits(s[len(sign):], n)
	case decimal.MatchString(s):
		return sampleNumber(s, n)
	case uuid.MatchString(s):
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	case strings.HasPrefix(s, "wamid."):
		return "wamid." + invent(s[len("wamid."):], n)
	case userID.MatchString(s):
		return "IN." + invent(s[strings.LastIndexByte(s, '.')+1:], n)
	case moment.MatchString(s):
		return sampleMoment(s, len(moment.FindString(s)))
	case strings.Contains(s, "://"):
		return fmt.Sprintf("https://example.test/%d", n)
	case strings.Contains(s, "@") && !strings.ContainsAny(s, " \n"):
		return fmt.Sprintf("someone%d@example.test", n)
	case phone.Resembles(s): // with blanks or hyphens
		return invent(s, n)
	case id.MatchString(s):
		return invent(s, n)
	case capitals.MatchString(s):
		return "WORD"
	case strings.ContainsAny(s, " \n"):
		return "some text"
	default:
		return "word"
	}
}

// sampleMoment returns an invented time in the form of one whose date and time of day are so long.
func sampleMoment(s string, length int) string {
	at := []byte("2001-01-01T00:00:00"[:length])
	if length > len(time.DateOnly) {
		at[len(time.DateOnly)] = s[len(time.DateOnly)]
	}

	return string(at) + zeros(s[length:])
}

// zeros keeps a text's punctuation: the fraction of a second, or the zone.
func zeros(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return '0'
		case c == '.', c == '+', c == '-', c == ':', c == 'Z':
			return c
		default:
			return -1
		}
	}, s)
}

// sampleNumber returns an invented number with as many digits on either side of the point.
func sampleNumber(s string, n int) string {
	whole, fraction, hasFraction := strings.Cut(s, ".")

	digits := strings.TrimPrefix(whole, "-")
	if strings.Trim(digits, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" { // with an exponent
		return "1"
	}

	number := whole[:len(whole)-len(digits)] + sampleDigits(digits, n)
	if hasFraction {
		number += "." + strings.Repeat("1", max(len(fraction), 1))
	}

	return number
}

// sampleDigits returns as many invented digits: an epoch stays one, and what could be a telephone number is one that our own data use, with
// India's calling code where there is room for it.
func sampleDigits(digits string, n int) string {
	var first string

	switch {
	case len(digits) == 10 && digits[0] == '1', len(digits) == 13 && digits[0] == '1':
		first = "17"
	case len(digits) == 10:
		first = "9"
	case len(digits) == 12:
		first = "919"
	case len(digits) > 1:
		first = "1"
	default:
		return "1"
	}

	return fill(first, len(digits), n)
}

// fill returns digits of some length that begin with first and end with n.
func fill(first string, length, n int) string {
	last := fmt.Sprint(n)

	space := length - len(first) - len(last)
	if space < 0 {
		return (first + strings.Repeat("0", length))[:length]
	}

	return first + strings.Repeat("0", space) + last
}

// invent returns an id of the same length and alphabet that ends with n.
func invent(s string, n int) string {
	masked := []byte(strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return '0'
		case c >= 'A' && c <= 'Z':
			return 'A'
		case c >= 'a' && c <= 'z':
			return 'a'
		case c < 0x80:
			return c
		default:
			return 'a'
		}
	}, s))
	last := fmt.Sprint(n)

	// The number takes the place of the last letters and digits.
	for i := len(masked) - 1; i >= 0 && last != ""; i-- {
		if c := masked[i]; c == '0' || c == 'A' || c == 'a' {
			masked[i], last = last[len(last)-1], last[:len(last)-1]
		}
	}

	return string(masked)
}
