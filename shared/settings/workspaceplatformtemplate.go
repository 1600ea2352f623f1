package settings

import (
	"context"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// verifyTemplates reads the templates from the provider, and checks that they fit what fills them. It returns warnings, and [UnfitError] with
// all findings if one of them refuses. What the provider calls the placeholders is noted in the contents.
func (w *Workspace) verifyTemplates(ctx context.Context, p provider.Provider, app provider.App, contents map[order.Kind]account.Content) ([]EventFinding, error) {
	const op = "settings.verifyTemplates"

	var ids []string
	for kind, content := range contents {
		if _, known := order.Lookup(kind); !known {
			return nil, fault.Field("templates", "has an event that there is not")
		}
		if err := checkContent(content, "templates."+kind.String()+"."); err != nil {
			return nil, err
		}

		ids = append(ids, content.TemplateID)
	}

	catalogue, ok := p.(provider.TemplateCatalogue)
	if f, forwards := p.(provider.OrderForwarder); len(ids) > 0 && (!ok || forwards && !f.ByTemplate(app)) {
		return nil, fault.Field("templates", "is not for this app, whose provider chooses its texts itself")
	}

	s := shelf{workspace: w, connection: connection{App: app, Provider: p}, catalogue: catalogue, key: "/" + app.ID}

	asked := w.clock.Now()

	templates, err := s.several(ctx, op, ids)
	if err != nil {
		return nil, err
	}

	findings := s.lintAll(ctx, contents, templates)
	if slices.ContainsFunc(findings, EventFinding.refuses) {
		return nil, &UnfitError{Findings: findings}
	}

	return findings, w.keep(ctx, app.ID, templates, asked)
}

// withdrawn returns a warning for each event that the app has a template for now and is to have none, and that accounts have on.
func (w *Workspace) withdrawn(ctx context.Context, now account.PlatformApp, next map[order.Kind]account.Content) ([]EventFinding, error) {
	var gone []order.Kind

	for _, entry := range order.Catalog() {
		_, stays := next[entry.Kind]
		if _, had := now.Templates[entry.Kind.String()]; had && !stays {
			gone = append(gone, entry.Kind)
		}
	}

	if len(gone) == 0 {
		return nil, nil
	}

	on, err := w.accountsWith(ctx, now.App, gone)
	if err != nil {
		return nil, err
	}

	var findings []EventFinding

	for _, kind := range gone {
		if on[kind] > 0 {
			findings = append(findings, EventFinding{Event: kind, Finding: template.Withdrawn(on[kind])})
		}
	}

	return findings, nil
}

// accountsWith counts the accounts that have events on at an app of the platform's.
func (w *Workspace) accountsWith(ctx context.Context, app account.App, kinds []order.Kind) (map[order.Kind]int, error) {
	on := map[order.Kind]int{}

	for a, err := range w.usersOf(ctx, app.Provider, app.ID) {
		if err != nil {
			return nil, err
		}

		choices := a.ChoicesAt(app.ID)
		for _, kind := range kinds {
			if choices[kind.String()].Enabled {
				on[kind]++
			}
		}
	}

	return on, nil
}

// lintAll checks contents with their templates, in the order of the catalogue of events, and notes the names of placeholders.
func (s shelf) lintAll(ctx context.Context, contents map[order.Kind]account.Content, templates map[string]template.Template) []EventFinding {
	var findings []EventFinding

	for _, entry := range order.Catalog() {
		content, given := contents[entry.Kind]
		if !given {
			continue
		}

		t, found := templates[content.TemplateID]
		if !found {
			findings = append(findings, EventFinding{Event: entry.Kind, Finding: template.Missing()})
			continue
		}

		findings = append(findings, findingsOf(entry.Kind, s.lint(ctx, t, template.Use{Event: entry.Kind, Filling: content.Filling, Agreed: true}))...)

		if len(content.Filling.Names) == 0 {
			content.Filling.Names = namesOf(t)
		}

		content.Filling.Copy = t.Fingerprint()
		contents[entry.Kind] = content
	}

	return findings
}
