// Package placeholder finds and fills the placeholders of a simulated template's texts, such as {{1}} or {{ order_no }}.
package placeholder

import (
	"regexp"
	"slices"
	"strconv"
)

var shape = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// Names lists the different placeholders of a text as they first occur.
func Names(text string) []string {
	var out []string
	for _, m := range shape.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}

	return out
}

// Sorted lists the different placeholders of a text: numbers by size, words as they first occur.
func Sorted(text string) []string {
	out := Names(text)
	slices.SortStableFunc(out, func(a, b string) int {
		n, errA := strconv.Atoi(a)
		m, errB := strconv.Atoi(b)
		if errA != nil || errB != nil {
			return 0
		}

		return n - m
	})

	return out
}

// Fill replaces the placeholders of a text by the values of their names; those without a value stay.
func Fill(text string, values map[string]string) string {
	return shape.ReplaceAllStringFunc(text, func(hit string) string {
		if v, ok := values[shape.FindStringSubmatch(hit)[1]]; ok {
			return v
		}
		return hit
	})
}
