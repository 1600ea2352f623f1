package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	simbot "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
)

// phonesPath is the path of the page of all phones.
const phonesPath = Path + "/phones"

// maxTold is how much of what the bot was told is shown.
const maxTold = 20

// phonesView is the page of all phones.
type phonesView struct {
	Stream string
	Live   phonesLive
	Done   *done
}

// phonesLive is the part of it that changes while it is looked at.
type phonesLive struct {
	Bar   bar
	Chats []phoneChat
	Bot   bot
}

// bot is what BusinessOnBot was told, the oldest first.
type bot struct {
	Told []simbot.Received
	Zone *time.Location
}

// botOf returns the newest of what BusinessOnBot was told.
func (p *Pages) botOf() bot {
	all := p.Simulator.BusinessOnBot().Inbox()

	return bot{Told: all[max(0, len(all)-maxTold):], Zone: config.IST}
}

// writesToPhones reports whether an app of a provider writes to phones that are shown here: BusinessOnBot has a bot of the brand's own write to them.
func writesToPhones(provider string) bool { return provider != businessonbot.Name && provider != "" }

// phoneChat is a phone with the order that it is about.
type phoneChat struct {
	chat

	Order scenario.Order
	// Others are further orders of shoppers of the same app, whose phones can be shown instead.
	Others []scenario.Order
}

// phones shows the shoppers' phones: one of each app.
func (p *Pages) phones(c *call) error { return c.showPhones(http.StatusOK, nil) }

// showPhones shows the phones, and why a form of one was refused, if one was.
func (c *call) showPhones(status int, why *page.Problem) error {
	if c.with == "" {
		c.with = c.r.URL.Query().Get("with")
	}

	now, err := c.p.phonesOf(c.ctx(), c.with)
	if err != nil {
		return err
	}

	for i := range now.Chats {
		if now.Chats[i].Number == c.phone {
			now.Chats[i].Typed = c.sent
		}
	}

	region, err := c.p.set.Render("phones-live", now)
	if err != nil {
		return err
	}

	var shown []scenario.Order
	for _, one := range now.Chats {
		shown = append(shown, one.Order)
	}

	v := phonesView{
		Live:   now,
		Stream: phonesPath + "/stream?" + url.Values{"with": {c.with}, "seen": {page.StateOf(region)}}.Encode(),
		Done:   c.p.justDone(why, shown...),
	}

	return c.showWith(status, "phones", frame{Title: "Phones", Tab: "phones", Problem: why, Live: true}, v)
}

// justDone returns what was done a moment ago about one of the orders of a page, for one that was loaded after a form; nil if there is nothing, or if a form was
// refused.
func (p *Pages) justDone(why *page.Problem, orders ...scenario.Order) *done {
	if why != nil {
		return nil
	}

	return p.diary.fresh(p.Clock.Now(), orders...)
}

// phonesStream sends the phones whenever they have changed.
func (p *Pages) phonesStream(c *call) error {
	with := c.r.URL.Query().Get("with")

	return p.streams.Serve(c.w, c.r, c.r.RemoteAddr, page.Region{
		Watch: p.watch,
		Render: func(ctx context.Context) ([]byte, error) {
			now, err := p.phonesOf(ctx, with)
			if err != nil {
				return nil, err
			}

			return p.set.Render("phones-live", now)
		},
	})
}

// phonesDo does what a form of a phone asks for.
func (p *Pages) phonesDo(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	all, err := p.Actor.Orders(c.ctx())
	if err != nil {
		return err
	}

	i := slices.IndexFunc(all, func(o scenario.Order) bool { return o.Phone == c.sent.Get("phone") })
	if i < 0 {
		return fault.New(fault.NotFound, "pages.phones", "no order has such a phone")
	}

	c.phone, c.with = all[i].Phone, all[i].ID

	var one *done

	s, err := c.answerOf(all[i].AppID)
	if err == nil {
		one, err = p.act(c, all[i], s)
	}

	c.chat = p.phoneOf(all[i])

	return c.acted(one, err, c.showPhones)
}

// phoneOf returns a phone as the page of all phones shows it.
func (p *Pages) phoneOf(o scenario.Order) chat {
	return p.chatOf(o, phonesPath+"?with="+url.QueryEscape(o.ID), phonesPath+"/do")
}

// phonesOf reads the phones: one of each app that writes to phones, that of the order with, if it is one of the app's, else of the one that was written on last.
func (p *Pages) phonesOf(ctx context.Context, with string) (phonesLive, error) {
	now := phonesLive{Bar: p.barOf(phonesPath), Bot: p.botOf()}

	all, err := p.Actor.Orders(ctx)
	if err != nil {
		return phonesLive{}, err
	}

	for _, o := range all {
		if !writesToPhones(o.Provider) {
			continue
		}

		one := phoneChat{chat: p.phoneOf(o), Order: o}

		i := slices.IndexFunc(now.Chats, func(c phoneChat) bool { return c.Order.AppID == o.AppID && c.Order.AccountID == o.AccountID })

		switch {
		case i < 0:
			now.Chats = append(now.Chats, one)
		case o.ID == with, now.Chats[i].Order.ID != with && one.newest().After(now.Chats[i].newest()):
			one.Others = append(one.Others, now.Chats[i].Order)
			one.Others = append(one.Others, now.Chats[i].Others...)
			now.Chats[i] = one
		default:
			now.Chats[i].Others = append(now.Chats[i].Others, o)
		}
	}

	return now, nil
}

// newest is when a phone's newest message came or was written.
func (c chat) newest() time.Time {
	if len(c.Lines) == 0 {
		return time.Time{}
	}

	l := c.Lines[len(c.Lines)-1]
	if l.Said != nil {
		return l.Said.At
	}

	return l.Message.At["accepted"]
}
