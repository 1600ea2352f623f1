package template

import (
	"slices"
	"strings"
	"unicode"
)

// maxValue is the longest value of a variable, in characters. WhatsApp's limit is 1,024 for the whole body with every
// value in it; a link to an invoice needs some hundred.
const maxValue = 512

// nothing is shown where there is nothing to show: WhatsApp refuses an empty parameter.
const nothing = "-"

// ellipsis ends a value that was cut.
const ellipsis = '…'

// Sanitise makes a text fit to be a template parameter: one line, single spaces, trimmed, at most [maxValue] characters,
// no control characters and none that turn the direction of the text around, and never empty. WhatsApp refuses line
// breaks, tabs and more than four spaces in a row. Sanitising twice changes nothing more.
func Sanitise(s string) string {
	if isPlain(s) {
		return s
	}

	var b strings.Builder
	b.Grow(min(len(s), 4*maxValue))

	var (
		runes          int
		visible, space bool
	)

	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case !wanted(r):
			continue
		}

		needed := 1
		if space {
			needed = 2
		}

		if runes+needed > maxValue-1 {
			// The last place is kept for the sign that something is missing.
			b.WriteRune(ellipsis)
			break
		}
		if space {
			b.WriteByte(' ')
		}

		space = false

		b.WriteRune(r)

		runes += needed
		visible = visible || unicode.IsGraphic(r)
	}

	if !visible {
		return nothing
	}

	return b.String()
}

// isPlain recognises what most values are: short ASCII with nothing to change.
func isPlain(s string) bool {
	if s == "" || len(s) >= maxValue || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}

	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && s[i+1] == ' ' {
			return false
		}
	}

	return true
}

// wanted drops control characters, invisible ones and those that turn the direction around. The joiners stay: several
// Indian scripts and many emoji are spelled with them.
func wanted(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	if r == nonJoiner || r == joiner {
		return true
	}
	return r != unicode.ReplacementChar && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// Cut cuts a text to so many characters, ending in what shows that it was cut.
func Cut(s string, most int, end string) string {
	if len(s) <= most {
		return s
	}

	runes := []rune(s)
	if len(runes) <= most {
		return s
	}

	return string(slices.Concat(runes[:most-len([]rune(end))], []rune(end)))
}
