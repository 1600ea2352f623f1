package template

import (
	"cmp"
	"slices"
	"strings"
)

// Misfit returns why what fills a template does not go with its text: there are more or fewer placeholders than values, or one is called
// otherwise than when it was mapped. It is empty if nothing is wrong. Such a message would be refused, or say what it should not.
func Misfit(t Template, f Filling) string {
	values := f.values()
	l := linter{template: t.withBody(len(values)), use: Use{Filling: f}, values: values}
	l.places = l.template.Places()
	l.checkMapping()

	if len(l.findings) == 0 {
		return ""
	}

	return l.findings[0].Message
}

// misfits reports whether a finding is about the number or the names of placeholders.
func (f Finding) misfits() bool { return f.Rule == ruleCount || f.Rule == ruleName }

// NewErrors returns the findings that refuse a template which they did not refuse before, when what fills it was saved. What is wrong with the
// number or the names of placeholders is always among them, and what is said of status and category never: that is judged by itself.
func NewErrors(before, now []Finding) []Finding {
	var errors []Finding

	for _, f := range now {
		known := slices.ContainsFunc(before, func(b Finding) bool {
			return b.Severity == SeverityError && b.Rule == f.Rule && b.Component == f.Component && b.Index == f.Index
		})
		if f.Severity == SeverityError && f.Rule != ruleStatus && f.Rule != ruleCategory && (!known || f.misfits()) {
			errors = append(errors, f)
		}
	}

	return errors
}

// IsMarketing reports whether WhatsApp has the template in the category marketing.
func (t Template) IsMarketing() bool { return strings.EqualFold(t.Category, "MARKETING") }

// Difference is a part of a template that differs between two copies.
type Difference struct {
	Component Component
	// Index is that of the button; -1 of any other part.
	Index int
	// Before and After are what the part says; empty where there is none.
	Before, After string
}

// Differences lists the parts that differ between two copies of a template, in their order. A header that is no text is its kind, and a
// button its label with what it does.
func Differences(before, after Template) []Difference {
	var all []Difference

	add := func(c Component, index int, was, is string) {
		if was != is {
			all = append(all, Difference{Component: c, Index: index, Before: was, After: is})
		}
	}

	add(componentHeader, whole, before.Header.words(), after.Header.words())
	add(componentBody, whole, before.Body, after.Body)
	add(componentFooter, whole, before.Footer, after.Footer)

	for i := range max(len(before.Buttons), len(after.Buttons)) {
		add(componentButton, i, before.button(i), after.button(i))
	}

	return all
}

// words returns what a header shows.
func (h Header) words() string {
	if h.Kind == HeaderText || h.Text != "" {
		return h.Text
	}

	return string(h.Kind)
}

// button returns the label of a button with what it does; empty if there is none of that index.
func (t Template) button(i int) string {
	if i >= len(t.Buttons) {
		return ""
	}

	b := t.Buttons[i]
	does := cmp.Or(b.URL, b.Phone, string(b.Kind))

	return b.Text + " (" + does + ")"
}
