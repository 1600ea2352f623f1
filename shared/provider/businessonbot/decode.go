package businessonbot

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// text is a string, a number as it was spelled, or a truth value; anything else counts as absent. Both sides disagree with
// themselves on types, and one odd field must not cost the rest.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	if len(b) == 0 {
		return nil
	}
	switch c := b[0]; {
	case c == '"':
		var s string
		if json.Unmarshal(b, &s) == nil {
			*t = text(strings.TrimSpace(strings.ToValidUTF8(s, "")))
		}
	case c == 't', c == 'f', c == '-', c >= '0' && c <= '9':
		*t = text(b)
	}
	return nil
}

// decode reads JSON and forgives fields of other types than expected.
func decode(b []byte, v any) error {
	err := json.Unmarshal(b, v)
	if odd, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && odd.Field != "" {
		return nil
	}
	return err
}

const (
	micro = 1_000_000
	// maxWhole is the most digits before the point of an amount.
	maxWhole = 12
)

// amount reads money exactly; what follows the sixth decimal is cut off.
func (t text) amount() order.Amount {
	s, negative := strings.CutPrefix(strings.ReplaceAll(string(t), ",", ""), "-")
	whole, part, _ := strings.Cut(s, ".")
	if whole+part == "" || strings.Trim(whole+part, "0123456789") != "" || len(whole) > maxWhole {
		return order.Amount{}
	}
	if len(part) > 6 {
		part = part[:6]
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 6-len(part)), 10, 64)
	if err != nil {
		return order.Amount{}
	}
	if negative {
		n = -n
	}
	return order.Amount{Micros: n, Known: true}
}

// count reads a quantity; 1 where the document says nothing sensible, since a line that exists is of something.
func (t text) count() int64 {
	a := t.amount()
	if n := a.Micros / micro; a.Known && n > 0 && n < 1_000_000 {
		return n
	}
	return 1
}

func (t text) yes() bool {
	switch strings.ToLower(string(t)) {
	case "1", "1.0", "true", "yes":
		return true
	}
	return false
}

// dateLayouts are the spellings of orderDate; a fraction of a second is understood without being named.
var dateLayouts = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"}

// date reads a time without a zone, or with its own; the zero time if there is none.
func (t text) date(zone *time.Location) time.Time {
	if t == "" || strings.HasPrefix(string(t), "0000") {
		return time.Time{}
	}
	if at, err := time.Parse(time.RFC3339, string(t)); err == nil {
		return at.UTC()
	}
	for _, layout := range dateLayouts {
		if at, err := time.ParseInLocation(layout, string(t), zone); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// Money writes an amount as BusinessOnBot's texts have it, with two decimals, or more where it has more: "150.00". It is
// empty for one that is not known.
func Money(a order.Amount) string {
	if !a.Known {
		return ""
	}
	// An amount's own text has no decimals or two and more.
	if s := a.String(); strings.Contains(s, ".") {
		return s
	}
	return a.String() + ".00"
}

// numeric writes an amount as a JSON number, null if it is not known.
func numeric(a order.Amount) json.RawMessage {
	if !a.Known {
		return json.RawMessage("null")
	}
	return json.RawMessage(a.String())
}

// moment writes a time as RFC 3339 in UTC, nil if it is not known.
func moment(t time.Time) *string {
	if t.IsZero() || t.Year() > 9999 {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

// nullable is nil for a text that is not known, for the fields that the contract shows as null.
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// first is the first text that is not empty.
func first[T ~string](options ...T) string {
	for _, o := range options {
		if o != "" {
			return string(o)
		}
	}
	return ""
}

// names parts a full name at its first blank.
func names(full string) (given, family string) {
	given, family, _ = strings.Cut(strings.Join(strings.Fields(full), " "), " ")
	return given, family
}
