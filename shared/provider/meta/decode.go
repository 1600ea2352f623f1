package meta

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Meta's pages disagree with its webhooks on the types of some fields: times are strings or numbers, ids of templates are
// numbers above 2^53. The types here take a field as a string or a number (or a truth value), and anything else as
// absent, so that one odd field never costs the whole event.

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

// list is the id as a list; none for an empty one.
func list(id text) []string {
	if id == "" {
		return nil
	}
	return []string{string(id)}
}

// separators are what stands between the digits of a displayed number.
var separators = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "")

// digits is a phone number without its plus and separators; empty for anything that is no number.
func digits(s text) string {
	clean := string(s)
	if strings.Trim(clean, "0123456789") != "" {
		clean = strings.TrimPrefix(separators.Replace(clean), "+")
	}
	if len(clean) < 5 || len(clean) > 15 || strings.Trim(clean, "0123456789") != "" {
		return ""
	}
	return clean
}

func upper[T ~string](s T) string { return strings.ToUpper(string(s)) }

func lower[T ~string](s T) string { return strings.ToLower(string(s)) }
