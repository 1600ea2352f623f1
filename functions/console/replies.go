package console

import (
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/actions"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// repliesPage is how many shoppers a page of actions has.
const repliesPage = 50

// actionList is one of the lists, as its tab shows it.
type actionList struct {
	List        conversation.List
	Name, About string
	// Empty is what it says when nothing is in it.
	Empty string
}

// actionLists are the lists in the order of their tabs.
var actionLists = []actionList{
	{conversation.ListPending, "Pending", "Goes on by itself, or with the shopper's answer.", "No choice of a shopper waits for anything."},
	{conversation.ListFailed, "Not done", "Was not done: a person may have to act.", "Nothing that shoppers chose is left undone."},
	{conversation.ListLate, "Too late", "Came when something else counted already.", "No choice came too late."},
	{conversation.ListDone, "Done", "Nothing is left to do.", "No choice is done yet."},
}

// repliesView is what the page of actions shows.
type repliesView struct {
	Lists []actionList
	List  actionList
	Page  actions.Page
}

// replies lists what shoppers chose after a failed delivery.
func (h *handler) replies(c *call) error {
	return h.showReplies(c, c.r.URL.Query().Get("list"), c.r.URL.Query().Get("after"), nil)
}

// showReplies answers with one of the lists; an empty name is the first.
func (h *handler) showReplies(c *call, name, after string, problem *page.Problem) error {
	view := repliesView{Lists: actionLists, List: actionLists[0]}

	for _, l := range actionLists {
		if string(l.List) == name {
			view.List = l
		}
	}

	if name != "" && string(view.List.List) != name {
		return fault.Field("list", "there is no such list")
	}

	var err error
	if view.Page, err = h.Actions.List(c.ctx(), c.caller, c.accountID(), view.List.List, after, repliesPage); err != nil {
		return err
	}

	p := pageView{
		Title:   "Replies and actions",
		Tab:     "replies",
		Lead:    "What shoppers chose after a failed delivery, and how far each choice is. The order's story has what they wrote.",
		Problem: problem,
	}
	if problem != nil {
		return c.showWith(statusUnprocessable, "replies", p, view)
	}

	return c.show("replies", p, view)
}

// retryActions has what is stuck on an order submitted once more.
func (h *handler) retryActions(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	err := c.noted("submit", func(note *audit.Note) error {
		return h.Actions.Retry(c.ctx(), c.caller, c.accountID(), c.sent.Get("order"), false, func(conversation.Action) {}, note)
	})

	switch {
	case err == nil:
		return c.done("/accounts/"+c.accountID()+"/replies", "action-retried")
	case errors.Is(err, actions.ErrNoneStuck):
		return h.showReplies(c, string(conversation.ListFailed), "", undone("", "The order has no choice that is stuck: what waits is tried again by itself."))
	case fault.Is(err, fault.Conflict):
		return h.showReplies(c, string(conversation.ListFailed), "", undone("", "The shopper's conversation moved on meanwhile: look how far the choice is now."))
	default:
		return err
	}
}

// evidenceOfOrder shows the sheets of an order's failed attempts, each to be printed on paper of its own.
func (h *handler) evidenceOfOrder(c *call) error {
	sheets, err := h.Evidence.OfOrder(c.ctx(), c.caller, c.accountID(), c.r.PathValue("orderId"))
	if err != nil {
		return err
	}

	number := ""
	if len(sheets) > 0 {
		number = sheets[0].Number
	}

	return c.show("evidence", pageView{
		Title: "Evidence on failed attempts",
		Tab:   "replies",
		Lead:  "What shows whether there was an attempt. Print this page to hand it over: each attempt is on paper of its own.",
	}, struct {
		OrderID, Number string
		Sheets          []evidence.Sheet
	}{c.r.PathValue("orderId"), number, sheets})
}
