package pages

import (
	"context"
	"net/http"
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
	// Bot is what BusinessOnBot was told, the oldest first.
	Bot  []simbot.Received
	Zone *time.Location
}

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
	now, err := c.p.phonesOf(c.ctx(), c.r.URL.Query().Get("with"))
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

	v := phonesView{Live: now, Stream: phonesPath + "/stream?with=" + c.r.URL.Query().Get("with") + "&seen=" + page.StateOf(region), Done: c.p.justDone(why)}

	return c.showWith(status, "phones", frame{Title: "Phones", Tab: "phones", Problem: why, Live: true}, v)
}

// justDone returns what was done a moment ago, for a page that was loaded after a form; nil if there is nothing, or if a form was refused.
func (p *Pages) justDone(why *page.Problem) *done {
	if why != nil || !p.diary.fresh(p.Clock.Now()) {
		return nil
	}

	return &p.diary.all()[0]
}

// phonesStream sends the phones whenever they have changed.
func (p *Pages) phonesStream(c *call) error {
	with := c.r.URL.Query().Get("with")

	return p.streams.Serve(c.w, c.r, Path, page.Region{
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

	c.phone = all[i].Phone

	s, err := c.answerOf(all[i].AppID)
	if err == nil {
		err = p.act(c, s)
	}

	c.chat = p.phoneOf(all[i])

	return c.acted(err, c.showPhones)
}

// phoneOf returns a phone as the page of all phones shows it.
func (p *Pages) phoneOf(o scenario.Order) chat {
	return p.chatOf(o, phonesPath+"?with="+o.ID, phonesPath+"/do")
}

// phonesOf reads the phones: one of each app that writes to phones, that of the order with, if it is one of the app's, else of the one that was written on last.
func (p *Pages) phonesOf(ctx context.Context, with string) (phonesLive, error) {
	now := phonesLive{Bar: p.barOf(phonesPath), Bot: p.Simulator.BusinessOnBot().Inbox(), Zone: config.IST}
	now.Bot = now.Bot[max(0, len(now.Bot)-maxTold):]

	all, err := p.Actor.Orders(ctx)
	if err != nil {
		return phonesLive{}, err
	}

	for _, o := range all {
		if o.Provider == businessonbot.Name || o.Provider == "" {
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
