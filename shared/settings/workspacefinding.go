package settings

import (
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// EventFinding is what was found about the template of an event and what goes into it.
type EventFinding struct {
	Event order.Kind
	template.Finding
}

// refuses reports whether the finding keeps settings from being saved.
func (f EventFinding) refuses() bool { return f.Severity == template.SeverityError }

// UnfitError says that settings were not saved for what was found about their templates. The same will be refused as long as the
// templates stay as they are.
type UnfitError struct {
	// Findings are all of them, warnings too.
	Findings []EventFinding
}

// Error says how many there are.
func (e *UnfitError) Error() string {
	return fmt.Sprintf("settings: unfit templates: %d findings", len(e.Findings))
}

// findingsOf returns what was found about the template of an event.
func findingsOf(event order.Kind, findings []template.Finding) []EventFinding {
	all := make([]EventFinding, len(findings))
	for i, f := range findings {
		all[i] = EventFinding{Event: event, Finding: f}
	}

	return all
}
