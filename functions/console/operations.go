package console

import (
	"errors"
	"net/url"
	"regexp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/reopen"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// operationsTab is the part of the navigation that the operator's pages belong to.
	operationsTab = "operations"
	// operationsPage is how many rows a list of the operator's has, glance how many of each the overview shows.
	operationsPage, glance = 50, 5
)

// noted does something that leaves a note: what was done, and who did it at this door.
func (c *call) noted(verb string, do func(note *audit.Note) error) error {
	note := c.h.Audit.Note(verb, audit.By(c.h.cfg.Door.Door, c.caller))
	err := do(note)

	return errors.Join(err, note.End(c.ctx(), err))
}

// undone is why something was not done that a person asked for: what is wrong with a field, in a sentence.
func undone(field, sentence string) *page.Problem {
	return &page.Problem{Heading: "That was not done", Message: sentence, Field: field}
}

// operations is the overview: what there may be to mend, and what was mended last.
func (h *handler) operations(c *call) error {
	givenUp, err := h.GivenUp.List(c.ctx(), c.caller, "", glance)
	if err != nil {
		return err
	}

	held, more, err := h.Workspace.Troubles(c.ctx(), c.caller, "", operationsPage)
	if err != nil {
		return err
	}

	forms, err := h.Workspace.Shapes(c.ctx(), c.caller)
	if err != nil {
		return err
	}

	notes, err := h.Audit.Latest(c.ctx(), c.caller, time.Time{}, glance)
	if err != nil {
		return err
	}

	return c.show("operations", pageView{
		Title: "Operations",
		Tab:   operationsTab,
		Lead:  "What the platform's people mend by hand, over all accounts. Everything that is changed here, or shown of a shopper, leaves a note.",
	}, struct {
		GivenUp  reopen.List
		Held     []settings.Trouble
		MoreHeld bool
		Forms    []store.Shape
		Notes    []store.Operation
	}{givenUp, held, more != "", forms, notes})
}

// held lists what cannot send.
func (h *handler) held(c *call) error {
	all, next, err := h.Workspace.Troubles(c.ctx(), c.caller, c.r.URL.Query().Get("after"), operationsPage)
	if err != nil {
		return err
	}

	return c.show("held", pageView{
		Title: "Held apps and templates",
		Tab:   operationsTab,
		Lead:  "Messages through these wait. They go out by themselves once what is wrong is mended.",
	}, struct {
		Troubles []settings.Trouble
		Next     string
	}{all, next})
}

// unknownForms lists the forms of providers' bodies that no fixture has.
func (h *handler) unknownForms(c *call) error {
	all, err := h.Workspace.Shapes(c.ctx(), c.caller)
	if err != nil {
		return err
	}

	return c.show("forms", pageView{
		Title: "What providers send that we do not know",
		Tab:   operationsTab,
		Lead:  "Answers and callbacks in a form that none of our samples has. No value that was sent is kept.",
	}, all)
}

// unknownForm shows one of them.
func (h *handler) unknownForm(c *call) error {
	one, err := h.Workspace.Shape(c.ctx(), c.caller, c.r.PathValue("fingerprint"))
	if err != nil {
		return err
	}

	return c.show("form", pageView{Title: "Form " + one.Fingerprint, Tab: operationsTab}, one)
}

// commandWord is what may stand in a command that a page shows.
var commandWord = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// replay says how a day is delivered again on a copy of what is stored, which a machine with the product's source does.
func (h *handler) replay(c *call) error {
	if err := c.caller.May(access.Operate, ""); err != nil { // no use case is asked
		return err
	}

	q := c.r.URL.Query()
	main := struct{ Account, Day, Command string }{Account: q.Get("account"), Day: q.Get("day")}
	p := pageView{
		Title: "Replay of a day",
		Tab:   operationsTab,
		Lead:  "Delivers an account's events of a day to the code or the settings of today, on a copy of what is stored, and says what would be otherwise. Nothing is sent and nothing is changed.",
	}

	if main.Account == "" && main.Day == "" {
		return c.show("replay", p, main)
	}

	_, err := time.Parse(time.DateOnly, main.Day)

	switch {
	case !commandWord.MatchString(main.Account):
		p.Problem = undone("account", "Name an account by its id, such as 811.")
	case err != nil:
		p.Problem = undone("day", "Name a day, such as 2026-11-30.")
	default:
		main.Command = "go run ./functions/cmd/ops replay " + main.Account + "/" + main.Day
		return c.show("replay", p, main)
	}

	return c.showWith(statusUnprocessable, "replay", p, main)
}

// notes lists what was done by hand.
func (h *handler) notes(c *call) error {
	var before time.Time

	if text := c.r.URL.Query().Get("before"); text != "" {
		var err error
		if before, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return fault.Field("before", "must be the time of an earlier page")
		}
	}

	all, err := h.Audit.Latest(c.ctx(), c.caller, before, operationsPage+1)
	if err != nil {
		return err
	}

	next := ""
	if len(all) > operationsPage {
		all = all[:operationsPage]
		next = url.QueryEscape(all[operationsPage-1].BegunAt.UTC().Format(time.RFC3339Nano))
	}

	return c.show("notes", pageView{
		Title: "What was done by hand",
		Tab:   operationsTab,
		Lead:  "What was mended with ops or on these pages, and which letters were shown as they are: by whom, and what came of it. Kept for good. Changes of settings are in each account's history, numbers that were shown in the orders' stories, and erasures with the consent.",
	}, struct {
		Notes []store.Operation
		Next  string
	}{all, next})
}
