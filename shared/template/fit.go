package template

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WhatsApp's limits of a part with its values in place, in characters (shared/provider/cloudapi/CONTRACT.md section 9.3). A footer
// and a button's label have no places, and a link is never cut.
const (
	maxHeader = 60
	maxBody   = 1024
	// maxLink is that of a button's link.
	maxLink = 2000
	// maxCode is that of a code to copy.
	maxCode = 20
)

// shortest is what a free text is cut to at least, in characters.
const shortest = 16

// fit returns values that do not make a part of the template longer than WhatsApp allows. keys are the variables of the values,
// in the order of [Template.Render]; a text of the brand's own has an empty one and is never cut. The longest texts that people wrote are cut first, as little as will do. An id, a link or an
// amount is never cut: if cutting the texts does not do, the longest of these gives way to its [Variable.Fallback]. Of a template
// whose text is not known the values alone are made to fit.
//
// Values that do not go with the template's places are returned as they are.
func (t Template) fit(keys, values []string) []string {
	t = t.withBody(len(values))
	fitted := slices.Clone(values)
	if len(keys) != len(values) || t.Count() != len(values) {
		return fitted
	}

	header := len(Placeholders(t.Header.Text))
	end := header + len(Placeholders(t.Body))
	fitPart(t.Header.Text, maxHeader, keys[:header], fitted[:header])
	fitPart(t.Body, maxBody, keys[header:end], fitted[header:end])

	return fitted
}

// places returns a text of n places and nothing else.
func places(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("{{" + strconv.Itoa(i+1) + "}}")
	}

	return b.String()
}

// fitPart makes the values of one part fit, in place.
func fitPart(text string, most int, keys, values []string) {
	p := measure(text, keys)

	for p.size(values, math.MaxInt) > most {
		level := most
		for level > shortest && p.size(values, level) > most {
			level--
		}

		if p.size(values, level) > most && p.giveWay(values) {
			continue
		}

		for i, v := range values {
			if p.places[i].free {
				values[i] = Cut(v, level)
			}
		}

		return
	}
}

// part is how long a part of a template is.
type part struct {
	// fixed is how many characters of it are no value.
	fixed  int
	places []place
}

// place is where a value goes.
type place struct {
	key string
	// times is how often it occurs.
	times int
	// free is true for a text that may be cut.
	free bool
}

// measure returns the lengths of a part whose places have these variables.
func measure(text string, keys []string) part {
	p := part{places: make([]place, len(keys))}
	for i, key := range keys {
		r := find(key)
		p.places[i] = place{key: key, free: r != nil && r.FreeText}
	}

	names := Placeholders(text)
	for {
		before, name, after, ok := cut(text)
		p.fixed += utf8.RuneCountInString(before)

		if !ok {
			return p
		}

		p.places[slices.Index(names, name)].times++

		text = after
	}
}

// size returns how long the part is if no free text is longer than level.
func (p part) size(values []string, level int) int {
	size := p.fixed
	for i, v := range values {
		n := utf8.RuneCountInString(v)
		if p.places[i].free {
			n = min(n, level)
		}

		size += n * p.places[i].times
	}

	return size
}

// giveWay replaces the longest value that may not be cut by its fallback, and reports whether there was one.
func (p part) giveWay(values []string) bool {
	longest := -1
	for i, v := range values {
		worth := p.places[i].key != "" && !p.places[i].free && len(v) > len(fallback(p.places[i].key))
		if worth && (longest < 0 || len(v) > len(values[longest])) {
			longest = i
		}
	}

	if longest < 0 {
		return false
	}

	values[longest] = fallback(p.places[longest].key)

	return true
}
