package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// plan says what would be done. Its error names each event that would be refused.
func (o ops) plan(ctx context.Context, b brandFile, known account.Account, apps []settings.ProposedApp) error {
	o.planAccount(b, known)

	var refused []error

	for i, a := range b.apps {
		app := apps[i]

		switch {
		case app.Installed:
			o.say("app %s is installed", app.ID)
		case a.input.Ownership == message.Platform:
			o.say("app %s of the platform's would be installed", app.ID)
		default:
			o.say("app %s would be installed: its credential works at %s (%s)", app.ID, a.input.Provider, app.Check.State)
		}

		if a.sender && (known.Sender != app.ID || !known.SenderChosen) {
			o.say("app %s would be the sender", app.ID)
		}

		for _, e := range a.events {
			if err := o.planEvent(ctx, known, b.account.ID, a, app, e); err != nil {
				refused = append(refused, fmt.Errorf("%s.events.%s: %w", a.at, e.kind, err))
			}
		}
	}

	return errors.Join(refused...)
}

// planAccount says what of the account would change.
func (o ops) planAccount(b brandFile, known account.Account) {
	if known.ID == "" {
		o.say("account %s (%s) would be made", b.account.ID, strings.ToLower(b.account.Slug))
		return
	}

	in := b.account.input(known)

	var fields []string

	for _, f := range []struct {
		name string
		same bool
	}{
		{"slug", strings.EqualFold(in.Slug, known.Slug)},
		{"name", in.Name == known.Name},
		{"timeZone", in.TimeZone == known.TimeZone},
		{"consentMode", cmp.Or(in.ConsentMode, account.Explicit) == cmp.Or(known.ConsentMode, account.Explicit)},
		{"portalLink", in.PortalLink == known.PortalLink},
		{"markupBasisPoints", in.MarkupBasisPoints == known.MarkupBasisPoints},
		{"limits", in.Limits == known.Limits},
		{"declaration", in.Declaration == nil || known.Declaration != nil && in.Declaration.By == known.Declaration.By && in.Declaration.Text == known.Declaration.Text},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}

	if len(fields) == 0 {
		o.say("account %s (%s) is there, and has what the file says of it", known.ID, known.Slug)
	} else {
		o.say("account %s (%s) is there; of it would change: %s", known.ID, known.Slug, strings.Join(fields, ", "))
	}
}

// errUnfit is the error of an event whose template or values would be refused, which are printed.
var errUnfit = errors.New("would be refused for its template or what fills it")

// planEvent says what would be done about an event, and whether it would be refused.
func (o ops) planEvent(ctx context.Context, known account.Account, accountID string, a brandApp, app settings.ProposedApp, e brandEvent) error {
	is, would := known.ChoicesAt(app.ID)[e.kind.String()], e.input.Content
	on := app.Installed && is.Enabled

	if on && would != nil && is.TemplateID == would.TemplateID && is.MaxAge == e.input.MaxAge &&
		slices.Equal(is.Filling.Variables, would.Filling.Variables) && slices.Equal(is.Filling.Texts, would.Filling.Texts) {
		o.say("event %s is on as the file has it", e.kind)
		return nil
	}

	findings, err := o.lintEvent(ctx, accountID, a, app, e)
	if err != nil {
		return err
	}

	if on {
		o.say("event %s is on, and its template, values or age would change", e.kind)
	} else {
		o.say("event %s would be on", e.kind)
	}

	o.sayFindings(findings)

	if slices.ContainsFunc(findings, func(f settings.EventFinding) bool { return f.Severity == template.SeverityError }) {
		return errUnfit
	}

	return nil
}

// lintEvent returns what is wrong with the template of an event and what fills it, also at an app that is not installed yet.
func (o ops) lintEvent(ctx context.Context, accountID string, a brandApp, app settings.ProposedApp, e brandEvent) ([]settings.EventFinding, error) {
	switch {
	case e.input.Content == nil:
		return nil, nil
	case app.Installed:
		return o.workspace().Lint(ctx, operator, accountID, e.kind, settings.Proposal{AppID: app.ID, Content: e.input.Content})
	default:
		return o.workspace().LintProposed(ctx, operator, accountID, a.input, e.kind, *e.input.Content)
	}
}
