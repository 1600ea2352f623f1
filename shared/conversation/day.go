package conversation

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// relative are words for days from today on.
var relative = map[string]int{
	"tomorrow": 1, "tmrw": 1, "tmr": 1, "kal": 1, "कल": 1,
	"parso": 2, "parson": 2, "परसों": 2, "परसो": 2,
}

var weekdays = map[string]time.Weekday{
	"monday": time.Monday, "mon": time.Monday, "somvar": time.Monday, "somwar": time.Monday, "सोमवार": time.Monday,
	"tuesday": time.Tuesday, "tue": time.Tuesday, "tues": time.Tuesday, "mangalvar": time.Tuesday, "mangalwar": time.Tuesday, "मंगलवार": time.Tuesday,
	"wednesday": time.Wednesday, "wed": time.Wednesday, "budhvar": time.Wednesday, "budhwar": time.Wednesday, "बुधवार": time.Wednesday,
	"thursday": time.Thursday, "thu": time.Thursday, "thur": time.Thursday, "thurs": time.Thursday, "guruvar": time.Thursday, "guruwar": time.Thursday, "गुरुवार": time.Thursday,
	"friday": time.Friday, "fri": time.Friday, "shukravar": time.Friday, "shukrawar": time.Friday, "शुक्रवार": time.Friday,
	"saturday": time.Saturday, "sat": time.Saturday, "shanivar": time.Saturday, "shaniwar": time.Saturday, "शनिवार": time.Saturday,
	"sunday": time.Sunday, "sun": time.Sunday, "ravivar": time.Sunday, "raviwar": time.Sunday, "itvar": time.Sunday, "रविवार": time.Sunday,
}

// months go by their first three letters, and in Hindi by their names.
var months = map[string]time.Month{
	"jan": time.January, "feb": time.February, "mar": time.March, "apr": time.April, "may": time.May, "jun": time.June,
	"jul": time.July, "aug": time.August, "sep": time.September, "oct": time.October, "nov": time.November, "dec": time.December,
	"जनवरी": time.January, "फरवरी": time.February, "मार्च": time.March, "अप्रैल": time.April, "मई": time.May, "जून": time.June,
	"जुलाई": time.July, "अगस्त": time.August, "सितंबर": time.September, "अक्टूबर": time.October, "नवंबर": time.November, "दिसंबर": time.December,
}

var (
	isoForm = regexp.MustCompile(`^(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})$`)
	// numericForm has the day first, as it is written in India, and may leave the year out.
	numericForm = regexp.MustCompile(`^(\d{1,2})\s*[-/.]\s*(\d{1,2})(?:\s*[-/.]\s*(\d{2}|\d{4}))?$`)
	dayForm     = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)?$`)
)

// readDay reads a day as people in India write it: "14/12", "14-12-2026", "14 Dec", "Dec 14th", "14", "Monday", "tomorrow", "kal". now is
// in the zone that the day is meant in. A day without a year, a month or a date is the next one of that name. false for what is
// no day.
func readDay(text string, now time.Time) (string, bool) {
	text = strings.ReplaceAll(plain(text), "tomm", "tom") // as it is often written
	text = strings.ReplaceAll(strings.ReplaceAll(text, "tomorow", "tomorrow"), "day after tomorrow", "parso")
	if n, ok := relative[text]; ok {
		return now.AddDate(0, 0, n).Format(dayLayout), true
	}

	if m := isoForm.FindStringSubmatch(text); m != nil {
		return dayIn(number(m[1]), number(m[2]), number(m[3]))
	}
	if m := numericForm.FindStringSubmatch(text); m != nil {
		return dated(number(m[1]), time.Month(number(m[2])), m[3], now)
	}

	return named(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '-' || r == '/' || r == '.' }), now)
}

// fillers are words that say nothing about which day is meant.
var fillers = map[string]bool{
	"on": true, "next": true, "this": true, "coming": true, "the": true, "of": true, "deliver": true, "delivery": true, "please": true, "pls": true,
	"plz": true, "date": true, "to": true, "ko": true, "को": true, "is": true, "it": true, "by": true, "make": true, "tarikh": true, "तारीख": true,
	"morning": true, "evening": true, "afternoon": true, "subah": true, "shaam": true, "tak": true,
}

// named reads a day of words: a weekday, a relative day, or day and month with or without a year.
func named(words []string, now time.Time) (string, bool) {
	var day int
	var month time.Month
	var year string
	var weekday *time.Weekday

	for i, w := range words {
		if fillers[w] {
			continue
		}
		if n, ok := relative[w]; ok && len(words) > 1 && i == len(words)-1 || ok && rest(words, i) {
			return now.AddDate(0, 0, n).Format(dayLayout), true
		}

		m, isMonth := monthOf(w)
		d, isWeekday := weekdays[w]
		digitsOfDay := dayForm.FindStringSubmatch(w)

		switch {
		case isMonth && month == 0:
			month = m
		case isWeekday && weekday == nil:
			weekday = &d
		case digitsOfDay != nil && day == 0:
			day = number(digitsOfDay[1])
		case (len(w) == 4 || len(w) == 2 && month != 0) && digits(w) && year == "":
			year = w
		default:
			return "", false
		}
	}

	switch {
	case day != 0 && month != 0:
		return dated(day, month, year, now)
	case day != 0 && year == "":
		return nextOf(day, now)
	case weekday != nil && month == 0 && year == "":
		ahead := (int(*weekday)-int(now.Weekday())+6)%7 + 1

		return now.AddDate(0, 0, ahead).Format(dayLayout), true
	default:
		return "", false
	}
}

// rest reports whether all words but one are fillers.
func rest(words []string, at int) bool {
	for i, w := range words {
		if i != at && !fillers[w] {
			return false
		}
	}

	return true
}

// longMonths are the names of months that are longer than three letters.
const longMonths = " january february march april june july august september sept october november december "

func monthOf(word string) (time.Month, bool) {
	if m, ok := months[word]; ok {
		return m, true
	}
	if !strings.Contains(longMonths, " "+word+" ") {
		return 0, false
	}

	return months[word[:3]], true
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
