package conversation

import (
	"slices"
	"strings"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// The words with which a question that wants yes or no is answered, in English, Hindi and the spellings of Hindi in Latin letters.
var (
	yesWords = words("yes", "y", "yeah", "yep", "yup", "ok", "okay", "sure", "confirm", "confirmed", "cancel", "cancel it", "yes cancel", "yes cancel it",
		"haan", "han", "haa", "ha", "haan ji", "ji", "ji haan", "theek hai", "thik hai", "haan cancel", "cancel kar do", "cancel kardo", "haan cancel kar do",
		"haan cancel kardo", "हाँ कैंसल कर दो", "हाँ", "हां", "जी", "जी हाँ", "ठीक है", "👍")
	noWords = words("no", "n", "nope", "nah", "no thanks", "no thank you", "nothing", "none", "no send it", "send it", "keep it", "no keep it", "dont cancel",
		"do not cancel", "nahi", "nahin", "nhi", "na", "ji nahi", "नहीं", "नही", "ना", "👎")
)

func words(all ...string) map[string]bool {
	known := map[string]bool{}
	for _, w := range all {
		known[w] = true
	}

	return known
}

// politeWords change nothing in a yes or a no.
var politeWords = words("please", "pls", "plz", "kindly", "sir", "madam", "mam", "ji", "bhai", "bhaiya", "जी", "कृपया")

func isYes(text string) bool { return yesWords[plain(text)] || yesWords[impolite(text)] }

func isNo(text string) bool { return noWords[plain(text)] || noWords[impolite(text)] }

// impolite returns a plain text without the words that are there for politeness.
func impolite(text string) string {
	all := strings.Fields(strings.ReplaceAll(plain(text), ",", " "))

	return strings.Join(slices.DeleteFunc(all, func(w string) bool { return politeWords[w] }), " ")
}

// plain returns a text in lower case without marks at its ends, with one blank between words. An apostrophe is no end of a word.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\'' || r == '’' || r == '\u200d' || r == '\u200c' || r == '\ufe0f' || r >= 0x1F3FB && r <= 0x1F3FF:
			return -1
		case unicode.IsSpace(r):
			return ' '
		default:
			return unicode.ToLower(r)
		}
	}, text)

	text = strings.TrimFunc(text, func(r rune) bool { return r == ' ' || strings.ContainsRune(".,!?;:\"()*_~", r) })
	text = strings.ReplaceAll(text, ", ", " ")

	return strings.Join(strings.Fields(text), " ")
}

// landmarks are words by which a text names a place near the shopper's.
var landmarks = []string{
	"near", "opp", "opposite", "behind", "beside", "next to", "in front", "landmark", "above", "below", "adjacent", "floor", "gate",
	"ke paas", "ke pass", "ke saamne", "ke samne", "ke peeche", "ke piche", "ke upar", "के पास", "के सामने", "के पीछे", "के ऊपर", "नज़दीक", "नजदीक",
}

// maxDetail is the longest that is passed on of what a shopper wrote, in characters.
const maxDetail = 250

// detailsOf returns what helps the courier, of a text or a place that a shopper sent.
func detailsOf(said Said) Details {
	text := clip(strings.Join(strings.Fields(said.Text), " "))
	if said.Kind == SaidPlace {
		return Details{Notes: "Location: " + text}
	}

	if n, err := phone.Parse(said.Text, "IN"); err == nil {
		return Details{Notes: "Other number: " + n.E164()}
	}

	found := " " + plain(text) + " "
	for _, w := range landmarks {
		if strings.Contains(found, " "+w+" ") {
			return Details{Landmark: text}
		}
	}

	return Details{Notes: text}
}

func clip(text string) string {
	r := []rune(text)
	if len(r) > maxDetail {
		r = r[:maxDetail]
	}

	return string(r)
}
