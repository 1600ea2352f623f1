package pages

import (
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// bar is what heads every page: the time of the run, and what goes wrong in it.
type bar struct {
	Now  time.Time
	Zone *time.Location
	// Broken are the faults in force.
	Broken []broken
	// Back is the path that a form of the bar leads back to.
	Back string
}

// broken is a fault in force.
type broken struct {
	// ID is empty of a fault that is none of the lab's own, such as one that was set over /local/faults.
	ID, Words string
	// Left says how often it still strikes.
	Left string
}

// barOf returns what heads a page now.
func (p *Pages) barOf(back string) bar {
	return bar{Now: p.Clock.Now(), Zone: config.IST, Broken: p.broken(), Back: back}
}

// broken returns the faults in force: those of the lab in words, the others as they were set.
func (p *Pages) broken() []broken {
	var all []broken

	own := map[string]bool{}
	for _, f := range scenario.Faults() {
		own[f.ID] = true
	}

	for _, f := range p.Actor.InForce() {
		all = append(all, broken{ID: f.ID, Words: f.Words, Left: leftOf(f.Left)})
	}

	for _, f := range p.Simulator.Faults().All() {
		if !own[f.ID] {
			all = append(all, broken{Words: strings.TrimSpace(fmt.Sprintf("%s %s: %s", page.ProviderLabel(f.System), f.Path, page.Spelled(string(f.Mode)))), Left: leftOf(f.Times)})
		}
	}

	for _, r := range p.Cloud.Rules().List() {
		if left, in := r.Left(); in && !own[r.ID] {
			all = append(all, broken{Words: fmt.Sprintf("the cloud's %s: %s", r.Method, page.Spelled(string(r.Mode))), Left: leftOf(left)})
		}
	}

	return all
}

// leftOf says how often a fault still strikes.
func leftOf(times int) string {
	switch times {
	case 0:
		return "until it is mended"
	case 1:
		return "once more"
	default:
		return page.Plural(times, "time") + " more"
	}
}

// mend mends one fault, or all.
func (p *Pages) mend(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	fixed := c.sent.Get("fault")
	if fixed == "" && c.sent.Get("mend") != "all" {
		return c.acted(nil, fault.Field("mend", notOffered), c.failed)
	}

	one, err := p.act(c, scenario.Order{}, scenario.Step{Do: scenario.Mend, Fault: fixed})

	return c.acted(one, err, c.failed)
}
