package page

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// words are what the templates of every site may call.
var words = template.FuncMap{
	"when":    when,
	"clock":   clockTime,
	"ago":     Ago,
	"number":  Number,
	"plural":  Plural,
	"segment": url.PathEscape,
	"dict":    dict,
	"list":    func(all ...any) []any { return all },
	"title":   Capital,
	"lower":   strings.ToLower,

	"event":      EventLabel,
	"provider":   ProviderLabel,
	"spelled":    Spelled,
	"statusword": StatusWord,
	"statuskind": StatusKind,
}

// when is a moment as an element: for people in a zone, and for programs in UTC.
func when(at time.Time, zone *time.Location) template.HTML {
	if at.IsZero() {
		return "not known"
	}

	//nolint:gosec // both texts are made of a time alone
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`,
		at.UTC().Format(time.RFC3339), template.HTMLEscapeString(at.In(zone).Format("2 Jan 2006, 15:04:05 MST"))))
}

// clockTime is the time of day of a moment as an element.
func clockTime(at time.Time, zone *time.Location) template.HTML {
	if at.IsZero() {
		return "not known"
	}

	//nolint:gosec // both texts are made of a time alone
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, at.UTC().Format(time.RFC3339), at.In(zone).Format("15:04:05")))
}

// Ago says how long ago a moment was, in the largest unit.
func Ago(at, now time.Time) string {
	d := now.Sub(at)

	switch {
	case at.IsZero():
		return "never"
	case d < time.Minute:
		return Plural(int64(max(d, 0)/time.Second), "second") + " ago"
	case d < time.Hour:
		return Plural(int64(d/time.Minute), "minute") + " ago"
	case d < 48*time.Hour:
		return Plural(int64(d/time.Hour), "hour") + " ago"
	default:
		return Plural(int64(d/(24*time.Hour)), "day") + " ago"
	}
}

// Units returns a time between two moments in days, hours, minutes and seconds, the largest first: those of which there are some, as in "2 hours".
func Units(d time.Duration) []string {
	var all []string

	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / unit.of; n > 0 {
			all = append(all, Plural(int64(n), unit.name))
		}

		d %= unit.of
	}

	return all
}

// Plural counts things, as in "2 messages".
func Plural(n any, one string) string {
	text := Number(n)
	if text == "1" {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ay") {
		return text + " " + strings.TrimSuffix(one, "y") + "ies"
	}

	return text + " " + one + "s"
}

// Number writes a whole number with its thousands apart.
func Number(n any) string {
	text := fmt.Sprint(n)
	sign := ""

	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}

	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}

	return sign + text
}

// Capital begins a text with a capital letter.
func Capital(text string) string {
	if text == "" {
		return ""
	}

	return strings.ToUpper(text[:1]) + text[1:]
}

// Sentence returns a message of an error as a sentence. Those that say something of a field, such as "must be a day", begin with its name.
func Sentence(name, msg string) string {
	first, _ := utf8.DecodeRuneInString(msg)
	if whole.MatchString(msg) {
		name = ""
	}
	if unicode.IsLower(first) {
		msg = Capital(strings.TrimSpace(name + " " + msg))
	}
	if msg != "" && !strings.ContainsRune(".?!", rune(msg[len(msg)-1])) {
		msg += "."
	}

	return msg
}

// whole finds messages that are sentences of their own: they say what to do, such as "name a day", or have a subject. All others say something of
// the field, such as "must be a day".
var whole = regexp.MustCompile(`^(a|an|another|choose|it|name|no|nobody|nothing|phones|say|that|the|there|this)\b`)

var errDict = errors.New("dict takes names with their values")

// dict makes a map of names and values, to give a part of a page more than one.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errDict
	}

	all := map[string]any{}

	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errDict
		}

		all[name] = pairs[i+1]
	}

	return all, nil
}
