package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// What the world tells of shoppers only the part people hears of. These pass it on, one call at a time.

// newestTo returns the newest message of an app to a number, empty if there is none.
func (o *oracle) newestTo(app int, phone string) string {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	return o.people.newest[fmt.Sprint(app, "/", phone)]
}

// speaks hears of what a shopper says through WhatsApp, and how it is told.
func (o *oracle) speaks(s saying) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.people.speaks(s)
	o.talks.speaks(s)
}

// taken hears that what a shopper said has been taken, by the provider's id of it.
func (o *oracle) taken(id string) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.people.takes(id)
	o.talks.taken(id)
}

// ask hears of a POST of the portal, before it.
func (o *oracle) ask(s Step) *word {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	return o.people.ask(s)
}

// answered hears of the end of a POST of the portal.
func (o *oracle) answered(w *word, well bool) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.people.answered(w, well, o.people.most)
}

// shown hears of what the portal shows since it was asked: the key's value, or nothing.
func (o *oracle) shown(s Step, key string, asked time.Time) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.people.shown(s, key, asked)
}

// settle hears that everything that was told has been dealt with.
func (o *oracle) settle() {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.people.settle()
}

// unreachable reports whether anybody may be taken not to be on WhatsApp.
func (o *oracle) unreachable() bool {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	now := time.Now()

	return slices.ContainsFunc(o.people.everybody(), func(one who) bool { return o.people.possible(one, now, now).unreachable })
}

// shown holds what the portal shows against what the shopper may be. Without a customer it shows "0".
func (p *people) shown(s Step, key string, asked time.Time) {
	one := who{s.Brand, p.oracle.world.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone}
	could, made := p.possible(one, asked, time.Now()), p.persons[one].made
	unknown := (made.IsZero() || made.After(asked)) && !p.persons[one].any(false, asked)

	wrong := key == "1" && !could.active || key == "0" && !could.optedOut && !could.notOptedIn && !could.unreachable && !could.blocked && !unknown
	if wrong {
		p.oracle.find("%s: the portal shows %q to %s, who is %s", s.name(), key, p.name(one), could)
	}
}

// settle makes sure what was told: webhook took it, and since then there was time enough.
func (p *people) settle() {
	for _, m := range p.posts {
		if p.found(m) {
			p.settleReports(m)
		}
	}

	for _, t := range p.sayings {
		if t.taken {
			p.settleSaying(t)
		}
	}
}

// setNow sets a time to now, unless it is set.
func setNow(at *time.Time) {
	if at.IsZero() {
		*at = time.Now()
	}
}

// settleReports makes sure what was reported of a message that we know.
func (p *people) settleReports(m *posted) {
	if m.refusal != nil && m.refusalTaken && !p.repeated(m) {
		setNow(&m.refusal.sure)
	}

	for _, d := range m.delivered {
		if d.taken {
			setNow(&d.sure)
		}
	}
}

// settleSaying makes sure what a shopper said, for each brand that it must reach.
func (p *people) settleSaying(t *told) {
	for one, word := range t.words {
		if p.concerns(t, one, word.stops) {
			setNow(&word.sure)
		}
	}

	for one, sign := range t.signs {
		if p.concerns(t, one, false) {
			setNow(&sign.sure)
		}
	}
}

// found reports whether we know the message that a report is of: by our reference, or since its id was recorded.
func (p *people) found(m *posted) bool {
	w := p.oracle.world
	if w.plan.Apps[m.app].echoes() {
		return true
	}

	_, err := w.parts.Store.MessageByProviderIDs(w.ctx, w.plan.Apps[m.app].ID, []string{m.id})

	return err == nil
}

// concerns reports whether what was said must be in effect for a shopper. Of a STOP it must if it came from the number, or if it is
// known that the spelling or the user id is theirs, or if it answers a message of theirs. Anything else must answer for itself, and
// reaches only a brand that knew the shopper, or whose own number it was said to.
func (p *people) concerns(t *told, one who, stop bool) bool {
	shopper := p.oracle.world.plan.Brands[t.Brand].Shoppers[t.Shopper]
	m := p.posts[t.answers]

	switch {
	case t.number == shopper.Phone && stop:
		return true
	case t.number == shopper.Phone:
		return p.opens(t, one)
	case stop && m != nil && p.found(m):
		return true
	case !stop && t.number != "" && !p.oracle.world.plan.Apps[t.app].spells(shopper):
		return false
	default:
		return p.knows(t, shopper, stop) && (stop || p.met(t, one))
	}
}

// knows reports whether a provider's report has told how it calls a shopper at the app that something was said to: by the user id, or
// by the spelling of the number that it came from. Whoever wrote under their own number and user id has told as well. Of a STOP that may be
// told later; of anything else it has to be told before that is taken.
func (p *people) knows(t *told, shopper Shopper, later bool) bool {
	before := func(at time.Time) bool { return !at.IsZero() && (later || at.Before(t.takenAt)) }
	a := p.oracle.world.plan.Apps[t.app]

	named := t.userID != "" && a.tells(shopper) || t.number != "" && a.spells(shopper)
	for _, m := range p.posts {
		if named && m.app == t.app && m.phone == shopper.Phone && before(m.reported) && p.found(m) {
			return true
		}
	}

	for _, other := range p.sayings {
		both := other.userID == t.userID && other.number == shopper.Phone
		if t.userID != "" && both && before(other.takenAt) && other.app == t.app && other.means != nothing {
			return true
		}
	}

	return false
}

// tells reports whether reports of the app name the user id of a shopper.
func (a App) tells(s Shopper) bool { return !s.Untold && (a.Provider != kaleyra.Name || s.Hidden) }

// spells reports whether reports of the app name the other spelling of a shopper's number.
func (a App) spells(s Shopper) bool {
	return s.reported() != s.Phone && (!s.hides() || a.Provider == gupshup.Name)
}

// rest holds every shopper's document against what they have said, and its ledger against it.
func (p *people) rest() {
	statuses, ledgers := p.stored()
	now := time.Now()

	for _, one := range p.everybody() {
		id := p.documentOf(one)
		could := p.possible(one, now, now)

		status, there := statuses[id]
		if !there && p.persons[one].any(false, now) && !could.optedOut {
			p.oracle.find("%s is unknown in the end, who is %s", p.name(one), could)
		}

		fits := status == "ACTIVE" && could.active || status == "INACTIVE" && (could.optedOut || could.notOptedIn || could.blocked) ||
			status == "UNREACHABLE" && could.unreachable
		if there && !fits {
			p.oracle.find("%s is %s in the end, who is %s", p.name(one), status, could)
		}
	}

	for _, id := range sortedKeys(statuses) {
		l := ledgers[id]
		if broken := l.broken(id); broken != "" {
			p.oracle.find("the ledger of %s is broken: %s", p.nameOf(id), broken)
		}
		if folded := l.fold(); folded != statuses[id] {
			p.oracle.find("%s is %s in the end, whose ledger says %s", p.nameOf(id), statuses[id], folded)
		}
		asked := slices.ContainsFunc(p.persons[p.ids[id]].said(), func(w *word) bool { return !w.stops })
		if !asked && slices.ContainsFunc(l.entries(), func(e line) bool { return e.action == "grant" && e.purpose == "marketing" }) {
			p.oracle.find("%s has agreed to offers, which nobody asked for", p.nameOf(id))
		}
	}

	for _, id := range sortedKeys(p.sayings) {
		p.offersClosed(p.sayings[id], ledgers)
	}
}

// offersClosed looks for the entry of a shopper who stopped offers in WhatsApp itself, at each brand behind the app that knew the number
// before. One that is told after a later stop may have none of its own.
func (p *people) offersClosed(t *told, ledgers map[string]*ledger) {
	shopper := p.oracle.world.plan.Brands[t.Brand].Shoppers[t.Shopper]
	if t.Form != preference || t.Word != stopsOffers || !t.taken || t.number != shopper.Phone {
		return
	}

	from, _ := p.spanOf(t.saying, true)

	for _, one := range p.behind(t.app, shopper.Phone) {
		if made := p.persons[one].made; made.IsZero() || !made.Before(t.at) {
			continue
		}

		closed := func(e line) bool {
			return e.action == "withdraw" && (e.purpose == "marketing" || e.purpose == "all") && !e.occurred.Before(from.Add(-time.Second))
		}
		if !slices.ContainsFunc(ledgers[p.documentOf(one)].entries(), closed) {
			p.oracle.find("%s: the ledger of %s has no entry that offers are closed", t.name(), p.name(one))
		}
	}
}

// stored returns the status and the ledger of every customer's document.
func (p *people) stored() (statuses map[string]string, ledgers map[string]*ledger) {
	statuses, ledgers = map[string]string{}, map[string]*ledger{}

	p.oracle.world.cloud.Firestore().Documents(func(name string, f map[string]*firestoreValue) bool {
		_, path, ok := strings.Cut(name, "/documents/customers/")
		if !ok {
			return true
		}

		id, _, isEntry := strings.Cut(path, "/consents/")
		if isEntry {
			if ledgers[id] == nil {
				ledgers[id] = &ledger{}
			}

			ledgers[id].lines = append(ledgers[id].lines, entryOf(f))
		} else {
			status := f["consent"].GetMapValue().GetFields()["whatsAppStatus"].GetStringValue()
			if status == "" {
				status = "INACTIVE" // an app's note of a number that said nothing
			}

			statuses[id] = status
		}

		return true
	})

	return statuses, ledgers
}

func sortedKeys[V any](m map[string]V) []string {
	var all []string
	for key := range m {
		all = append(all, key)
	}

	slices.Sort(all)

	return all
}
