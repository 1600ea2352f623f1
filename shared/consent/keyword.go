package consent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/eshopbox/whatsapp-notifications/shared/blank"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Keyword is what a shopper's message asks for, if all of it is a keyword.
type Keyword string

// The keywords.
const (
	// None: an ordinary message.
	None Keyword = ""
	// Stop withdraws [Everything].
	Stop Keyword = "stop"
	// Start grants [OrderUpdates]; the reply must show the notice that the entry then names.
	Start Keyword = "start"
)

// The postback texts of our own buttons, for [Match] as well.
const (
	StopPostback  = "CONSENT|STOP"
	StartPostback = "CONSENT|START"
)

// Words are an account's own keywords beside ours.
type Words struct {
	Stop  []string `firestore:"stop,omitempty"`
	Start []string `firestore:"start,omitempty"`
}

const (
	// maxWords is how many words of a kind an account may have, maxWord how many characters one may have.
	maxWords = 50
	maxWord  = 40
)

// Check returns an Invalid error that names a word which cannot be one, such as "stop[2]".
func (w Words) Check() error {
	for _, list := range []struct {
		name  string
		words []string
	}{{"stop", w.Stop}, {"start", w.Start}} {
		if len(list.words) > maxWords {
			return fault.Field(list.name, "must have at most 50 words")
		}

		for i, word := range list.words {
			if wrong := w.wrong(list.name, i, word); wrong != "" {
				return fault.Field(fmt.Sprintf("%s[%d]", list.name, i), wrong)
			}
		}
	}

	return nil
}

// Short reports whether a message is short enough to be a word of an account's.
func Short(text string) bool { return text != "" && utf8.RuneCountInString(normal(text)) <= 4*maxWord } // compatibility forms may be spelled longer

// wrong says what is wrong with the word at a place of a list; empty if nothing is.
func (w Words) wrong(list string, at int, word string) string {
	spelled := normal(word)
	parts := strings.Fields(spelled)

	switch {
	case utf8.RuneCountInString(word) > maxWord:
		return "must have at most 40 characters"
	case strings.ContainsFunc(word, blank.IsControl):
		return "must have no control characters, nor any that turn the direction of a text"
	case spelled == "":
		return "must have a letter or a digit"
	case answerWords[spelled] || slices.Contains(parts, "cancel") || slices.Contains(parts, "order"):
		return "is what shoppers answer about an order, and cannot be a keyword"
	case list == "stop" && startWords[spelled]:
		return "means START everywhere"
	case list == "start" && stopWords[spelled]:
		return "means STOP everywhere"
	case list == "start" && has(w.Stop, spelled):
		return "is among the words of stop as well"
	case list == "stop" && has(w.Stop[:at], spelled), list == "start" && has(w.Start[:at], spelled):
		return "is there twice"
	default:
		return ""
	}
}

// Standard returns our own keywords as people write them, sorted, without the texts of buttons.
func Standard() Words {
	written := func(set map[string]bool, button string) []string {
		return slices.DeleteFunc(slices.Sorted(maps.Keys(set)), func(w string) bool { return w == normal(button) })
	}

	return Words{Stop: written(stopWords, StopPostback), Start: written(startWords, StartPostback)}
}

// Our keywords. WhatsApp sets no list; these are the words that SMS operators and their providers agree on, without those
// that answer a question, and Hindi in its common spellings. Bare "band" is left out: in a delivery chat it says that the
// shop is closed.
var (
	stopWords = words(
		"stop", "stopall", "stop all", "unsubscribe", "optout", "opt out", "revoke",
		"बंद", "बन्द", "बंद करो", "बन्द करो", "बंद करें", "बन्द करें", "बंद कर दो", "बन्द कर दो", "स्टॉप",
		"band karo", "band kare", "band karen", "band karein", "band kar do", "bandh karo",
		StopPostback,
	)
	startWords = words(
		"start", "unstop", "subscribe",
		"शुरू करो", "शुरु करो", "शुरू करें", "शुरु करें", "चालू करो", "चालू करें", "स्टार्ट",
		"shuru karo", "shuru kare", "shuru karen", "shuru karein", "chalu karo", "chaalu karo",
		StartPostback,
	)
	// answerWords are answers in an order or failed-delivery chat ("cancel my order"); no account can make them keywords.
	answerWords = words("cancel", "end", "quit", "yes", "no")
)

func words(spellings ...string) map[string]bool {
	set := make(map[string]bool, len(spellings))
	for _, w := range spellings {
		set[normal(w)] = true
	}
	return set
}

// Match reads a shopper's message as a keyword. The whole message has to be one: compatibility forms, letter case, spaces,
// invisible characters, and whatever is not a letter, mark or digit at its edges make no difference, any further word does. Where a word is on
// both lists, it stops. CANCEL, END, QUIT, YES and NO are never keywords, whatever extra says.
func Match(text string, extra Words) Keyword {
	word := normal(text)
	switch {
	case word == "" || answerWords[word]:
		return None
	case stopWords[word] || has(extra.Stop, word):
		return Stop
	case startWords[word] || has(extra.Start, word):
		return Start
	default:
		return None
	}
}

func has(list []string, word string) bool {
	return slices.ContainsFunc(list, func(w string) bool { return normal(w) == word })
}

// normal is the form in which messages and words are compared.
func normal(text string) string {
	// What is invisible keeps marks from their letters. Folding can undo the normal form, hence that twice.
	text = strings.Map(plain, text)
	text = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
	text = strings.Map(plain, text)
	text = strings.TrimFunc(text, edge)
	return strings.Join(strings.Fields(text), " ")
}

// plain maps every dash to a space, since "opt-out" is typed with any of them or none, and every blank that looks like one. It drops
// what is invisible.
func plain(r rune) rune {
	switch {
	case unicode.Is(unicode.Pd, r), blank.IsSpace(r):
		return ' '
	case blank.Is(r):
		return -1
	default:
		return r
	}
}

// edge reports whether r is ignored at either end of a message: WhatsApp's marks for bold and the like, emoji, full stops.
func edge(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) }
