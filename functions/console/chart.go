package console

import (
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// chart is bars to draw, one a day, each of parts that stand on each other. It is drawn by the part "chart", in a box of chartWidth by
// chartHeight units.
type chart struct {
	Title  string
	Series []series
	Bars   []bar
	Grid   []gridLine
}

// series is what one part of each bar counts; Class is its colour.
type series struct{ Class, Label string }

// bar is one day.
type bar struct {
	Label string
	// X and Width are those of the bar; Middle is where its label stands.
	X, Width, Middle string
	Parts            []barPart
	// Named says that there is room for its label.
	Named bool
	// Values are what its parts count, in words, for the table beside it.
	Values []string
}

// barPart is a rectangle.
type barPart struct{ Class, Y, Height string }

// gridLine is a line across, with what it stands for.
type gridLine struct{ Y, Label string }

const (
	chartWidth  = 720.0
	chartHeight = 200.0
	chartLeft   = 56.0
	chartTop    = 8.0
	chartBottom = 24.0
	// mostLabels is how many days there is room to name.
	mostLabels = 16
)

// day is what a bar is drawn of.
type dayValues struct {
	label  string
	values []int64
}

// sentChart is how far the messages of each day came.
func sentChart(r usage.Report) chart {
	all := []series{{"one", "read"}, {"two", "delivered, not read"}, {"four", "sent, not delivered"}, {"three", "failed"}}

	return draw("Messages by day", all, daysOf(r, func(f billing.Figures) []int64 {
		return []int64{f.Read, f.Delivered - f.Read, f.Sent - f.Delivered, f.Failed}
	}), func(n int64) string { return page.Number(n) })
}

// moneyChart is what each day cost.
func moneyChart(r usage.Report) chart {
	return draw("Money by day, in "+r.Currency, []series{{"one", "charged"}}, daysOf(r, func(f billing.Figures) []int64 {
		return []int64{f.ActualMicros}
	}), func(n int64) string { return billing.Money{Micros: n}.Decimal() })
}

// daysOf returns the values of each day of a report that is grouped by day, those without a message too.
func daysOf(r usage.Report, values func(billing.Figures) []int64) []dayValues {
	found := map[billing.Day]billing.Figures{}
	for _, row := range r.Rows {
		found[row.Day] = row.Figures
	}

	var days []dayValues
	for d := r.From; d < r.To; d = d.Next() {
		days = append(days, dayValues{string(d), values(found[d])})
	}

	return days
}

// draw places bars in the box.
func draw(title string, all []series, days []dayValues, words func(int64) string) chart {
	c := chart{Title: title, Series: all}

	top := int64(1)
	for _, d := range days {
		var sum int64
		for _, v := range d.values {
			sum += max(v, 0)
		}

		top = max(top, sum)
	}

	top = niceTop(top)
	height := chartHeight - chartTop - chartBottom
	y := func(v int64) float64 { return chartTop + height*(1-float64(v)/float64(top)) }

	for i := range int64(5) {
		at := top * i / 4
		if i > 0 && at == top*(i-1)/4 {
			continue // of few messages, two lines would stand for the same
		}

		c.Grid = append(c.Grid, gridLine{units(y(at)), words(at)})
	}

	step := (chartWidth - chartLeft) / float64(max(len(days), 1))
	every := (len(days) + mostLabels - 1) / mostLabels

	for i, d := range days {
		x := chartLeft + step*float64(i)
		b := bar{
			Label:  d.label,
			X:      units(x + step*.15),
			Width:  units(step * .7),
			Middle: units(x + step/2),
			Named:  i%max(every, 1) == 0,
		}

		var below int64

		for j, v := range d.values {
			v = max(v, 0)
			b.Values = append(b.Values, words(v))

			if v > 0 && j < len(all) {
				b.Parts = append(b.Parts, barPart{c.Series[j].Class, units(y(below + v)), units(y(below) - y(below+v))})
			}

			below += v
		}

		c.Bars = append(c.Bars, b)
	}

	return c
}

// niceTop is the least of 1, 2, 4, 5, 8 and 10 times a power of ten that is no less than n.
func niceTop(n int64) int64 {
	for power := int64(1); ; power *= 10 {
		for _, m := range []int64{1, 2, 4, 5, 8} {
			if m*power >= n {
				return m * power
			}
		}
	}
}

// units writes a length.
func units(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// Short is the day of a label without its year.
func (b bar) Short() string {
	if len(b.Label) == len("2006-01-02") {
		return b.Label[len("2006-"):]
	}

	return b.Label
}
