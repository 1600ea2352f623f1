package console

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/reopen"
)

// givenUpView is what the page of messages that were given up shows.
type givenUpView struct {
	List reopen.List
	// Account, App and Since are what is looked for.
	Account, App, Since string
	// Looked says that something was looked for, Found what was found, and More how many beyond that.
	Looked bool
	Found  []reopen.Given
	More   int
}

// givenUp lists what was given up: of all accounts, and of one since a day, where that is asked for.
func (h *handler) givenUp(c *call) error {
	q := c.r.URL.Query()
	view := givenUpView{Account: q.Get("account"), App: q.Get("app"), Since: q.Get("since")}

	var problem *page.Problem

	if view.Account != "" || view.Since != "" {
		if err := h.lookFor(c, &view); err != nil {
			if problem = unfound(err); problem == nil {
				return err
			}
		}
	}

	return h.showGivenUp(c, view, problem)
}

// unfound returns what is wrong with what was looked for; nil of an error that is not the person's.
func unfound(err error) *page.Problem {
	if fault.Is(err, fault.NotFound) {
		return undone("account", "There is no such account.")
	}

	why := problemOf(err)
	if why != nil {
		_, msg := fault.Public(err)
		why = undone(why.Field, sentenceOf("", msg))
	}

	return why
}

// lookFor finds what a scope has.
func (h *handler) lookFor(c *call, view *givenUpView) error {
	scope, err := h.scopeOf(view)
	if err != nil {
		return err
	}

	_, err = h.GivenUp.All(c.ctx(), c.caller, scope, reopen.Going{
		Dry:    true,
		Passed: func(error) {},
		Found: func(m message.Message) {
			if len(view.Found) == operationsPage {
				view.More++
				return
			}

			view.Found = append(view.Found, reopen.GivenOf(m))
		},
	}, "", nil)
	view.Looked = err == nil

	return err
}

// scopeOf reads what is looked for.
func (h *handler) scopeOf(view *givenUpView) (reopen.Scope, error) {
	since, err := time.ParseInLocation(time.DateOnly, view.Since, h.cfg.Zone.Location())

	switch {
	case view.Account == "":
		return reopen.Scope{}, fault.Field("account", "name an account, such as 811")
	case err != nil:
		return reopen.Scope{}, fault.Field("since", "name a day, such as 2026-11-30")
	default:
		return reopen.Scope{AccountID: view.Account, AppID: view.App, Since: since}, nil
	}
}

// showGivenUp answers with the page; a problem is that of a form that was refused.
func (h *handler) showGivenUp(c *call, view givenUpView, problem *page.Problem) error {
	var err error
	if view.List, err = h.GivenUp.List(c.ctx(), c.caller, c.r.URL.Query().Get("after"), operationsPage); err != nil {
		return err
	}

	p := pageView{
		Title:   "Given up",
		Tab:     operationsTab,
		Lead:    "Messages that the provider may have taken, without anything that proved it. Within seven days a person may have them sent once more.",
		Problem: problem,
	}
	if problem != nil {
		return c.showWith(statusUnprocessable, "givenup", p, view)
	}

	return c.show("givenup", p, view)
}

// reopenOne has one message sent once more.
func (h *handler) reopenOne(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	m, err := h.GivenUp.Message(c.ctx(), c.caller, c.sent.Get("message"))
	if err == nil {
		err = c.noted("reopen", func(note *audit.Note) error { return h.GivenUp.Reopen(c.ctx(), c.caller, m, note) })
	}
	if err == nil {
		return c.done("/operations/given-up", "reopened")
	}

	// The form is one of many on the page, so that no field is at fault.
	switch _, msg := fault.Public(err); fault.KindOf(err) {
	case fault.Invalid:
		return h.showGivenUp(c, givenUpView{}, undone("", "The message "+msg+"."))
	case fault.Conflict:
		return h.showGivenUp(c, givenUpView{}, undone("", "The message was changed meanwhile: look whether it is still in the list."))
	default:
		return err
	}
}

// reopenAll has all messages of a scope sent once more, once the person has said that they were looked up.
func (h *handler) reopenAll(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	view := givenUpView{Account: c.sent.Get("account"), App: c.sent.Get("app"), Since: c.sent.Get("since")}

	scope, err := h.scopeOf(&view)
	if err == nil && c.sent.Get("sure") == "" {
		if err = h.lookFor(c, &view); err == nil {
			err = fault.Field("sure", "say that you have looked them up at the provider")
		}
	}

	var n reopen.Count

	if err == nil {
		err = c.noted("reopen-all", func(note *audit.Note) error {
			var failed error
			n, failed = h.GivenUp.All(c.ctx(), c.caller, scope, reopen.Going{Found: func(message.Message) {}, Passed: func(error) {}}, scope.Name(h.cfg.Zone.Location()), note)

			return failed
		})
	}

	switch {
	case err == nil && n.Reopened == 0:
		return c.done("/operations/given-up", "none-reopened")
	case err == nil:
		return c.done("/operations/given-up", "reopened")
	}

	if why := unfound(err); why != nil {
		return h.showGivenUp(c, view, why)
	}

	return err
}
