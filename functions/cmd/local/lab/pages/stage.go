package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
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
	Chat     chat
}

// beat is a button of an order's life.
type beat struct {
	scenario.Beat

	// Told is how many events of its kind have left a trace, of which the first button of a kind tells.
	Told int
}

// way is a part of an order's life.
type way struct {
	Heading string
	Beats   []beat
}

// faultGroup are the faults of one system.
type faultGroup struct {
	Label  string
	Faults []scenario.Fault
	// Chosen is the id of the one that is chosen at first; empty if it is of another group.
	Chosen string
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

	s, err := c.stepOf(o)
	if err == nil {
		err = p.act(c, s)
	}

	c.chat = p.chatOf(o, stagePath(o.ID), stagePath(o.ID)+"/do")

	return c.acted(err, c.showStage)
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

	v := stageView{Live: now, Stream: now.Path + "/stream?seen=" + page.StateOf(region), Done: c.p.justDone(why)}

	return c.showWith(status, "stage", frame{Title: "Order " + o.Number, Tab: "orders", Problem: why, Live: true}, v)
}

// stageStream sends the stage whenever it has changed.
func (p *Pages) stageStream(c *call) error {
	o, err := c.order()
	if err != nil {
		return err
	}

	return p.streams.Serve(c.w, c.r, Path, page.Region{
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
		Done:   p.diary.all(),
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

	now.Life = lifeOf(told.Answers)
	now.Chat = p.chatOf(o, path, now.Do)
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

// lifeOf returns the buttons of an order's life, with what has come of it.
func lifeOf(told []story.Answer) []way {
	var ways []way

	counted := map[string]bool{}

	for _, b := range scenario.Life() {
		one := beat{Beat: b}

		for _, a := range told {
			if a.Event == b.Event && !counted[b.Event] {
				one.Told++
			}
		}

		counted[b.Event] = true

		heading := wayOf(b.Event)
		if len(ways) == 0 || ways[len(ways)-1].Heading != heading {
			ways = append(ways, way{Heading: heading})
		}

		last := &ways[len(ways)-1]
		last.Beats = append(last.Beats, one)
	}

	return ways
}

// wayOf names the part of an order's life that an event is of.
func wayOf(event string) string {
	switch {
	case strings.HasPrefix(event, order.ReturnShipment+"/"):
		return "Sent back by the shopper"
	case strings.HasPrefix(event, order.Shipment+"/rto_"):
		return "Taken back undelivered"
	default:
		return "The way to the shopper"
	}
}

// faultsOf returns all faults by their systems, those of a provider first.
func faultsOf(provider string) []faultGroup {
	var all []faultGroup

	for _, f := range scenario.Faults() {
		label := systemLabel(f.System)

		i := slices.IndexFunc(all, func(g faultGroup) bool { return g.Label == label })
		if i < 0 {
			i = len(all)
			all = append(all, faultGroup{Label: label})
		}

		all[i].Faults = append(all[i].Faults, f)
	}

	own := systemLabel(provider)
	slices.SortStableFunc(all, func(a, b faultGroup) int {
		switch {
		case a.Label == own && b.Label != own:
			return -1
		case b.Label == own && a.Label != own:
			return 1
		default:
			return 0
		}
	})

	all[0].Chosen = provider + "-502-after"

	return all
}

// systemLabel is what people call a system.
func systemLabel(system string) string {
	switch system {
	case "platform":
		return "The order platform"
	case scenario.CloudSystem:
		return "The cloud"
	case scenario.WorkerSystem:
		return "Our own worker"
	default:
		return page.ProviderLabel(system)
	}
}
