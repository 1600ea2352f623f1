package canary

import (
	"bytes"
	_ "embed" // the list of words
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

const (
	// maxFixture is the most bytes of a fixture.
	maxFixture = 32 << 10
	// maxElements is how many elements of one list a fixture has at most, each of another form.
	maxElements = 16
	// maxPlain is how much of a body that is no JSON a fixture has.
	maxPlain = 2 << 10
)

// mask returns a body with the form of another one and none of its values, so that it can stand among the fixtures as it is. Field names, the
// order of fields, and which sorts of element a list has are as they were. Numbers and texts are invented ones of the same sort: a telephone
// number has as many digits and belongs to nobody, a time stays a time, an id keeps its length and its alphabet. Only words stay that the
// fixtures of the repository have as the word of a closed list, such as the type of a message. It is empty for a body whose mask would be
// longer than 32 KiB.
func mask(body []byte) []byte {
	body = bytes.TrimPrefix(body, byteOrderMark)

	var v any
	if v = ordered(body); v == nil {
		return maskPlain(body)
	}

	m := masker{seen: map[string]string{}}

	var b bytes.Buffer

	m.write(&b, "", v)

	if b.Len() > maxFixture {
		return nil
	}

	return b.Bytes()
}

// maskPlain masks what is no JSON: punctuation stays.
func maskPlain(body []byte) []byte {
	masked := bytes.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return '0'
		case c == '\n', c >= ' ' && c < '0', c > '9' && c < 'A', c > 'Z' && c < 'a', c > 'z' && c < 0x7f:
			return c
		default:
			return 'x'
		}
	}, body[:min(len(body), maxPlain)])

	return masked
}

// member is a field of an object.
type member struct {
	name  string
	value any
}

// ordered decodes JSON with objects as lists of members in their order, and numbers as they are written; nil if it is none. A null is a
// json.RawMessage.
func ordered(body []byte) any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()

	v, err := decode(d)
	if err != nil || d.More() {
		return nil
	}

	return v
}

func decode(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}

	switch t {
	case nil:
		return json.RawMessage("null"), nil
	case json.Delim('['):
		list := []any{}

		for d.More() {
			e, failure := decode(d)
			if failure != nil {
				return nil, failure
			}

			list = append(list, e)
		}

		_, err = d.Token()

		return list, err
	case json.Delim('{'):
		object := []member{}

		for d.More() {
			name, failure := d.Token()
			if failure != nil {
				return nil, failure
			}

			v, failure := decode(d)
			if failure != nil {
				return nil, failure
			}

			object = append(object, member{fmt.Sprint(name), v})
		}

		_, err = d.Token()

		return object, err
	default:
		return t, nil
	}
}

// masker writes a masked body. The same value gets the same sample wherever it stands.
type masker struct {
	seen    map[string]string
	strange int
}

func (m *masker) write(b *bytes.Buffer, name string, v any) {
	switch v := v.(type) {
	case []member:
		m.object(b, v)
	case []any:
		m.list(b, name, v)
	case json.Number:
		b.WriteString(m.sample("#"+v.String(), func(n int) string { return sampleNumber(v.String(), n) }))
	case string:
		b.WriteString(quote(m.text(name, v)))
	case json.RawMessage:
		b.Write(v)
	default:
		fmt.Fprint(b, v) // true and false
	}
}

func (m *masker) object(b *bytes.Buffer, object []member) {
	b.WriteByte('{')

	for i, f := range object {
		if i > 0 {
			b.WriteByte(',')
		}

		name := f.name
		if !plainName(name) {
			m.strange++
			name = fmt.Sprint(m.strange) // no plain word either
		}

		b.WriteString(quote(name) + ":")
		m.write(b, f.name, f.value)
	}

	b.WriteByte('}')
}

// list writes the first element of each form.
func (m *masker) list(b *bytes.Buffer, name string, list []any) {
	forms := map[string]bool{}

	b.WriteByte('[')

	for _, v := range list {
		f := form(v)
		if forms[f] || len(forms) == maxElements {
			continue
		}

		if len(forms) > 0 {
			b.WriteByte(',')
		}

		m.write(b, name, v)

		forms[f] = true
	}

	b.WriteByte(']')
}

// form is a text that two values of the same form have in common.
func form(v any) string {
	switch v := v.(type) {
	case []member:
		var b strings.Builder
		for _, f := range v {
			fmt.Fprintf(&b, "%q:%s,", f.name, form(f.value))
		}

		return "{" + b.String() + "}"
	case []any:
		var b strings.Builder
		for _, e := range v {
			b.WriteString(form(e) + ",")
		}

		return "[" + b.String() + "]"
	default:
		return fmt.Sprintf("%T", v)
	}
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""`
	}

	return string(text)
}

// sample returns the sample of a value; n counts the values before it.
func (m *masker) sample(value string, invent func(n int) string) string {
	if known, ok := m.seen[value]; ok {
		return known
	}

	m.seen[value] = invent(len(m.seen) + 1)

	return m.seen[value]
}

// text returns the sample of a text in a field of that name.
func (m *masker) text(name, s string) string {
	if strings.TrimSpace(s) == "" || words()[word{name, s}] {
		return s
	}

	return m.sample("$"+s, func(n int) string { return sampleText(s, n) })
}

var (
	numeral  = regexp.MustCompile(`^[+-]?[0-9]+$`)
	decimal  = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)
	uuid     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	userID   = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]+$`)
	moment   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?`)
	id       = regexp.MustCompile(`^[0-9A-Za-z_.:=/+-]*[0-9][0-9A-Za-z_.:=/+-]*$`)
	capitals = regexp.MustCompile(`^[A-Z][A-Z_]*$`)
)

// sampleText returns an invented text of the same sort.
func sampleText(s string, n int) string {
	switch {
	case numeral.MatchString(s):
		sign := strings.TrimRight(s, "0123456789")
		return sign + sampleDigits(s[len(sign):], n)
	case decimal.MatchString(s):
		return sampleNumber(s, n)
	case uuid.MatchString(s):
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	case strings.HasPrefix(s, "wamid."):
		return "wamid." + invent(s[len("wamid."):], n)
	case userID.MatchString(s):
		return "IN." + invent(s[strings.LastIndexByte(s, '.')+1:], n)
	case moment.MatchString(s):
		return sampleMoment(s, len(moment.FindString(s)))
	case strings.Contains(s, "://"):
		return fmt.Sprintf("https://example.test/%d", n)
	case strings.Contains(s, "@") && !strings.ContainsAny(s, " \n"):
		return fmt.Sprintf("someone%d@example.test", n)
	case phone.Resembles(s): // with blanks or hyphens
		return invent(s, n)
	case id.MatchString(s):
		return invent(s, n)
	case capitals.MatchString(s):
		return "WORD"
	case strings.ContainsAny(s, " \n"):
		return "some text"
	default:
		return "word"
	}
}

// sampleMoment returns an invented time in the form of one whose date and time of day are so long.
func sampleMoment(s string, length int) string {
	at := []byte("2001-01-01T00:00:00"[:length])
	if length > len(time.DateOnly) {
		at[len(time.DateOnly)] = s[len(time.DateOnly)]
	}

	return string(at) + zeros(s[length:])
}

// zeros keeps a text's punctuation: the fraction of a second, or the zone.
func zeros(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return '0'
		case c == '.', c == '+', c == '-', c == ':', c == 'Z':
			return c
		default:
			return -1
		}
	}, s)
}

// sampleNumber returns an invented number with as many digits on either side of the point.
func sampleNumber(s string, n int) string {
	whole, fraction, hasFraction := strings.Cut(s, ".")

	digits := strings.TrimPrefix(whole, "-")
	if strings.Trim(digits, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" { // with an exponent
		return "1"
	}

	number := whole[:len(whole)-len(digits)] + sampleDigits(digits, n)
	if hasFraction {
		number += "." + strings.Repeat("1", max(len(fraction), 1))
	}

	return number
}

// sampleDigits returns as many invented digits: an epoch stays one, and what could be a telephone number is one that our own data use, with
// India's calling code where there is room for it.
func sampleDigits(digits string, n int) string {
	var first string

	switch {
	case len(digits) == 10 && digits[0] == '1', len(digits) == 13 && digits[0] == '1':
		first = "17"
	case len(digits) == 10:
		first = "9"
	case len(digits) == 12:
		first = "919"
	case len(digits) > 1:
		first = "1"
	default:
		return "1"
	}

	return fill(first, len(digits), n)
}

// fill returns digits of some length that begin with first and end with n.
func fill(first string, length, n int) string {
	last := fmt.Sprint(n)

	space := length - len(first) - len(last)
	if space < 0 {
		return (first + strings.Repeat("0", length))[:length]
	}

	return first + strings.Repeat("0", space) + last
}

// invent returns an id of the same length and alphabet that ends with n.
func invent(s string, n int) string {
	masked := []byte(strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return '0'
		case c >= 'A' && c <= 'Z':
			return 'A'
		case c >= 'a' && c <= 'z':
			return 'a'
		case c < 0x80:
			return c
		default:
			return 'a'
		}
	}, s))
	last := fmt.Sprint(n)

	// The number takes the place of the last letters and digits.
	for i := len(masked) - 1; i >= 0 && last != ""; i-- {
		if c := masked[i]; c == '0' || c == 'A' || c == 'a' {
			masked[i], last = last[len(last)-1], last[:len(last)-1]
		}
	}

	return string(masked)
}

// word is the value of a field that has one of a closed list.
type word struct{ name, value string }

//go:embed words.txt
var wordList string

// words are the words that the repository's fixtures have in the fields whose values are of a closed list.
var words = sync.OnceValue(func() map[word]bool {
	all := map[word]bool{}

	for line := range strings.Lines(wordList) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			all[word{name, value}] = true
		}
	}

	return all
})
