package settings

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Draft is an event's message while a person sets it up.
type Draft struct {
	// Detail is the template with its placeholders, and a suggestion for each. It is the zero value if the app has no such template, which is
	// a finding then.
	Detail TemplateDetail
	// Filling is what fills it: that of the proposal, or the suggestions where they were asked for.
	Filling template.Filling
	// Shown is what a phone shows, with sample values.
	Shown template.Previewed
	// Findings are what [Workspace.Lint] finds, what WhatsApp may think of the text among them.
	Findings []EventFinding
	// Taps are what a tap on each of the template's buttons asks for, by the platform's codes; empty for a button that asks for nothing.
	Taps []string
}

// Draft returns the preview of an event's message and what is wrong with it, with one question to the provider. suggest fills the placeholders
// with suggestions, for a template that was just chosen. Errors are those of [Workspace.Preview], but for a template that the app does not
// have, which is a finding.
func (w *Workspace) Draft(ctx context.Context, c access.Caller, id string, event order.Kind, p Proposal, suggest bool) (Draft, error) {
	const op = "settings.Draft"

	at, t, filling, err := w.proposed(ctx, op, c, id, event, p)
	if errors.Is(err, provider.ErrNoTemplate) {
		return Draft{Filling: filling, Findings: findingsOf(event, []template.Finding{template.Missing()})}, nil
	}
	if err != nil {
		return Draft{}, err
	}

	detail := TemplateDetail{Template: t, Places: t.Places(), Suggestion: template.Suggest(t, event)}
	if suggest {
		filling.Variables = detail.Suggestion
	}

	d := Draft{
		Detail:   detail,
		Filling:  filling,
		Shown:    template.Preview(t, filling, event),
		Findings: findingsOf(event, at.lint(ctx, t, template.Use{Event: event, Filling: filling})),
		Taps:     make([]string, len(t.Buttons)),
	}

	for i, b := range t.Buttons {
		if b.Kind == template.ButtonQuickReply {
			d.Taps[i] = filling.Action(i, b.Text)
		}
	}

	return d, nil
}
