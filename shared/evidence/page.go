package evidence

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("evidence").Funcs(template.FuncMap{
	"time": func(zone *time.Location, at time.Time) string {
		if at.IsZero() {
			return "not known"
		}

		return at.In(zone).Format("2 January 2006, 15:04:05 MST")
	},
	"after": func(from, at time.Time) string {
		if from.IsZero() || at.Before(from) {
			return ""
		}

		return fmt.Sprintf("(%s after the attempt)", at.Sub(from).Truncate(time.Second))
	},
}).Parse(pageText))

// Page writes sheets as an HTML page to print, each on paper of its own. It loads nothing and runs no script.
func Page(w io.Writer, sheets []Sheet) error { return page.Execute(w, sheets) }
