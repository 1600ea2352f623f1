package template

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Use is what a template is to be used for.
type Use struct {
	Event   order.Kind
	Filling Filling
	// Agreed says that brands have agreed to the price of the event's own category: a template of a dearer one is refused.
	Agreed bool
	// Neighbours returns the templates of the same app, which show what WhatsApp decides on such words. It is called only if there is something
	// to warn of, and may be called several times; nil where they are not known.
	Neighbours func() []Template
}

// Lint returns what is wrong with a template for a use, one finding for each problem, in the order of the template's parts. It knows no
// provider: for what only one of them cannot send, see [Template.Parts].
func Lint(t Template, use Use) []Finding {
	values := use.Filling.values()
	l := linter{template: t.withBody(len(values)), use: use, values: values, untold: t.Body == ""}
	l.places = l.template.Places()

	l.checkTemplate()
	l.checkHeader()
	l.checkPlaces()
	l.checkLengths()
	l.checkButtons()
	l.checkPayment()
	l.checkUnused()

	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank(a.Component), rank(b.Component)), cmp.Compare(a.Index, b.Index))
	})

	return l.findings
}

// rank is the order of the parts.
func rank(c Component) int {
	return slices.Index([]Component{componentTemplate, componentHeader, componentBody, componentFooter, componentButton}, c)
}

// whole is the index of a finding about a whole part.
const whole = -1

// linter gathers findings.
type linter struct {
	template Template
	use      Use
	// values go into places; there may be more or fewer.
	values []Value
	places []Place
	// untold says that the provider does not tell the template's text.
	untold   bool
	findings []Finding
}

// spot is what a finding is about, and what the operator knows it by.
type spot struct {
	component Component
	index     int
	words     string
}

// add notes a finding.
func (l *linter) add(at spot, s Severity, r Rule, message, remedy string) {
	l.findings = append(l.findings, Finding{
		Component: at.component,
		Index:     at.index,
		Rule:      r,
		Message:   message,
		Remedy:    remedy,
		Severity:  s,
	})
}

// spotOf returns where a placeholder is.
func (l *linter) spotOf(p Place) spot {
	words := fmt.Sprintf("{{%s}} of the %s", p.Name, p.Component)
	if p.Component == componentButton {
		words = fmt.Sprintf("{{%s}} of the link %q", p.Name, l.template.Buttons[p.Index].Text)
	}

	return spot{p.Component, p.Index, words}
}

// event returns what the operator calls the event.
func (l *linter) event() string {
	if entry, ok := order.Lookup(l.use.Event); ok {
		return entry.Label
	}

	return l.use.Event.String()
}

// approved is the status of a template that can be chosen. Some others can be sent for now, see [Template.Sendable]: of these the provider
// expects trouble, or they are on their way to another status.
const approved = "APPROVED"

// statusRemedies say what to do about a template that cannot be sent.
var statusRemedies = map[string]string{
	"PENDING":   "Wait until WhatsApp has approved it, then save again.",
	"IN_APPEAL": "Wait until WhatsApp has decided on the appeal, then save again.",
	"REJECTED":  "Change the template as the reason of the rejection says and submit it again, or choose an approved one.",
	"PAUSED":    "Wait until WhatsApp ends the pause, or choose another approved template.",
}

// checkTemplate checks what the template is.
func (l *linter) checkTemplate() {
	at := spot{componentTemplate, whole, "the template"}

	t := l.template
	if t.Status != "" && !strings.EqualFold(t.Status, approved) {
		status := strings.ToUpper(t.Status)
		l.add(at, SeverityError, ruleStatus,
			fmt.Sprintf("The template's status is %s, and only an approved one can be sent.", status),
			cmp.Or(statusRemedies[status], "Choose a template that is approved."))
	}

	entry, known := order.Lookup(l.use.Event)
	if known && !entry.Marketing && strings.EqualFold(t.Category, marketing) {
		severity := severityWarning
		if l.use.Agreed {
			severity = SeverityError
		}

		l.add(at, severity, ruleCategory,
			fmt.Sprintf("The template's category is MARKETING, and %q is news of an order: it is held, unless the account lets such news go out as marketing. Then each message costs more, and only shoppers who agreed to marketing get it.", entry.Label),
			"Have the text approved in the category UTILITY and use that template, or set the account's category changes to send.")
	}

	// No rule compares the language with another: the platform's accounts and orders have none to compare it with. A template's id stands for
	// its text in one language, which the preview shows.
	if t.Language == "" {
		l.add(at, severityWarning, ruleLanguage, "The provider does not say in which language the template is.",
			"Check in the preview that your shoppers can read it.")
	}
}

// checkPlaces checks that each placeholder has a value, and that it can have that one.
func (l *linter) checkPlaces() {
	l.checkMapping()

	for i, p := range l.places {
		if i < len(l.values) {
			l.checkValue(l.spotOf(p), l.values[i])
		}
	}
}

// checkMapping checks that there are as many values as placeholders, and that each of these is called what it was when it was mapped.
func (l *linter) checkMapping() {
	if len(l.values) != len(l.places) {
		l.add(spot{componentTemplate, whole, ""}, SeverityError, ruleCount,
			fmt.Sprintf("The template has %s and %s set: %s.", counted(len(l.places), "placeholder"), counted(len(l.values), "value"), l.distribution()),
			"Set a value for each placeholder, and none beyond them.")
	}

	for i, p := range l.places {
		if name := nth(l.use.Filling.Names, i); name != "" && name != p.Name {
			at := l.spotOf(p)
			l.add(at, SeverityError, ruleName,
				fmt.Sprintf("What is now %s was {{%s}} when it was mapped: the template was edited since.", at.words, name),
				"Look at the preview and map the template's placeholders again.")
		}
	}
}

// nth returns an element of a list that may be shorter.
func nth(list []string, i int) string {
	if i >= len(list) {
		return ""
	}

	return list[i]
}

// counted returns a number and what it counts.
func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	default:
		return fmt.Sprintf("%d %ss", n, what)
	}
}

// distribution says in which parts the placeholders are.
func (l *linter) distribution() string {
	counts := map[Component]int{}
	for _, p := range l.places {
		counts[p.Component]++
	}

	var parts []string
	for _, c := range []Component{componentHeader, componentBody, componentButton} {
		if counts[c] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", c, counts[c]))
		}
	}

	if len(parts) == 0 {
		return "it says always the same"
	}

	return strings.Join(parts, ", ")
}

// checkValue checks what a placeholder has.
func (l *linter) checkValue(at spot, v Value) {
	switch {
	case v.Variable != "":
		l.checkVariable(at, v.Variable)
	case v.Text == "":
		l.add(at, SeverityError, ruleUnmapped, fmt.Sprintf("Nothing is chosen for %s.", at.words), "Choose a variable, or write a text.")
	default:
		l.checkText(at, v.Text)

		if at.component == componentButton {
			l.checkLinkText(at, v.Text)
		}
	}
}

// checkVariable checks that there is a variable, and that the event can have it. It reports whether both are so.
func (l *linter) checkVariable(at spot, key string) bool {
	r := find(key)
	switch {
	case r == nil:
		l.add(at, SeverityError, ruleVariableUnknown,
			fmt.Sprintf("%q, which is set for %s, is no variable.", key, at.words), "Choose one of the variables of the list.")
		return false
	case !r.At(l.use.Event):
		l.add(at, SeverityError, ruleVariableEvent,
			fmt.Sprintf("%q, which is set for %s, does not exist at the event %q: shoppers would always read %q.", r.Label, at.words, l.event(), r.Fallback),
			"Choose a variable that the event has, or write a text.")
		return false
	}

	return true
}

// textRules say what is wrong with a text, and what to do about it.
var textRules = map[Rule][2]string{
	ruleTextEmpty:     {"shows nothing, and WhatsApp refuses that", "Write a text, or choose a variable."},
	ruleTextNewline:   {"has a line break, and WhatsApp refuses that", "Write it in one line; line breaks belong into the template itself."},
	ruleTextTab:       {"has a tab, and WhatsApp refuses that", "Put a blank in its place."},
	ruleTextBlanks:    {"has more than four blanks in a row, and WhatsApp refuses that", "Leave one blank between two words."},
	ruleTextLookAlike: {"has a character that only looks like a blank", "Type the text instead of pasting it."},
	ruleTextInvisible: {"has a character that cannot be seen", "Type the text instead of pasting it."},
}

// checkText checks a text of the brand's own.
func (l *linter) checkText(at spot, text string) {
	for _, rule := range literalFaults(text) {
		says := textRules[rule]
		l.add(at, SeverityError, rule, fmt.Sprintf("The text for %s %s.", at.words, says[0]), says[1])
	}
}

// sample returns what a value is in a preview, before it is made to fit: the variable's fallback where the event cannot have it, and
// nothing where nothing is chosen.
func (u Use) sample(v Value) string {
	if v.Variable == "" {
		return literal(cmp.Or(v.Text, nothing))
	}

	return sampleOf(v.Variable, u.Event)
}

// sampleOf returns what stands for a variable in the preview of an event.
func sampleOf(key string, event order.Kind) string {
	if r := find(key); r != nil && r.At(event) {
		return r.Sample
	}

	return fallback(key)
}

// checkLengths checks that each part has room for its sample values as they are. What real values have too much is cut, which a sample
// must not be.
func (l *linter) checkLengths() {
	if len(l.values) != len(l.places) {
		return
	}

	values := make([]string, len(l.values))
	for i, v := range l.values {
		values[i] = l.use.sample(v)
	}

	shown, err := l.template.Render(values)
	if err != nil {
		return // there are as many values as places
	}

	l.checkLength(spot{componentHeader, whole, "the header"}, shown.Header.Text, maxHeader)
	l.checkLength(spot{componentBody, whole, "the body"}, shown.Body, maxBody)

	for i, b := range shown.Buttons {
		l.checkLength(spot{componentButton, i, fmt.Sprintf("the link %q", b.Text)}, b.URL, maxLink)
	}
}
