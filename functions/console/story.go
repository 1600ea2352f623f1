package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// storyTab is one way to look at an order.
type storyTab struct {
	Name, Label string
}

var storyTabs = []storyTab{
	{"", "Story"},
	{"why", "Why"},
	{"cost", "Cost"},
	{"receipt", "Receipt"},
	{"raw", "Raw"},
}

// storyView is what the page of an order, or of one message, shows.
type storyView struct {
	// Path is the page's, Stream what its live region is fed by.
	Path, Stream string
	Tabs         []storyTab
	Tab          string
	Live         storyLive
	// Asked is the message whose number may be asked for; nil where nobody may, or there is none. Reason is what was typed for it, Number what
	// was asked for and may be shown.
	Asked          *story.Told
	Reason, Number string
}

// storyLive is the part of it that changes while it is looked at.
type storyLive struct {
	story.Whole

	Tab, Path string
	Zone      *time.Location
	Steps     []stop
	Screen    []screenItem
	// Peer is whom the phone shows the messages to be from.
	Peer string
	// Status is the newest that happened, in a few words.
	Status  string
	Receipt *receiptView
	Raw     []story.RawDocument
}

// story shows all that is known of an order.
func (h *handler) story(c *call) error {
	return c.showStory(http.StatusOK, pageView{}, storyView{})
}

// storyStream sends the order's page whenever the order has changed.
func (h *handler) storyStream(c *call) error {
	if err := c.name(); err != nil {
		return err
	}

	w, err := h.Teller.Whole(c.ctx(), c.caller, c.accountID(), c.r.PathValue("orderId"))
	if err != nil {
		return err
	}

	return h.streams.Serve(c.w, c.r, c.caller.Subject, page.Region{
		Watch: func(ctx context.Context, changed func()) error {
			return h.Teller.WatchOrder(ctx, c.caller, c.accountID(), w.OrderID, changed)
		},
		Render: func(ctx context.Context) ([]byte, error) {
			now, err := c.storyLive(ctx)
			if err != nil {
				return nil, err
			}

			return h.pages.Render("story-live", now)
		},
	})
}

// message leads to the order that a message is about, or shows the message alone.
func (h *handler) message(c *call) error {
	if err := c.name(); err != nil {
		return err
	}

	w, err := h.Teller.Message(c.ctx(), c.caller, c.accountID(), c.r.PathValue("messageId"))
	if err != nil {
		return err
	}
	if w.OrderID != "" {
		return c.redirect(c.at("orders", w.OrderID))
	}

	v := storyView{Path: c.r.URL.Path}
	v.Live = storyLive{Whole: w, Path: v.Path, Zone: c.account.Zone(), Steps: stopsOf(w), Screen: screenOf(w), Peer: peerOf(w)}

	return c.show("story", pageView{Title: "A message about no order", Tab: "stories", Lead: "Such as a test, or an answer to somebody who has ordered nothing."}, v)
}

// reveal shows a number to somebody who may see it and has typed why. It answers with the page itself, at its address: the number is in none.
func (h *handler) reveal(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	v := storyView{Reason: c.sent.Get("reason")}

	number, err := h.Teller.RevealOf(c.ctx(), c.caller, c.accountID(), c.r.PathValue("orderId"), c.sent.Get("message"), v.Reason)
	if fault.Is(err, fault.Invalid) {
		p := problemOf(err)
		p.Heading = "The number was not shown"
		p.Message = "What you typed " + worded(err) + "."

		return c.showStory(http.StatusUnprocessableEntity, pageView{Problem: p}, v)
	}
	if err != nil {
		return err
	}

	v.Number = number

	return c.showStory(http.StatusOK, pageView{}, v)
}

// showStory shows the page of the order that the path names.
func (c *call) showStory(status int, p pageView, v storyView) error {
	if err := c.name(); err != nil {
		return err
	}

	now, err := c.storyLive(c.ctx())
	if err != nil {
		return err
	}

	v.Path, v.Tabs, v.Tab, v.Live = now.Path, storyTabs, now.Tab, now
	v.Asked = askedOf(now.Whole, c.sent.Get("message"))

	region, err := c.h.pages.Render("story-live", now)
	if err != nil {
		return err
	}

	query := url.Values{"seen": {page.StateOf(region)}}
	for _, name := range []string{"tab", "message"} {
		if value := c.r.URL.Query().Get(name); value != "" {
			query.Set(name, value)
		}
	}

	v.Stream = now.Path + "/stream?" + query.Encode()

	p.Title, p.Tab = "Order "+now.OrderID, "stories"
	if now.Number != "" {
		p.Title, p.Lead = "Order "+now.Number, "The platform calls it "+now.OrderID+". Times are those of "+now.Zone.String()+"."
	}

	return c.showWith(status, "story", p, v)
}

// storyLive reads the live region of the order that the path names.
func (c *call) storyLive(ctx context.Context) (storyLive, error) {
	w, err := c.h.Teller.Whole(ctx, c.caller, c.accountID(), c.r.PathValue("orderId"))
	if err != nil {
		return storyLive{}, err
	}

	now := storyLive{
		Whole:  w,
		Tab:    tabOf(c.r.URL.Query().Get("tab")),
		Path:   c.at("orders", w.OrderID),
		Zone:   w.Account.Zone(),
		Steps:  stopsOf(w),
		Screen: screenOf(w),
		Peer:   peerOf(w),
	}
	now.Status = newestOf(now)

	switch {
	case !w.Kept:
	case now.Tab == "receipt":
		now.Receipt, err = c.receiptOf(ctx, w)
	case now.Tab == "raw":
		now.Raw, err = c.h.Teller.Raw(ctx, c.caller, c.accountID(), w.OrderID)
	}

	return now, err
}

// tabOf returns the tab of a name; the first one for a name that there is not.
func tabOf(name string) string {
	for _, t := range storyTabs {
		if t.Name == name {
			return name
		}
	}

	return ""
}

// worded returns what is wrong with a field, without the field's name.
func worded(err error) string {
	_, msg := fault.Public(err)
	return msg
}

// askedOf returns the message of an id; the newest that has a number if there is none.
func askedOf(w story.Whole, id string) *story.Told {
	for i, m := range w.Messages {
		if m.ID == id {
			return &w.Messages[i]
		}
	}

	for i, m := range slices.Backward(w.Messages) {
		if m.To != "" {
			return &w.Messages[i]
		}
	}

	return nil
}

// receiptView is the receipt of one message of an order.
type receiptView struct {
	usage.Receipt

	// Chosen is the place of the message among those of the order.
	Chosen int
}

// receiptOf returns the receipt of the message that the query names; of the first that was sent if it names none.
func (c *call) receiptOf(ctx context.Context, w story.Whole) (*receiptView, error) {
	if len(w.Messages) == 0 {
		return nil, nil
	}

	chosen := -1
	for i, m := range w.Messages {
		if m.ID == c.r.URL.Query().Get("message") || chosen < 0 && m.Sent() {
			chosen = i
		}
	}

	chosen = max(chosen, 0)

	r, err := c.h.Book.Receipt(ctx, c.caller, c.accountID(), w.Messages[chosen].ID)
	if err != nil {
		return nil, err
	}

	return &receiptView{r, chosen}, nil
}
