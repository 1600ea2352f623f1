package order

import (
	"math"
	"strconv"
	"strings"
)

// maxName bounds the texts of an event that name something of the platform (accounts, subtypes); longer ones are no names.
const maxName = 100

// Amount is money of an order in micro-units of its currency, which the platform does not name (rupees). The zero
// Amount is not known; a known amount may be nothing.
type Amount struct {
	// Micros is the amount in millionths.
	Micros int64
	// Known tells whether the document held an amount that could be read.
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
func parseAmount(s string) Amount {
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
