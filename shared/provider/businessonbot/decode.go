package businessonbot

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// text is a [lenient.Text] without white space around it, or a truth value as it was spelled: both sides disagree with
// themselves on types.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && (b[0] == 't' || b[0] == 'f') {
		*t = text(b)
		return nil
	}
	var l lenient.Text
	_ = l.UnmarshalJSON(b)
	*t = text(strings.TrimSpace(string(l)))

	return nil
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

// nullable is nil for a text that is not known, for the fields that CONTRACT.md section 4.2 shows as null.
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// names parts a full name at its first blank.
func names(full string) (given, family string) {
	given, family, _ = strings.Cut(strings.Join(strings.Fields(full), " "), " ")
	return given, family
}
