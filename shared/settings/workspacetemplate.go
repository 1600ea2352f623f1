package settings

import (
	"cmp"
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Templates lists the templates of one of an account's apps, as its provider has them now; of the sender if appID is empty. Of the
// platform's app they are those that its events have.
func (w *Workspace) Templates(ctx context.Context, c access.Caller, id, appID string) ([]template.Template, error) {
	const op = "settings.Templates"

	_, s, err := w.shelfFor(ctx, op, c, id, appID)
	if err != nil {
		return nil, err
	}

	return s.all(ctx, op)
}

// TemplateDetail is a template with its placeholders.
type TemplateDetail struct {
	template.Template
	Places []template.Place
	// Suggestion is a variable for each placeholder, empty where nothing can be told; nil unless an event was named.
	Suggestion []string
}

// Template returns one of [Workspace.Templates], with a suggestion of what fills it for an event; the zero Kind asks for none. It is
// NotFound if the app has no such template.
func (w *Workspace) Template(ctx context.Context, c access.Caller, id, appID, templateID string, event order.Kind) (TemplateDetail, error) {
	const op = "settings.Template"

	_, s, err := w.shelfFor(ctx, op, c, id, appID)
	if err != nil {
		return TemplateDetail{}, err
	}

	none := fault.New(fault.NotFound, op, "the app has no such template")
	if !s.shows(templateID) {
		return TemplateDetail{}, none
	}

	t, err := s.one(ctx, op, templateID)
	switch {
	case errors.Is(err, provider.ErrNoTemplate):
		return TemplateDetail{}, none
	case err != nil:
		return TemplateDetail{}, err
	}

	detail := TemplateDetail{Template: t, Places: t.Places()}
	if event == (order.Kind{}) {
		return detail, nil
	}
	if _, known := order.Lookup(event); !known {
		return TemplateDetail{}, fault.Field("event", "must be an event such as shipment/created")
	}

	detail.Suggestion = template.Suggest(t, event)

	return detail, nil
}

// shelfFor returns where a caller who may see an account's settings finds the templates of an app; of the sender if appID is empty.
func (w *Workspace) shelfFor(ctx context.Context, op string, c access.Caller, id, appID string) (account.Account, shelf, error) {
	if err := c.May(access.Read, id); err != nil {
		return account.Account{}, shelf{}, err
	}

	a, err := w.read(ctx, op, id)
	if err != nil {
		return account.Account{}, shelf{}, err
	}

	if appID = cmp.Or(appID, a.Sender); appID == "" {
		return account.Account{}, shelf{}, fault.New(fault.Conflict, op, "no app is installed; install one first")
	}

	s, err := w.shelf(ctx, op, a, appID)

	return a, s, err
}

// Proposal is a template and what fills it, for a look before it is saved.
type Proposal struct {
	// AppID is the app that it is of; the sender if it is empty.
	AppID string
	// Content is nil for what is saved, and at the platform's app for the platform's template.
	Content *account.Content
}

// Preview is what a shopper's phone shows of an event's message, with sample values.
type Preview struct {
	Template template.Template
	Shown    template.Previewed
	// Risks are what WhatsApp may refuse the template for, or charge it as marketing for.
	Risks []EventFinding
}

// Preview returns the preview of an event's message. It is NotFound if there is no such event or template, Conflict if no template is chosen,
// and Invalid if a proposal is made for the platform's app.
func (w *Workspace) Preview(ctx context.Context, c access.Caller, id string, event order.Kind, p Proposal) (Preview, error) {
	const op = "settings.Preview"

	at, t, filling, err := w.proposed(ctx, op, c, id, event, p)
	if errors.Is(err, provider.ErrNoTemplate) {
		return Preview{}, &fault.Error{
			Kind:  fault.NotFound,
			Op:    op,
			Field: "content.template",
			Msg:   "the app has no template of this id",
		}
	}
	if err != nil {
		return Preview{}, err
	}

	return Preview{
		Template: t,
		Shown:    template.Preview(t, filling, event),
		Risks:    findingsOf(event, at.risks(ctx, t, template.Use{Event: event, Filling: filling})),
	}, nil
}

// Lint returns what is wrong with an event's template and what fills it. Errors are those of [Workspace.Preview], but for a template that
// the app does not have, which is a finding.
func (w *Workspace) Lint(ctx context.Context, c access.Caller, id string, event order.Kind, p Proposal) ([]EventFinding, error) {
	const op = "settings.Lint"

	at, t, filling, err := w.proposed(ctx, op, c, id, event, p)
	if errors.Is(err, provider.ErrNoTemplate) {
		return findingsOf(event, []template.Finding{template.Missing()}), nil
	}
	if err != nil {
		return nil, err
	}

	return findingsOf(event, at.lint(ctx, t, template.Use{Event: event, Filling: filling})), nil
}

// proposed returns where the app's templates are and the template of a proposal, as the provider has it now, and what fills it; provider.ErrNoTemplate if there is none.
func (w *Workspace) proposed(
	ctx context.Context, op string, c access.Caller, id string, event order.Kind, p Proposal,
) (shelf, template.Template, template.Filling, error) {
	a, s, err := w.shelfFor(ctx, op, c, id, p.AppID)
	if err != nil {
		return shelf{}, template.Template{}, template.Filling{}, err
	}

	t, filling, err := w.templateFor(ctx, op, a, s, event, p)

	return s, t, filling, err
}

// templateFor returns the template of a proposal for an event of an account, and what fills it, as proposed does.
func (*Workspace) templateFor(
	ctx context.Context, op string, a account.Account, s shelf, event order.Kind, p Proposal,
) (template.Template, template.Filling, error) {
	if _, known := order.Lookup(event); !known {
		return template.Template{}, template.Filling{}, noEvent(op)
	}

	content, err := contentOf(op, a, s, event, p.Content)
	if err != nil {
		return template.Template{}, template.Filling{}, err
	}

	t, err := s.one(ctx, op, content.TemplateID)

	return t, content.Filling, err
}

// contentOf returns the proposed template of an event, or else the one that is set.
func contentOf(op string, a account.Account, s shelf, event order.Kind, proposed *account.Content) (account.Content, error) {
	content := s.offer.Templates[event.String()]

	switch charged := s.app.Ownership == message.Platform; {
	case charged && proposed != nil:
		return account.Content{}, fault.Field("content", "is not for the platform's app, which has the platform's own templates")
	case charged:
	case proposed != nil:
		return *proposed, checkContent(*proposed, "content.")
	default:
		choice := a.ChoicesAt(s.app.ID)[event.String()]
		content = account.Content{TemplateID: choice.TemplateID, Filling: choice.Filling}
	}

	switch {
	case content.TemplateID != "":
		return content, nil
	case s.app.Ownership == message.Platform:
		return account.Content{}, fault.New(fault.Conflict, op, "the platform has no template for this event yet; ask the platform for one")
	default:
		return account.Content{}, fault.New(fault.Conflict, op, "no template is chosen for this event; name one")
	}
}
