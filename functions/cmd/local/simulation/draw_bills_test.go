package simulation

import "github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"

// owners has the platform own an app that a brand sends through, and adds something to the prices of brands.
func (d *drawing) owners() {
	for i := range d.plan.Brands {
		d.plan.Brands[i].Markup = pick(d, 0, 250, 1_000, 3_333)
	}

	for i := range d.plan.Apps {
		if a := &d.plan.Apps[i]; d.one(3) && a.Provider != businessonbot.Name {
			a.Brand = -1
		}
	}
}

// bills draws what is out of the ordinary in what providers tell of prices.
func (d *drawing) bills() {
	if d.quiet || d.one(2) {
		return
	}

	d.plan.Bills = Bills{
		Free:   pick(d, 0, 20, 50),
		Entry:  pick(d, 0, 0, 20),
		Recast: pick(d, 0, 20, 50),
		Untold: pick(d, 0, 0, 20),
		Lost:   pick(d, 0, 20, 50),
		Early:  pick(d, 0, 50),
		Late:   pick(d, 0, 20, 60),
	}
}
