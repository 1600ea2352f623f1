package conversation

import "time"

// clock returns how many words from a place on say a time of the day: "after 5 pm", "5.30 to 7 pm", "5 baje ke baad", "in the morning".
func (r *dayReader) clock(from int) int {
	at := from
	if r.is(at, beforeHours) {
		at++
	}
	if r.word(at) == "the" {
		at++
	}
	if r.is(at, dayPart) {
		return r.ending(at+1) - from
	}

	end, sure := r.hour(at)
	if end == 0 {
		return 0
	}
	if r.is(end, between) {
		if second, ok := r.hour(end + 1); ok {
			end, sure = second, true
		}
	}
	if !sure {
		return 0
	}

	return r.ending(end) - from
}

// hour returns the place behind an hour, and whether it can be nothing else; 0 if there is none.
func (r *dayReader) hour(at int) (end int, sure bool) {
	if !r.short(at) {
		return 0, false
	}

	end = at + 1
	if (r.word(end) == ":" || r.word(end) == ".") && r.short(end+1) {
		sure = r.word(end) == ":"
		if !sure && !r.is(end+2, behindHours) {
			return 0, false
		}

		end += 2
	}
	if r.is(end, behindHours) {
		return end + 1, true
	}

	return end, sure
}

// ending returns the place behind words such as "ke baad".
func (r *dayReader) ending(at int) int {
	if r.is(at, behind) {
		return at + 1
	}
	if r.is(at, joining) && r.is(at+1, behind) {
		return at + 2
	}

	return at
}

// fromToday reads a day counted from today: "tomorrow", "day after tomorrow", "in 2 days", "2 din ke baad". It returns how many words that
// are.
func (r *dayReader) fromToday() int {
	at := r.at
	if n, ok := relative[r.word(at)]; ok {
		r.add(n)

		return 1
	}

	if r.word(at) == "day" && r.word(at+1) == "after" && relative[r.word(at+2)] == 1 {
		r.add(2)

		return 3
	}

	before := r.is(at, beforeDays)
	if before {
		at++
	}

	n, isCount := counts[r.word(at)]
	if r.short(at) {
		n, isCount = number(r.word(at)), true
	}

	unit, isUnit := units[r.word(at+1)]
	if !isCount || !isUnit {
		return 0
	}

	at += 2

	end := at
	switch {
	case r.is(at, behindDays):
		end++
	case r.is(at, joining) && r.is(at+1, behindDays), r.word(at) == "from" && (r.word(at+1) == "now" || r.word(at+1) == "today"):
		end += 2
	}
	if !before && end == at {
		return 0 // a quantity
	}

	r.ahead = true
	r.add(n * unit)

	return end - r.at
}

// date reads a day in numbers, "14/12", "14-12-2026", "14 12 2026" or "2026-12-14", and returns how many words that are. In India the day
// comes first.
func (r *dayReader) date() int {
	if r.month != 0 {
		return 0
	}

	second, sep := r.after(r.at)
	third, sep2 := r.after(second)
	first, middle, last := r.word(r.at), r.word(second), r.word(third)

	var (
		day string
		ok  bool
	)

	end := third
	whole := last != "" && digits(last) && sep == sep2 && r.clock(third) == 0

	switch {
	case !digits(first) || !r.short(second):
		return 0
	case len(first) == 4 && whole && len(last) <= 2:
		day, ok = dayIn(number(first), number(middle), number(last))
	case len(first) > 2:
		return 0
	case whole && (len(last) == 2 || len(last) == 4):
		day, ok = dated(number(first), time.Month(number(middle)), last, r.now)
	case r.clock(second) > 0, sep != "/" && sep != "." && r.pair(first, middle):
		return 0
	default:
		end = second
		day, ok = dated(number(first), time.Month(number(middle)), "", r.now)
	}

	if !ok {
		return 0
	}

	r.days = append(r.days, day)

	return end + 1 - r.at
}

// pair reports whether two numbers may be those of two days which can be chosen, rather than a day and its month.
func (r *dayReader) pair(first, second string) bool {
	a, _ := nextOf(number(first), r.now)
	b, _ := nextOf(number(second), r.now)

	return r.near(first) && r.near(second) && a < b
}

// after returns the place of the word behind another one, and what separates them; "" if that is a blank.
func (r *dayReader) after(at int) (place int, sep string) {
	if w := r.word(at + 1); w == "-" || w == "/" || w == "." {
		return at + 2, w
	}

	return at + 1, ""
}

// short reports whether a number of one or two digits stands at a place.
func (r *dayReader) short(at int) bool {
	w := r.word(at)

	return w != "" && len(w) <= 2 && digits(w)
}
