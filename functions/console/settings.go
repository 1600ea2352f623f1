package console

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// settingsView is what the page of settings shows: what is stored, or in the form that was refused what was typed.
type settingsView struct {
	// Version is that of the settings, which every form names as the one that it is based on.
	Version int64
	Account account.Account
	Answers answersView
	Replies repliesForm
	Quiet   quietForm
	Words   wordsForm
	// Reclassed is "hold" or "send".
	Reclassed account.Reclassed
	// Profile is what the platform sets; shown to its people alone.
	Profile     profileForm
	ShowProfile bool
	Groups      []account.Group
	Days        []weekday
	// Currency is that of the limits.
	Currency string
	// Changed is what was changed since the form was filled in that is shown again.
	Changed []versionView
}

// answersView says who answers what shoppers write unasked.
type answersView struct {
	// Applies is "own", "platform", "none" without an app, or "deaf" if the app's provider does not report what shoppers write.
	Applies string
	App     account.App
	// Platform is what the platform's app answers; empty if it does not.
	Platform string
}

// weekday is a day of the week, as the settings name it and as people do.
type weekday struct{ Key, Label string }

var weekdays = []weekday{
	{"monday", "Mon"},
	{"tuesday", "Tue"},
	{"wednesday", "Wed"},
	{"thursday", "Thu"},
	{"friday", "Fri"},
	{"saturday", "Sat"},
	{"sunday", "Sun"},
}

// settings shows an account's settings.
func (h *handler) settings(c *call) error {
	view, err := h.settingsOf(c)
	if err != nil {
		return err
	}

	return c.show("settings", settingsPage(), view)
}

func settingsPage() pageView {
	return pageView{Title: "Settings", Tab: "settings", Lead: "How shoppers are answered, when they are left alone, and who gets messages at all."}
}

// settingsOf reads the settings.
func (h *handler) settingsOf(c *call) (settingsView, error) {
	u, err := h.Workspace.UnexpectedReplies(c.ctx(), c.caller, c.accountID())
	if err != nil {
		return settingsView{}, err
	}

	a := u.Account
	c.account = &a

	return settingsView{
		Version:     a.Version,
		Account:     a,
		Answers:     answersOf(u),
		Replies:     repliesFormOf(u.Own),
		Quiet:       quietFormOf(a.Quiet),
		Words:       wordsForm{strings.Join(a.Keywords.Stop, "\n"), strings.Join(a.Keywords.Start, "\n")},
		Reclassed:   cmp.Or(a.Reclassed, account.HoldReclassed),
		Profile:     profileFormOf(a),
		ShowProfile: c.caller.May(access.Operate, a.ID) == nil,
		Groups:      account.Groups(),
		Days:        weekdays,
		Currency:    currencyOf(a),
	}, nil
}

// currencyOf returns the currency that an account is charged in: that of the platform's app that it has, or else the usual one.
func currencyOf(a account.Account) string {
	for _, id := range a.AppIDs() {
		if app, _ := a.App(id); app.Ownership == message.Platform {
			return app.Currency()
		}
	}

	return account.App{}.Currency()
}

// answersOf says who answers.
func answersOf(u settings.UnexpectedReplies) answersView {
	v := answersView{Applies: "own", App: u.Sender}

	switch {
	case u.Sender.ID == "":
		v.Applies = "none"
	case !u.Hears:
		v.Applies = "deaf"
	case u.Sender.Ownership == message.Platform:
		v.Applies = "platform"
	}

	if u.Platform.Enabled {
		v.Platform = u.Platform.Text
	}

	return v
}

// change makes a change of a form of the page of settings. One that is refused shows the page again, with what typed puts into it.
func (h *handler) change(c *call, notice string, typed func(v *settingsView), do func(seen settings.Seen) error) error {
	err := do(c.seenIn())
	if err == nil {
		return c.done("/accounts/"+c.accountID()+"/settings", notice)
	}

	p := settingsPage()
	if p.Problem = settingsProblem(err); p.Problem == nil {
		return err
	}

	view, unread := h.settingsOf(c)
	if unread != nil {
		return unread
	}

	typed(&view)

	if fault.Is(err, fault.Stale) {
		if view.Changed, unread = h.changedSince(c, c.seenIn()); unread != nil {
			return unread
		}
	}

	return c.showWith(fault.KindOf(err).Status(), "settings", p, view)
}

// settingsLabels are what the page calls the fields of its forms.
var settingsLabels = map[string]string{
	"text":               "The answer",
	"hours.from":         "The first working hour",
	"hours.to":           "The last working hour",
	"hours.days":         "The working days",
	"from":               "The beginning of the quiet hours",
	"to":                 "The end of the quiet hours",
	"exempt":             "What is told in quiet hours as well",
	"stop":               "The words that stop messages",
	"start":              "The words that start them again",
	"reclassed":          "What becomes of such messages",
	"slug":               "The short name",
	"name":               "The name",
	"timeZone":           "The time zone",
	"consentMode":        "Who gets messages",
	"declaration":        "The declaration",
	"declaration.by":     "Who declared it",
	"declaration.text":   "What was declared",
	"portalLink":         "The portal's address",
	"markupBasisPoints":  "The mark-up",
	"dailyLimitMicros":   "The limit of a day",
	"monthlyLimitMicros": "The limit of a month",
}

// listed is a field that names an element of a list, such as stop[2].
var listed = regexp.MustCompile(`^(\w+)\[(\d+)\]$`)

// settingsProblem says what is wrong with a form of the page; nil if that is nothing a person can mend.
func settingsProblem(err error) *page.Problem {
	p := problemOf(err)
	if p == nil {
		return nil
	}

	field, msg := fault.Public(err)

	where := ""
	if at := listed.FindStringSubmatch(field); at != nil {
		n, _ := strconv.Atoi(at[2])
		field, where = at[1], fmt.Sprintf(", number %d,", n+1)
	}
	if field == "declaration" {
		field = "declaration.by"
	}
	if label := settingsLabels[field]; label != "" {
		return &page.Problem{Message: sentenceOf(label+where, msg), Field: field}
	}
	if fault.Is(err, fault.Stale) {
		msg = "the settings were changed since you opened this page. What you typed is still here: look at what was changed below, and save it again"
	}

	return &page.Problem{Message: sentence(field, msg)}
}

// variables is the help about what a template's placeholders can show.
func (h *handler) variables(c *call) error {
	all, err := h.Workspace.Variables(c.caller)
	if err != nil {
		return err
	}

	rows := make([]variableRow, len(all))
	for i, v := range all {
		rows[i] = variableRow{Variable: v, Events: eventsOf(v)}
	}

	return c.show("variables", pageView{Title: "Variables", Tab: "settings", Lead: "What the placeholders of a template can show of an order."}, rows)
}

// variableRow is a variable with the notifications that can have a value for it.
type variableRow struct {
	template.Variable

	// Events are empty if all can.
	Events []variableEvents
}

// variableEvents are the notifications of a group.
type variableEvents struct {
	Label  string
	All    bool
	Labels []string
}

func eventsOf(v template.Variable) []variableEvents {
	var found []variableEvents

	if v.Events == nil {
		return nil
	}

	for _, g := range account.Groups() {
		one := variableEvents{Label: g.Label}

		for _, e := range g.Events {
			if v.At(e.Kind) {
				one.Labels = append(one.Labels, e.Label)
			}
		}

		if one.All = len(one.Labels) == len(g.Events); len(one.Labels) > 0 {
			found = append(found, one)
		}
	}

	return found
}
