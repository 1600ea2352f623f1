package settings

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

const (
	// templateAge is how old the stored copy of a template may be before the provider is asked again.
	templateAge = 24 * time.Hour
	// justNow is how old a copy may be that a check goes by instead of asking the provider: many accounts have the templates of the
	// platform's app, and are checked at once.
	justNow = 30 * time.Second
	// clockSkew is how far the clocks of two instances may differ.
	clockSkew = 5 * time.Second
)

// TemplateStore keeps copies of templates. Its errors are those of [store.Store].
type TemplateStore interface {
	SeeTemplate(ctx context.Context, appID, templateID string) (store.SeenTemplate, error)
	Templates(ctx context.Context, appID string, ids []string) (map[string]store.Template, error)
	TemplateCopy(ctx context.Context, appID, templateID, fingerprint string) (store.Template, error)
	ChangeTemplate(ctx context.Context, appID, templateID string, seen store.SeenTemplate, change func(*store.Template) bool) error
}

// Template returns the copy of a template: the cached one, else the stored one while it is younger than a day, else the
// provider's. An old copy serves while the provider fails. provider.ErrNoTemplate means that the provider has none of that
// id.
func (a *Apps) Template(ctx context.Context, r Ref) (template.Template, error) {
	return a.templates.Get(ctx, r)
}

func (a *Apps) loadTemplate(ctx context.Context, r Ref) (template.Template, error) {
	t, err := a.templateSince(ctx, r, a.clock.Now().Add(-templateAge))

	return t.Template, err
}

// templateSince returns the stored copy of a template if the provider has shown it since a time, else the provider's. The stored one serves
// while the provider fails.
func (a *Apps) templateSince(ctx context.Context, r Ref, since time.Time) (store.Template, error) {
	kept, err := a.store.SeeTemplate(ctx, r.AppID, r.TemplateID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Template{}, err
	}

	stored := err == nil
	if stored && kept.CheckedAt.After(since) {
		return kept.Template, nil
	}

	fetched, err := a.fetchTemplate(ctx, r, kept)
	if err != nil && stored {
		return kept.Template, nil // should it be gone at the provider, sending it will tell
	}

	return fetched, err
}

// fetchTemplate reads a template from the provider and stores the copy in place of the one that was seen.
func (a *Apps) fetchTemplate(ctx context.Context, r Ref, seen store.SeenTemplate) (store.Template, error) {
	c, err := a.connect(ctx, r)
	if err != nil {
		return store.Template{}, err
	}

	return a.fetchThrough(ctx, c, r, seen)
}

// fetchThrough is fetchTemplate through an app that is ready for calls.
func (a *Apps) fetchThrough(ctx context.Context, c connection, r Ref, seen store.SeenTemplate) (store.Template, error) {
	catalogue, ok := c.Provider.(provider.TemplateCatalogue)
	if !ok {
		return store.Template{}, provider.ErrNoTemplate
	}

	began := a.clock.Now()

	t, err := catalogue.Template(ctx, a.client, c.App, r.TemplateID)
	if err != nil {
		return store.Template{}, err
	}

	return keepTemplate(ctx, a.store, r.AppID, fetchedTemplate{Template: t, asked: began, seen: seen})
}

// templateChanger changes stored copies.
type templateChanger interface {
	ChangeTemplate(ctx context.Context, appID, templateID string, seen store.SeenTemplate, change func(*store.Template) bool) error
}

// fetchedTemplate is a template as the provider showed it that was asked at a time, and the copy that was stored before, as far as it was read.
type fetchedTemplate struct {
	template.Template

	asked time.Time
	seen  store.SeenTemplate
}

// keepTemplate stores a template that the provider showed, and returns the copy. News that were heard since it was asked may be newer than
// the answer: then its category is the one they told, and it is read again at the next chance.
func keepTemplate(ctx context.Context, db templateChanger, appID string, f fetchedTemplate) (store.Template, error) {
	var kept store.Template

	err := db.ChangeTemplate(ctx, appID, f.ID, f.seen, func(stored *store.Template) bool {
		before := *stored
		stored.Template, stored.CheckedAt = f.Template, f.asked

		if !before.ToldAt.IsZero() && before.ToldAt.After(f.asked.Add(-clockSkew)) {
			stored.Category, stored.CheckedAt = before.Category, time.Time{}
		}
		if stored.Approved == "" {
			stored.Approved = firstApproved(before.Template, f.Template)
		}
		if next := f.CorrectCategory; next != "" && !strings.EqualFold(next, stored.Announced) {
			stored.Announced, stored.AnnouncedAt = next, f.asked // by the provider itself, where no news may be believed or none came
		}
		if strings.EqualFold(stored.Announced, stored.Category) {
			stored.Announced, stored.AnnouncedAt = "", time.Time{}
		}

		kept = *stored

		return true
	})

	return kept, err
}

// firstApproved returns the fingerprint of the first of two copies that can be sent; empty if neither can.
func firstApproved(copies ...template.Template) string {
	for _, t := range copies {
		if fingerprint := t.Fingerprint(); fingerprint != "" && t.Sendable() {
			return fingerprint
		}
	}

	return ""
}

// RefreshTemplate marks the stored copy of a template stale, so that the next send fetches it again. The old copy is used
// until that succeeds. known is false if none is stored.
func (a *Apps) RefreshTemplate(ctx context.Context, r Ref) (known bool, err error) {
	return a.changeKept(ctx, r, func(kept *store.Template) bool {
		if kept.CheckedAt.IsZero() {
			return false
		}

		kept.CheckedAt = time.Time{}

		return true
	})
}

// ToldCategory notes that WhatsApp has put a template into a category, on the word of proved news of that time: the stored copy has it from now
// on, should the provider's own list be out of reach, and is read again. It reports whether a copy is stored, and whether newer news were
// heard before: then nothing is noted.
func (a *Apps) ToldCategory(ctx context.Context, r Ref, category string, at time.Time) (known, outdated bool, err error) {
	known, err = a.changeKept(ctx, r, func(kept *store.Template) bool {
		if outdated = kept.CategoryAt.After(at); outdated {
			return false
		}

		kept.Category, kept.CategoryAt, kept.ToldAt, kept.CheckedAt = category, at, a.clock.Now(), time.Time{}
		kept.Announced, kept.AnnouncedAt = "", time.Time{}

		return true
	})

	return known, outdated, err
}

// AnnouncedCategory notes that WhatsApp has said it will put a template into a category. It holds nothing. It reports whether a copy is
// stored, which shows it.
func (a *Apps) AnnouncedCategory(ctx context.Context, r Ref, category string, at time.Time) (known bool, err error) {
	return a.changeKept(ctx, r, func(kept *store.Template) bool {
		if !at.After(kept.AnnouncedAt) || kept.CategoryAt.After(at) || strings.EqualFold(kept.Category, category) {
			return false
		}

		kept.Announced, kept.AnnouncedAt = category, at

		return true
	})
}

// changeKept changes the stored copy of a template. known is false if none is stored.
func (a *Apps) changeKept(ctx context.Context, r Ref, change func(*store.Template) bool) (known bool, err error) {
	defer a.templates.Forget(r)

	err = a.store.ChangeTemplate(ctx, r.AppID, r.TemplateID, store.SeenTemplate{}, func(kept *store.Template) bool {
		known = kept.ID != ""
		return known && change(kept)
	})

	return known, err
}
