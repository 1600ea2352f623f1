package settings

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templateAge is how old the stored copy of a template may be before the provider is asked again.
const templateAge = 24 * time.Hour

// TemplateStore keeps copies of approved templates. Its errors are those of [store.Store].
type TemplateStore interface {
	Template(ctx context.Context, appID, templateID string) (store.Template, error)
	PutTemplate(ctx context.Context, appID string, t store.Template) error
}

// Template returns the copy of a template: the cached one, else the stored one while it is younger than a day, else the
// provider's. An old copy serves while the provider fails. provider.ErrNoTemplate means that the provider has none of that
// id.
func (a *Apps) Template(ctx context.Context, r Ref) (template.Template, error) {
	return a.templates.Get(ctx, r)
}

func (a *Apps) loadTemplate(ctx context.Context, r Ref) (template.Template, error) {
	kept, err := a.store.Template(ctx, r.AppID, r.TemplateID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return template.Template{}, err
	}

	stored := err == nil
	if stored && a.clock.Now().Sub(kept.CheckedAt) < templateAge {
		return kept.Template, nil
	}

	fetched, err := a.fetchTemplate(ctx, r)
	if err != nil && stored {
		return kept.Template, nil // should it be gone at the provider, sending it will tell
	}

	return fetched, err
}

// fetchTemplate reads a template from the provider and stores the copy.
func (a *Apps) fetchTemplate(ctx context.Context, r Ref) (template.Template, error) {
	c, err := a.connect(ctx, r)
	if err != nil {
		return template.Template{}, err
	}

	catalogue, ok := c.Provider.(provider.TemplateCatalogue)
	if !ok {
		return template.Template{}, provider.ErrNoTemplate
	}

	t, err := catalogue.Template(ctx, a.client, c.App, r.TemplateID)
	if err != nil {
		return template.Template{}, err
	}

	return t, a.store.PutTemplate(ctx, r.AppID, store.Template{Template: t, CheckedAt: a.clock.Now()})
}

// RefreshTemplate marks the stored copy of a template stale, so that the next send fetches it again. The old copy is used
// until that succeeds. known is false if none is stored.
func (a *Apps) RefreshTemplate(ctx context.Context, r Ref) (known bool, err error) {
	defer a.templates.Forget(r)

	kept, err := a.store.Template(ctx, r.AppID, r.TemplateID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil || kept.CheckedAt.IsZero() {
		return err == nil, err
	}

	kept.CheckedAt = time.Time{}

	return true, a.store.PutTemplate(ctx, r.AppID, kept)
}
