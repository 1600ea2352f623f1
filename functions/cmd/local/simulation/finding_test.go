package simulation

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"
)

// Finding is something that should not be.
type Finding struct {
	// Kind is the same for all findings of one fault, by which the shrinker knows it again: what is said, without the names, numbers and
	// times in it.
	Kind string
	Text string
}

// String returns the text.
func (f Finding) String() string { return f.Text }

// findingOf returns the finding that a format and its values say.
func findingOf(format string, args ...any) Finding {
	return Finding{Kind: kindOf(format, args...), Text: fmt.Sprintf(format, args...)}
}

// verb is the place of a value in a format.
var verb = regexp.MustCompile(`%[-+# 0]*[0-9.]*[a-zA-Z]`)

// kindOf returns what all findings of a format say whose values are alike in all that is no name, number or time: of its values only plain
// words stay, such as those of a phase or a status.
func kindOf(format string, args ...any) string {
	next := 0

	return verb.ReplaceAllStringFunc(format, func(string) string {
		if next >= len(args) {
			return "…"
		}

		v := reflect.ValueOf(args[next])
		next++

		if v.Kind() == reflect.String && plain(v.String()) {
			return v.String()
		}

		return "…"
	})
}

// plain reports whether a text is words, and names nothing such as a step, a time or an event.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(`/"`, r) })
}

// together returns the findings as text, a line each.
func together(all []Finding) string {
	var b strings.Builder
	for _, f := range all {
		b.WriteString(f.Text + "\n")
	}

	return strings.TrimSuffix(b.String(), "\n")
}
