package simulation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// check returns what of a plan means nothing: an index of nobody, or a word that nothing goes by. A plan with such a word would pass and
// test nothing.
func (p Plan) check() error {
	var problems []error

	within := func(what string, i, from, n int) {
		if i < from || i >= n {
			problems = append(problems, fmt.Errorf("%s is %d, of %d", what, i, n))
		}
	}
	for i, a := range p.Apps {
		name := fmt.Sprintf("Apps[%d]", i)
		within(name+".Brand", a.Brand, -1, len(p.Brands))
		problems = append(problems, known(name+".Provider", a.Provider, gupshup.Name, kaleyra.Name, businessonbot.Name, meta.Name))
	}

	for i, b := range p.Brands {
		name := fmt.Sprintf("Brands[%d]", i)
		within(name+".Sender", b.Sender, 0, len(p.Apps))

		for _, kind := range b.Kinds {
			problems = append(problems, known(name+".Kinds", kind, kindNames()...))
		}

		problems = append(problems, b.Quiet.check(name))
	}
	for _, s := range p.Steps {
		within(s.name()+": Brand", s.Brand, 0, len(p.Brands))
		within(s.name()+": App", s.App, 0, len(p.Apps))
		if s.Brand >= 0 && s.Brand < len(p.Brands) && s.concernsShopper() {
			within(s.name()+": Shopper", s.Shopper, 0, len(p.Brands[s.Brand].Shoppers))
		}
		if s.Kind == Kill {
			within(s.name()+": Machine", s.Machine, 0, len(p.Machines))
		}

		problems = append(problems, s.check())
	}

	for i, o := range p.Outages {
		within(fmt.Sprintf("Outages[%d].App", i), o.App, -1, len(p.Apps))
		problems = append(problems, known(fmt.Sprintf("Outages[%d].Mode", i), o.Mode, BadGateway, BadGatewaySends, Hangs, HangsSends, Resets,
			ResetsSends, Refuses, Throttles, Unavailable, SendsLate),
			known(fmt.Sprintf("Outages[%d].Route", i), o.Route, "", OrderRoute, ResolutionRoute))
	}

	for i, d := range p.Droughts {
		within(fmt.Sprintf("Droughts[%d].App", i), d.App, 0, len(p.Apps))
	}

	for i, c := range p.Closures {
		problems = append(problems, known(fmt.Sprintf("Closures[%d].What", i), c.What, WebhookDown, ReceiveDown, SubscriptionDown, OrdersDown))
	}

	for i, t := range p.Troubles {
		for _, b := range t.Blows {
			problems = append(problems, known(fmt.Sprintf("Troubles[%d].Blows", i), b, blows...))
		}
	}

	return errors.Join(problems...)
}

// concernsShopper reports whether a step is about one shopper.
func (s Step) concernsShopper() bool {
	return slices.Contains([]StepKind{Happens, Portal, Says, Looks, Guesses, Leaves, Taps, Decides, Records}, s.Kind)
}

// check returns the words of a step that nothing goes by.
func (s Step) check() error {
	problems := []error{known(s.name()+": Kind", s.Kind, Happens, Portal, Says, Switch, News, Kill, Garbage, Looks, Guesses, Leaves, Reopens, Replays, Renames, Hushes,
		Taps, Decides, Records)}

	switch s.Kind {
	case Happens, Switch:
		problems = append(problems, known(s.name()+": Event", s.Event, kindNames()...))
	case Says:
		_, listed := forms[s.Form]
		if !listed && s.Form != "" {
			problems = append(problems, fmt.Errorf("%s: Form is %q, which is none", s.name(), s.Form))
		}

		problems = append(problems,
			known(s.name()+": By", s.By, byNumber, byBoth, byUserID, byUserIDForNumber, byContact),
			known(s.name()+": Wire", s.Wire, "", standby, standbyWithin, withinMessage, metas, envelope))
	case News:
		problems = append(problems, known(s.name()+": News", s.News, TemplatePaused, TemplateRejected, TemplateDisabled, TemplateApproved, TemplateAnnounced,
			TemplateMarketing, TemplateUtility, AccountDisabled,
			AccountOffboarded, AppUninstalled, AccountEnabled, NumberBack, AppInstalled))
	case Records:
		problems = append(problems, known(s.name()+": Desk", s.Desk, desks...))
	case Garbage:
		problems = append(problems, known(s.name()+": Rubbish", s.Rubbish, NonsenseCallback, NonsenseBeside, NewerSchema, NonsenseEvent, NonsenseOrder))
	default: // the others have indexes only
	}

	return errors.Join(problems...)
}

func kindNames() (names []string) {
	for _, k := range kinds {
		names = append(names, k.name)
	}

	return names
}

// known returns an error if a word is none of those that there are.
func known[T ~string](where string, word T, all ...T) error {
	if slices.Contains(all, word) {
		return nil
	}
	return fmt.Errorf("%s is %q, which is none", where, word)
}

// TestPlansMeanSomething holds every drawn word against those that a kept plan may have, and has what means nothing refused.
func TestPlansMeanSomething(t *testing.T) {
	for seed := range uint64(2000) {
		if err := Draw(seed).check(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}

	for want, spoil := range map[string]func(*Plan){
		"Brands[0].Sender is 99":        func(p *Plan) { p.Brands[0].Sender = 99 },
		"Brands[0].Quiet.Exempt is":     func(p *Plan) { p.Brands[0].Quiet = &Quiet{Until: time.Hour, Exempt: []string{"shipment/lost"}} },
		"Brands[0].Quiet lasts":         func(p *Plan) { p.Brands[0].Quiet = &Quiet{From: time.Hour, Until: time.Hour} },
		"Brands[0].Quiet begins":        func(p *Plan) { p.Brands[0].Quiet = &Quiet{From: time.Second, Until: time.Hour} },
		"Brands[0].Kinds is":            func(p *Plan) { p.Brands[0].Kinds = []string{"shipment/lost"} },
		"Apps[0].Provider is \"smoke\"": func(p *Plan) { p.Apps[0].Provider = "smoke" },
		"Shopper is 99":                 func(p *Plan) { p.Steps = []Step{{Kind: Looks, Shopper: 99}} },
		"Machine is 99":                 func(p *Plan) { p.Steps = []Step{{Kind: Kill, Machine: 99}} },
		"Kind is \"sings\"":             func(p *Plan) { p.Steps = []Step{{Kind: "sings"}} },
		"Form is \"song\"":              func(p *Plan) { p.Steps = []Step{{Kind: Says, Form: "song"}} },
		"Outages[0].Route is \"road\"":  func(p *Plan) { p.Outages = []Outage{{Mode: Hangs, Route: "road"}} },
		"Outages[0].Mode is \"slow\"":   func(p *Plan) { p.Outages = []Outage{{Mode: "slow"}} },
		"Troubles[0].Blows is \"puff\"": func(p *Plan) { p.Troubles = []Trouble{{Blows: []Blow{"puff"}}} },
		"Closures[0].What is \"door\"":  func(p *Plan) { p.Closures = []Closure{{What: "door"}} },
	} {
		p := Draw(1)
		if spoil(&p); p.check() == nil || !strings.Contains(p.check().Error(), want) {
			t.Errorf("got %v, want an error with %q", p.check(), want)
		}
	}
}
