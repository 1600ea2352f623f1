package console

import (
	"maps"
	"net/http"
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// versionsPage is how many versions a page lists.
const versionsPage = 25

// versionView is one change of an account's settings.
type versionView struct {
	store.Version
	Did  string
	Who  string
	Says []changeGroup
}

// versionOf returns a version for a page.
func versionOf(v store.Version, names map[string]string) versionView {
	who := v.By.Name
	if who == "" {
		who = v.By.Subject
	}

	return versionView{Version: v, Did: didWords(v), Who: who, Says: changesOf(v.Changes, names)}
}

// appNames are what people call the apps of an account, by their ids.
func appNames(a account.Account) map[string]string {
	names := map[string]string{}
	for id, app := range a.Apps {
		names[id] = app.Name
	}

	return names
}

// history lists the changes of an account's settings.
func (h *handler) history(c *call) error {
	before, _ := strconv.ParseInt(c.r.URL.Query().Get("before"), 10, 64) // of what is no number it begins with the newest

	all, next, err := h.Workspace.Versions(c.ctx(), c.caller, c.accountID(), max(before, 0), versionsPage)
	if err != nil {
		return err
	}
	if err = c.name(); err != nil {
		return err
	}

	views := make([]versionView, len(all))
	for i, v := range all {
		views[i] = versionOf(v, appNames(*c.account))
	}

	return c.show("history", pageView{Title: "History", Tab: "notifications", Lead: "Who changed what of the settings, and when."}, struct {
		Versions []versionView
		Next     int64
		Now      int64
	}{views, next, c.account.Version})
}

// changedSince returns what others changed since the version that a form was filled in on, the newest first.
func (h *handler) changedSince(c *call, seen settings.Seen) ([]versionView, error) {
	all, _, err := h.Workspace.Versions(c.ctx(), c.caller, c.accountID(), 0, versionsPage)
	if err != nil {
		return nil, err
	}
	if err = c.name(); err != nil {
		return nil, err
	}

	var views []versionView

	for _, v := range all {
		if v.Number > seen.Version && seen.Version >= 0 {
			views = append(views, versionOf(v, appNames(*c.account)))
		}
	}

	return views, nil
}

// pastView is the page of one version.
type pastView struct {
	versionView

	Revert []changeGroup
	// Seen is the version of the settings that the page is about.
	Seen    int64
	Invalid string
}

// past shows one change of an account's settings, and what going back to it would change.
func (h *handler) past(c *call) error { return h.showPast(c, http.StatusOK, nil) }

// showPast shows the page, after a refused revert with what was wrong.
func (h *handler) showPast(c *call, status int, p *page.Problem) error {
	number, err := c.pastNumber()
	if err != nil {
		return err
	}

	v, err := h.Workspace.Version(c.ctx(), c.caller, c.accountID(), number)
	if err != nil {
		return err
	}
	if err = c.name(); err != nil {
		return err
	}

	names := appNames(v.Settings)
	maps.Copy(names, appNames(*c.account))

	view := pastView{versionView: versionOf(v.Version, names), Revert: changesOf(v.Revert, names), Seen: c.account.Version}
	if p != nil {
		view.Invalid = p.Field
	}

	return c.showWith(status, "past", pageView{Title: "Version " + strconv.FormatInt(number, 10), Tab: "notifications", Problem: p}, view)
}

// pastNumber is the version that the path names.
func (c *call) pastNumber() (int64, error) {
	n, err := strconv.ParseInt(c.r.PathValue("version"), 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "console.pastNumber", "there is no such version")
	}

	return n, nil
}

// revert puts the settings of a version back.
func (h *handler) revert(c *call) error {
	const heading = "The settings are as they were"

	if err := c.form(); err != nil {
		return err
	}

	number, err := c.pastNumber()
	if err != nil {
		return err
	}

	_, err = h.Workspace.Revert(c.ctx(), c.caller, c.accountID(), number, c.seenIn())
	if err == nil {
		return c.done(c.accountPath("/history"), "reverted")
	}

	p, status, err := c.refusedNotification(err, "", listField)
	if err != nil {
		return err
	}

	p.Heading, p.Field = heading, ""
	for i := range p.More {
		p.More[i].Field = ""
	}

	if status == fault.Stale.Status() {
		p.Message = "Somebody changed the settings since you opened this page. Look again at what going back would change."
	}
	if len(p.More) > 0 {
		p.Message = "What was set then does not fit any more:"
	}

	return h.showPast(c, status, p)
}
