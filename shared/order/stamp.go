package order

import (
	"strconv"
	"strings"
	"time"
)

// stamp is a moment as the platform wrote it.
type stamp struct {
	raw   string // as written, empty for none and for the zero date
	epoch int64  // seconds
	known bool   // whether raw could be read
}

// epochMillis is where a number stops being seconds (the year 5138) and must be milliseconds.
const epochMillis = 100_000_000_000

// maxStamp bounds the text that stands in for a time that cannot be read.
const maxStamp = 64

// zonedLayouts hold their own zone; the fraction of a second, where there is one, is understood without being named.
var zonedLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00",
	"2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z0700",
}

// localLayouts are in the platform's zone, which the caller passes in.
var localLayouts = [...]string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"}

// parseStamp reads every spelling of a time that the platform uses: in loc "2006-01-02 15:04:05", also with a
// fraction, with T, without seconds or without a time; RFC 3339 with a zone; epoch seconds or milliseconds as a number
// or a string. Day before month (dd-mm-yyyy) is not told from month before day and stays raw. The platform writes
// 0000-00-00 00:00:00 and 0 where it has no time.
func parseStamp(raw string, loc *time.Location) stamp {
	raw = clip(strings.TrimSpace(raw), maxStamp)
	if noTime(raw) {
		return stamp{}
	}
	if seconds, ok := parseEpoch(raw); ok {
		return stamp{raw: raw, epoch: seconds, known: true}
	}
	for _, layout := range localLayouts {
		if t, err := time.ParseInLocation(layout, raw, loc); err == nil {
			return stamp{raw: raw, epoch: t.Unix(), known: true}
		}
	}
	for _, layout := range zonedLayouts {
		if t, err := time.Parse(layout, raw); err == nil {
			return stamp{raw: raw, epoch: t.Unix(), known: true}
		}
	}
	return stamp{raw: raw}
}

// time is the moment in UTC, or the zero time if it is not known.
func (s stamp) time() time.Time {
	if !s.known {
		return time.Time{}
	}
	return time.Unix(s.epoch, 0).UTC()
}

func noTime(raw string) bool {
	switch raw {
	case "", "0", "null", "false", "-":
		return true
	}
	return strings.HasPrefix(raw, "0000-00-00")
}

// parseEpoch takes a number of nine digits or more, with or without decimals, as seconds or milliseconds since 1970.
func parseEpoch(raw string) (int64, bool) {
	whole, part, has := strings.Cut(raw, ".")
	if !isDigits(whole) || has && !isDigits(part) {
		return scientific(raw)
	}
	if len(whole) < 9 || len(whole) > 15 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, false
	}
	return seconds(n), true
}

// scientific takes 1.70781784e+09, as some encoders write large numbers.
func scientific(raw string) (int64, bool) {
	if !strings.ContainsAny(raw, "eE") || strings.ContainsAny(raw, "-:xXpP_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || f < 1e8 || f >= 1e15 {
		return 0, false
	}
	return seconds(int64(f)), true
}

func seconds(n int64) int64 {
	if n >= epochMillis {
		return n / 1000
	}
	return n
}
