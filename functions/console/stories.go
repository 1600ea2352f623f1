package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// storiesPage is how many messages a page lists.
const storiesPage = 50

// option is one choice of a select.
type option struct {
	Value, Label string
	Chosen       bool
}

// storiesView is what the page of an account's messages shows.
type storiesView struct {
	// Query is what was looked for in the box.
	Query                         string
	States, Events, Apps, Reasons []option
	Day                           string
	Filtered                      bool
	Rows                          []story.Row
	Newest, Next                  string
	AppNames                      map[string]string
	NotFound                      bool
}

// stories lists the messages of an account, the newest first.
func (h *handler) stories(c *call) error {
	if err := c.name(); err != nil {
		return err
	}

	asked := c.r.URL.Query()
	f := story.Filter{
		State:  message.Status(asked.Get("state")),
		Event:  asked.Get("event"),
		AppID:  asked.Get("app"),
		Reason: message.Reason(asked.Get("reason")),
		Day:    asked.Get("day"),
		Cursor: asked.Get("after"),
		Limit:  storiesPage,
	}

	found, err := h.Teller.Messages(c.ctx(), c.caller, c.accountID(), f)
	if p := problemOf(err); p != nil && fault.Is(err, fault.Invalid) {
		p.Heading = "This cannot be listed"
		return c.showWith(http.StatusBadRequest, "stories", pageView{Title: "Stories", Tab: "stories", Problem: p}, c.storiesView(f, story.Page{}))
	}
	if err != nil {
		return err
	}

	return c.show("stories", pageView{Title: "Stories", Tab: "stories"}, c.storiesView(f, found))
}

// storiesView returns the page of a filter and what it has found.
func (c *call) storiesView(f story.Filter, found story.Page) storiesView {
	v := storiesView{
		States:   stateOptions(string(f.State)),
		Events:   eventOptions(f.Event),
		Apps:     c.appOptions(f.AppID),
		Reasons:  reasonOptions(string(f.Reason)),
		Day:      f.Day,
		Filtered: f.State != "" || f.Event != "" || f.AppID != "" || f.Reason != "" || f.Day != "",
		Rows:     found.Rows,
		AppNames: appNames(*c.account),
	}

	if _, err := time.Parse(time.DateOnly, f.Day); err != nil {
		v.Day = "" // browsers complain of what is no day
	}

	here := url.Values{}
	for name, value := range map[string]string{"state": string(f.State), "event": f.Event, "app": f.AppID, "reason": string(f.Reason), "day": f.Day} {
		if value != "" {
			here.Set(name, value)
		}
	}

	at := "/accounts/" + url.PathEscape(c.accountID()) + "/stories?"
	if f.Cursor != "" {
		v.Newest = at + here.Encode()
	}
	if found.Next != "" {
		here.Set("after", found.Next)
		v.Next = at + here.Encode()
	}

	return v
}

// search finds an order, a message or a shopper. It is a post, since what is looked for may be a telephone number.
func (h *handler) search(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	if err := c.name(); err != nil {
		return err
	}

	query := c.sent.Get("q")

	found, err := h.Teller.Search(c.ctx(), c.caller, c.accountID(), query)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
		return c.notFound(query, err)
	case err != nil:
		return err
	case found.Shopper != nil:
		return c.show("shopper", pageView{Title: "A shopper", Tab: "stories", Lead: "What came of every message to the number that you looked for."}, found.Shopper)
	case found.MessageID != "":
		return c.redirect(c.at("messages", found.MessageID))
	default:
		return c.redirect(c.at("orders", found.OrderID))
	}
}

// notFound lists the newest messages again, with why the search has found nothing.
func (c *call) notFound(query string, cause error) error {
	listed, err := c.h.Teller.Messages(c.ctx(), c.caller, c.accountID(), story.Filter{Limit: storiesPage})
	if err != nil {
		return err
	}

	v := c.storiesView(story.Filter{}, listed)
	v.Query, v.NotFound = query, fault.Is(cause, fault.NotFound)

	if v.NotFound {
		return c.showWith(http.StatusNotFound, "stories", pageView{Title: "Stories", Tab: "stories"}, v)
	}

	p := problemOf(cause)
	p.Heading = "This cannot be looked for"
	p.Message = "What you look for " + worded(cause) + "."

	return c.showWith(http.StatusUnprocessableEntity, "stories", pageView{Title: "Stories", Tab: "stories", Problem: p}, v)
}

// at returns a path below the account's.
func (c *call) at(segments ...string) string {
	all := []string{"/accounts", url.PathEscape(c.accountID())}
	for _, s := range segments {
		all = append(all, url.PathEscape(s))
	}

	return strings.Join(all, "/")
}

func (c *call) appOptions(chosen string) []option {
	all := []option{{"", "Any app", chosen == ""}}
	known := chosen == ""

	for _, id := range sortedKeys(c.account.Apps) {
		all = append(all, option{id, c.account.Apps[id].Name, id == chosen})
		known = known || id == chosen
	}

	if !known {
		all = append(all, option{chosen, "An app that is not installed", true})
	}

	return all
}

// statuses are those of messages that people choose among.
var statuses = []message.Status{
	message.StatusSending,
	message.StatusAccepted,
	message.StatusSent,
	message.StatusDelivered,
	message.StatusRead,
	message.StatusFailed,
	message.StatusRefused,
	message.StatusDropped,
	message.StatusWaiting,
	message.StatusHeld,
	message.StatusInDoubt,
	message.StatusGivenUp,
}

func stateOptions(chosen string) []option {
	all := []option{{"", "Any state", chosen == ""}}
	for _, s := range statuses {
		all = append(all, option{string(s), page.StatusWord(s), string(s) == chosen})
	}

	return all
}

func eventOptions(chosen string) []option {
	all := []option{{"", "Any event", chosen == ""}}
	for _, e := range order.Catalog() {
		kind := e.Kind.String()
		all = append(all, option{kind, e.Label + resourceNote(e.Kind.Resource), kind == chosen})
	}

	return all
}

// resourceNote tells events of one label apart.
func resourceNote(resource string) string {
	if resource == order.ReturnShipment {
		return " (return)"
	}

	return ""
}

func reasonOptions(chosen string) []option {
	all := []option{{"", "Any reason", chosen == ""}}
	for _, r := range checks.Reasons() {
		all = append(all, option{string(r), page.Capital(page.Spelled(string(r))), string(r) == chosen})
	}

	return all
}
