package pages

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// words are what templates may call besides those of package page.
var words = template.FuncMap{
	"act":      act,
	"short":    short,
	"system":   systemLabel,
	"until":    until,
	"answered": answered,
	"chosen":   chosen,
	"twice":    twice,
	"sum":      func(a, b int64) int64 { return a + b },
	"micro":    micro,
	"sentence": func(text string) string { return page.Sentence("", text) },
	"person":   func(accountID string) string { return "editor:" + accountID },
	"query":    url.QueryEscape,
}

// act are the attributes of a form that does something: it is posted, and if the page can do that in the background the words of what came of it are put where
// the page has room for them.
func act(path string) template.HTMLAttr {
	at := template.HTMLEscapeString(path)
	return template.HTMLAttr(`method="post" action="` + at + `" hx-post="` + at + `" hx-target="#said" hx-swap="innerHTML"`)
}

// short is a moment as people in India read it: the time of day, and the day unless it is the one of now.
func short(at, now time.Time) string {
	at, now = at.In(config.IST), now.In(config.IST)
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04:05")
	}

	return at.Format("2 Jan, 15:04:05")
}

// micro writes nano-dollars as micro-dollars with one digit behind the point.
func micro(nano int64) string {
	tenths := (nano + 50) / 100

	return page.Number(tenths/10) + "." + strconv.FormatInt(tenths%10, 10)
}

// until says how far away a moment is.
func until(at, now time.Time) string {
	if d := at.Sub(now); d >= time.Second {
		return "in " + lasts(d)
	}

	return "now"
}

// answered is the colour of an answer's status.
func answered(status int) string {
	if status/100 == 2 {
		return "ok"
	}

	return "bad"
}

// chosen is the colour of how far a choice came.
func chosen(s conversation.State) string {
	switch s {
	case conversation.Accepted:
		return "ok"
	case conversation.Refused, conversation.Stuck:
		return "bad"
	default:
		return "quiet"
	}
}

// twice reports whether the shopper may have got a message twice.
func twice(all []checks.AttemptNote) bool {
	return slices.ContainsFunc(all, func(a checks.AttemptNote) bool { return a.PossibleDuplicate })
}
