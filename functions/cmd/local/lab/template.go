package lab

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// templateChange is what WhatsApp does to a template of an app: exactly one of Status, Category, Announced and Text.
type templateChange struct {
	// App is the id of an app of /local/apps, and Template the id that its provider knows the template by.
	App      string `json:"app"`
	Template string `json:"template"`
	Status   string `json:"status"`
	// Reason is why a template is paused or rejected.
	Reason   string `json:"reason"`
	Category string `json:"category"`
	// Announced is the category that it is to get in a day, and Text another text of its body.
	Announced string `json:"announced"`
	Text      string `json:"text"`
}

const templateKeys = "app, template, status, reason, category, announced, text"

// What WhatsApp may say of a template.
var (
	templateStatuses   = []string{"APPROVED", "PAUSED", "DISABLED", "REJECTED"}
	templateCategories = []string{"UTILITY", "MARKETING", "AUTHENTICATION"}
)

// check returns an error that names the field at fault.
func (c templateChange) check() error {
	given := slices.DeleteFunc([]string{c.Status, c.Category, c.Announced, c.Text}, func(v string) bool { return v == "" })

	switch {
	case c.App == "":
		return fault.Field("app", "is needed: an appId of /local/apps")
	case c.Template == "":
		return fault.Field("template", "is needed: the id of one of the app's templates")
	case len(given) != 1:
		return fault.Field("body", "must have one of status, category, announced and text")
	case c.Reason != "" && c.Status == "":
		return fault.Field("reason", "goes with a status")
	case c.Status != "" && !slices.Contains(templateStatuses, c.Status):
		return fault.Field("status", "must be one of "+strings.Join(templateStatuses, ", "))
	case c.Category != "" && !slices.Contains(templateCategories, c.Category):
		return fault.Field("category", "must be one of "+strings.Join(templateCategories, ", "))
	case c.Announced != "" && !slices.Contains(templateCategories, c.Announced):
		return fault.Field("announced", "must be one of "+strings.Join(templateCategories, ", "))
	default:
		return nil
	}
}

// postTemplate has WhatsApp change a template of an app at the simulated provider, which tells the app's webhook as far as the real one would.
func (l *Lab) postTemplate(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
		return err
	}

	var change templateChange
	if err := readStrict(rw, r, &change, templateKeys); err != nil {
		return err
	}
	if err := change.check(); err != nil {
		return err
	}

	app, err := l.installedAt(r.Context(), change.App)
	if err != nil {
		return err
	}

	if err = l.changeTemplate(r.Context(), app, change); err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusAccepted, map[string]string{"template": change.Template})
}

// installedAt returns an installed app by its id.
func (l *Lab) installedAt(ctx context.Context, id string) (account.App, error) {
	var app account.App

	err := l.eachAccount(ctx, func(_ context.Context, a account.Account) error {
		found, known := a.App(id)
		if !known {
			return nil
		}

		app = found

		return errFound
	})

	switch {
	case errors.Is(err, errFound):
		return app, nil
	case err != nil:
		return account.App{}, err
	default:
		return account.App{}, fault.Field("app", named(id)+" is none of the apps of /local/apps")
	}
}

// changeTemplate makes the change at the simulated provider of an app.
func (l *Lab) changeTemplate(ctx context.Context, app account.App, c templateChange) error {
	var at func(name string, c templateChange) error

	switch app.Provider {
	case gupshup.Name:
		at = l.changeAtGupshup
	case meta.Name:
		at = l.changeAtMeta
	case kaleyra.Name:
		at = l.changeAtKaleyra
	default:
		return fault.Field("app", "is at a provider that has no templates")
	}

	name, err := l.simulated(ctx, app.ID)
	if err != nil {
		return err
	}

	err = at(name, c)
	if errors.Is(err, tenant.ErrUnknownTemplate) {
		return fault.Field("template", "is none of the app's templates at the provider")
	}

	return err
}

// templates is a simulated provider that has another status and category of a template told.
type templates interface {
	SetTemplateStatus(name, template, status, reason string) error
	SetTemplateCategory(name, template, category string) error
	AnnounceCategory(name, template, category string) error
}

// change makes a change that is not of the text.
func (c templateChange) change(at templates, name string) error {
	switch {
	case c.Status != "":
		return at.SetTemplateStatus(name, c.Template, c.Status, c.Reason)
	case c.Category != "":
		return at.SetTemplateCategory(name, c.Template, c.Category)
	default:
		return at.AnnounceCategory(name, c.Template, c.Announced)
	}
}

func (l *Lab) changeAtGupshup(name string, c templateChange) error {
	if c.Text != "" {
		return fault.Field("text", "Gupshup documents no callback for it")
	}

	return c.change(l.Simulator.Gupshup(), name)
}

func (l *Lab) changeAtMeta(name string, c templateChange) error {
	if c.Text != "" {
		return l.Simulator.Meta().EditBody(name, c.Template, c.Text)
	}

	return c.change(l.Simulator.Meta(), name)
}

// changeAtKaleyra makes the change at Kaleyra, which names templates by name and language, and tells of their status alone.
func (l *Lab) changeAtKaleyra(name string, c templateChange) error {
	const untold = "Kaleyra documents no callback for it"

	switch {
	case c.Category != "":
		return fault.Field("category", untold)
	case c.Announced != "":
		return fault.Field("announced", untold)
	case c.Text != "":
		return fault.Field("text", untold)
	}

	at := l.Simulator.Kaleyra()

	template, language, err := at.TemplateName(name, c.Template)
	if err != nil {
		return err
	}

	return at.SetTemplateStatus(name, template, language, c.Status[:1]+strings.ToLower(c.Status[1:]), c.Reason)
}
