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
	} else if f, err := strconv.ParseFloat(s, 64); err == nil && f > -LastMillis && f < LastMillis {
		*n = Number(f)
	}

	return nil
}

// Millis reads the number as [Millis] does.
func (n Number) Millis() int64 { return Millis(float64(n)) }

// Truth is a truth value, from one or from the word for it. Set reports whether the field said either.
type Truth struct{ Set, Value bool }

// UnmarshalJSON never fails.
func (t *Truth) UnmarshalJSON(b []byte) error {
	word := strings.ToLower(strings.Trim(string(b), `" `))
	*t = Truth{Set: word == "true" || word == "false", Value: word == "true"}
	return nil
}

const (
	// firstMillis parts seconds from milliseconds: as seconds it lies in the year 5138, as milliseconds in 1973.
	firstMillis = 100_000_000_000
	// LastMillis is the end of the year 9999 in epoch milliseconds; what lies later is no time.
	LastMillis = 253_402_300_799_999
)

// Millis is a time in epoch milliseconds, from one in seconds or milliseconds; 0 where there is none.
func Millis(n float64) int64 {
	switch {
	case !(n > 0 && n <= LastMillis): // not a number is neither
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

// Digits is a phone number without its plus and blanks; empty for anything that is no number.
func Digits[T ~string](s T) string {
	clean := strings.TrimPrefix(strings.ReplaceAll(string(s), " ", ""), "+")
	if len(clean) < 5 || len(clean) > 15 || strings.Trim(clean, "0123456789") != "" {
		return ""
	}
	return clean
}
