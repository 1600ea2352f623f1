package template

import (
	"slices"
	"strings"
	"unicode"
)

// actions are what a shopper can ask for after a failed delivery, by the platform's codes, each with the phrases of a button's label
// that ask for it. The first that is found counts, so that "No attempt was made" is no wish for another attempt.
var actions = []struct{ code, does, phrases string }{
	{"ACTF003", "cancel the order", "cancel, do not want, dont want, not needed, refuse, रद्द, radd, nahi chahiye"},
	{"ACTF004", "say that nobody came", "no attempt, not attempted, never came, nobody came, no one came, did not come, didnt come, " +
		"never called, nobody called, i was home, i was at home, i was available, wrong reason, fake, false, dispute, koi nahi aaya"},
	{"ACTF002", "choose a day", "day, date, later, tomorrow, reschedule, another time, other time, दिन, तारीख, कल, baad mein, kal"},
	{"ACTF001", "try again", "try again, retry, again, reattempt, re attempt, attempt, redeliver, re deliver, deliver, address, landmark, " +
		"number, फिर, दोबारा, पता, dobara, phir se, pata"},
}

// negations keep a label such as "Do not cancel" from asking for what it names.
var negations = []string{"do not cancel", "dont cancel", "not cancel", "no cancel", "never cancel"}

// actionOf returns the code of what a tap on a button with the label asks for after a failed delivery; empty if nothing can be told.
func actionOf(label string) string {
	words := " " + wordsOf(label) + " "
	says := func(phrase string) bool { return strings.Contains(words, " "+strings.TrimSpace(phrase)+" ") }

	if slices.ContainsFunc(negations, says) {
		return ""
	}

	for _, a := range actions {
		for phrase := range strings.SplitSeq(a.phrases, ",") {
			if says(phrase) {
				return a.code
			}
		}
	}

	return ""
}

// Action returns the code of what a tap on a button of a failed delivery asks for: what the brand has set for the button of that index, else
// what the label says; empty if nothing can be told. An index below 0 is of a button that is known by its label alone.
func (f Filling) Action(index int, label string) string {
	if index >= 0 && index < len(f.Actions) && f.Actions[index] != "" {
		return f.Actions[index]
	}

	return actionOf(label)
}

// isAction reports whether the platform takes the code after a failed delivery.
func isAction(code string) bool {
	for _, a := range actions {
		if a.code == code {
			return true
		}
	}

	return false
}

// wordsOf returns the words of a text in lower case, between single blanks. An apostrophe is no end of a word.
func wordsOf(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\'' || r == '’':
			return -1
		case unicode.In(r, unicode.L, unicode.M, unicode.N) || r == joiner || r == nonJoiner:
			return unicode.ToLower(r)
		default:
			return ' '
		}
	}, s)

	return strings.Join(strings.Fields(s), " ")
}
