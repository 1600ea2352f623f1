package risk

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// token is a word, a placeholder or the end of a sentence.
type token struct {
	// from and to are where it stands in its text.
	from, to int
	// forms are how it may be meant: letter case and compatibility forms make no difference, and a letter that is repeated three times or
	// more may stand for one or for two.
	forms []string
}

// place and stop are the form of a placeholder and that of the end of a sentence.
const (
	place = "{}"
	stop  = "."
)

// placeholder finds a placeholder.
var placeholder = regexp.MustCompile(`\{\{\s*[A-Za-z0-9_]+\s*\}\}`)

// tokens reads a text. A word is made of letters, marks and digits; hyphens and apostrophes within it belong to it, so that "drop-off" does not
// have "off" in it, and a percent sign belongs to its number.
func tokens(text string) []token {
	var all []token

	places := placeholder.FindAllStringIndex(text, -1)

	for at := 0; at < len(text); {
		if len(places) > 0 && at == places[0][0] {
			all = append(all, token{from: at, to: places[0][1], forms: []string{place}})
			at, places = places[0][1], places[1:]

			continue
		}

		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case inWord(r):
			end := wordEnd(text, at)
			all = append(all, token{from: at, to: end, forms: forms(text[at:end])})
			at = end

			continue
		case strings.ContainsRune(".!?।\n", r):
			all = append(all, token{from: at, to: at + size, forms: []string{stop}})
		}

		at += size
	}

	return all
}

// inWord reports whether a rune belongs to a word wherever it stands.
func inWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N) && !unicode.Is(unicode.Variation_Selector, r)
}

// wordEnd returns where the word ends that begins at a place.
func wordEnd(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		next, _ := utf8.DecodeRuneInString(text[at+size:])

		switch {
		case inWord(r), joiner(r) && inWord(next):
			at += size
		case r == '%':
			return at + size
		default:
			return at
		}
	}

	return at
}

// joiner reports whether a rune between two letters leaves them one word. Two of them are the invisible ones of Devanagari.
func joiner(r rune) bool { return strings.ContainsRune("-'’\u200c\u200d", r) }

// unwritten is what spellings of the same word differ in: apostrophes, the joiners and the dot below of Devanagari, whose two signs for a nasal
// are one here.
var unwritten = strings.NewReplacer("'", "", "’", "", "\u200c", "", "\u200d", "", "\u093c", "", "\u0901", "\u0902")

// fold returns a word in its one spelling.
func fold(word string) string {
	return unwritten.Replace(cases.Fold().String(norm.NFKC.String(norm.NFKD.String(word))))
}

// forms returns what a word may be meant as.
func forms(word string) []string {
	folded := fold(word)

	return slices.Compact([]string{squeezed(folded, 2), squeezed(folded, 1)})
}

// squeezed returns a word in which a rune that is repeated three times or more stands so many times.
func squeezed(word string, times int) string {
	var b strings.Builder

	runes := []rune(word)
	for i := 0; i < len(runes); {
		end := i
		for end < len(runes) && runes[end] == runes[i] {
			end++
		}

		n := end - i
		if n > 2 && unicode.IsLetter(runes[i]) {
			n = times
		}

		b.WriteString(strings.Repeat(string(runes[i]), n))
		i = end
	}

	return b.String()
}

// sentences splits what was read where a sentence ends.
func sentences(all []token) [][]token {
	var split [][]token

	begin := 0
	for i, t := range all {
		if t.forms[0] == stop {
			split = append(split, all[begin:i])
			begin = i + 1
		}
	}

	return append(split, all[begin:])
}
