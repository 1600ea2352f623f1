package lenient

import (
	"strconv"
	"strings"
	"time"
)

// zoned are the layouts of a date with a zone.
var zoned = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700"}

// Time is a point in time in epoch milliseconds, from what [ParseTime] reads; 0 for anything else.
type Time int64

// UnmarshalJSON never fails.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s Text
	_ = s.UnmarshalJSON(b)
	*t = Time(ParseTime(string(s)))

	return nil
}

// Millis is the time in epoch milliseconds.
func (t Time) Millis() int64 { return int64(t) }

// ParseTime returns a time in epoch milliseconds, from a number of seconds or milliseconds, or from a date with a zone. It
// returns 0 for anything else: a date without a zone could be hours off either way and is not believed.
func ParseTime(s string) int64 {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return epochMillis(n)
	}

	for _, layout := range zoned {
		if t, err := time.Parse(layout, s); err == nil && t.UnixMilli() > 0 && t.UnixMilli() <= lastMillis {
			return t.UnixMilli()
		}
	}

	return 0
}
