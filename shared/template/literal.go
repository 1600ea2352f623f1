package template

import (
	"strings"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/blank"
)

// literal returns a text of the brand's own as it is sent: as it was written, unless WhatsApp would not take it.
func literal(s string) string {
	if len(literalFaults(s)) == 0 {
		return s
	}

	return clean(s)
}

// breaks are the characters that begin a new line.
const breaks = "\n\r\v\f\u0085\u2028\u2029"

// fiveBlanks are more in a row than WhatsApp takes.
const fiveBlanks = "     "

// literalFaults returns the rules that a text of the brand's own breaks, each once. A text that shows nothing breaks no other rule.
func literalFaults(s string) []Rule {
	if clean(s) == nothing && strings.TrimSpace(s) != nothing {
		return []Rule{ruleTextEmpty}
	}

	var rules []Rule
	for _, check := range []struct {
		rule   Rule
		broken bool
	}{
		{ruleTextNewline, strings.ContainsAny(s, breaks)},
		{ruleTextTab, strings.Contains(s, "\t")},
		{ruleTextBlanks, strings.Contains(s, fiveBlanks)},
		{ruleTextLookAlike, strings.ContainsFunc(s, isLookAlike)},
		{ruleTextInvisible, strings.ContainsFunc(s, isInvisible)},
	} {
		if check.broken {
			rules = append(rules, check.rule)
		}
	}

	return rules
}

// isLookAlike reports whether a character looks like a blank and is another one.
func isLookAlike(r rune) bool {
	return r != ' ' && r != '\t' && !strings.ContainsRune(breaks, r) && blank.IsSpace(r)
}

// isInvisible reports whether a character shows nothing and takes up no room, and is none that letters and emoji are spelled with.
func isInvisible(r rune) bool { return !unicode.IsSpace(r) && !wanted(r) }
