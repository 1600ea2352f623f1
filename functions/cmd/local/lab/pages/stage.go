package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// stageView is what the page of an order shows.
type stageView struct {
	Stream string
	Live   stageLive
	// Done is what a form of the page did a moment ago.
	Done *done
}

// stageLive is the part of it that changes while it is looked at.
type stageLive struct {
	Bar    bar
	Order  scenario.Order
	Orders []scenario.Order
	// Path is the page's, Do what its forms are sent to.
	Path, Do string
	Zone     *time.Location
	Guide    *guideView
	// Ticked says that the portal's box is.
	Ticked bool
	Life   []way
	Faults []faultGroup
	// Moves says that the clock can be moved; Next is when the next thing comes that is waited for, zero if that is not known of any.
	Moves bool
	Next  time.Time
	Waits []lab.Wait
	// Messages are the newest first.
	Messages []story.Answer
	Done     []done
	Requests []lab.Request
	Cost     lab.Cost
	// Choices are what the shopper chose after failed deliveries, the newest first.
	Choices []choice
	// Phone says that the app writes to phones: Chat is the shopper's. Bot is what the bot was told of one that does not.
	Phone bool
	Chat  chat
	Bot   bot
}

// first leads to the stage of the story that was told last.
func (p *Pages) first(c *call) error {
	id, err := p.newest(c.ctx())
	if err != nil {
		return err
	}

	return c.redirect(stagePath(id))
}

// stagePath is the path of an order's page.
func stagePath(orderID string) string { return Path + "/orders/" + url.PathEscape(orderID) }

// order returns the order that the path names.
func (c *call) order() (scenario.Order, error) {
	all, err := c.p.Actor.Orders(c.ctx())
	if err != nil {
		return scenario.Order{}, err
	}

	i := slices.IndexFunc(all, func(o scenario.Order) bool { return o.ID == c.r.PathValue("orderId") })
	if i < 0 {
		return scenario.Order{}, fault.New(fault.NotFound, "pages.order", "the platform has no such order of a brand that has an account")
	}

	return all[i], nil
}

// stage shows an order, and what can be done with it.
func (p *Pages) stage(c *call) error { return c.showStage(http.StatusOK, nil) }

// stageDo does what a form of the stage asks for.
func (p *Pages) stageDo(c *call) error {
	o, err := c.order()
	if err != nil {
		return err
	}
	if err = c.form(); err != nil {
		return err
	}

	c.stage = true

	var one *done

	s, err := c.stepOf(o)
	if err == nil {
		one, err = p.act(c, o, s)
	}

	c.chat = p.chatOf(o, stagePath(o.ID), stagePath(o.ID)+"/do")

	return c.acted(one, err, c.showStage)
}

// showStage shows the stage of the order that the path names, and why a form of it was refused, if one was.
func (c *call) showStage(status int, why *page.Problem) error {
	o, err := c.order()
	if err != nil {
		return err
	}

	now, err := c.p.stageOf(c.ctx(), o)
	if err != nil {
		return err
	}

	now.Chat.Typed = c.sent

	region, err := c.p.set.Render("stage-live", now)
	if err != nil {
		return err
	}

	v := stageView{Live: now, Stream: now.Path + "/stream?seen=" + page.StateOf(region), Done: c.p.justDone(why, o)}

	return c.showWith(status, "stage", frame{Title: "Order " + o.Number, Tab: "orders", Problem: why, Live: true}, v)
}

// stageStream sends the stage whenever it has changed.
func (p *Pages) stageStream(c *call) error {
	o, err := c.order()
	if err != nil {
		return err
	}

	return p.streams.Serve(c.w, c.r, c.r.RemoteAddr, page.Region{
		Watch: p.watch,
		Render: func(ctx context.Context) ([]byte, error) {
			now, err := p.stageOf(ctx, o)
			if err != nil {
				return nil, err
			}

			return p.set.Render("stage-live", now)
		},
	})
}

// choice is what a shopper chose after a failed delivery.
type choice struct {
	At time.Time
	// Label says what was chosen, and State and Sentence how far it is.
	Label, Sentence string
	State           conversation.State
}

// choicesOf returns what the shopper of an order chose, the newest first.
func (p *Pages) choicesOf(ctx context.Context, o scenario.Order) ([]choice, error) {
	told, err := p.teller.Order(ctx, everybody, o.AccountID, o.ID)
	if err != nil && !fault.Is(err, fault.NotFound) { // nothing has come of it yet
		return nil, err
	}

	var all []choice

	for _, e := range slices.Backward(told.Entries) {
		if e.Action != nil {
			all = append(all, choice{At: e.At, Label: e.Action.Label(), Sentence: e.Action.Words.Sentence, State: e.Action.State})
		}
	}

	return all, nil
}

// watch tells a page of what is done on the pages. Of all else it finds out by looking.
func (p *Pages) watch(ctx context.Context, changed func()) error {
	for {
		next := p.diary.next()

		changed()

		select {
		case <-ctx.Done():
			return nil
		case <-next:
		}
	}
}

// stageOf reads the stage of an order.
func (p *Pages) stageOf(ctx context.Context, o scenario.Order) (stageLive, error) {
	path := stagePath(o.ID)
	now := stageLive{
		Bar:    p.barOf(path),
		Order:  o,
		Path:   path,
		Do:     path + "/do",
		Zone:   config.IST,
		Faults: faultsOf(o.Provider),
		Moves:  p.Actor.Forward != nil,
		Done:   p.diary.of(o.ID),
	}

	var err error
	if now.Orders, err = p.Actor.Orders(ctx); err != nil {
		return stageLive{}, err
	}

	end, err := p.Actor.OrderEnd(ctx, o.ID)
	if err != nil {
		return stageLive{}, err
	}

	now.Ticked = end.Consent == "1"

	told, err := p.teller.ExplainOrder(ctx, everybody, o.AccountID, o.ID)
	if err != nil && !fault.Is(err, fault.NotFound) { // nothing has come of it yet
		return stageLive{}, err
	}

	now.Messages = slices.Clone(told.Answers)
	slices.Reverse(now.Messages)

	brand, err := p.Store.Account(ctx, o.AccountID)
	if err != nil {
		return stageLive{}, err
	}

	now.Life = lifeOf(brand, told.Answers)

	if now.Choices, err = p.choicesOf(ctx, o); err != nil {
		return stageLive{}, err
	}

	if now.Phone = writesToPhones(o.Provider); now.Phone {
		now.Chat = p.chatOf(o, path, now.Do)
	} else {
		now.Bot = p.botOf()
	}

	if now.Requests, err = p.requestsOf(ctx, o.ID); err != nil {
		return stageLive{}, err
	}
	if now.Cost, err = p.Cost(ctx, o.ID); err != nil {
		return stageLive{}, err
	}
	if now.Waits, err = p.Waits(ctx, o.ID); err != nil {
		return stageLive{}, err
	}

	now.Next = nextOf(now.Waits, now.Bar.Now)

	now.Guide, err = p.guideOf(ctx, o)

	return now, err
}

// nextOf returns when the next thing comes that is waited for; zero if that is not known of any.
func nextOf(waits []lab.Wait, now time.Time) time.Time {
	for _, w := range waits { // the soonest first
		if w.Until.After(now) {
			return w.Until
		}
	}

	return time.Time{}
}
