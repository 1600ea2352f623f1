package pages

import (
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// beat is a button of an order's life.
type beat struct {
	scenario.Beat

	// Told is how many events of its kind have left a trace, of which the first button of a kind tells.
	Told int
	// Off says that the brand has not switched the event on, so that nothing is sent of it.
	Off bool
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

// lifeOf returns the buttons of an order's life at a brand, with what has come of it.
func lifeOf(brand account.Account, told []story.Answer) []way {
	var ways []way

	counted := map[string]bool{}

	for _, b := range scenario.Life() {
		one := beat{Beat: b, Off: !brand.Event(b.Event).Enabled}

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

	all[0].Chosen = lostAnswer(provider)

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
