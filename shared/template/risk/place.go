package risk

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// shape checks placeholders and links.
func (c *checker) shape() {
	for _, p := range c.text.passages() {
		c.add(shortener, p.part, p.index, shortLinks(p.text))
	}

	for i, b := range c.text.Buttons {
		c.add(shortener, Label, i, shortLinks(b.URL))
	}

	at := placeholder.FindAllStringIndex(c.text.Body, -1)

	c.add(placeEdge, Body, whole, edges(c.text.Body, at))
	c.add(placeAdjacent, Body, whole, adjoining(c.text.Body, at))
	c.add(placeRatio, Body, whole, crowded(c.text.Body))
	c.add(placeSequence, Body, whole, skipped(c.text.Body))
	c.add(placeBraces, Body, whole, misbraced(c.text.Body))
	c.add(sampleMissing, Body, whole, c.text.Unsampled)
	c.generic()
}

// edges returns the placeholders that a text begins or ends with. Punctuation, and the signs for bold and the like, are no text.
func edges(text string, at [][]int) []string {
	if len(at) == 0 {
		return nil
	}

	var found []string

	first, last := at[0], at[len(at)-1]
	if !saysMore(text[:first[0]]) {
		found = append(found, text[first[0]:first[1]])
	}
	if !saysMore(text[last[1]:]) {
		found = append(found, text[last[0]:last[1]])
	}

	return slices.Compact(found)
}

// saysMore reports whether a text has anything but blanks and punctuation. An emoji is text.
func saysMore(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return inWord(r) || unicode.Is(unicode.So, r) })
}

// adjoining returns the placeholders, with what is between them, that no word stands between.
func adjoining(text string, at [][]int) []string {
	var found []string

	for i := 1; i < len(at); i++ {
		if !saysMore(text[at[i-1][1]:at[i][0]]) {
			found = append(found, text[at[i-1][0]:at[i][1]])
		}
	}

	return found
}

// crowded returns the placeholders of a text that has fewer than twice as many words and one more.
func crowded(text string) []string {
	var (
		words  int
		places []string
	)

	for _, t := range tokens(text) {
		switch t.forms[0] {
		case stop:
		case place:
			if p := text[t.from:t.to]; !slices.Contains(places, p) {
				places = append(places, p)
			}
		default:
			words++
		}
	}

	if words > 2*len(places) {
		return nil
	}

	return places
}

// skipped returns the numbered placeholders that come after a number that is missing.
func skipped(text string) []string {
	var numbers []string

	for _, p := range placeholder.FindAllString(text, -1) {
		name := strings.Trim(p, "{} \t\n")
		if !isNumber(name) {
			return nil
		}

		numbers = append(numbers, name)
	}

	slices.SortFunc(numbers, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	numbers = slices.Compact(numbers)

	for i, n := range numbers {
		if n != strconv.Itoa(i+1) {
			return []string{"{{" + n + "}}"}
		}
	}

	return nil
}

// braced finds a word in braces, however many there are.
var braced = regexp.MustCompile(`\{+\s*[A-Za-z0-9_]+\s*\}+`)

// misbraced returns what looks like a placeholder and has not two braces on each side.
func misbraced(text string) []string {
	return slices.DeleteFunc(braced.FindAllString(text, -1), func(b string) bool {
		return strings.Count(b, "{") == 2 && strings.Count(b, "}") == 2
	})
}

// generic checks that news of an order says what it is about, beside its placeholders. What advertises says what it is about.
func (c *checker) generic() {
	places := placeholder.FindAllString(c.text.Body, -1)
	if len(places) == 0 || !c.text.News || slices.ContainsFunc(c.hits, func(h Hit) bool { return h.Rule.Outcome == Reclassed }) {
		return
	}

	all := []string{c.text.Header, c.text.Body, c.text.Footer}
	for _, b := range c.text.Buttons {
		all = append(all, b.Label)
	}

	told := 0
	for _, text := range all {
		for _, t := range tokens(text) {
			if isOne(subject(), t) {
				return
			}
			if t.forms[0] != stop && t.forms[0] != place && !isOne(filler(), t) {
				told++
			}
		}
	}

	if told > vague {
		return
	}

	slices.Sort(places)
	c.add(bodyGeneric, Body, whole, slices.Compact(places))
}

// vague is how many words of its own a text may have that says nothing.
const vague = 3

// isOne reports whether a token is one of the words.
func isOne(words [][]choice, t token) bool {
	return slices.ContainsFunc(words, func(p []choice) bool { return p[0].fits(t) })
}

// shortLink finds a link of a shortener, with or without its scheme. What stands before the host is no part of a longer one.
var shortLink = sync.OnceValue(func() *regexp.Regexp {
	hosts := strings.ReplaceAll(strings.Join(shorteners, "|"), ".", `\.`)

	return regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}.@-])((?:https?://)?(?:www\.)?(?:` + hosts + `)(?:/[^\s]*|$|[^\p{L}\p{N}.-]))`)
})

// shortLinks returns the short links of a text.
func shortLinks(text string) []string {
	var found []string
	for _, m := range shortLink().FindAllStringSubmatch(text, -1) {
		found = append(found, strings.TrimRight(m[1], ".,;:!?)।| \n"))
	}

	return found
}
