package kaleyra

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// text is a string, or a number as it was spelled; anything else counts as absent, so that one odd field never costs
// the whole answer or event.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) == 0:
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

// truth is true for true and "true"; set tells whether the field said either.
type truth struct{ set, value bool }

// UnmarshalJSON never fails.
func (t *truth) UnmarshalJSON(b []byte) error {
	word := strings.ToLower(strings.Trim(string(b), `" `))
	*t = truth{set: word == "true" || word == "false", value: word == "true"}
	return nil
}

// decode reads JSON and forgives fields of other types than expected; it reports whether it was JSON of v's own kind.
func decode(b []byte, v any) error {
	err := json.Unmarshal(b, v)
	if odd, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && odd.Field != "" {
		return nil
	}
	return err
}

const (
	// firstMillis parts seconds from milliseconds: as seconds it lies in the year 5138, as milliseconds in 1973.
	firstMillis = 100_000_000_000
	// lastMillis is the end of the year 9999.
	lastMillis = 253_402_300_799_999
)

// millis is a time in epoch milliseconds, from one in seconds or milliseconds or one with a zone. 0 where there is none:
// a date without a zone, as created_at is documented, could be hours off either way and is not believed.
func millis(s string) int64 {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		switch {
		case !(n > 0 && n <= lastMillis): // not a number is neither
			return 0
		case n < firstMillis:
			return int64(n) * 1000
		default:
			return int64(n)
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700"} {
		if t, err := time.Parse(layout, s); err == nil && t.UnixMilli() > 0 && t.UnixMilli() <= lastMillis {
			return t.UnixMilli()
		}
	}
	return 0
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
func distinct(ids ...string) []string {
	var out []string
	for _, id := range ids {
		known := id == ""
		for _, o := range out {
			known = known || o == id
		}
		if !known {
			out = append(out, id)
		}
	}
	return out
}

// inner opens a text that holds JSON; nil where it is none.
func inner(s string) json.RawMessage {
	raw := bytes.TrimSpace([]byte(s))
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' || !json.Valid(raw) {
		return nil
	}
	return raw
}
