package order

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxName bounds the texts of an event that name something of the platform (accounts, subtypes); longer ones are no names.
const maxName = 100

// Amount is money of an order in micro-units of its currency, which the platform does not name (rupees). The zero
// Amount is not known; a known amount may be nothing.
type Amount struct {
	// Micros is the amount in millionths.
	Micros int64
	// Known reports whether the document held an amount that could be read.
	Known bool
}

// String is the amount for a shopper's eyes: "1000", "999.50"; empty if it is not known.
func (a Amount) String() string {
	if !a.Known {
		return ""
	}

	const micro = 1_000_000
	whole, part := a.Micros/micro, a.Micros%micro
	sign := ""
	if a.Micros < 0 {
		sign, whole, part = "-", -whole, -part
	}

	text := sign + strconv.FormatInt(whole, 10)
	if part == 0 {
		return text
	}

	decimals := strconv.FormatInt(part+micro, 10)[1:]
	for len(decimals) > 2 && decimals[len(decimals)-1] == '0' {
		decimals = decimals[:len(decimals)-1]
	}

	return text + "." + decimals
}

// parseAmount reads a decimal number exactly; digits past the sixth decimal are cut off. Exponents, which the platform
// does not write for money, go through a float.
func parseAmount(s string) Amount { return ParseAmount(s) }

// ParseAmount reads an amount such as "1,499.50"; one that is not Known for what is none.
func ParseAmount(s string) Amount {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", "")
	digits, negative := strings.CutPrefix(s, "-")
	whole, part, _ := strings.Cut(digits, ".")
	if whole == "" && part == "" {
		return Amount{}
	}
	if !isDigits(whole+part) || len(whole) > 12 {
		return floatAmount(s)
	}
	if len(part) > 6 {
		part = part[:6]
	}

	micros, err := strconv.ParseInt(whole+part+strings.Repeat("0", 6-len(part)), 10, 64)
	if err != nil {
		return Amount{}
	}
	if negative {
		micros = -micros
	}

	return Amount{Micros: micros, Known: true}
}

func floatAmount(s string) Amount {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= 1e12 {
		return Amount{}
	}
	return Amount{Micros: int64(math.Round(f * 1e6)), Known: true}
}

// wholeNumber reads an id or a count as the platform spells it, 811, "811" or 811.0, as digits without leading zeros.
// Nothing, zero and the like (null, "0", false) are no id: empty and true. Text that is no number is false.
func wholeNumber(s string) (digits string, ok bool) {
	switch s {
	case "", "null", "false", "undefined":
		return "", true
	}

	if whole, part, has := strings.Cut(s, "."); has && strings.Trim(part, "0") == "" {
		s = whole
	}

	if !isDigits(s) {
		return "", false
	}

	s = strings.TrimLeft(s, "0")

	return s, len(s) <= 20
}

// count reads a quantity: at least 0, anything unreadable or absurd is 0.
func count(s string) int {
	a := parseAmount(s)
	if !a.Known || a.Micros < 0 || a.Micros > 1e12 {
		return 0
	}
	return int(a.Micros / 1e6)
}

// flag reads 1, "1", true, "true", "yes" as true, everything else as false.
func flag(s string) bool {
	switch strings.ToLower(s) {
	case "1", "1.0", "true", "yes", "y":
		return true
	}
	return false
}

// name passes a word of letters, digits, '_' and '-' and drops everything else: only such words go to logs.
func name(s string) string {
	if len(s) > maxName {
		return ""
	}

	for i := range len(s) {
		if c := s[i]; !isWord(c) {
			return ""
		}
	}

	return s
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}

	return s != ""
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}

	return ""
}

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
