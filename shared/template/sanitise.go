package template

import (
	"html"
	"regexp"
	"strings"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/blank"
)

// maxValue is the longest value of a variable that people write, in characters. WhatsApp's limit is 1,024 for the whole body
// with every value in it; see [Template.Fill].
const maxValue = 512

// nothing is shown where there is nothing to show: WhatsApp refuses an empty parameter.
const nothing = "-"

// ellipsis ends a text that was cut.
const ellipsis = "…"

// Sanitise makes a text fit to be a template parameter: that of clean, at most [maxValue] characters. Sanitising twice
// changes nothing more.
func Sanitise(s string) string { return Cut(clean(s), maxValue) }

// clean makes one line of a text: single spaces, trimmed, no control characters and none that turn the direction of the
// text around, and never empty. WhatsApp refuses line breaks, tabs and more than four spaces in a row.
func clean(s string) string {
	if isPlain(s) {
		return s
	}

	var b strings.Builder
	b.Grow(len(s))

	var visible, space bool
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case !wanted(r):
			continue
		}

		if space {
			b.WriteByte(' ')
		}

		space = false

		b.WriteRune(r)

		visible = visible || isVisible(r)
	}

	if !visible {
		return nothing
	}

	return b.String()
}

// isPlain recognises what most values are: ASCII with nothing to change.
func isPlain(s string) bool {
	if s == "" || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}

	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && s[i+1] == ' ' {
			return false
		}
	}

	return true
}

// The joiners of letters and emoji.
const nonJoiner, joiner = '\u200c', '\u200d'

// wanted drops control characters, invisible ones and those that turn the direction around. The joiners stay: several
// Indian scripts and many emoji are spelled with them.
func wanted(r rune) bool {
	if r == nonJoiner || r == joiner {
		return true
	}
	return r != unicode.ReplacementChar && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// isVisible reports whether a character shows something by itself; marks need something to stand on.
func isVisible(r rune) bool { return unicode.IsGraphic(r) && !unicode.Is(unicode.M, r) && !blank.Is(r) }

// entity is a character as HTML writes it.
var entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)

// decodeEntities replaces HTML's entities, once: shops store names as their pages show them, "Neem &amp; Co".
func decodeEntities(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}

	return entity.ReplaceAllStringFunc(s, html.UnescapeString)
}

// Cut cuts a text to so many characters, the ellipsis among them that it then ends in: at a word's end, unless the last word is
// longer than half of the text, and never within a character that is made of several.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}

	runes := []rune(s)
	if len(runes) <= most {
		return s
	}

	end := most - 1
	for i := end; i > most/2; i-- {
		if runes[i] == ' ' {
			end = i
			break
		}
	}

	for end > 0 && continues(runes, end) {
		end--
	}

	return strings.TrimRight(string(runes[:end]), " ,;:-–") + ellipsis
}

// continues reports whether the character at i belongs to the one before it.
func continues(runes []rune, i int) bool {
	r, before := runes[i], runes[i-1]
	tone := r >= '\U0001f3fb' && r <= '\U0001f3ff'

	return tone || r == joiner || r == nonJoiner || before == joiner || unicode.Is(unicode.M, r)
}
