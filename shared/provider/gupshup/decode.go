package gupshup

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Gupshup's documents and apps disagree on the types of many fields. The types here take a field as a string or a
// number (or a truth value), and anything else as absent, so that one odd field never costs the whole event.

// text is a string, or a number as it was spelled.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) == 0:
	case b[0] == '"' && len(b) > 1 && bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b):
		*t = text(b[1 : len(b)-1])
	case b[0] == '"':
		var s string
		if json.Unmarshal(b, &s) == nil {
			*t = text(s)
		}
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = text(b)
	}
	return nil
}

// number is a whole number, or 0.
type number int64

// UnmarshalJSON never fails.
func (n *number) UnmarshalJSON(b []byte) error {
	var t text
	_ = t.UnmarshalJSON(b)
	s := strings.TrimSpace(string(t))
	*n = 0
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = number(v)
	} else if f, err := strconv.ParseFloat(s, 64); err == nil && f > -lastMillis && f < lastMillis {
		*n = number(f)
	}
	return nil
}

// truth is true for true and "true"; set tells whether the field said either.
type truth struct{ set, value bool }

// UnmarshalJSON never fails.
func (t *truth) UnmarshalJSON(b []byte) error {
	word := strings.ToLower(strings.Trim(string(b), `" `))
	*t = truth{set: word == "true" || word == "false", value: word == "true"}
	return nil
}

const (
	// firstMillis parts seconds from milliseconds: as seconds it lies in the year 5138, as milliseconds in 1973.
	firstMillis = 100_000_000_000
	// lastMillis is the end of the year 9999.
	lastMillis = 253_402_300_799_999
)

// millis is a time in epoch milliseconds, from one in seconds or milliseconds; 0 where there is none.
func (n number) millis() int64 {
	switch {
	case n <= 0 || n > lastMillis:
		return 0
	case n < firstMillis:
		return int64(n) * 1000
	default:
		return int64(n)
	}
}

const (
	// maxCode bounds an error code; the tables' longest have seven digits.
	maxCode = 9
	// unreadable stands for what cannot be a code.
	unreadable = "unreadable"
)

// code is an error code as it may go to logs: digits or a short word. Everything else, such as a phone number or a
// sentence in its place, is unreadable.
func code(t text) string {
	if len(t) > maxCode {
		return unreadable
	}
	for i := range len(t) {
		if c := t[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return unreadable
		}
	}
	return string(t)
}

// decode reads JSON and forgives fields of other types than expected; it reports whether it was JSON of v's own kind.
func decode(b []byte, v any) error {
	err := json.Unmarshal(b, v)
	if odd, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && odd.Field != "" {
		return nil
	}
	return err
}

// first is the first that is not empty.
func first[T ~string](options ...T) string {
	for _, o := range options {
		if o != "" {
			return string(o)
		}
	}
	return ""
}

// distinct are the ids in order, without empty and repeated ones.
func distinct(ids ...text) []string {
	var out []string
	for _, id := range ids {
		if id == "" {
			continue
		}
		seen := false
		for _, o := range out {
			seen = seen || o == string(id)
		}
		if !seen {
			out = append(out, string(id))
		}
	}
	return out
}

// digits is a phone number without its plus and blanks; empty for anything that is no number.
func digits(s text) string {
	clean := strings.TrimPrefix(strings.ReplaceAll(string(s), " ", ""), "+")
	if len(clean) < 5 || len(clean) > 15 {
		return ""
	}
	for i := range len(clean) {
		if clean[i] < '0' || clean[i] > '9' {
			return ""
		}
	}
	return clean
}
