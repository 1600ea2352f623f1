package console

import (
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// whatIf says what notifications would cost at an app, by what happened in the last days. It changes nothing, so that all that is asked stands in
// the query.
func (h *handler) whatIf(c *call) error {
	query := c.r.URL.Query()

	n, err := h.Workspace.Notifications(c.ctx(), c.caller, c.accountID(), query.Get("app"))
	if err != nil {
		return err
	}

	view := whatIfView{Notifications: n, Chosen: map[string]bool{}}
	for _, id := range n.Account.AppIDs() {
		view.Apps = append(view.Apps, appChoice{id, n.Account.Apps[id].Name})
	}

	p := pageView{Title: "What would it cost?", Tab: "usage", Lead: "Choose notifications. The estimate counts what happened in this account in the last 30 days, whether or not a message was sent."}

	var kinds []order.Kind

	for _, text := range query["event"] {
		kind, ok := order.ParseKind(text)
		if !ok {
			p.Problem = problemOf(fault.Field("event", "must be one of those in the list"))
			return c.showWith(fault.Invalid.Status(), "whatif", p, view)
		}

		view.Chosen[text] = true

		kinds = append(kinds, kind)
	}

	if len(kinds) == 0 {
		return c.show("whatif", p, view)
	}

	e, err := h.Book.Estimate(c.ctx(), c.caller, n, kinds)
	if p.Problem = problemOf(err); p.Problem != nil {
		return c.showWith(fault.KindOf(err).Status(), "whatif", p, view)
	}
	if err != nil {
		return err
	}

	view.Estimate = &e

	return c.show("whatif", p, view)
}
