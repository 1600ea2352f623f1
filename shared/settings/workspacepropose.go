package settings

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// ProposedApp is an app that may be installed.
type ProposedApp struct {
	// ID is the one that it gets, or has if it is Installed.
	ID        string
	Installed bool
	// Check is what the provider said of it; the zero value of an app that is installed, and of one of the platform's.
	Check provider.CheckResult
}

// ProposeApp tells what [Workspace.InstallApp] would do with an input, and does nothing. An app that is not installed is tried at its provider.
// The account need not be there yet. Errors are those of the install, but for what others have connected meanwhile.
func (w *Workspace) ProposeApp(ctx context.Context, c access.Caller, accountID string, in AppInput) (ProposedApp, error) {
	const op = "settings.ProposeApp"

	if err := c.May(access.Write, accountID); err != nil {
		return ProposedApp{}, err
	}

	a, err := w.store.Account(ctx, accountID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return ProposedApp{}, err
	}

	switch in.Ownership {
	case message.Platform:
		offered, missing := w.offered(ctx, in.AppID)
		return proposed(a, offered.App.ID), missing
	case message.Client, "":
	default:
		return ProposedApp{}, fault.Field("ownership", "must be client or platform")
	}

	p, app, err := in.check(w.providers, "")
	if err != nil {
		return ProposedApp{}, err
	}

	out := proposed(a, appIDOf(accountID, in.Provider, app))
	if !out.Installed {
		out.Check, err = w.tried(ctx, op, p, app)
	}

	return out, err
}

// proposed returns an app that an account has or may get.
func proposed(a account.Account, appID string) ProposedApp {
	_, installed := a.App(appID)
	return ProposedApp{ID: appID, Installed: installed}
}

// LintProposed returns what [Workspace.Lint] would find about an event's template and what fills it once a brand's own app is installed with an
// input, but for what WhatsApp may think of its text. It reads the template at the provider with the credential of the input.
func (w *Workspace) LintProposed(
	ctx context.Context, c access.Caller, accountID string, in AppInput, event order.Kind, content account.Content,
) ([]EventFinding, error) {
	const op = "settings.LintProposed"

	if err := c.May(access.Write, accountID); err != nil {
		return nil, err
	}
	if err := checkContent(content, "content."); err != nil {
		return nil, err
	}

	p, app, err := in.check(w.providers, "")
	if err != nil {
		return nil, err
	}

	catalogue, ok := p.(provider.TemplateCatalogue)
	if !ok {
		return nil, fault.New(fault.Conflict, op, "the app's provider has no list of templates")
	}

	app.ID = appIDOf(accountID, in.Provider, app)
	s := shelf{workspace: w, connection: connection{App: app, Provider: p}, catalogue: catalogue}

	t, err := s.one(ctx, op, content.TemplateID)
	if errors.Is(err, provider.ErrNoTemplate) {
		return findingsOf(event, []template.Finding{template.Missing()}), nil
	}
	if err != nil {
		return nil, err
	}

	return findingsOf(event, s.connection.lint(ctx, t, template.Use{Event: event, Filling: content.Filling})), nil
}
