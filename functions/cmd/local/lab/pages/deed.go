package pages

import (
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// deedOf says in words what a step did: what it says itself, with events and faults as the pages call them.
func deedOf(o scenario.Order, s scenario.Step, said scenario.Said) string {
	f, known := scenario.FaultOf(s.Fault)

	switch {
	case s.Do == scenario.Event:
		return "the platform tells of order " + o.Number + ": " + page.EventLabel(s.Event)
	case s.Do == scenario.Mend && known:
		return "mended: " + f.Words
	default:
		return said.Words
	}
}
