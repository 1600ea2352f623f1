package template

import (
	"regexp"
	"slices"
	"strings"
)

// WithSamples returns the template with the values that it was approved with: those of the header and of the body in the order of their
// placeholders, and by button those of links, each the value alone or the whole address. Of a part that has another number of
// placeholders none are known.
func (t Template) WithSamples(header, body, links []string) Template {
	all := make([]string, 0, t.Count())

	all = append(all, samplesFor(t.Header.Text, header)...)
	all = append(all, samplesFor(t.Body, body)...)

	for i, b := range t.Buttons {
		values := Unfill(b.URL, nth(links, i))
		if values == nil && !strings.HasPrefix(nth(links, i), "http") {
			values = []string{nth(links, i)}
		}

		all = append(all, samplesFor(b.URL, values)...)
	}

	t.Samples = nil
	if slices.ContainsFunc(all, func(s string) bool { return s != "" }) {
		t.Samples = all
	}

	return t
}

// samplesFor returns a value for each placeholder of a text; empty ones unless there are as many as placeholders.
func samplesFor(text string, values []string) []string {
	n := len(Placeholders(text))
	if len(values) != n {
		return make([]string, n)
	}

	return values
}

// Unfill returns the values that a text's placeholders have in its filled form, in the order of [Placeholders]; nil if the one is not
// the other's, or if it cannot be told where a value ends.
func Unfill(text, filled string) []string {
	var (
		pattern strings.Builder
		order   []string
	)

	pattern.WriteString(`(?s)\A`)

	for rest := text; ; {
		before, name, after, ok := cut(rest)
		if ok && before == "" && len(order) > 0 {
			return nil // two values without anything between them
		}

		pattern.WriteString(regexp.QuoteMeta(before))

		if !ok {
			break
		}

		pattern.WriteString(`(.+?)`)

		order = append(order, name)
		rest = after
	}

	pattern.WriteString(`\z`)

	form, err := regexp.Compile(pattern.String())
	if err != nil || len(order) == 0 {
		return nil // a text that is too long for an expression has no values that we could tell
	}

	found := form.FindStringSubmatch(filled)
	if found == nil {
		return nil
	}

	return distinct(Placeholders(text), order, found[1:])
}

// distinct returns the values of names, of which values are all occurrences in order; nil if two of one name differ.
func distinct(names, order, values []string) []string {
	out := make([]string, len(names))
	for i, value := range values {
		at := slices.Index(names, order[i])
		if out[at] != "" && out[at] != value {
			return nil
		}

		out[at] = value
	}

	return out
}
