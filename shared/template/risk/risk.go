// Package risk says which words of a template may have WhatsApp refuse it, or charge it as marketing, before it is submitted.
//
// Only WhatsApp decides, and it publishes no list of words. The rules here are data: words in English, in Hindi and in Hindi that is written
// in Latin letters, and what placeholders and links must not do. Each names the public page that it follows. How good they are is measured by
// a corpus of labelled texts in testdata/risk; [Measured] has the figures, which a test holds equal to what the corpus gives.
//
// The package knows texts only. What a finding looks like, and what the account's own templates say about it, is in shared/template.
package risk

import (
	"fmt"
	"slices"
	"strings"
)

// Outcome is what may happen to a template.
type Outcome string

// The outcomes.
const (
	// Refused: WhatsApp does not approve it.
	Refused Outcome = "refused"
	// Reclassed: WhatsApp makes it a template of the category MARKETING, which costs more and reaches fewer shoppers.
	Reclassed Outcome = "reclassed"
)

// Part is a part of a template.
type Part string

// The parts.
const (
	Header Part = "header"
	Body   Part = "body"
	Footer Part = "footer"
	Label  Part = "button"
)

// parts are all of them, in the order of a template.
var parts = []Part{Header, Body, Footer, Label}

// Text is what a template says.
type Text struct {
	Header, Body, Footer string
	Buttons              []Button
	// Unsampled are the placeholders, with their braces, that the provider tells no sample of.
	Unsampled []string
	// News says that it is news of an order. A template that may promote is only checked for what is refused.
	News bool
}

// Button is a button of a template.
type Button struct{ Label, URL string }

// Source is the public page that a rule follows.
type Source struct{ Name, Address string }

// Rule is one thing that may go wrong with a template.
type Rule struct {
	Name string
	// Outcome is what the rule warns of.
	Outcome Outcome
	// says is what is wrong, of a part and the words in it. Remedy is what to do. Both are for the operator.
	says   string
	Remedy string
	Source Source
	// words are patterns of what it warns of. In the same sentence, needs are patterns of which one has to be there too, if there are any, and
	// unless are patterns of what shows that it is meant otherwise.
	words, needs, unless []string
}

// Hit is a rule that found something.
type Hit struct {
	Rule Rule
	Part Part
	// Index is that of the button, from 0; -1 for any other part.
	Index int
	// Words are what it found, as they stand in the template.
	Words []string
}

// Says returns what is wrong, in a sentence.
func (h Hit) Says() string {
	quoted := make([]string, len(h.Words))
	for i, w := range h.Words {
		quoted[i] = fmt.Sprintf("%q", w)
	}

	part := "The " + string(h.Part)
	if h.Part == Label {
		part = "A button"
	}

	return fmt.Sprintf(h.Rule.says, part, strings.Join(quoted, ", "))
}

// Check returns what the rules find in a template, in the order of its parts: one hit for each rule and part.
func Check(t Text) []Hit {
	c := checker{text: t}

	for _, p := range t.passages() {
		read := tokens(p.text)
		for _, r := range readers() {
			c.add(r.Rule, p.part, p.index, r.in(p.text, read))
		}
	}

	c.shape()
	slices.SortStableFunc(c.hits, func(a, b Hit) int { return slices.Index(parts, a.Part) - slices.Index(parts, b.Part) })

	return c.hits
}

// In reports whether the same could be said of another template: it has one of the words, or its placeholders or links are as wrong.
func (h Hit) In(t Text) bool {
	if len(h.Rule.words) == 0 {
		c := checker{text: t}
		c.shape()

		return slices.ContainsFunc(c.hits, func(other Hit) bool { return other.Rule.Name == h.Rule.Name })
	}

	for _, p := range t.passages() {
		read := tokens(p.text)
		if slices.ContainsFunc(h.Words, func(word string) bool { return within(tokens(word), read) }) {
			return true
		}
	}

	return false
}

// within reports whether some tokens stand in a row among others.
func within(few, many []token) bool {
	same := func(a, b token) bool {
		return slices.ContainsFunc(a.forms, func(form string) bool { return slices.Contains(b.forms, form) })
	}

	for i := range len(many) - len(few) + 1 {
		if slices.EqualFunc(few, many[i:i+len(few)], same) {
			return true
		}
	}

	return false
}

// passage is the text of one part.
type passage struct {
	part  Part
	index int
	text  string
}

// passages returns the texts of a template.
func (t Text) passages() []passage {
	all := []passage{{Header, whole, t.Header}, {Body, whole, t.Body}, {Footer, whole, t.Footer}}
	for i, b := range t.Buttons {
		all = append(all, passage{Label, i, b.Label})
	}

	return all
}

// whole is the index of a hit in a part that is no button.
const whole = -1

// checker gathers hits.
type checker struct {
	text Text
	hits []Hit
}

// add notes a hit, if it is one that the text is checked for.
func (c *checker) add(r Rule, p Part, index int, words []string) {
	if len(words) == 0 || r.Outcome == Reclassed && !c.text.News {
		return
	}

	c.hits = append(c.hits, Hit{Rule: r, Part: p, Index: index, Words: words})
}
