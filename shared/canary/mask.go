package canary

import (
	"bytes"
	_ "embed" // the list of words
	"encoding/json"
	"fmt"
	"strings"
	"sync"
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
// longer than 32 KiB, and for one that is nested deeper than [maxNested].
func mask(body []byte) []byte {
	body = bytes.TrimPrefix(body, byteOrderMark)

	if depthOf(body) > maxNested {
		return nil
	}

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

// maxNested is how deep the values of a body that is masked may be nested: each list is compared form by form with all that is in it, which takes
// minutes of a body that somebody has nested ten thousand times. Providers' bodies are nested ten times.
const maxNested = 32

// depthOf returns how deep the values of a body are nested, by its brackets outside of texts.
func depthOf(body []byte) int {
	var (
		now, most     int
		text, escaped bool
	)

	for _, c := range body {
		switch {
		case escaped:
			escaped = false
		case text && c == '\\':
			escaped = true
		case c == '"':
			text = !text
		case text:
		case c == '[' || c == '{':
			now++
			most = max(most, now)
		case c == ']' || c == '}':
			now--
		}
	}

	return most
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
