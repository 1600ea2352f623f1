package conversation

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// readDay reads a day as people in India write it: "14/12", "14 12 2026", "14 Dec", "14dec", "१४ दिसंबर", "Dec 14th", "14 tareekh", "Monday",
// "kal", "2 din baad", "14 Dec after 5 pm". now is in the zone that the day is meant in. A day without a year, a month or a date is the
// next one of that name. It returns false for what is no day, and wherever the text says more than is understood: "not on 14 Dec", "14
// or 15", "from Monday on" and "2 pieces" name no day.
func readDay(text string, now time.Time) (string, bool) {
	r := dayReader{now: now, words: wordsOfDay(text)}
	for r.at < len(r.words) {
		if !r.next() {
			return "", false
		}
	}

	return r.day()
}

// dayReader reads the words of a day from the first to the last.
type dayReader struct {
	now   time.Time
	words []string
	at    int

	// number is a day of a month without its month, month and year what goes with it; 0 and "" for none.
	number int
	month  time.Month
	year   string
	// days are those that were named in full, or from today on; weekday is one that was named.
	days    []string
	weekday *time.Weekday
	// marked, loose and ahead say that there are such words; see [wordKind].
	marked, loose, ahead bool
}

// ignored are the marks and signs that change nothing.
const ignored = "-/.,:;()\"*_~।🙏👍😊🙂"

// rewritten is what would come apart as words.
var rewritten = strings.NewReplacer(" 2mor", " tomor", " 2mrw", " tmrw", "a.m", "am", "p.m", "pm", "–", "-", "—", "-", "@", " at ")

// wordsOfDay returns the words, numbers and marks of a text, "14dec" as two.
func wordsOfDay(text string) []string {
	text = rewritten.Replace(strings.Map(westernDigit, " "+plain(text)))

	const (
		word = iota + 1
		number
		mark
	)

	var all []string

	before := 0
	for _, r := range text {
		kind := mark
		switch {
		case unicode.IsSpace(r):
			before = 0
			continue
		case r >= '0' && r <= '9':
			kind = number
		case unicode.IsLetter(r) || unicode.IsMark(r):
			kind = word
		}

		if kind == before && kind != mark {
			all[len(all)-1] += string(r)
		} else {
			all = append(all, string(r))
		}

		before = kind
	}

	var words []string
	for _, w := range all {
		if n := min(len(w), len("th")); kinds[ordinal][w[:n]] && months[spelled(w[n:])] != 0 {
			words = append(words, w[:n], spelled(w[n:])) // as in "14thdec"
		} else {
			words = append(words, spelled(w))
		}
	}

	return words
}

// word returns the word at a place; "" behind the last.
func (r *dayReader) word(at int) string {
	if at >= len(r.words) {
		return ""
	}

	return r.words[at]
}

func (r *dayReader) is(at int, k wordKind) bool { return kinds[k][r.word(at)] }

// next reads what stands at the present place; false if that is not understood.
func (r *dayReader) next() bool {
	w := r.word(r.at)
	if n := r.clock(r.at); n > 0 {
		r.at += n

		return true
	}
	if n := r.fromToday(); n > 0 {
		r.at += n

		return true
	}
	if n := r.date(); n > 0 {
		r.at += n

		return true
	}

	r.at++

	m, isMonth := months[w]
	d, isWeekday := weekdays[w]

	switch {
	case w == "to" && (r.number != 0 || len(r.days) > 0 || r.weekday != nil):
		return false // from a day to a day
	case isMonth && r.month == 0:
		r.month = m
	case isWeekday && r.weekday == nil:
		r.weekday = &d
	case digits(w):
		return r.take(w)
	case r.is(r.at-1, marking):
		r.marked = true
	case r.is(r.at-1, loose):
		r.loose = true
	default:
		return r.is(r.at-1, neutral) || strings.Contains(ignored, w)
	}

	return true
}

// take takes a number for a day of a month, or for the year behind the month.
func (r *dayReader) take(w string) bool {
	switch {
	case len(w) <= 2 && r.number == 0:
		r.number = number(w)
		if r.is(r.at, ordinal) {
			r.at++
			r.marked = true
		}

		return r.number != 0
	case len(w) == 4 && r.year == "":
		r.year = w
	case len(w) == 2 && r.month != 0 && r.year == "" && !r.near(w):
		r.year = w
	default:
		return false
	}

	return true
}

// near reports whether a number may be that of a day which can be chosen.
func (r *dayReader) near(w string) bool {
	day, ok := nextOf(number(w), r.now)

	return ok && day <= r.now.AddDate(0, 0, maxDays).Format(dayLayout)
}

// day returns the one day that the words name.
func (r *dayReader) day() (string, bool) {
	switch {
	case r.number != 0 && r.month != 0:
		day, ok := dated(r.number, r.month, r.year, r.now)
		if !ok {
			return "", false
		}

		r.days = append(r.days, day)
	case r.month != 0 || r.year != "":
		return "", false
	case r.number != 0:
		day, ok := nextOf(r.number, r.now)
		if !ok || r.loose && !r.marked || r.ahead {
			return "", false // a quantity, or two numbers of days
		}

		r.days = append(r.days, day)
	}

	if len(r.days) == 0 {
		if r.weekday == nil {
			return "", false
		}

		r.add((int(*r.weekday)-int(r.now.Weekday())+6)%7 + 1)
	}

	for _, d := range r.days {
		t, err := time.Parse(dayLayout, d)
		if err != nil || d != r.days[0] || r.weekday != nil && t.Weekday() != *r.weekday {
			return "", false
		}
	}

	return r.days[0], true
}

func (r *dayReader) add(days int) {
	r.days = append(r.days, r.now.AddDate(0, 0, days).Format(dayLayout))
}

// dated returns a day of a month. Without a year it is the next one.
func dated(day int, month time.Month, year string, now time.Time) (string, bool) {
	if year != "" {
		y := number(year)
		if y < 100 {
			y += 2000
		}

		return dayIn(y, int(month), day)
	}

	found, ok := dayIn(now.Year(), int(month), day)
	if ok && found < now.Format(dayLayout) {
		return dayIn(now.Year()+1, int(month), day)
	}

	return found, ok
}

// nextOf returns the next day with that number in a month.
func nextOf(day int, now time.Time) (string, bool) {
	const monthsAhead = 2
	for n := range monthsAhead {
		first := time.Date(now.Year(), now.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)

		found, ok := dayIn(first.Year(), int(first.Month()), day)
		if ok && found > now.Format(dayLayout) {
			return found, true
		}
	}

	return "", false
}

// dayIn returns a day that exists.
func dayIn(year, month, day int) (string, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)

	return t.Format(dayLayout), t.Year() == year && int(t.Month()) == month && t.Day() == day
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // the caller has matched digits

	return n
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
