package simulation

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// say has a shopper write to the brand's number. The simulators send what they can; the other forms are worded here.
func (w *World) say(s Step) {
	app := w.plan.Brands[s.Brand].Sender
	shopper := w.plan.Brands[s.Brand].Shoppers[s.Shopper]

	a := w.plan.Apps[app]
	if s.Form == "" {
		s.Form = "text"
	}
	if !a.reports() || !a.carries(s.Form, s.Wire) {
		w.note("%s: nobody would tell of it", s.name())
		return
	}

	said := saying{Step: s, app: app, at: time.Now(), id: fmt.Sprintf("wamid.SAID%dS", s.ID)}
	said.number, said.userID = w.speaks(s)
	if s.Answers && !wordless(s.Form) {
		said.answers = w.oracle.newestTo(app, shopper.Phone)
	}

	if s.Kept > 0 {
		w.note("%s: %s says %q as %q, kept for %s, undated %v", s.name(), shopper.Phone, s.Word, s.Form+"/"+s.Wire, s.Kept, s.Undated)
		w.oracle.speaks(said)
		w.publishLate(said, w.body(said))

		return
	}

	cb, ok := w.replied(said)
	said.undated = ok && a.Provider == kaleyra.Name // Kaleyra's own time has no zone

	if !ok {
		cb = w.written(said)
	}

	said.id = cb.MessageID
	cb.Planned = cb.Planned.Add(s.Late)

	w.note("%s: %s says %q as %q by %q, late by %s, answers %q", s.name(), shopper.Phone, s.Word, s.Form+"/"+s.Wire, said.number+"/"+said.userID, s.Late, said.answers)
	w.oracle.speaks(said)
	w.schedule(cb, app, "of "+s.name())
}

// replied has the simulator tell of a saying; ok is false if it has no such form.
func (w *World) replied(s saying) (cb simulator.Callback, ok bool) {
	shopper := w.plan.Brands[s.Brand].Shoppers[s.Shopper]
	if s.Form != "text" || s.Wire != "" || s.By != byNumber || s.answers != "" && s.number != shopper.Phone {
		return cb, false
	}

	return w.replyAs(s, simulator.Reply{Text: s.Word, To: s.answers, App: w.vendor(s.app).simulated})
}

// replyAs has the simulator tell of what a shopper answers.
func (w *World) replyAs(s saying, r simulator.Reply) (cb simulator.Callback, ok bool) {
	id, err := w.sim.Phones().Reply(s.number, r)
	if err != nil {
		return cb, false
	}

	pending := w.sim.Outbox().Pending()

	i := slices.IndexFunc(pending, func(cb simulator.Callback) bool { return cb.MessageID == id })
	if i < 0 || w.sim.Outbox().Drop(i) != nil {
		w.oracle.find("%s: the simulator tells nothing of it", s.name())
		return cb, false
	}

	return w.spelled(pending[i], s.app), true
}

// written returns the callback of a saying that no simulator has a form for.
func (w *World) written(s saying) simulator.Callback {
	body := w.body(s)

	return simulator.Callback{
		AppID: w.vendor(s.app).simulated, Kind: "inbound", MessageID: s.id, Body: body, URL: w.plan.Apps[s.app].webhookOf(),
		Header: w.signature(s.app, body), Planned: s.at.Add(300 * time.Millisecond),
	}
}

// signature returns the header by which app i's provider proves a body.
func (w *World) signature(i int, body []byte) http.Header {
	return rig.Sign(w.plan.Apps[i].Provider, w.signing[i], body)
}

// leave takes a shopper's number off WhatsApp, or puts it there again.
func (w *World) leave(s Step) {
	phone := w.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone

	w.note("%s: %s is on WhatsApp: %v", s.name(), phone, s.Active)
	w.sim.Phones().SetNotOnWhatsApp(phone, !s.Active)
}
