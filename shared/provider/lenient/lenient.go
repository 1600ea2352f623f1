// Package lenient reads the JSON of providers whose documents and servers disagree on the types of many fields. Its types
// take a field as a string, a number or a truth value, whichever comes, and anything else as absent, so that one odd field
// never costs the whole event or answer.
package lenient

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// Text is a string, or a number as it was spelled; empty for anything else.
type Text string

// UnmarshalJSON never fails.
func (t *Text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) == 0:
	case b[0] == '"' && len(b) > 1 && bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b):
		*t = Text(b[1 : len(b)-1])
	case b[0] == '"':
		var s string
		if json.Unmarshal(b, &s) == nil {
			*t = Text(s)
		}
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = Text(b)
	}

	return nil
}

// Upper is the text in upper case.
func (t Text) Upper() string { return strings.ToUpper(string(t)) }

// Lower is the text in lower case.
func (t Text) Lower() string { return strings.ToLower(string(t)) }

// Number is a whole number, from a number or a string that holds one; a fraction is cut off. 0 for anything else.
type Number int64

// UnmarshalJSON never fails.
func (n *Number) UnmarshalJSON(b []byte) error {
	var t Text
	_ = t.UnmarshalJSON(b)
	s := strings.TrimSpace(string(t))
	*n = 0
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = Number(v)
	} else if f, err := strconv.ParseFloat(s, 64); err == nil && f > -lastMillis && f < lastMillis {
		*n = Number(f)
	}

	return nil
}

// Millis is the time in epoch milliseconds, from one in seconds or milliseconds; 0 where there is none.
func (n Number) Millis() int64 { return epochMillis(float64(n)) }

// Truth is a truth value, from one or from the word for it. Set reports whether the field said either.
type Truth struct{ Set, Value bool }

// UnmarshalJSON never fails.
func (t *Truth) UnmarshalJSON(b []byte) error {
	word := strings.ToLower(strings.Trim(string(b), `" `))
	*t = Truth{Set: word == "true" || word == "false", Value: word == "true"}
	return nil
}

// List is the elements of an array, as they were sent. A single value in the place of an array is a list of one; null and a
// missing field are a nil list. So what is of an odd type is still there to be read, or to be kept.
type List []json.RawMessage

// UnmarshalJSON never fails.
func (l *List) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*l = nil
	case len(b) > 0 && b[0] == '[':
		*l = elements(bytes.Clone(b))
	default:
		*l = List{bytes.Clone(b)}
	}

	return nil
}

// elements returns the elements of a JSON array, which the decoder has found valid. Large callbacks are lists within lists:
// decoding each into raw messages would take twice as long.
func elements(array []byte) List {
	list := List{}

	depth, start, quoted := 0, 1, false
	for i := 0; i < len(array); i++ {
		switch c := array[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}

		if ends := array[i] == ',' && depth == 1 || depth == 0; quoted || !ends {
			continue
		}
		if item := bytes.TrimSpace(array[start:i]); len(item) > 0 {
			list = append(list, item)
		}

		start = i + 1
	}

	return list
}

const (
	// firstMillis parts seconds from milliseconds: as seconds it lies in the year 5138, as milliseconds in 1973.
	firstMillis = 100_000_000_000
	// lastMillis is the end of the year 9999 in epoch milliseconds; what lies later is no time.
	lastMillis = 253_402_300_799_999
)

// epochMillis is a time in epoch milliseconds, from one in seconds or milliseconds; 0 where there is none.
func epochMillis(n float64) int64 {
	switch {
	case !(n > 0 && n <= lastMillis): // not a number is neither
		return 0
	case n < firstMillis:
		return int64(n) * 1000
	default:
		return int64(n)
	}
}

// Decode reads JSON into v, a pointer, and forgives fields of other types than v's; it fails for what is not JSON, and
// for JSON that is as a whole of another kind than v.
func Decode(b []byte, v any) error {
	err := json.Unmarshal(b, v)
	if odd, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && odd.Field != "" {
		return nil
	}
	return err
}

// Replace returns a JSON object with other values for some of its fields. A value that is an empty list takes its field away.
// What is no object is returned as it is.
func Replace(object json.RawMessage, fields map[string]any) json.RawMessage {
	var parts map[string]json.RawMessage
	if json.Unmarshal(object, &parts) != nil || parts == nil {
		return object
	}

	for name, value := range fields {
		raw, err := encode(value)
		switch {
		case err != nil:
			return object
		case string(raw) == "null" || string(raw) == "[]":
			delete(parts, name)
		default:
			parts[name] = raw
		}
	}

	out, err := encode(parts)
	if err != nil {
		return object
	}

	return out
}

// encode returns JSON without HTML's escapes, which would make it longer than what was sent.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}

	return bytes.TrimSpace(b.Bytes()), nil
}

// Distinct are the ids in order, without empty and repeated ones; nil if that leaves none.
func Distinct[T ~string](ids ...T) []string {
	var out []string
	for _, id := range ids {
		if id != "" && !slices.Contains(out, string(id)) {
			out = append(out, string(id))
		}
	}

	return out
}

// Digits is a phone number without its plus, in any spelling that package phone reads; empty for anything that is no number.
func Digits[T ~string](s T) string {
	const fewest, most = 5, 15

	digits := phone.Digits(string(s))
	if len(digits) < fewest || len(digits) > most {
		return ""
	}

	return digits
}
