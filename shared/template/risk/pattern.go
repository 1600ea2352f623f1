package risk

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// A pattern is words between blanks, which have to stand in a row within a sentence. "shop*" is any word that begins so, "#" a number or a
// placeholder, "#%" a percentage or a placeholder, "_" any word or placeholder, and ".." any up to four of them. "a|b" is either word. A
// pattern that begins with "^" only fits where the sentence begins.

// gap is how many words ".." stands for at most.
const gap = 4

// choice is one word of a pattern, with what it may be.
type choice struct {
	skips, begins           bool
	any, number, percentage bool
	words, prefixes         []string
}

// reader is a rule whose patterns are read.
type reader struct {
	Rule
	words, needs, unless [][]choice
}

// readers are those of [wordRules]. They are read when a template is first checked, which most functions never do.
var readers = sync.OnceValue(func() []reader {
	all := make([]reader, len(wordRules))
	for i, r := range wordRules {
		all[i] = reader{Rule: r, words: choices(r.words), needs: choices(r.needs), unless: choices(r.unless)}
	}

	return all
})

// subject is what news of an order is about, filler what says nothing.
var (
	subject = sync.OnceValue(func() [][]choice { return choices(subjects) })
	filler  = sync.OnceValue(func() [][]choice { return choices(stock) })
)

// choices reads patterns.
func choices(patterns []string) [][]choice {
	all := make([][]choice, len(patterns))
	for i, p := range patterns {
		for word := range strings.FieldsSeq(p) {
			all[i] = append(all[i], choiceOf(word))
		}
	}

	return all
}

// choiceOf reads a word of a pattern.
func choiceOf(word string) choice {
	switch word {
	case "..":
		return choice{skips: true}
	case "^":
		return choice{begins: true}
	}

	var c choice
	for one := range strings.SplitSeq(word, "|") {
		prefix, open := strings.CutSuffix(one, "*")

		switch {
		case one == "_":
			c.any = true
		case one == "#":
			c.number = true
		case one == "#%":
			c.percentage = true
		case open:
			c.prefixes = append(c.prefixes, fold(prefix))
		default:
			c.words = append(c.words, fold(one))
		}
	}

	return c
}

// isNumber reports whether a word is one of digits.
func isNumber(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsDigit(r) })
}

// isPercentage reports whether a word is a number with a percent sign.
func isPercentage(word string) bool {
	digits, percent := strings.CutSuffix(word, "%")

	return percent && isNumber(digits)
}

// fits reports whether a token is a word of a pattern.
func (c choice) fits(t token) bool {
	return slices.ContainsFunc(t.forms, func(form string) bool {
		switch {
		case c.any,
			c.number && (form == place || isNumber(form)),
			c.percentage && (form == place || isPercentage(form)):
			return true
		}

		return slices.Contains(c.words, form) || slices.ContainsFunc(c.prefixes, func(p string) bool { return strings.HasPrefix(form, p) })
	})
}

// span is where something was found.
type span struct{ from, to int }

// find returns where a pattern is in a sentence.
func find(pattern []choice, sentence []token) []span {
	var found []span

	if pattern[0].begins {
		if n := match(pattern[1:], sentence); n > 0 {
			found = append(found, span{sentence[0].from, sentence[n-1].to})
		}

		return found
	}

	for i := range sentence {
		if n := match(pattern, sentence[i:]); n > 0 {
			found = append(found, span{sentence[i].from, sentence[i+n-1].to})
		}
	}

	return found
}

// match returns how many tokens, from the first on, fit a pattern; 0 if they do not.
func match(pattern []choice, from []token) int {
	if len(pattern) == 0 {
		return 0
	}

	if pattern[0].skips {
		for skipped := range min(gap, len(from)) + 1 {
			if n := match(pattern[1:], from[skipped:]); n > 0 {
				return skipped + n
			}
		}

		return 0
	}

	if len(from) == 0 || !pattern[0].fits(from[0]) {
		return 0
	}
	if len(pattern) == 1 {
		return 1
	}
	if n := match(pattern[1:], from[1:]); n > 0 {
		return 1 + n
	}

	return 0
}

// in returns the words that a rule finds in a text, each once, in the order in which they stand there.
func (r reader) in(text string, read []token) []string {
	var found []span

	for _, sentence := range sentences(read) {
		if anyIn(r.unless, sentence) || len(r.needs) > 0 && !anyIn(r.needs, sentence) {
			continue
		}

		for _, p := range r.words {
			found = append(found, find(p, sentence)...)
		}
	}

	slices.SortFunc(found, func(a, b span) int { return cmp.Or(a.from-b.from, b.to-a.to) })

	words := make([]string, len(found))
	for i, at := range found {
		words[i] = text[at.from:at.to]
	}

	return longest(words)
}

// anyIn reports whether one of the patterns is in a sentence.
func anyIn(patterns [][]choice, sentence []token) bool {
	return slices.ContainsFunc(patterns, func(p []choice) bool { return len(find(p, sentence)) > 0 })
}

// longest returns the words without repetition, and without those that are part of another.
func longest(words []string) []string {
	var kept []string

	for i, w := range words {
		within := func(other string) bool { return other != w && strings.Contains(other, w) }
		if !slices.Contains(words[:i], w) && !slices.ContainsFunc(words, within) {
			kept = append(kept, w)
		}
	}

	return kept
}
