package console

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/template/risk"
)

// findingView is what was found about a message.
type findingView struct {
	settings.EventFinding
	Badge badge
	// Where names the part, and the place in it, counted from 1 as people do; Field is the id of the control that it is about.
	Where, Field string
	// Refuses says that settings are not saved with it.
	Refuses bool
}

// asUnfit returns the findings that an error is about.
func asUnfit(err error) (*settings.UnfitError, bool) {
	unfit, is := errors.AsType[*settings.UnfitError](err)
	return unfit, is
}

// findingsOf returns findings for a page, those that refuse first. places are the template's placeholders.
func findingsOf(all []settings.EventFinding, places []template.Place) []findingView {
	views := make([]findingView, 0, len(all))

	for _, f := range all {
		view := findingView{
			EventFinding: f,
			Badge:        badge{"warn", "Look at this"},
			Where:        whereOf(f.Finding),
			Field:        fieldOf(f.Finding, places),
			Refuses:      f.Severity == template.SeverityError,
		}

		switch {
		case view.Refuses:
			view.Badge = badge{"bad", "To be mended"}
		case f.Risk == risk.Refused:
			view.Badge = badge{"warn", "WhatsApp may refuse it"}
		case f.Risk != "":
			view.Badge = badge{"warn", "May cost more"}
		}

		views = append(views, view)
	}

	slices.SortStableFunc(views, func(a, b findingView) int {
		switch {
		case a.Refuses == b.Refuses:
			return 0
		case a.Refuses:
			return -1
		default:
			return 1
		}
	})

	return views
}

// whereOf names the part of a message that a finding is about, and the place in it.
func whereOf(f template.Finding) string {
	part := page.Capital(string(f.Component))

	switch {
	case f.Index < 0:
		return part
	case f.Component == "button":
		return fmt.Sprintf("Button %d", f.Index+1)
	default:
		return fmt.Sprintf("%s, placeholder %d", part, f.Index+1)
	}
}

// fieldOf returns the id of the control that a finding is about.
func fieldOf(f template.Finding, places []template.Place) string {
	rule := string(f.Rule)

	switch {
	case f.Component == "template":
		return "template"
	case strings.HasPrefix(rule, "media_") || rule == "location":
		return "media"
	case strings.HasPrefix(rule, "code_"):
		return "copyCode"
	case strings.HasPrefix(rule, "payment_"):
		return "payment"
	case strings.HasPrefix(rule, "action_"):
		return fmt.Sprintf("action-%d", f.Index)
	}

	for i, p := range places {
		if p.Component == f.Component && p.Index == f.Index {
			return fmt.Sprintf("value-%d", i)
		}
	}

	return "template"
}

// problemsOf returns the findings that refuse as the lines of a problem. Those of another event than the page's name theirs.
func problemsOf(all []settings.EventFinding, ofPage string) []page.Problem {
	var lines []page.Problem

	for _, f := range all {
		if f.Severity != template.SeverityError {
			continue
		}

		line := page.Problem{Message: whereOf(f.Finding) + ": " + f.Message + " " + f.Remedy}
		if kind := f.Event.String(); kind != ofPage {
			line.Message, line.Field = page.EventLabel(kind)+", "+line.Message, "on-"+kind
		}

		lines = append(lines, line)
	}

	return lines
}
